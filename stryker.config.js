// Mutation testing of what decides: `npm run mutate` breaks each line in turn, and looks whether a test notices.
// It takes hours. `npm run mutate -- --mutate src/keys/rotation.ts` does one file, in minutes.
// What it found last is in docs/mutation.md.
import jest from './jest.config.js'

/**
 * The tests that are about one file. The rules of Entra (test/entra/rules) and the journeys start a whole Countersign, and
 * would notice more: with them a mutant takes 20 seconds instead of three. So it is with the properties.
 */
const NEAR = ['entra', 'signin', 'keys', 'devices'].map((folder) => `<rootDir>/test/${folder}/!(*-properties).test.ts`)

export default {
  testRunner: 'jest',
  testRunnerNodeArgs: ['--experimental-vm-modules', '--disable-warning=ExperimentalWarning'],
  jest: { projectType: 'custom', config: { ...jest, testMatch: NEAR } },
  mutate: ['src/{entra,signin,keys,devices}/*.ts'],
  // TypeScript 7 has no API that could rewrite it, and nothing here reads it.
  tsconfigFile: 'none',
  // Each mutant meets the tests that run its line, and no others.
  coverageAnalysis: 'perTest',
  ignoreStatic: true,
  // What scripts fetched and made: whole file systems.
  ignorePatterns: ['/.cache'],
  incremental: true,
  incrementalFile: '.cache/stryker/incremental.json',
  tempDirName: '.cache/stryker/sandbox',
  reporters: ['progress', 'clear-text', 'html', 'json'],
  htmlReporter: { fileName: '.cache/stryker/report.html' },
  jsonReporter: { fileName: '.cache/stryker/report.json' },
  concurrency: 2,
  timeoutMS: 15_000,
  dryRunTimeoutMinutes: 20,
  thresholds: { high: 95, low: 90, break: 90 },
  allowConsoleColors: false,
}
