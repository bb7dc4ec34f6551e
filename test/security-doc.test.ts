// docs/security.md says which test shows what. What it names must be there, or its tables would rot.
import { existsSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from '@jest/globals'
import { variables } from '../src/config-variables.ts'

const root = fileURLToPath(new URL('..', import.meta.url))
const DOC = 'docs/security.md'
const doc = readFileSync(join(root, DOC), 'utf8')
const STATES = ['met', 'partly', 'not met', 'written', 'does not apply']

type Shown = { file: string; name: string }

/** The tests that a text names: a file in backquotes, then names of its tests in straight quotes, up to the next file. */
const testsIn = (text: string): Shown[] =>
  [...text.matchAll(/`(test\/[^`]+\.ts)`((?:[ ;]+"[^"\n]+")*)/g)].flatMap(([, file = '', names = '']) =>
    [...names.matchAll(/"([^"]+)"/g)].map(([, name = '']) => ({ file, name })),
  )

/** Whether a source names a test so, to the letter. */
const hasTest = (source: string, name: string): boolean =>
  ["'", '"', '`'].some(
    (quote) => source.includes(`(${quote}${name}${quote}`) || source.includes(` ${quote}${name}${quote},`),
  )

/** Every file of the project that a text names in backquotes. */
const filesIn = (text: string): string[] =>
  [...text.matchAll(/`((?:src|test|scripts|views|docs)\/[\w./-]+)`/g)].map(([, path = '']) => path)

type Row = { standard: string; numbers: string[]; state: string; how: string; tests: string }

