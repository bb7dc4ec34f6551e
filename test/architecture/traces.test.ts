// What is committed says nothing of the machine that it was written on: it must install and run on anybody's.
import { describe, expect, test } from '@jest/globals'
import { filesIn, type SourceFile, sourceOf } from './source-files.ts'

const TEXT = [
  '.ts',
  '.js',
  '.json',
  '.md',
  '.html',
  '.eta',
  '.css',
  '.svg',
  '.yml',
  '.yaml',
  '.sh',
  'Dockerfile',
  '.npmrc',
  'run',
]
/** The homes and work folders of somebody's machine. Written so that this file does not name one itself. */
const OWN_PATH = /(?<![\w.~-])[/](?:home[/]\w|Users[/]\w|root[/]|work[/]|private[/]tmp[/])/
/** A setting that names where packages come from. */
const REGISTRY = /(?:registry|index-url|"resolved")['"]?\s*[=: ]\s*['"]?https?:[/][/]/i

const traces = (files: SourceFile[]): string[] =>
  files.flatMap(({ path, text }) =>
    text
      .split('\n')
      .flatMap((line, i) => (OWN_PATH.test(line) || REGISTRY.test(line) ? [`${path}:${i + 1} ${line.trim()}`] : [])),
  )

describe('what is committed', () => {
  test('names no folder of a machine, and no registry', () => {
    // Of this one the made-up sources are below.
    const files = filesIn('', TEXT).filter(({ path }) => path !== 'test/architecture/traces.test.ts')
    expect(files.length).toBeGreaterThan(100)
    expect(traces(files)).toEqual([])
  })

  test('the lock file leaves it to the installer’s own npm where packages come from', () => {
    const { text } = sourceOf('package-lock.json')
    expect(text).not.toContain('"resolved"')
  })

  test.each([
    `import '${'/'}work/main/src/main.ts'`,
    `see ${'/'}home/ada/countersign`,
    `cd ${'/'}Users/ada`,
    'registry=http://packages.example/npm/',
    'npm install --registry https://packages.example/',
    '"resolved": "http://packages.example/npm/zod/-/zod-4.6.7.tgz"',
    'pip download --index-url http://127.0.0.1:3141/simple',
  ])('this check can fail: %s', (text) => {
    expect(traces([{ path: 'docs/bad.md', text }])).toHaveLength(1)
  })

  test.each(['docs/work/plan.md', 'https://example.com/work/'])('and lets pass: %s', (text) => {
    expect(traces([{ path: 'docs/good.md', text }])).toEqual([])
  })
})
