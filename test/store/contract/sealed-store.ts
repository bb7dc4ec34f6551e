import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import type { EntraConnection } from '../../../src/administrators/entra-connection.ts'
import type { AuditEvent } from '../../../src/audit/events.ts'
import { keptSealed } from '../../../src/base/seal.ts'
import type { SealedSecret } from '../../../src/keys/reseal.ts'
import type { Stores } from '../../../src/store/stores.ts'
import { aKey, HOUR, NOW, someId } from './material.ts'
import { type OpenedStore, type OpenStore, race, recorded } from './opened-store.ts'

const connection = (sealedSecret: string): EntraConnection => ({
  ...{ id: someId(), cloud: 'global', tenantId: someId(), clientId: someId(), sealedSecret },
  appRoles: { viewer: '', helpdesk: '', owner: 'Owner' },
  objectIds: { viewer: [], helpdesk: [], owner: [] },
  ...{ savedAt: NOW, provenAt: NOW },
})
const event: AuditEvent = { type: 'entra-sign-in.changed', tenantId: 't', clientId: 'c', change: '{}', by: 'service' }
const resealed = (changed: SealedSecret[]): AuditEvent => ({
  type: 'master-key.resealed',
  change: String(changed.length),
  by: 'service',
})

/** Keeps a secret of every kind, and two of those that can be several. */
async function keepAll({ keys, vapid, checkpoints, administration, forwarding }: Stores): Promise<SealedSecret[]> {
  const book = { version: 1, seenAt: NOW, keys: ['key-1', 'key-2'].map((text) => aKey({ sealedPrivateKey: text })) }
  await keys.replace(book, [])
  await vapid.keepFirst('vapid-1')
  await checkpoints.keepFirstKey('audit-1', event)
  const settings = { version: 1, active: connection('entra-1'), on: true, draft: connection('entra-2') }
  await administration.entra.save(settings, event)
  const form = { digest: someId(), sessionId: 's', expiresAt: NOW + HOUR, sealed: 'form-1' }
  await administration.keptForms.insert(form)
  const webhook = { url: 'https://r/', events: null, sealedSecrets: 'webhook-1', on: true }
  const place = { since: 0, trouble: null, last: null, holder: null, heldUntil: 0, createdAt: NOW }
  await forwarding.add({ id: 'w', kind: 'webhook', webhook, ...place }, [], 1, event)
  await forwarding.add({ id: 'syslog', kind: 'syslog', webhook: null, ...place }, [], 1, event)
  const [one, two] = book.keys
  return [
    { kind: 'signing-key', id: one!.kid, sealed: 'key-1' },
    { kind: 'signing-key', id: two!.kid, sealed: 'key-2' },
    { kind: 'vapid-key', id: 'vapid-key', sealed: 'vapid-1' },
    { kind: 'audit-key', id: 'audit-key', sealed: 'audit-1' },
    { kind: 'entra-sign-in-secret', id: 'active', sealed: 'entra-1' },
    { kind: 'entra-sign-in-secret', id: 'draft', sealed: 'entra-2' },
    { kind: 'administrator-kept-form', id: form.digest, sealed: 'form-1' },
    { kind: 'webhook-secrets', id: 'w', sealed: 'webhook-1' },
  ]
}
const inOrder = (secrets: SealedSecret[]) => secrets.toSorted((a, b) => (a.sealed < b.sealed ? -1 : 1))

