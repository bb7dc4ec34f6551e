import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const ROOT = fileURLToPath(new URL('../../', import.meta.url))
/** What is not ours, or not kept (.gitignore). */
const NOT_KEPT = ['node_modules', '.git', 'data', 'demo-data', 'coverage', '.cache']

/** A file of the project: its path from the root, with slashes, and what it says. */
export type SourceFile = { path: string; text: string }

/** Every file below `folder` whose name ends in one of `endings`. */
export function filesIn(folder: string, endings: readonly string[]): SourceFile[] {
  return readdirSync(join(ROOT, folder), { withFileTypes: true }).flatMap((entry): SourceFile[] => {
    const path = folder === '' ? entry.name : `${folder}/${entry.name}`
    if (NOT_KEPT.includes(entry.name)) return []
    if (entry.isDirectory()) return filesIn(path, endings)
    if (!entry.isFile() || !endings.some((ending) => entry.name.endsWith(ending))) return []
    return [{ path, text: readFileSync(join(ROOT, path), 'utf8') }]
  })
}

export const sourceOf = (path: string): SourceFile => ({ path, text: readFileSync(join(ROOT, path), 'utf8') })

export const server = (): SourceFile[] => filesIn('src', ['.ts']).filter(({ path }) => !isBrowserCode(path))

/** Code that runs in a browser has a clock and chance of its own, and its own state. */
export const isBrowserCode = (path: string): boolean => /^src\/[\w-]+\/(browser|worker)\//.test(path)

export type Import = { from: string; typeOnly: boolean }

const STATEMENT = /^[ \t]*(?:import|export)\b(?<clause>[\w$\s{},*]*?)['"](?<from>[^'"\n]+)['"]/gm
const DYNAMIC = /\b(?:import|require)\(\s*(?:['"`](?<from>[^'"`$]+)['"`]\s*[,)])?/g

/** What a file imports, in whatever way. A dynamic import of something unwritten is `?`: nobody could check it. */
export function importsOf({ text }: SourceFile): Import[] {
  const code = text.replace(/\/\*[\s\S]*?\*\/|^\s*\/\/.*$/gm, '')
  const statements = [...code.matchAll(STATEMENT)]
    .map(({ groups }) => ({ clause: groups?.clause ?? '', from: groups?.from ?? '' }))
    .filter(({ clause }) => clause.trim() === '' || /\bfrom\s*$/.test(clause))
    .map(({ clause, from }) => ({ from, typeOnly: /^\s+type\b(?!\s+from)/.test(clause) }))
  const dynamic = [...code.matchAll(DYNAMIC)].map(({ groups }) => ({ from: groups?.from ?? '?', typeOnly: false }))
  return [...statements, ...dynamic]
}

/** The file that a relative import names, from the root: `./x.ts` in `src/a/b.ts` is `src/a/x.ts`. */
export function targetOf(importer: string, from: string): string {
  const parts = importer.split('/').slice(0, -1)
  for (const part of from.split('/')) {
    if (part === '..') parts.pop()
    else if (part !== '.') parts.push(part)
  }
  return parts.join('/')
}
