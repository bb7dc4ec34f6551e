import { describe, expect, test } from '@jest/globals'
import { createClouds } from '../../../src/entra/clouds.ts'
import { filesIn, type SourceFile, sourceOf } from '../../architecture/source-files.ts'
import { everyJudge } from '../../entra-simulator/every-judge.ts'
import { redirectPaths } from '../../entra-simulator/make-attempt.ts'
import { rules } from '../../entra-simulator/rules.ts'
import { cloudNames, contracts, everyDoor } from './doors.ts'

const FOLDER = 'test/entra/rules'
const twenty = (letter: string) => Array.from({ length: 20 }, (_, i) => `${letter}${i + 1}`)

/** The rules by which the names of tests in this file begin: a text of its own that begins with them, and goes on in words. */
const rulesNamedIn = ({ text }: SourceFile): Set<string> => {
  const names = [...text.matchAll(/['"`]((?:[RV]\d+ (?:and )?)+)[a-zA-Z$]/g)].map(([, named]) => named ?? '')
  return new Set(names.flatMap((named) => named.match(/[RV]\d+/g) ?? []))
}

/** The tests that are run for each entry of `list`. Formatted code has its indentation: their end is in the first column. */
const runForEach = (list: string, { path, text }: SourceFile): SourceFile => {
  const blocks = text.matchAll(new RegExp(`^describe\\.each\\(${list}\\)\\([\\s\\S]*?^\\}\\)$`, 'gm'))
  return { path, text: [...blocks].join('\n') }
}

/** What has rows of its own for each contract is run for each cloud; the rest for each cloud and contract. */
const BY_CLOUD: Readonly<Record<string, readonly string[]>> = {
  R15: contracts,
  V11: ['external-mfa'],
  V12: ['external-mfa'],
  V17: ['custom-control'],
}

/** The rows of the table: rule, and the file that holds it. */
const rowsOf = (readme: string): [rule: string, file: string][] =>
  [...readme.matchAll(/^\| ([RV]\d+) \| .+ \| `([\w.-]+)` \|$/gm)].map(([, rule, file]) => [rule ?? '', file ?? ''])

describe('the rules', () => {
  const rows = rowsOf(sourceOf(`${FOLDER}/README.md`).text)

  test('are R1 to R20 in the table, each once and in order', () => {
    expect(rows.map(([rule]) => rule)).toEqual(twenty('R'))
  })

  test.each(rows)('%s has a test that says its number, for each cloud and contract, in %s', (rule, file) => {
    const held = runForEach(BY_CLOUD[rule] ? 'cloudNames' : 'everyDoor', sourceOf(`${FOLDER}/${file}`))
    expect([...rulesNamedIn(held)]).toContain(rule)
    for (const contract of BY_CLOUD[rule] ?? []) expect(held.text).toContain(`'${contract}'`)
  })

  const judging = filesIn('test/entra-simulator', ['.test.ts']).filter(({ path }) =>
    /\/judge-[\w-]+\.test\.ts$/.test(path),
  )

  test.each(twenty('V'))('%s is refused by its judge, for each cloud and contract', (rule) => {
    const held = judging
      .map((file) => runForEach(BY_CLOUD[rule] ? 'cloudNames' : 'everyJudge', file))
      .filter((file) => rulesNamedIn(file).has(rule))
    expect(held).toHaveLength(1)
    for (const contract of BY_CLOUD[rule] ?? []) expect(held[0]?.text).toContain(`'${contract}'`)
  })

  test('are V1 to V20 of the simulator, each kept by our answers, for each cloud and contract', () => {
    expect(Object.keys(rules)).toEqual(twenty('V'))
    const answers = sourceOf(`${FOLDER}/v01-to-v20-answers.test.ts`)
    expect([...rulesNamedIn(answers)].filter((rule) => rule.startsWith('V')).sort()).toEqual(twenty('V').sort())
    expect(runForEach('everyDoor', answers).text).toContain("test.each(kept)('%s'")
  })

  test('are held for each cloud that we serve, and each contract', () => {
    expect([...cloudNames].sort()).toEqual(
      createClouds('http://127.0.0.1:9000')
        .map(({ name }) => name)
        .sort(),
    )
    expect([...contracts].sort()).toEqual(Object.keys(redirectPaths).sort())
    for (const every of [everyDoor, everyJudge]) {
      expect(new Set(every.map((pair) => pair.join(' ')))).toEqual(
        new Set(cloudNames.flatMap((cloud) => contracts.map((contract) => `${cloud} ${contract}`))),
      )
    }
  })

  test('are all that a test here says the number of', () => {
    const known = [...twenty('R'), ...twenty('V')]
    const files = filesIn(FOLDER, ['.test.ts']).filter(({ path }) => !path.endsWith('every-rule.test.ts'))
    expect(files.flatMap((file) => [...rulesNamedIn(file)]).filter((rule) => !known.includes(rule))).toEqual([])
  })

  test('are looked for in names of tests only', () => {
    const text = `// R1 in a comment\ntest('R2 refuses', x)\ntest.each(rows)("R3 and R4 refuse %s", y)\n[\`V5 is\`] 'R6'`
    expect([...rulesNamedIn({ path: '', text })]).toEqual(['R2', 'R3', 'R4', 'V5'])
  })

  test('count as held for each only inside of what runs for each', () => {
    const block = (each: string, rule: string) => `${each}('%s', () => {\n  test('${rule} refuses', x)\n})\n`
    const text = [
      'describe.each(everyDoor)',
      'describe.each(everyDoor.slice(1))',
      'describe.each(cloudNames)',
      'describe',
    ]
      .map((each, i) => block(each, `R${i + 1}`))
      .join('\n')
    const heldFor = (list: string) => [...rulesNamedIn(runForEach(list, { path: '', text }))]
    expect([heldFor('everyDoor'), heldFor('cloudNames')]).toEqual([['R1'], ['R3']])
  })
})
