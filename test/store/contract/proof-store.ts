import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { NOW } from './material.ts'
import { CALLERS, type OpenedStore, type OpenStore, race } from './opened-store.ts'

export function describeProofStore(name: string, open: OpenStore): void {
  describe(`used proofs on ${name}`, () => {
    let store: OpenedStore
    beforeEach(async () => {
      store = await open()
    })
    afterEach(() => store.close())

    test('of a thousand uses of one proof one is the first, and all others are its repeats', async () => {
      const told = await race(store, ({ proofs }) => proofs.remember('id', 'digest', NOW))
      expect(told.filter((answer) => answer === 'first')).toHaveLength(1)
      expect(told.filter((answer) => answer === 'same')).toHaveLength(CALLERS - 1)
    })

    test('of a thousand requests under one id one is the first, and all others are foreign', async () => {
      const told = await race(store, ({ proofs }, caller) => proofs.remember('id', `digest ${caller}`, NOW))
      expect(told.filter((answer) => answer === 'first')).toHaveLength(1)
      expect(told.filter((answer) => answer === 'other')).toHaveLength(CALLERS - 1)
      expect(await store.stores.proofs.remember('id', `digest ${told.indexOf('first')}`, NOW)).toBe('same')
    })

    test('different ids know nothing of each other', async () => {
      const told = await race(store, ({ proofs }, caller) => proofs.remember(`id ${caller}`, 'digest', NOW))
      expect(new Set(told)).toEqual(new Set(['first']))
    })
  })
}
