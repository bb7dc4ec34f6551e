// Nothing is left behind: every table and every collection is named.
import { describe, expect, test } from '@jest/globals'
import { lineOf } from '../../../src/store/copy/compare.ts'
import { ending, moves } from '../../../src/store/copy/copied.ts'
import { copied, tables } from '../../../src/store/copy/tables.ts'
import { collections, schemaOf } from '../../../src/store/mongo/schemas.ts'
import { tablesOfSchema } from '../../../src/store/sqlite/held-file.ts'
import { steps } from '../../../src/store/sqlite/schema.ts'

describe('what a copy takes', () => {
  test('is every table of SQLite, each once', () => {
    const named = Object.values(tables).flatMap((mapping) => [...mapping.tables])
    expect(named.toSorted()).toEqual(tablesOfSchema(steps.length))
  })

  test('is every collection of MongoDB but those that say who writes there', () => {
    expect([...copied, 'guard', 'writer'].toSorted()).toEqual(collections.toSorted())
  })

  test('leaves out what has ended exactly where MongoDB deletes it by itself', () => {
    const byItself = collections.filter((name) =>
      schemaOf(name)
        .indexes()
        .some(([, options]) => options?.expireAfterSeconds !== undefined),
    )
    expect(byItself.toSorted()).toEqual(ending.toSorted())
    const proof = { _id: 'p', digest: 'd', expiresAt: 7, endsAt: new Date(7) }
    expect([6, 7].map((now) => moves('used_proof', proof, now))).toEqual([true, false])
  })

  test('leaves out the settings that an engine keeps for itself', () => {
    const kept = ['schema', 'tried-at', 'copy-source', 'copy-target', 'vapid-key', 'public-url']
    expect(kept.filter((_id) => moves('setting', { _id, value: '' }, 0))).toEqual(['vapid-key', 'public-url'])
  })
})

describe('a document on a line', () => {
  test('is the same whatever the order of its members', () => {
    const key = { _id: 'k', hits: 1, resetAt: 2, endsAt: new Date(2) }
    const turned = { endsAt: new Date(2), resetAt: 2, hits: 1, _id: 'k' }
    expect(lineOf(key)).toBe(lineOf(turned))
  })

  test('is another as soon as anything in it is', () => {
    const ring = { _id: 'k', rings: [{ at: 1, prompt: 'a' }], lastAt: 1 }
    const others = [
      { ...ring, rings: [{ at: 2, prompt: 'a' }] },
      { ...ring, rings: [...ring.rings, ...ring.rings] },
      { ...ring, lastAt: null as never },
    ]
    for (const other of others) expect(lineOf(other)).not.toBe(lineOf(ring))
  })

  test('keeps an event as it is spelt: its digest is made of that', () => {
    const record = { _id: 1, writer: 'w', seq: 1, at: 1, previous: '', digest: 'd' }
    const event = { type: 'service.started', version: '1' } as const
    const turned = { version: '1', type: 'service.started' } as const
    expect(lineOf({ ...record, event })).not.toBe(lineOf({ ...record, event: turned }))
  })
})
