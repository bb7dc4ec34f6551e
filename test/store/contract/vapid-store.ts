import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { type OpenedStore, type OpenStore, race } from './opened-store.ts'

/** The key by which push services know us, on every store: it is made once. */
export function describeVapidStore(name: string, open: OpenStore): void {
  describe(`the key for push on ${name}`, () => {
    let store: OpenedStore
    beforeEach(async () => {
      store = await open()
    })
    afterEach(() => store.close())

    test('is not there at first', async () => {
      expect(await store.stores.vapid.sealedKey()).toBeUndefined()
    })

    test('of a thousand first keys one is kept, and everybody is given that one', async () => {
      const given = await race(store, ({ vapid }, caller) => vapid.keepFirst(`v1.${caller}`))
      const [kept] = given
      expect(given.every((each) => each === kept)).toBe(true)
      expect(await store.stores.vapid.sealedKey()).toBe(kept)
      expect(await store.beside.vapid.keepFirst('v1.later')).toBe(kept)
    })
  })
}
