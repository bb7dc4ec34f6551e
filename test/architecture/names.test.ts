import { describe, expect, test } from '@jest/globals'
import { filesIn, type SourceFile, server } from './source-files.ts'

const KEBAB = /^[a-z0-9]+(-[a-z0-9]+)*$/
/** Names that say nothing: drawers for everything. */
const EMPTY_WORDS = ['util', 'utils', 'helper', 'helpers', 'common', 'misc', 'manager', 'index']

function nameFaults(files: SourceFile[]): string[] {
  return files.flatMap(({ path }) => {
    const names = path.replace(/(\.test)?\.[a-z]+$/, '').split('/')
    return names.flatMap((name) => {
      if (!KEBAB.test(name)) return [`${path}: ${name} is not in kebab-case`]
      const empty = name.split('-').find((word) => EMPTY_WORDS.includes(word))
      return empty ? [`${path}: “${empty}” says nothing`] : []
    })
  })
}

/** Lines that a rule forbids, each as `path:line`. */
const linesWith = (files: SourceFile[], forbidden: RegExp): string[] =>
  files.flatMap(({ path, text }) =>
    text.split('\n').flatMap((line, i) => (forbidden.test(line) ? [`${path}:${i + 1} ${line.trim()}`] : [])),
  )

const DEFAULT_EXPORT = /^\s*export\s+default\b|^\s*export\s*\{[^}]*\bas\s+default\b/
const NAKED_TODO = /\b(TODO|FIXME|HACK)\b(?!\(#\d+\))/
/** Formatted code has its indentation: what begins in the first column belongs to the module. */
const MODULE_STATE =
  /^(export )?(let|var)\b|^(export )?const \w+(: [^=]+)? = (new (Map|Set|WeakMap|WeakSet|EventEmitter)(<.*>)?\(\)|\[\]|\{\})\s*$/

describe('names', () => {
  const code = ['src', 'test', 'scripts'].flatMap((folder) => filesIn(folder, ['.ts', '.js']))

  test('files and folders have names in kebab-case that say something', () => {
    expect(nameFaults(code)).toEqual([])
  })

  test('src has named exports only', () => {
    expect(linesWith(filesIn('src', ['.ts']), DEFAULT_EXPORT)).toEqual([])
  })

  test('what is still to do names its issue', () => {
    const others = code.filter(({ path }) => path !== 'test/architecture/names.test.ts')
    expect(linesWith(others, NAKED_TODO)).toEqual([])
  })

  test('no module of the server has state', () => {
    expect(linesWith(server(), MODULE_STATE)).toEqual([])
  })
})

describe('these checks can fail', () => {
  test.each(['src/signin/SignIn.ts', 'src/sign_in/open.ts', 'src/http/utils.ts', 'src/key-manager/open.ts'])(
    'names: %s',
    (path) => {
      expect(nameFaults([{ path, text: '' }])).toHaveLength(1)
    },
  )
  test.each(['src/signin/index.ts', 'test/support/helpers.ts', 'src/common/open.test.ts'])('names: %s', (path) => {
    expect(nameFaults([{ path, text: '' }])).toHaveLength(1)
  })

  const faults = (line: string, forbidden: RegExp): number =>
    linesWith([{ path: 'src/bad.ts', text: `// Something.\n${line}\n` }], forbidden).length

  test.each(['export default function open() {}', 'export { open as default }'])('exports: %s', (line) => {
    expect(faults(line, DEFAULT_EXPORT)).toBe(1)
  })
  test.each(['// TODO: later', '// TODO(ada) later', '/* FIXME(#) */'])('to do: %s', (line) => {
    expect(faults(line, NAKED_TODO)).toBe(1)
    expect(faults('// TODO(#12): later', NAKED_TODO)).toBe(0)
  })
  test.each([
    'let count = 0',
    'export let count = 0',
    'var count',
    'const known = new Map<string, KeyObject>()',
    'const known: Map<string, string> = new Map()',
    'const emitter = new EventEmitter()',
    'const queue: Job[] = []',
  ])('state: %s', (line) => {
    expect(faults(line, MODULE_STATE)).toBe(1)
  })
  test.each(['  let count = 0', "const LOOPBACK = ['localhost']", "const kinds = new Set(['a'])"])(
    'no state: %s',
    (line) => {
      expect(faults(line, MODULE_STATE)).toBe(0)
    },
  )
})
