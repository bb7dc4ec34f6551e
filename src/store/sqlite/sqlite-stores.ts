import type { Clock } from '../../base/clock.ts'
import type { Random } from '../../base/random.ts'
import type { Changes } from '../../signin/changes.ts'
import type { Stores } from '../stores.ts'
import { createAuditStore, createIntegrationStore, createKeyStore } from './administration-store.ts'
import { createDeviceStore, createInvitationStore, createProofStore } from './device-store.ts'
import { openEngine } from './engine.ts'
import { createSignInStore } from './sign-in-store.ts'

/** Every port on one SQLite file. */
export function openSqliteStores(options: { file: string; clock: Clock; random: Random; changes: Changes }): Stores {
  const engine = openEngine(options)
  return {
    signIns: createSignInStore(engine),
    devices: createDeviceStore(engine),
    invitations: createInvitationStore(engine),
    proofs: createProofStore(engine),
    integrations: createIntegrationStore(engine),
    keys: createKeyStore(engine),
    audit: createAuditStore(engine),
    changes: options.changes,
    publicUrl: {
      note: async (url) => {
        if (engine.get(`SELECT value FROM setting WHERE name = 'public-url'`)?.value === url) return
        const sql = `INSERT INTO setting VALUES ('public-url', ?) ON CONFLICT DO UPDATE SET value = excluded.value`
        await engine.write((transaction) => transaction.run(sql, url))
      },
      last: async () => engine.get(`SELECT value FROM setting WHERE name = 'public-url'`)?.value as string | undefined,
    },
    reachable: async () => engine.get('SELECT 1 AS one') !== undefined,
    close: engine.close,
  }
}
