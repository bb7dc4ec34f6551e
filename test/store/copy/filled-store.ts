// A store with something in every table, written through its ports: what the engine makes of it is what a copy meets.
import type { EntraConnection } from '../../../src/administrators/entra-connection.ts'
import { RING_GAP } from '../../../src/push/ring.ts'
import type { Stores } from '../../../src/store/stores.ts'
import {
  admit,
  aLink,
  anAdministrator,
  aPasskey,
  aSession,
  aToken,
  happened,
} from '../contract/administrator-material.ts'
import {
  ADA,
  ADA_ELSEWHERE,
  activateOne,
  aDevice,
  aHint,
  aKey,
  anIntegration,
  anInvitation,
  aPendingDevice,
  aSignIn,
  aSubscription,
  eventOf,
  GRACE,
  integrationEvent,
  inviteOne,
  keyCreated,
  MINUTE,
  movedTo,
  NOW,
  opened,
  openOne,
  revoked,
  subscribed,
} from '../contract/material.ts'

/** What has an end has it here: after every run of these tests, or before. */
export const LATE = Date.UTC(2100, 0)
export const LONG_AGO = Date.UTC(2001, 0)

const connection: EntraConnection = {
  ...{ id: 'connection-1', cloud: 'global', tenantId: 'tenant-1', clientId: 'client', sealedSecret: 'v1.sealed' },
  appRoles: { owner: 'O', helpdesk: '', viewer: '' },
  objectIds: { owner: [], helpdesk: ['y', 'x'], viewer: [] },
  ...{ savedAt: NOW, provenAt: NOW },
}

/** Texts that a store, or a copy, might stumble over. */
const ODD = '"<ü 你好 😀\u0000\u2028\\ $set a.b'

export async function fill(stores: Stores, people = 3): Promise<void> {
  await signInsAndDevices(stores, people)
  await administrators(stores)
  await records(stores)
}

async function signInsAndDevices(stores: Stores, people: number): Promise<void> {
  const { signIns, devices, integrations, proofs, invitations, subscriptions } = stores
  const integration = anIntegration({ name: ODD, firstUseDomains: ['contoso.example'], firstUseUntil: LATE })
  await integrations.insert(integration, integrationEvent(integration))
  await integrations.insert(anIntegration(), integrationEvent(integration))
  for (let i = 0; i < people; i++) {
    const device = await activateOne(stores, aDevice({ objectId: `person-${i}`, name: `${ODD} ${i}` }))
    if (i % 3 === 0) await devices.revoke(device.id, NOW + i, revoked(device))
    else {
      const subscription = aSubscription(device.id)
      await subscriptions.keep(subscription, subscribed(subscription))
    }
    const signIn = await openOne(stores, aSignIn({ objectId: `person-${i}`, person: `Person ${i}` }), aHint(LATE))
    const decision = { deviceId: device.id, approvalDigest: 'a', proof: 'software-key' as const, at: NOW + 5 }
    await signIns.move(signIn, movedTo(signIn, { phase: 'approved', decision }), { events: [] })
  }
  const ticket = { ticketDigest: 'ticket-digest', codeDigest: 'code-digest', issuedAt: NOW, expiresAt: LATE }
  const bound = await openOne(stores, aSignIn({ ...ADA_ELSEWHERE, person: ODD }), aHint(LATE))
  const pendingDevice = aPendingDevice({ name: ODD })
  const prompt = { number: 1, digits: '123456', openedAt: NOW, expiresAt: LATE, wrong: ['1'] }
  const asked = movedTo(bound, { ticket: ticket as never, pendingDevice, prompt: prompt as never })
  await signIns.move(bound, asked, {
    events: [opened(bound)],
    countFailure: { ...ADA_ELSEWHERE, kind: 'number', after: 0, at: NOW },
  })
  const denied = await openOne(stores, aSignIn(GRACE), aHint(LONG_AGO))
  for (const [at, kind] of [
    [NOW, 'denied'],
    [NOW + 1, 'reported'],
  ] as const) {
    const signIn = at === NOW ? denied : await openOne(stores, aSignIn(GRACE), aHint(LATE))
    const effects = { events: [eventOf(signIn, 'signin.cancelled')], recordUnwanted: { ...GRACE, at, kind } }
    await signIns.move(signIn, movedTo(signIn, { phase: kind }), effects)
  }
  await proofs.remember('proof', 'digest', LATE)
  await proofs.remember('old proof', 'digest', LONG_AGO)
  const invitation = await inviteOne(stores, anInvitation({ ...ADA, expiresAt: LATE }))
  await invitations.hold(invitation.id, bound.id, LATE, NOW)
  await inviteOne(stores, anInvitation({ tenantId: 'tenant-1', objectId: 'invited' }))
}