export function describeSealedStore(name: string, open: OpenStore): void {
  describe(`what is kept sealed on ${name}`, () => {
    let store: OpenedStore
    beforeEach(async () => {
      store = await open()
    })
    afterEach(() => store.close())

    test('is nothing at first, and nothing is replaced', async () => {
      expect(await store.stores.sealed.list()).toEqual([])
      expect(await store.stores.sealed.replace(() => 'x', resealed)).toBe(0)
      expect(await recorded(store.stores)).toEqual([])
    })

    test('is found wherever it is, of every kind', async () => {
      const kept = await keepAll(store.stores)
      expect(inOrder(await store.beside.sealed.list())).toEqual(inOrder(kept))
      expect(new Set(kept.map(({ kind }) => kind))).toEqual(new Set(keptSealed))
    })

    test('is replaced in place, with one event, and nothing else is changed', async () => {
      const kept = await keepAll(store.stores)
      const { keys, vapid, checkpoints, administration, sealed } = store.stores
      const [book, settings] = [await keys.read(), await administration.entra.settings()]
      expect(await sealed.replace((secret) => `new ${secret.sealed}`, resealed)).toBe(8)
      const renewed = kept.map((secret) => ({ ...secret, sealed: `new ${secret.sealed}` }))
      expect(inOrder(await store.beside.sealed.list())).toEqual(inOrder(renewed))
      expect(await keys.read()).toMatchObject({
        keys: book.keys.map((key) => ({ ...key, sealedPrivateKey: `new ${key.sealedPrivateKey}` })),
      })
      expect(await vapid.sealedKey()).toBe('new vapid-1')
      expect(await checkpoints.sealedKey()).toBe('new audit-1')
      expect(await administration.entra.settings()).toEqual({
        ...settings,
        active: { ...settings?.active, sealedSecret: 'new entra-1' },
        draft: { ...settings?.draft, sealedSecret: 'new entra-2' },
      })
      expect((await recorded(store.stores)).at(-1)).toEqual({
        ...{ type: 'master-key.resealed', change: '8', by: 'service' },
      })
    })

    test('stays as it is, all of it, when one cannot be replaced', async () => {
      const kept = await keepAll(store.stores)
      const before = await recorded(store.stores)
      const stops = ({ id, sealed }: SealedSecret): string => {
        if (id === 'draft') throw new Error('not opened')
        return `new ${sealed}`
      }
      await expect(store.stores.sealed.replace(stops, resealed)).rejects.toThrow('not opened')
      expect(inOrder(await store.beside.sealed.list())).toEqual(inOrder(kept))
      expect(await recorded(store.stores)).toEqual(before)
    })

    test('is left where it is as it is, and only what was changed is told', async () => {
      await keepAll(store.stores)
      const { sealed } = store.stores
      const one = ({ kind, sealed: text }: SealedSecret) => (kind === 'vapid-key' ? 'new' : text)
      expect(await sealed.replace(one, resealed)).toBe(1)
      expect((await recorded(store.stores)).at(-1)).toMatchObject({ change: '1' })
      expect(await sealed.replace(({ sealed: text }) => text, resealed)).toBe(0)
      expect((await recorded(store.stores)).filter(({ type }) => type === 'master-key.resealed')).toHaveLength(1)
    })

    test('is replaced once, however many do it at once', async () => {
      await keepAll(store.stores)
      const again = ({ sealed }: SealedSecret) => (sealed.startsWith('new') ? sealed : `new ${sealed}`)
      const counts = await race(store, ({ sealed }) => sealed.replace(again, resealed))
      expect(counts.filter((count) => count > 0)).toEqual([8])
    })

    test('stays as it is when what it replaced is forgotten, while others write', async () => {
      await keepAll(store.stores)
      await store.stores.sealed.replace(({ sealed }) => `new ${sealed}`, resealed)
      const [kept, events] = [await store.stores.sealed.list(), await recorded(store.stores)]
      const writing = Array.from({ length: 20 }, () => store.beside.audit.append([event]))
      await Promise.all([store.stores.sealed.forgetReplaced(), ...writing])
      expect(await store.beside.sealed.list()).toEqual(kept)
      expect(await recorded(store.stores)).toEqual([...events, ...writing.map(() => event)])
    })

    test('is not put back by somebody who had read the keys before', async () => {
      await keepAll(store.stores)
      const { keys, sealed } = store.stores
      const read = await keys.read()
      await sealed.replace(({ sealed: text }) => `new ${text}`, resealed)
      expect(await keys.replace({ ...read, version: read.version + 1 }, [])).toBe(false)
    })
  })
}
