import { describe, expect, test } from '@jest/globals'
import { sentences } from '../../src/base/refusal.ts'
import { type SourceFile, server } from './source-files.ts'

/** The codes that nothing refuses with. To be a key in a table (of statuses, titles, answers) is not to be used. */
const unused = (codes: string[], files: SourceFile[]): string[] =>
  codes.filter((code) => !files.some(({ text }) => new RegExp(`'${code.replaceAll('.', '\\.')}'(?!\\s*:)`).test(text)))

describe('refusals', () => {
  test('every code is refused with somewhere', () => {
    const files = server().filter(({ path }) => path !== 'src/base/refusal.ts')
    expect(unused(Object.keys(sentences), files)).toEqual([])
  })

  test('this check can fail', () => {
    const files = [{ path: 'src/a.ts', text: "const statuses = { 'a.dead': 429 }\nreturn refuse('a.used', 'why')" }]
    expect(unused(['a.dead', 'a.used', 'aXused'], files)).toEqual(['a.dead', 'aXused'])
  })
})
