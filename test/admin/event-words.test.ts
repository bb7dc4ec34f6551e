import { describe, expect, test } from '@jest/globals'
import { eventTypes, eventWords } from '../../src/admin/audit/event-words.ts'
import { isEventType } from '../../src/audit/event-types.ts'
import type { AuditEvent } from '../../src/audit/events.ts'

const who = { signInId: 's', integrationId: 'i', tenantId: 't', objectId: 'o' }
const phone = { deviceId: 'd', integrationId: 'i', tenantId: 't', objectId: 'o' }
const approval = 'eyJhbGciOiJFUzI1NiJ9.e30.signature'
const by = 'administrator:ada'
const administrator = { administratorId: 'a', by } as const

/** One event of every type: the type of the list says which there must be. */
const webhook = { webhookId: 'w', receiver: 'https://siem.example', by } as const
const examples: { [T in AuditEvent['type']]: AuditEvent & { type: T } } = {
  'request.refused': { type: 'request.refused', code: 'request.client', reason: 'unknown client id', address: 'a' },
  'hint.refused': { type: 'hint.refused', code: 'hint.key', reason: 'no such key', address: 'a' },
  'signin.refused': { ...who, type: 'signin.refused', code: 'sign-in.too-many', reason: '3 are open', address: 'a' },
  'hint.accepted': { ...who, type: 'hint.accepted', clientRequestId: null, keyId: 'k1', issuer: 'https://e/' },
  'signin.opened': {
    ...who,
    type: 'signin.opened',
    from: 'entra',
    contract: 'external-mfa',
    address: '192.0.2.7',
    browser: 'Firefox',
  },
  'invitation.redeemed': { ...who, type: 'invitation.redeemed', invitationId: 'n' },
  'invitation.refused': { ...who, type: 'invitation.refused', reason: 'wrong code' },
  'ticket.issued': { ...who, type: 'ticket.issued' },
  'ticket.redeemed': {
    ...who,
    ...{ type: 'ticket.redeemed', deviceId: 'd', deviceName: 'Ada’s phone', platform: 'Android', address: 'a' },
  },
  'signin.prompted': { ...who, type: 'signin.prompted', promptNumber: 2, devices: 1 },
  'signin.wrong-number': { ...who, type: 'signin.wrong-number', promptNumber: 1, deviceId: 'd', approval },
  'signin.approved': { ...who, type: 'signin.approved', promptNumber: 1, deviceId: 'd', method: 'push', approval },
  'signin.denied': { ...who, type: 'signin.denied', promptNumber: 1, deviceId: 'd', approval },
  'signin.reported': { ...who, type: 'signin.reported', promptNumber: 1, deviceId: 'd', approval },
  'signin.expired': { ...who, type: 'signin.expired' },
  'signin.cancelled': { ...who, type: 'signin.cancelled' },
  'signin.answered': { ...who, type: 'signin.answered' },
  'claim.signing': {
    ...who,
    type: 'claim.signing',
    contract: 'custom-control',
    audience: 'x',
    issuedAt: 1,
    proof: 'p',
  },
  'claim.signed': { ...who, type: 'claim.signed', keyId: 'k2', claimDigest: 'c' },
  'device.activated': { ...who, type: 'device.activated', deviceId: 'd' },
  'person.alarmed': { ...who, type: 'person.alarmed', because: 'denied', quietUntil: '2026-11-23T14:05:00.000Z' },
  'limit.reached': { type: 'limit.reached', of: 'network', address: '203.0.113.7', until: '2026-11-23T14:05:00.000Z' },
  'person.locked': { ...who, type: 'person.locked', because: 'code' },
  'person.unlocked': { type: 'person.unlocked', integrationId: 'i', tenantId: 't', objectId: 'o', by },
  'push.subscribed': { ...phone, type: 'push.subscribed', via: 'fcm' },
  'push.retired': { ...phone, type: 'push.retired', via: 'web', reason: 'gone' },
  'push.sent': { ...phone, type: 'push.sent', signInId: 's', purpose: 'prompt', via: 'web', result: 'limited' },
  'device.revoked': { ...phone, type: 'device.revoked', by, reason: 'lost on the train' },
  'invitation.created': { ...phone, type: 'invitation.created', invitationId: 'n', by },
  'integration.created': { type: 'integration.created', integrationId: 'i', tenantId: 't', change: '{"name":"C"}', by },
  'integration.changed': {
    ...{ type: 'integration.changed', integrationId: 'i', tenantId: 't', by },
    change: '{"digits":3,"hintAudience":{"a":"b"},"firstUseUntil":0,"firstUseDomains":["a.example"]}',
  },
  'integration.removed': { type: 'integration.removed', integrationId: 'i', tenantId: 't', change: '{}', by },
  'key.created': { type: 'key.created', keyId: 'k', signsFrom: '2026-11-23T14:05:00.000Z', by },
  'key.rescheduled': { type: 'key.rescheduled', keyId: 'k', signsFrom: '2026-11-23T14:05:00.000Z', by: 'service' },
  'key.withdrawn': { type: 'key.withdrawn', keyId: 'k', reason: 'emergency rotation', by },
  'master-key.resealed': { type: 'master-key.resealed', change: '{"signing-key":2}', by: 'service' },
  'administrator.link-made': {
    ...administrator,
    ...{ type: 'administrator.link-made', linkId: 'l', name: 'Grace', role: 'owner', isNew: true },
  },
  'administrator.created': {
    ...administrator,
    ...{ type: 'administrator.created', name: 'Grace', role: 'owner', via: 'passkey', linkId: 'l', address: 'a' },
  },
  'administrator.recovered': { ...administrator, type: 'administrator.recovered', linkId: 'l', address: 'a' },
  'administrator.changed': { ...administrator, type: 'administrator.changed', change: '{"role":"owner"}' },
  'administrator.disabled': { ...administrator, type: 'administrator.disabled' },
  'administrator.enabled': { ...administrator, type: 'administrator.enabled' },
  'administrator.removed': { ...administrator, type: 'administrator.removed' },
  'administrator.passkey-added': { ...administrator, type: 'administrator.passkey-added', passkeyId: 'p', name: 'Key' },
  'administrator.passkey-renamed': {
    ...administrator,
    ...{ type: 'administrator.passkey-renamed', passkeyId: 'p', name: 'Key' },
  },
  'administrator.passkey-removed': {
    ...administrator,
    ...{ type: 'administrator.passkey-removed', passkeyId: 'p', name: 'Key' },
  },
  'administrator.refused': {
    ...administrator,
    ...{ type: 'administrator.refused', passkeyId: 'p', reason: 'access is off', address: 'a' },
  },
  'administrator.signed-in': {
    ...administrator,
    ...{ type: 'administrator.signed-in', sessionId: 'x', via: 'passkey', address: 'a', browser: 'Firefox' },
  },
  'administrator.stepped-up': {
    ...administrator,
    ...{ type: 'administrator.stepped-up', sessionId: 'x', via: 'passkey', address: 'a' },
  },
  'administrator.signed-out': { ...administrator, type: 'administrator.signed-out', sessionId: 'x' },
  'administrator.session-ended': { ...administrator, type: 'administrator.session-ended', sessionId: 'x' },
  'administrator.sessions-ended': { ...administrator, type: 'administrator.sessions-ended' },
  'administrator.entra-refused': {
    ...{
      type: 'administrator.entra-refused',
      entraAccount: 't/o',
      name: 'Mallory',
      reason: 'no role',
      address: 'a',
      by,
    },
  },
  'entra-sign-in.changed': { type: 'entra-sign-in.changed', tenantId: 't', clientId: 'c', change: '{"on":true}', by },
  'token.created': { type: 'token.created', tokenId: 'x', name: 'CI', scopes: 'read', expiresAt: '2027-01-01', by },
  'token.revoked': { type: 'token.revoked', tokenId: 'x', name: 'CI', by },
  'audit.key-made': { type: 'audit.key-made', keyId: 'k', by },
  'audit.exported': { type: 'audit.exported', filter: '{"type":"device.revoked"}', by },
  'webhook.created': { ...webhook, type: 'webhook.created', events: 'all' },
  'webhook.removed': { ...webhook, type: 'webhook.removed' },
  'webhook.secret-rotated': { ...webhook, type: 'webhook.secret-rotated' },
  'webhook.turned-on': { ...webhook, type: 'webhook.turned-on' },
  'webhook.turned-off': { ...webhook, type: 'webhook.turned-off', reason: 'its receiver is gone' },
  'webhook.tested': { ...webhook, type: 'webhook.tested', result: 'delivered' },
  'webhook.letters-resent': { ...webhook, type: 'webhook.letters-resent', which: 'all' },
  'webhook.letters-dropped': { ...webhook, type: 'webhook.letters-dropped', which: 'w:1' },
  'syslog.begun': { type: 'syslog.begun', receiver: 'siem.example:6514', by },
  'service.started': { type: 'service.started', version: '9' },
  'service.stopped': { type: 'service.stopped', version: '9' },
}
const events: AuditEvent[] = Object.values(examples)
const words = (type: keyof typeof examples): string => {
  const { title, detail } = eventWords(examples[type])
  return `${title}: ${detail}`
}

