export default {
  // Not the whole folder: .cache holds whole file systems (scripts/image.sh).
  roots: ['<rootDir>/src', '<rootDir>/test', '<rootDir>/scripts'],
  testMatch: ['<rootDir>/test/**/*.test.ts'],
  extensionsToTreatAsEsm: ['.ts'],
  transform: {
    '^.+\\.ts$': [
      '@swc/jest',
      {
        swcrc: false,
        module: { type: 'es6' },
        jsc: {
          parser: { syntax: 'typescript' },
          target: 'es2024',
          transform: { verbatimModuleSyntax: true },
        },
      },
    ],
  },
  // Browsers and processes of their own take their time on a small machine. One that waits for them leaves room for another.
  testTimeout: 60_000,
  testSequencer: '<rootDir>/test/long-first.js',
  maxWorkers: 3,
}
