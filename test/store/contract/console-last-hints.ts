import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { createLastHints } from '../../../src/integrations/last-hints.ts'
import type { SignIn } from '../../../src/signin/sign-in.ts'
import { ADA, aHint, anIntegration, aSignIn, integrationEvent, NOW } from './material.ts'
import type { OpenedStore, OpenStore } from './opened-store.ts'

const ID = 'integration-1'
const NEVER = { acceptedAt: null, refused: null }

/** The last hint of each integration, on every store. */
export function describeLastHints(name: string, open: OpenStore): void {
  describe(`last hints on ${name}`, () => {
    let store: OpenedStore
    beforeEach(async () => {
      store = await open()
    })
    afterEach(() => store.close())

    const last = (id = ID) => createLastHints({ store: store.beside.lastHints }).of(id)
    const accept = (at: number, change: Partial<SignIn> = {}) =>
      store.stores.signIns.open(aSignIn(change), aHint(), 1000, at, [])
    const hint = { type: 'hint.refused', code: 'hint.issuer', reason: 'why', address: '192.0.2.1' } as const
    const countRefused = (change: object) => store.stores.audit.count({ ...hint, ...change }, 7, 1000)
    const asked = { contract: 'custom-control', claimType: 't', claimValue: 'v' } as const

    test('none ever came', async () => {
      expect(await last()).toEqual({ 'custom-control': NEVER, 'external-mfa': NEVER })
    })

    test('an accepted one is of its contract and its integration', async () => {
      await accept(NOW)
      await accept(NOW + 1, { asked })
      expect(await last()).toEqual({
        'external-mfa': { acceptedAt: NOW, refused: null },
        'custom-control': { acceptedAt: NOW + 1, refused: null },
      })
      expect((await last('integration-2'))['external-mfa']).toEqual(NEVER)
    })

    test('is written anew when ten seconds have passed, and not for every sign-in', async () => {
      const seenAt = async (at: number) => {
        await accept(at)
        return (await last())['external-mfa'].acceptedAt
      }
      expect(await seenAt(NOW)).toBe(NOW)
      expect(await seenAt(NOW + 10_000)).toBe(NOW)
      expect(await seenAt(NOW + 10_001)).toBe(NOW + 10_001)
    })

    test('one that opened nothing is not an accepted one', async () => {
      const used = aHint()
      await store.stores.signIns.open(aSignIn(), used, 1, NOW, [])
      await store.stores.signIns.open(aSignIn(), used, 1, NOW + 60_000, [])
      await store.stores.signIns.open(aSignIn(), aHint(), 1, NOW + 60_000, [])
      expect((await last())['external-mfa'].acceptedAt).toBe(NOW)
    })

    test('a refused one says when and why, beside the accepted one: the newest, whether counted or on record', async () => {
      await accept(NOW)
      await countRefused({ integrationId: ID, contract: 'external-mfa' })
      const refused = { at: expect.any(Number), code: 'hint.issuer', reason: 'why' }
      expect(await last()).toEqual({ 'external-mfa': { acceptedAt: NOW, refused }, 'custom-control': NEVER })

      const later = { ...hint, ...ADA, type: 'signin.refused', code: 'integration.disabled', reason: 'off' } as const
      await store.stores.audit.append([{ ...later, integrationId: ID, contract: 'external-mfa' }])
      const newer = { ...refused, code: 'integration.disabled', reason: 'off' }
      expect((await last())['external-mfa']).toEqual({ acceptedAt: NOW, refused: newer })
    })

    test('a refusal of no known integration is nobody’s', async () => {
      await countRefused({})
      await store.stores.audit.count({ ...hint, type: 'request.refused' }, 7, 1000)
      expect(await store.stores.lastHints.of('')).toEqual([])
    })

    test('goes with its integration', async () => {
      const integration = anIntegration({ id: ID })
      await store.stores.integrations.insert(integration, integrationEvent(integration))
      await accept(NOW)
      await accept(NOW, { integrationId: 'integration-2' })
      await store.stores.integrations.remove(ID, NOW, integrationEvent(integration, 'integration.removed'))
      expect((await last())['external-mfa']).toEqual(NEVER)
      expect((await last('integration-2'))['external-mfa'].acceptedAt).toBe(NOW)
    })
  })
}