describe('the words of an event', () => {
  test.each(events.map((event) => [event.type, event] as const))(
    'are whole sentences for people: %s',
    (_type, event) => {
      const { title, detail, tone } = eventWords(event)
      expect(title).toMatch(/^[A-Z][^.]{5,}$/)
      if (detail) expect(detail).toMatch(/^[\p{L}\d“].*\.$/su)
      expect(`${title} ${detail}`).not.toMatch(/undefined|NaN|\[object|[{}]/)
      expect([null, 'good', 'caution', 'bad']).toContain(tone)
    },
  )

  test('say which limit of the console was reached, by whom, and that the rest is refused', () => {
    const until = '2026-11-23T14:05:00.000Z'
    const reached = { type: 'limit.reached', address: '203.0.113.7', until } as const
    expect(eventWords({ ...reached, of: 'admin-attempt' }).detail).toBe(
      'From 203.0.113.7, attempts to get into this console. Until 2026-11-23 14:05 UTC the rest is refused.',
    )
    expect(eventWords({ ...reached, of: 'token', tokenId: 'x' }).detail).toBe(
      'From 203.0.113.7, requests to the API with the token x. Until 2026-11-23 14:05 UTC the rest is refused.',
    )
    expect(words('limit.reached')).toContain('the rest is not counted.')
  })

  test('say which sessions were ended, by whose doing', () => {
    const ended = examples['administrator.sessions-ended']
    expect(eventWords(ended).detail).toBe('All of them.')
    expect(eventWords({ ...ended, by: 'administrator:a' }).detail).toBe('All but the one that was in use.')
    expect(eventWords({ ...ended, by: 'service' }).detail).toBe('All of them: Entra gives no role any more.')
  })

  test('never hold the phone’s signature: that is in the record', () => {
    for (const event of events) expect(JSON.stringify(eventWords(event))).not.toContain(approval)
  })

  test('say why, where there is a reason', () => {
    expect(words('device.revoked')).toContain('Reason: lost on the train.')
    expect(words('invitation.refused')).toContain('The code is not the one that was made.')
    expect(words('push.sent')).toContain('by Web Push. The push service asks to slow down.')
    expect(words('push.retired')).toContain('knows this phone no more')
    expect(words('signin.refused')).toContain('3 are open. From a.')
    expect(words('person.alarmed')).toContain('declined twice')
    expect(words('person.alarmed')).toContain('until 2026-11-23 14:05 UTC')
    expect(words('integration.changed')).toContain(
      'digits: 3, hint audience: (a: b), first use until: 1970-01-01T00:00:00.000Z, first use domains: a.example.',
    )
    expect(words('audit.exported')).toContain('type: device.revoked.')
    expect(eventWords({ ...examples['audit.exported'], filter: '{}' }).detail).toBe('All of it.')
  })

  test('tell what a later version writes as it stands', () => {
    expect(eventWords({ ...examples['push.sent'], result: 'eaten', purpose: 'song' }).detail).toBe(
      'song, by Web Push. eaten',
    )
    expect(eventWords({ ...examples['signin.opened'], contract: 'next' }).detail).toContain('next.')
    expect(eventWords({ ...examples['administrator.changed'], change: 'not JSON' }).detail).toBe('To not JSON.')
  })
})

describe('the kinds of events to choose from', () => {
  const listed = eventTypes.flatMap(({ types }) => types)

  test('are all that there are, each once and by a name of its own', () => {
    expect(listed.map(({ type }) => type).sort()).toEqual(Object.keys(examples).sort())
    expect(new Set(listed.map(({ title }) => title)).size).toBe(listed.length)
  })

  test('are nothing else', () => {
    expect(listed.every(({ type }) => isEventType(type))).toBe(true)
    for (const text of ['', 'toString', '__proto__', 'signin']) expect(isEventType(text)).toBe(false)
  })
})
