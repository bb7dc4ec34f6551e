import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import type { SigningKey } from '../../../src/keys/signing-key.ts'
import { aKey, HOUR, keyCreated, NOW } from './material.ts'
import { CALLERS, type OpenedStore, type OpenStore, race, recorded } from './opened-store.ts'

export function describeKeyStore(name: string, open: OpenStore): void {
  describe(`signing keys on ${name}`, () => {
    let store: OpenedStore
    beforeEach(async () => {
      store = await open()
    })
    afterEach(() => store.close())

    test('of a thousand first keys one is inserted and recorded', async () => {
      const keys = Array.from({ length: CALLERS }, () => aKey())
      const won = await race(store, (through, caller) => {
        const key = keys[caller] as SigningKey
        return through.keys.insertFirst(key, keyCreated(key))
      })
      const winners = keys.filter((_, caller) => won[caller])
      expect(winners).toHaveLength(1)
      expect(await store.stores.keys.list()).toEqual(winners)
      expect(await recorded(store.stores)).toEqual(winners.map(keyCreated))
    })

    test('of a thousand next keys one is announced and recorded', async () => {
      const first = aKey()
      await store.stores.keys.insertFirst(first, keyCreated(first))
      const keys = Array.from({ length: CALLERS }, () => aKey({ signsFrom: NOW + 48 * HOUR }))
      const won = await race(store, (through, caller) => {
        const key = keys[caller] as SigningKey
        return through.keys.insertNext(key, NOW, keyCreated(key))
      })
      const winners = keys.filter((_, caller) => won[caller])
      expect(winners).toHaveLength(1)
      expect(await store.stores.keys.list()).toEqual([first, ...winners])
      expect(await recorded(store.stores)).toEqual([first, ...winners].map(keyCreated))
    })

    test('a further one is announced once the last has begun to sign', async () => {
      const { keys } = store.stores
      const [first, second, third] = [aKey(), aKey({ signsFrom: NOW + 10 }), aKey({ signsFrom: NOW + 20 })]
      expect(await keys.insertFirst(first, keyCreated(first))).toBe(true)
      expect(await keys.insertNext(second, NOW, keyCreated(second))).toBe(true)
      expect(await keys.insertNext(third, NOW + 9, keyCreated(third))).toBe(false)
      expect(await keys.insertNext(third, NOW + 10, keyCreated(third))).toBe(true)
      expect(await store.beside.keys.list()).toEqual([first, second, third])
    })

    test('a first key is not inserted beside any other', async () => {
      const { keys } = store.stores
      const [next, first] = [aKey({ signsFrom: NOW + HOUR }), aKey()]
      expect(await keys.insertNext(next, NOW, keyCreated(next))).toBe(true)
      expect(await keys.insertFirst(first, keyCreated(first))).toBe(false)
      expect(await keys.list()).toEqual([next])
    })
  })
}
