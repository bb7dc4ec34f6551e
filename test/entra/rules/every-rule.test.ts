import { describe, expect, test } from '@jest/globals'
import { filesIn, type SourceFile, sourceOf } from '../../architecture/source-files.ts'
import { rules } from '../../entra-simulator/rules.ts'

const FOLDER = 'test/entra/rules'
const twenty = (letter: string) => Array.from({ length: 20 }, (_, i) => `${letter}${i + 1}`)

/** The rules by which the names of tests in this file begin: a text of its own that begins with them, and goes on in words. */
const rulesNamedIn = ({ text }: SourceFile): Set<string> => {
  const names = [...text.matchAll(/['"`]((?:[RV]\d+ (?:and )?)+)[a-zA-Z$]/g)].map(([, named]) => named ?? '')
  return new Set(names.flatMap((named) => named.match(/[RV]\d+/g) ?? []))
}

/** The rows of the table: rule, and the file that holds it. */
const rowsOf = (readme: string): [rule: string, file: string][] =>
  [...readme.matchAll(/^\| ([RV]\d+) \| .+ \| `([\w.-]+)` \|$/gm)].map(([, rule, file]) => [rule ?? '', file ?? ''])

describe('the rules', () => {
  const rows = rowsOf(sourceOf(`${FOLDER}/README.md`).text)

  test('are R1 to R20 in the table, each once and in order', () => {
    expect(rows.map(([rule]) => rule)).toEqual(twenty('R'))
  })

  test.each(rows)('%s has a test that says its number, in %s', (rule, file) => {
    expect([...rulesNamedIn(sourceOf(`${FOLDER}/${file}`))]).toContain(rule)
  })

  test('are V1 to V20 of the simulator, each refused by its judge and kept by our answers', () => {
    expect(Object.keys(rules)).toEqual(twenty('V'))
    for (const file of ['test/entra-simulator/judge.test.ts', `${FOLDER}/v01-to-v20-answers.test.ts`])
      expect([...rulesNamedIn(sourceOf(file))].filter((rule) => rule.startsWith('V')).sort()).toEqual(
        twenty('V').sort(),
      )
  })

  test('are all that a test here says the number of', () => {
    const known = [...twenty('R'), ...twenty('V')]
    const files = filesIn(FOLDER, ['.test.ts']).filter(({ path }) => !path.endsWith('every-rule.test.ts'))
    expect(files.flatMap((file) => [...rulesNamedIn(file)]).filter((rule) => !known.includes(rule))).toEqual([])
  })

  test('are looked for in names of tests only', () => {
    const text = `// R1 in a comment\ntest('R2 refuses', x)\ntest.each(rows)("R3 and R4 refuse %s", y)\n[\`V5 is\`] 'R6'`
    expect([...rulesNamedIn({ path: '', text })]).toEqual(['R2', 'R3', 'R4', 'V5'])
  })
})