async function administrators(stores: Stores): Promise<void> {
  const { administration } = stores
  const { administrator, session } = await admit(stores)
  const { id } = administrator
  await administration.passkeys.insert(aPasskey(id, { backedUp: true, counter: 7, lastUsedAt: NOW }), happened(id))
  await administration.sessions.touch(session.id, NOW + MINUTE)
  await administration.administrators.insertLink(aLink(id, { create: null, expiresAt: LATE }), happened(id))
  await administration.administrators.insertLink(aLink(id, { expiresAt: LONG_AGO }), happened(id))
  const challenge = { digest: 'challenge', purpose: 'sign-in', subject: '', expiresAt: LATE }
  await administration.challenges.insert(challenge)
  await administration.tokens.insert(aToken(id, { scopes: ['read', 'keys'] }), happened(id))
  const gone = aToken(id)
  await administration.tokens.insert(gone, happened(id))
  await administration.tokens.revoke(gone.id, NOW - 1, happened(id))
  await administration.keptForms.insert({ digest: 'form', sessionId: session.id, expiresAt: LATE, sealed: 'v1.form' })
  const settings = { version: 1, active: connection, on: true, draft: { ...connection, id: 'draft', provenAt: null } }
  await administration.entra.save(settings, happened(id))
  const arrived = anAdministrator({ via: 'entra', name: ODD, role: 'viewer' })
  await administration.entra.arrive(
    {
      ...{ connectionId: 'connection-1', identity: { tenantId: 'tenant-1', objectId: 'x' }, known: null },
      ...{ administrator: arrived, at: NOW, session: aSession(arrived.id, { via: 'entra' }), replaces: null },
    },
    [happened(arrived.id)],
  )
}

async function records(stores: Stores): Promise<void> {
  const { keys, vapid, publicUrl, rings, limits, audit, checkpoints, forwarding } = stores
  const [first, second] = [aKey(), aKey({ signsFrom: NOW - 1, withdrawnAt: NOW })]
  await keys.replace({ version: 1, seenAt: NOW, keys: [first] }, [keyCreated(first)])
  await keys.replace({ version: 2, seenAt: NOW + 1, keys: [first, second] }, [keyCreated(second)])
  await vapid.keepFirst('v1.vapid')
  await publicUrl.note('https://mfa.example.com')
  const limit = { gap: RING_GAP, most: 5, window: LATE }
  for (const at of [NOW, NOW + RING_GAP + 1]) await rings.ring('person:tenant-1/ada', `prompt ${at}`, at, limit)
  await rings.ring('test:device', 'prompt', NOW, limit)
  await limits.hit('network', LATE - NOW, NOW)
  await limits.hit('old', 1, LONG_AGO)
  const refused = { type: 'hint.refused', code: 'hint.key', reason: ODD, address: '192.0.2.1' } as const
  const known = { ...refused, integrationId: 'integration-1', contract: 'external-mfa', browser: '' } as never
  for (const event of [refused as never, known, known]) await audit.count(event, 7, 1000)
  await audit.append([{ type: 'service.started', version: ODD }])
  await checkpoints.keepFirstKey('v1.audit', { type: 'audit.key-made', keyId: 'k', by: 'service' })
  const heads = [
    { writer: 'one that goes on', seq: 3, digest: 'd' },
    { writer: 'one that has ended', seq: 4, digest: 'e', closed: true },
  ] as const
  await checkpoints.keep({ number: 1, at: NOW, through: 2, jws: 'a.1.b', heads: [...heads] })
  const place = { createdAt: NOW, since: 1, last: null, holder: null, heldUntil: 0, trouble: null }
  const webhook = { url: 'https://siem.example/hook', events: ['device.*'], sealedSecrets: 'v1.hook', on: true }
  const trouble = { writer: 'one that goes on', seq: 3, tries: 1, nextAt: LATE }
  const event = { type: 'webhook.tested', webhookId: 'w', receiver: ODD, result: 'failed', by: 'service' } as const
  const marks = heads.map(({ writer, seq }) => ({ writer, seq }))
  await forwarding.add({ ...place, id: 'w', kind: 'webhook', webhook }, marks, 2, event)
  await forwarding.add({ ...place, id: 'syslog', kind: 'syslog', webhook: null, receiver: ODD }, [], 2, event)
  await forwarding.hold('w', 'node', { now: NOW, until: LATE, furthest: LATE })
  await forwarding.keepTrouble('w', trouble, { at: NOW, result: 'failed', detail: ODD })
  const letter = {
    destinationId: 'w',
    writer: 'one that goes on',
    at: NOW,
    failedAt: NOW,
    tries: 7,
    detail: ODD,
  } as const
  const facts = { type: 'service.started', result: 'refused' } as const
  for (const seq of [4, 5]) await forwarding.bury({ ...letter, ...facts, seq, again: seq === 5 }, [], null)
  await forwarding.keepTrouble('w', trouble, { at: NOW, result: 'failed', detail: ODD })
}