/** The rows of the tables of requirements. */
function rowsIn(text: string): Row[] {
  const standardOf = (heading: string): string => (heading.startsWith('NIST') ? 'NIST' : 'ASVS')
  return text
    .split(/^## /m)
    .filter((section) => /^(?:NIST|OWASP)/.test(section))
    .flatMap((section) =>
      [...section.matchAll(/^\| (\d[\d., to]*) \| [^|]+ \| ([^|]+) \|([^|]*)\|([^|]*)\|$/gm)].map(
        ([, numbers = '', state = '', how = '', tests = '']) => {
          return { standard: standardOf(section), numbers: numbers.split(/, | to /), state, how: how.trim(), tests }
        },
      ),
    )
}

/** How many requirements each section of the chapters has that we are judged by (OWASP ASVS 5.0.0). */
const ASVS = {
  ...{ '6.1': 3, '6.2': 12, '6.3': 8, '6.4': 6, '6.5': 8, '6.6': 4, '6.7': 2, '6.8': 4 },
  ...{ '7.1': 3, '7.2': 4, '7.3': 2, '7.4': 5, '7.5': 3, '7.6': 2 },
  ...{ '9.1': 3, '9.2': 4, '16.1': 1, '16.2': 5, '16.3': 4, '16.4': 3, '16.5': 4 },
}
const numbersOf = (section: string, from: number, to: number): string[] =>
  Array.from({ length: to - from + 1 }, (_, i) => `${section}.${from + i}`)
/** `6.1.2, 6.2.1 to 6.2.3` as each of its numbers. */
const eachOf = (numbers: string): string[] =>
  [...numbers.matchAll(/(\d+\.\d+)\.(\d+)(?: to \d+\.\d+\.(\d+))?/g)].flatMap(([, section = '', from, to]) =>
    numbersOf(section, Number(from), Number(to ?? from)),
  )

const named = (row: Row): string[] => row.numbers.map((number) => `${row.standard} ${number}`)

describe('docs/security.md', () => {
  const rows = rowsIn(doc)

  test('names no test that is not there', () => {
    const shown = testsIn(doc)
    expect(shown.length).toBeGreaterThan(100)
    const sources = new Map(
      [...new Set(shown.map(({ file }) => file))].map((file) => [
        file,
        existsSync(join(root, file)) ? readFileSync(join(root, file), 'utf8') : '',
      ]),
    )
    expect(shown.filter(({ file, name }) => !hasTest(sources.get(file) ?? '', name))).toEqual([])
  })

  test('puts nothing in straight quotes beside a test’s file but its tests’ names', () => {
    const quoted = rows.flatMap(({ tests }) => [...tests.matchAll(/"[^"]+"/g)])
    expect(quoted).toHaveLength(rows.flatMap(({ tests }) => testsIn(tests)).length)
  })

  test('names no file that is not there, and links to none', () => {
    const links = [...doc.matchAll(/\]\(([^)#]+)(?:#[^)]*)?\)/g)].map(([, path = '']) => join(dirname(DOC), path))
    expect(links.length).toBeGreaterThan(10)
    expect([...filesIn(doc), ...links].filter((path) => !existsSync(join(root, path)))).toEqual([])
  })

  test('links to headings that are there', () => {
    const anchorOf = (heading: string): string =>
      heading
        .toLowerCase()
        .replace(/[^\w\s-]/g, '')
        .replace(/ /g, '-')
    const headingsOf = (text: string): string[] => [...text.matchAll(/^#+ (.+)$/gm)].map(([, it = '']) => anchorOf(it))
    const links = [...doc.matchAll(/\]\(([^)#]*)#([^)]+)\)/g)].map(([, path = '', anchor = '']) => ({ path, anchor }))
    const missing = links.filter(({ path, anchor }) => {
      const text = path === '' ? doc : readFileSync(join(root, dirname(DOC), path), 'utf8')
      return !headingsOf(text).includes(anchor)
    })
    expect(links.length).toBeGreaterThan(5)
    expect(missing).toEqual([])
  })

  test('names no setting that is not there', () => {
    const known: string[] = variables.map(({ name }) => name)
    expect((doc.match(/COUNTERSIGN_\w+/g) ?? []).filter((name) => !known.includes(name))).toEqual([])
  })

  test('says of every requirement how it stands, shows what it calls met, and says what is missing of the rest', () => {
    const begun = doc.match(/^\| \d+\.\d+/gm) ?? []
    expect(rows).toHaveLength(begun.length)
    expect(rows.filter(({ state }) => !STATES.includes(state))).toEqual([])
    expect(rows.filter(({ state, tests }) => ['met', 'partly'].includes(state) && testsIn(tests).length === 0)).toEqual(
      [],
    )
    expect(rows.filter(({ state, how }) => state !== 'met' && how === '')).toEqual([])
  })

  test('leaves out no requirement of the chapters of ASVS that it is about', () => {
    const [, asvs = ''] = doc.split('## OWASP')
    const told = [...asvs.matchAll(/^\| (\d[\d., to]*) \|/gm)].flatMap(([, numbers = '']) => eachOf(numbers))
    const asked = Object.entries(ASVS).flatMap(([section, most]) => numbersOf(section, 1, most))
    expect([...new Set(told)].sort()).toEqual(asked.sort())
  })

  test('lists once more, in one place, all that is not met or only in part', () => {
    const [absent = '', inPart = ''] = (doc.split('## What is not met, in one place')[1] ?? '').split('There in part:')
    const listed = (text: string) =>
      [...new Set([...text.matchAll(/\*\*([A-Z]+ [\d.]+)\*\*/g)].map(([, it = '']) => it))].sort()
    const inState = (state: string) => [...new Set(rows.filter((row) => row.state === state).flatMap(named))].sort()
    expect(listed(absent)).toEqual(inState('not met'))
    expect(listed(inPart)).toEqual(inState('partly'))
  })
})

test('this check can fail', () => {
  const line = '| 1.2 | x | met | y | `test/a.test.ts` "refuses it"; "and that" `test/b.ts` "is %s" |'
  expect(testsIn(line)).toEqual([
    { file: 'test/a.test.ts', name: 'refuses it' },
    { file: 'test/a.test.ts', name: 'and that' },
    { file: 'test/b.ts', name: 'is %s' },
  ])
  expect(hasTest("test('refuses it', () => {})", 'refuses it')).toBe(true)
  expect(hasTest("test('refuses it all', () => {})", 'refuses it')).toBe(false)
  expect(filesIn('`src/nowhere.ts` and `src/entra/clouds.ts`')).toEqual(['src/nowhere.ts', 'src/entra/clouds.ts'])
  expect(rowsIn(`## NIST\n${line}\n`)).toMatchObject([{ standard: 'NIST', numbers: ['1.2'], state: 'met' }])
})
