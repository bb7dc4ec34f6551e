import type { Clock } from '../../base/clock.ts'
import type { Random } from '../../base/random.ts'
import type { Changes } from '../../signin/changes.ts'
import type { Stores } from '../stores.ts'
import type { Took } from '../took.ts'
import {
  createChallengeStore,
  createLimitStore,
  createSessionStore,
  forgetAdministration,
} from './admin-session-store.ts'
import { createAuditStore, createIntegrationStore } from './administration-store.ts'
import { createAdministratorStore, createPasskeyStore } from './administrator-store.ts'
import { createAuditReadingStore } from './audit-reading-store.ts'
import { createCheckpointStore } from './checkpoint-store.ts'
import { createDeviceStore, createInvitationStore, createProofStore } from './device-store.ts'
import { openEngine } from './engine.ts'
import { createEntraStore, createKeptFormStore } from './entra-sign-in-store.ts'
import { createForwardingStore } from './forwarding-store.ts'
import { createKeyStore } from './key-store.ts'
import { createLastHintStore } from './last-hint-store.ts'
import { observedEngine } from './observed-engine.ts'
import { createPersonStore } from './person-store.ts'
import { createRingStore, createSubscriptionStore, createVapidStore } from './push-store.ts'
import { createSealedStore } from './sealed-store.ts'
import { createSignInHistoryStore } from './sign-in-history-store.ts'
import { createSignInStore } from './sign-in-store.ts'
import { createTokenStore } from './token-store.ts'

/** Every port on one SQLite file. */
export function openSqliteStores(options: {
  file: string
  clock: Clock
  random: Random
  changes: Changes
  /** Told how long reads and writes take. */
  took?: Took | undefined
}): Stores {
  const opened = openEngine(options)
  const engine = options.took ? observedEngine(opened, options.took) : opened
  return {
    signIns: createSignInStore(engine),
    devices: createDeviceStore(engine),
    invitations: createInvitationStore(engine),
    proofs: createProofStore(engine),
    integrations: createIntegrationStore(engine),
    keys: createKeyStore(engine),
    sealed: createSealedStore(engine),
    subscriptions: createSubscriptionStore(engine),
    rings: createRingStore(engine),
    vapid: createVapidStore(engine),
    administration: {
      administrators: createAdministratorStore(engine),
      passkeys: createPasskeyStore(engine),
      sessions: createSessionStore(engine),
      challenges: createChallengeStore(engine),
      entra: createEntraStore(engine),
      keptForms: createKeptFormStore(engine),
      tokens: createTokenStore(engine),
      forget: (before) => forgetAdministration(engine, before),
    },
    limits: createLimitStore(engine),
    audit: createAuditStore(engine),
    auditReading: createAuditReadingStore(engine),
    checkpoints: createCheckpointStore(engine),
    forwarding: createForwardingStore(engine),
    signInHistory: createSignInHistoryStore(engine),
    people: createPersonStore(engine),
    lastHints: createLastHintStore(engine),
    changes: options.changes,
    publicUrl: {
      note: async (url) => {
        if (engine.get(`SELECT value FROM setting WHERE name = 'public-url'`)?.value === url) return
        const sql = `INSERT INTO setting VALUES ('public-url', ?) ON CONFLICT DO UPDATE SET value = excluded.value`
        await engine.write((transaction) => transaction.run(sql, url))
      },
      last: async () => engine.get(`SELECT value FROM setting WHERE name = 'public-url'`)?.value as string | undefined,
    },
    facts: async () => {
      const sql = `SELECT user_version AS schema, page_count * page_size AS bytes
        FROM pragma_user_version, pragma_page_count, pragma_page_size`
      const { schema, bytes } = engine.get(sql) ?? {}
      return { engine: 'SQLite', schema: Number(schema), bytes: Number(bytes) }
    },
    reachable: async () => engine.get('SELECT 1 AS one') !== undefined && (await engine.writable()),
    close: engine.close,
  }
}
