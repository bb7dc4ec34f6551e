// Tests where the programs that they need are; in CI the absence of one is told as a failure.
import { describe, test } from '@jest/globals'
import type { Program } from './programs.ts'

/**
 * Runs the tests of `body` where all the programs are, with their paths; in CI the absence of one is a failure, not a
 * skipped test.
 */
export function whereInstalled(name: string, programs: readonly Program[], body: (...paths: string[]) => void): void {
  const paths = programs.map(({ find }) => find())
  const missing = programs
    .filter((_, i) => paths[i] === undefined)
    .map((one) => `${one.title} is missing: install the package "${one.package}"`)
    .join('. ')
  if (missing && process.env.CI === 'true') {
    test(name, () => {
      throw new Error(missing)
    })
    return
  }
  const suite = missing ? describe.skip : describe
  suite(missing ? `${name} (skipped. ${missing})` : name, () => body(...paths.map((path) => path ?? '')))
}
