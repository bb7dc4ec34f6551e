import type { Administrator, Passkey } from '../../../src/administrators/administrator.ts'
import type { Link } from '../../../src/administrators/link.ts'
import type { Session } from '../../../src/administrators/session.ts'
import type { Token } from '../../../src/administrators/token.ts'
import type { AuditEvent } from '../../../src/audit/events.ts'
import type { Stores } from '../../../src/store/stores.ts'
import { NOW } from './material.ts'

let made = 0
const someId = (what: string): string => `${what}-${++made}`

export const LATER = NOW + 15 * 60_000

export const anAdministrator = (change: Partial<Administrator> = {}): Administrator => ({
  id: someId('administrator'),
  name: 'Ada',
  role: 'owner',
  via: 'passkey',
  createdAt: NOW,
  disabledAt: null,
  ...change,
})

export const aPasskey = (administratorId: string, change: Partial<Passkey> = {}): Passkey => ({
  id: someId('passkey'),
  administratorId,
  name: 'Laptop',
  publicKey: 'key',
  counter: 0,
  transports: ['internal'],
  aaguid: '00000000-0000-0000-0000-000000000000',
  backedUp: false,
  createdAt: NOW + ++made,
  lastUsedAt: null,
  ...change,
})

export const aSession = (administratorId: string, change: Partial<Session> = {}): Session => ({
  id: someId('session'),
  digest: someId('digest'),
  administratorId,
  via: 'passkey',
  address: '127.0.0.1',
  browser: 'Chrome on Windows',
  startedAt: NOW,
  lastSeenAt: NOW,
  steppedUpAt: NOW,
  ...change,
})

export const aLink = (administratorId: string, change: Partial<Link> = {}): Link => ({
  id: someId('link'),
  digest: someId('link-digest'),
  administratorId,
  create: { name: 'Ada', role: 'owner' },
  createdAt: NOW,
  expiresAt: LATER,
  by: 'command-line',
  ...change,
})

export const aToken = (createdBy: string, change: Partial<Token> = {}): Token => ({
  id: someId('token'),
  digest: someId('token-digest'),
  name: 'SIEM',
  scopes: ['read'],
  createdAt: NOW,
  expiresAt: LATER,
  createdBy,
  lastUsedAt: null,
  revokedAt: null,
  ...change,
})

/** Some event of this administrator, told apart by `change`. */
export const happened = (administratorId: string, change = ''): AuditEvent => ({
  type: 'administrator.changed',
  administratorId,
  change,
  by: 'command-line',
})

/** Lets an administrator in by a link, as the first of their passkeys does. */
export async function admit({ administration }: Stores, administrator: Administrator = anAdministrator()) {
  const link = aLink(administrator.id)
  const [passkey, session] = [aPasskey(administrator.id), aSession(administrator.id)]
  await administration.administrators.insertLink(link, happened(administrator.id, 'link'))
  const move = { linkDigest: link.digest, now: NOW, create: administrator, passkey, session, replaces: null }
  const entered = await administration.administrators.enter(move, [happened(administrator.id, 'entered')])
  return { administrator, link, passkey, session, entered }
}
