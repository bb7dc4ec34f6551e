import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import type { KeyBook } from '../../../src/keys/signing-key.ts'
import { aKey, HOUR, keyCreated, NOW } from './material.ts'
import { type OpenedStore, type OpenStore, race, recorded } from './opened-store.ts'

/** A book with one more key. */
const grown = ({ version, keys }: KeyBook, signsFrom = NOW): KeyBook => ({
  version: version + 1,
  seenAt: NOW,
  keys: [...keys, aKey({ signsFrom })],
})
const createdIn = ({ keys }: KeyBook) => keys.slice(-1).map(keyCreated)

export function describeKeyStore(name: string, open: OpenStore): void {
  describe(`signing keys on ${name}`, () => {
    let store: OpenedStore
    beforeEach(async () => {
      store = await open()
    })
    afterEach(() => store.close())

    test('are none at first', async () => {
      expect(await store.stores.keys.read()).toEqual({ version: 0, seenAt: 0, keys: [] })
    })

    test('of a thousand who make the first one, one does and is recorded', async () => {
      const nothing = await store.stores.keys.read()
      const won = await race(store, async ({ keys }) => {
        const next = grown(nothing)
        return (await keys.replace(next, createdIn(next))) ? next : undefined
      })
      const winners = won.filter((each) => each !== undefined)
      expect(winners).toHaveLength(1)
      expect(await store.beside.keys.read()).toEqual(winners[0])
      expect(await recorded(store.stores)).toEqual(winners.flatMap(createdIn))
    })

    test('of a thousand who change them at once, one does and is recorded', async () => {
      const first = grown(await store.stores.keys.read())
      await store.stores.keys.replace(first, createdIn(first))
      const won = await race(store, async ({ keys }) => {
        const next = grown(first, NOW + 48 * HOUR)
        return (await keys.replace(next, createdIn(next))) ? next : undefined
      })
      const winners = won.filter((each) => each !== undefined)
      expect(winners).toHaveLength(1)
      expect(await store.stores.keys.read()).toEqual(winners[0])
      expect(await recorded(store.stores)).toEqual([first, ...winners].flatMap(createdIn))
    })

    test('stay in the order in which they were made, whatever their times say', async () => {
      const { keys } = store.stores
      let book = await keys.read()
      for (const signsFrom of [NOW, NOW - HOUR, NOW + HOUR]) {
        book = grown(book, signsFrom)
        expect(await keys.replace(book, [])).toBe(true)
      }
      expect(await store.beside.keys.read()).toEqual(book)
    })

    test('are changed in place, and so is when they were seen', async () => {
      const { keys } = store.stores
      const first = grown(await keys.read())
      const second = grown(first, NOW + 48 * HOUR)
      await keys.replace(first, [])
      await keys.replace(second, [])
      const [old, next] = second.keys
      const third = {
        ...{ version: 3, seenAt: NOW + HOUR },
        keys: [
          { ...old!, withdrawnAt: NOW + HOUR },
          { ...next!, signsFrom: NOW + HOUR },
        ],
      }
      expect(await keys.replace(third, [])).toBe(true)
      expect(await keys.read()).toEqual(third)
    })

    test('are not changed by whoever has seen an older book, or a newer one', async () => {
      const { keys } = store.stores
      const first = grown(await keys.read())
      const second = grown(first)
      await keys.replace(first, [])
      for (const version of [0, 1, 3, 4])
        expect(await keys.replace({ ...second, version }, createdIn(second))).toBe(false)
      expect(await keys.read()).toEqual(first)
      expect(await recorded(store.stores)).toEqual([])
    })
  })
}
