import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { ADA, ADA_ELSEWHERE, GRACE, MINUTE, movedTo, NOW, openOne } from './material.ts'
import { type OpenedStore, type OpenStore, race } from './opened-store.ts'

const LIMIT = { gap: 20_000, most: 5, window: 10 * MINUTE }
const NO_GAP = { ...LIMIT, gap: 0 }

/** How often somebody was rung for, and what they did not want, on every store. */
export function describeRingStore(name: string, open: OpenStore): void {
  describe(`rings on ${name}`, () => {
    let store: OpenedStore
    beforeEach(async () => {
      store = await open()
    })
    afterEach(() => store.close())

    test('of a thousand at once one is written', async () => {
      const won = await race(store, ({ rings }, caller) => rings.ring('ada', `sign-in-${caller}#1`, NOW, LIMIT))
      expect(won.filter(Boolean)).toHaveLength(1)
      expect(await store.stores.rings.since('ada', 0)).toEqual([{ at: NOW, prompt: `sign-in-${won.indexOf(true)}#1` }])
    })

    test('of a thousand without a pause between them five are written', async () => {
      const won = await race(store, ({ rings }, caller) => rings.ring('ada', 'x#1', NOW + caller, NO_GAP))
      expect(won.filter(Boolean)).toHaveLength(5)
      expect(await store.stores.rings.since('ada', 0)).toHaveLength(5)
    })

    test('a gap lies between two, and no more than that', async () => {
      const { rings } = store.stores
      const answers = []
      for (const after of [0, 1, 19_999, 20_000, 39_999, 40_000])
        answers.push(await rings.ring('ada', 'x#1', NOW + after, LIMIT))
      expect(answers).toEqual([true, false, false, true, false, true])
    })

    test('so many lie within the window, and no more', async () => {
      const { rings } = store.stores
      for (let minute = 0; minute < 5; minute++)
        expect(await rings.ring('ada', 'x#1', NOW + minute * MINUTE, LIMIT)).toBe(true)
      expect(await rings.ring('ada', 'x#1', NOW + 10 * MINUTE - 1, LIMIT)).toBe(false)
      expect(await store.beside.rings.ring('ada', 'x#1', NOW + 10 * MINUTE, LIMIT)).toBe(true)
      expect(await rings.ring('ada', 'x#1', NOW + 11 * MINUTE - 1, LIMIT)).toBe(false)
      expect(await rings.ring('ada', 'x#1', NOW + 11 * MINUTE, LIMIT)).toBe(true)
    })

    test('each key has its own', async () => {
      const { rings } = store.stores
      await rings.ring('ada', 'x#1', NOW, LIMIT)
      expect(await rings.ring('grace', 'x#1', NOW, LIMIT)).toBe(true)
      expect(await rings.since('ad', 0)).toEqual([])
    })

    test('gives those after an instant, oldest first', async () => {
      const { rings } = store.stores
      for (const [after, prompt] of [
        [0, 'a#1'],
        [MINUTE, 'a#2'],
        [2 * MINUTE, 'b#1'],
      ] as const)
        await rings.ring('ada', prompt, NOW + after, LIMIT)
      expect(await store.beside.rings.since('ada', NOW)).toEqual([
        { at: NOW + MINUTE, prompt: 'a#2' },
        { at: NOW + 2 * MINUTE, prompt: 'b#1' },
      ])
    })

    test('what a person did not want is written with the move, or not at all', async () => {
      const { signIns, rings } = store.stores
      const signIn = await openOne(store.stores)
      const unwanted = { ...ADA, at: NOW, kind: 'reported' as const }
      const effects = { events: [], recordUnwanted: unwanted }
      const next = movedTo(signIn, { phase: 'reported' })
      const won = await race(store, (through) => through.signIns.move(signIn, next, effects))
      expect(won.filter(Boolean)).toHaveLength(1)
      expect(await rings.unwanted(ADA, 0)).toEqual([{ at: NOW, kind: 'reported' }])
      expect(await signIns.move(signIn, next, effects)).toBe(false)
      expect(await store.beside.rings.unwanted(ADA, 0)).toHaveLength(1)
    })

    test('is given for this very person, after an instant, oldest first', async () => {
      for (const [person, at, kind] of [
        [ADA, NOW + 2, 'reported'],
        [ADA, NOW, 'denied'],
        [ADA, NOW + 1, 'denied'],
        [GRACE, NOW + 1, 'denied'],
        [ADA_ELSEWHERE, NOW + 1, 'denied'],
      ] as const) {
        const signIn = await openOne(store.stores)
        await store.stores.signIns.move(signIn, movedTo(signIn), {
          events: [],
          recordUnwanted: { ...person, at, kind },
        })
      }
      expect(await store.beside.rings.unwanted(ADA, NOW)).toEqual([
        { at: NOW + 1, kind: 'denied' },
        { at: NOW + 2, kind: 'reported' },
      ])
    })

    test('what is old is forgotten, and nothing else', async () => {
      const { rings, signIns } = store.stores
      for (const at of [NOW - 1, NOW]) {
        await rings.ring('ada', 'x#1', at, NO_GAP)
        const signIn = await openOne(store.stores)
        await signIns.move(signIn, movedTo(signIn), { events: [], recordUnwanted: { ...ADA, at, kind: 'denied' } })
      }
      await rings.forget(NOW)
      expect(await rings.since('ada', 0)).toEqual([{ at: NOW, prompt: 'x#1' }])
      expect(await rings.unwanted(ADA, 0)).toEqual([{ at: NOW, kind: 'denied' }])
      await rings.forget(NOW)
      expect(await rings.since('ada', 0)).toHaveLength(1)
    })
  })
}
