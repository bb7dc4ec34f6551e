// Programs of the machine that tests need, and where they are.
import { existsSync, readdirSync } from 'node:fs'
import { delimiter, join } from 'node:path'

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

const firstFile = (folders: string[], names: string[]): string | undefined =>
  folders.flatMap((folder) => names.map((name) => join(folder, name))).find((file) => existsSync(file))

const foldersIn = (folder: string): string[] =>
  existsSync(folder)
    ? readdirSync(folder, { withFileTypes: true })
        .filter((entry) => entry.isDirectory() && entry.name.includes('-linux-'))
        .map((entry) => join(folder, entry.name))
    : []
