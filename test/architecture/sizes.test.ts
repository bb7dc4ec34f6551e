import { describe, expect, test } from '@jest/globals'
import { filesIn, type SourceFile } from './source-files.ts'

const MOST_LINES = { src: 300, scripts: 300, test: 500 } as const
const CODE = ['.ts', '.js', '.css']

const sizeFaults = (files: SourceFile[], most: number): string[] =>
  files
    .map(({ path, text }) => ({ path, lines: text.trimEnd().split('\n').length }))
    .filter(({ lines }) => lines > most)
    .map(({ path, lines }) => `${path} has ${lines} lines, more than ${most}`)

describe('sizes', () => {
  test.each(Object.entries(MOST_LINES))('no file of %s has more than %d lines', (folder, most) => {
    expect(sizeFaults(filesIn(folder, CODE), most)).toEqual([])
  })

  test('this check can fail', () => {
    const ofLines = (lines: number): SourceFile => ({ path: `src/${lines}.ts`, text: 'x\n'.repeat(lines) })
    expect(sizeFaults([ofLines(300), ofLines(301)], 300)).toEqual(['src/301.ts has 301 lines, more than 300'])
  })
})
