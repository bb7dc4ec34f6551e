// Mutation testing of what decides: `npm run mutate` breaks each line in turn, and looks whether a test notices.
// It takes hours. `npm run mutate -- --mutate src/keys/rotation.ts` does one file.
import jest from './jest.config.js'

/** Browsers and processes of their own say little about one line, and take long to say it. */
const SLOW = ['/test/journeys/browser/', '/test/push', '/test/admin', '/test/command-line/', '/test/authenticator/']

export default {
  testRunner: 'jest',
  testRunnerNodeArgs: ['--experimental-vm-modules', '--disable-warning=ExperimentalWarning'],
  jest: { projectType: 'custom', config: { ...jest, testPathIgnorePatterns: ['/node_modules/', ...SLOW] } },
  mutate: ['src/{entra,signin,keys,devices}/*.ts'],
  // Each mutant meets the tests that run its line, and no others.
  coverageAnalysis: 'perTest',
  ignoreStatic: true,
  incremental: true,
  incrementalFile: '.cache/stryker/incremental.json',
  tempDirName: '.cache/stryker/sandbox',
  reporters: ['progress', 'clear-text', 'html', 'json'],
  htmlReporter: { fileName: '.cache/stryker/report.html' },
  jsonReporter: { fileName: '.cache/stryker/report.json' },
  concurrency: 2,
  timeoutMS: 60_000,
  thresholds: { high: 95, low: 90, break: 90 },
  allowConsoleColors: false,
}
