// `npm run mutate [-- src/keys src/signin/open.ts ...]`: breaks each line of what decides, one at a time, and looks whether a test
// notices. All four folders take an hour and a half, one file takes minutes. What it found last is in docs/mutation.md. Exit 1 when a folder,
// or what was asked for of it, stays under 90 %.
import type { MutantResult } from '@stryker-mutator/api/core'
import { Stryker } from '@stryker-mutator/core'

const FOLDERS = ['entra', 'signin', 'keys', 'devices'] as const
/** Only when they are asked for. */
const MORE = ['device-api', 'push'] as const
const LEAST_PERCENT = 90

/**
 * The folder's own tests. The rules of Entra (test/entra/rules) and the journeys start a whole Countersign, and would notice
 * more: with them a mutant takes 20 seconds instead of two. So it is with the properties.
 */
const nearTests = (folder: string): string => `<rootDir>/test/${folder}/!(*-properties).test.ts`

const breakEachLine = (folder: string, mutate: string[]): Promise<MutantResult[]> =>
  new Stryker({
    ...{ mutate, testRunner: 'jest', concurrency: 2, timeoutMS: 15_000, dryRunTimeoutMinutes: 20 },
    testRunnerNodeArgs: ['--experimental-vm-modules', '--disable-warning=ExperimentalWarning'],
    jest: { projectType: 'custom', config: { testMatch: [nearTests(folder)] } },
    // TypeScript 7 has no API that could rewrite it, and nothing here reads it.
    tsconfigFile: 'none',
    // Each mutant meets the tests that run its line, and no others.
    coverageAnalysis: 'perTest',
    ignoreStatic: true,
    // What scripts fetched and made: whole file systems.
    ignorePatterns: ['/.cache'],
    tempDirName: '.cache/stryker/sandbox',
    allowConsoleColors: false,
    reporters: ['progress-append-only', 'html'],
    htmlReporter: { fileName: `.cache/stryker/${folder}.html` },
  }).runMutationTest()

const say = (line: string): void => void process.stdout.write(`${line}\n`)

/** Tells the score of each file and what no test noticed. Gives the score of all, in percent. */
function tell(folder: string, mutants: MutantResult[]): number {
  const noticed = mutants.filter(({ status }) => status === 'Killed' || status === 'Timeout')
  const left = mutants.filter(({ status }) => status === 'Survived' || status === 'NoCoverage')
  const nameOf = ({ fileName }: MutantResult): string => fileName.slice(fileName.indexOf(`src/${folder}/`))
  const scoreOf = (mine: (mutant: MutantResult) => boolean): [number, string] => {
    const [killed, survived] = [noticed.filter(mine).length, left.filter(mine).length]
    const percent = (100 * killed) / (killed + survived || 1)
    return [percent, `${percent.toFixed(1)} % (${killed} of ${killed + survived})`]
  }
  for (const file of [...new Set([...noticed, ...left].map(nameOf))].sort())
    say(`  ${file}: ${scoreOf((mutant) => nameOf(mutant) === file)[1]}`)
  for (const mutant of left) {
    const { line, column } = mutant.location.start
    const seen = mutant.status === 'NoCoverage' ? ', run by no test' : ''
    say(
      `  ${nameOf(mutant)}:${line}:${column} ${mutant.mutatorName}${seen}: ${mutant.replacement.replace(/\s+/g, ' ')}`,
    )
  }
  const [percent, text] = scoreOf(() => true)
  say(`src/${folder}: ${text}`)
  return percent
}

const asked = process.argv.slice(2)
for (const folder of asked.length > 0 ? [...FOLDERS, ...MORE] : FOLDERS) {
  const mine = asked.filter((path) => `${path}/`.startsWith(`src/${folder}/`))
  if (asked.length > 0 && mine.length === 0) continue
  const whole = mine.length === 0 || mine.some((path) => !path.endsWith('.ts'))
  const mutants = await breakEachLine(folder, whole ? [`src/${folder}/*.ts`] : mine)
  if (tell(folder, mutants) < LEAST_PERCENT) process.exitCode = 1
}
