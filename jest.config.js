export default {
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
  testTimeout: 30_000,
}
