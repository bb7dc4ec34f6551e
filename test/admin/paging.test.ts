import { describe, expect, test } from '@jest/globals'
import { cursorIn, someOf } from '../../src/admin/api/paging.ts'
import { askedOf } from '../../src/admin/filters/asked.ts'
import { cursorOf, readCursor } from '../../src/base/page.ts'

const row = (id: string, createdAt: number) => ({ id, createdAt })
const all = [row('b', 1), row('a', 1), row('d', 2), row('c', 3)]
const read = (rows: typeof all, cursor?: string, limit = 2) => {
  const page = someOf('keys', rows, { limit, cursor }, (one) => one)
  return { ids: page.rows.map(({ id }) => id), next: page.next }
}
const nextOf = (rows: typeof all, limit?: number): string => read(rows, undefined, limit).next ?? ''

describe('a list that is read whole', () => {
  test('goes on after the row that the cursor names, in the order that it has', () => {
    expect(read(all).ids).toEqual(['b', 'a'])
    expect(read(all, nextOf(all))).toEqual({ ids: ['d', 'c'], next: null })
    expect(read(all, nextOf(all, 1), 1).ids).toEqual(['a'])
  })

  test('goes on with what was made later when that row is gone', () => {
    const cursor = nextOf(all, 3)
    expect(
      read(
        all.filter(({ id }) => id !== 'd' && id !== 'a'),
        cursor,
      ),
    ).toEqual({ ids: ['c'], next: null })
    expect(read(all.slice(0, 2), cursor)).toEqual({ ids: [], next: null })
  })

  test('leaves out nothing of the same moment when that row is gone', () => {
    const withoutFirst = all.slice(1)
    expect(read(withoutFirst, nextOf(all, 1)).ids).toEqual(['a', 'd'])
  })

  test('takes no cursor of another list', () => {
    expect(readCursor(cursorOf(['keys', 1, 'a']), cursorIn('keys'))).toEqual(['keys', 1, 'a'])
    expect(readCursor(cursorOf(['keys', 1, 'a']), cursorIn('webhooks'))).toBeNull()
  })
})

describe('a page of the console', () => {
  test('reads a cursor whole that carries a long label; other parameters are short', () => {
    const long = 'x'.repeat(5000)
    const asked = askedOf({ query: { cursor: long, text: long } } as never)
    expect([asked('cursor').length, asked('text').length]).toEqual([4096, 512])
  })
})
