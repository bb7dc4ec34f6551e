// Programs of the machine that tests need: found, or their absence told.
import { existsSync, readdirSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { describe, test } from '@jest/globals'

export type Program = {
  title: string
  /** Debian's package. */
  package: string
  /** The path of its file, if it is there. */
  find(): string | undefined
}

/** A program by the names that it may have. */
export const program = (title: string, packageName: string, ...names: string[]): Program => ({
  title,
  package: packageName,
  find: () => firstFile(['/usr/bin', ...(process.env.PATH ?? '').split(delimiter)], names),
})

/** A library that a program loads while it runs, where Linux distributions keep theirs. */
export const library = (title: string, packageName: string, name: string): Program => ({
  title,
  package: packageName,
  find: () => firstFile(['/usr/lib64', '/usr/lib', ...foldersIn('/usr/lib')], [name]),
})

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

const firstFile = (folders: string[], names: string[]): string | undefined =>
  folders.flatMap((folder) => names.map((name) => join(folder, name))).find((file) => existsSync(file))

const foldersIn = (folder: string): string[] =>
  existsSync(folder)
    ? readdirSync(folder, { withFileTypes: true })
        .filter((entry) => entry.isDirectory() && entry.name.includes('-linux-'))
        .map((entry) => join(folder, entry.name))
    : []
