import type { AuditEvent } from '../../audit/events.ts'
import type { Contract } from '../../integrations/integration.ts'
import type { LastHintStore } from '../../integrations/last-hints.ts'
import type { SignIn } from '../../signin/sign-in.ts'
import type { Engine, Transaction } from './engine.ts'

/** When a hint was last accepted is known to this: a busy integration costs no write for each of them. */
const TO_SECONDS = 10_000

export function noteAccepted(transaction: Transaction, { integrationId, asked }: SignIn, now: number): void {
  transaction.run(
    `INSERT INTO last_hint (integration_id, contract, accepted_at) VALUES (?1, ?2, ?3)
     ON CONFLICT DO UPDATE SET accepted_at = ?3 WHERE accepted_at IS NULL OR accepted_at < ?3 - ?4`,
    integrationId,
    asked.contract,
    now,
    TO_SECONDS,
  )
}

/** Writes down a refusal, when it is one of a hint and the integration is known. */
export function noteRefused(transaction: Transaction, event: AuditEvent): void {
  if (event.type !== 'hint.refused' && event.type !== 'signin.refused') return
  if (!event.integrationId) return
  transaction.run(
    `INSERT INTO last_hint (integration_id, contract, refused_at, code, reason) VALUES (?1, ?2, ?3, ?4, ?5)
     ON CONFLICT DO UPDATE SET refused_at = ?3, code = ?4, reason = ?5`,
    event.integrationId,
    event.contract ?? '',
    transaction.now(),
    event.code,
    event.reason,
  )
}

export function forgetHints(transaction: Transaction, integrationId: string): void {
  transaction.run('DELETE FROM last_hint WHERE integration_id = ?', integrationId)
}

export function createLastHintStore(engine: Engine): LastHintStore {
  return {
    of: async (integrationId) =>
      engine.all('SELECT * FROM last_hint WHERE integration_id = ?', integrationId).map((row) => ({
        contract: (row.contract as Contract) || null,
        acceptedAt: row.accepted_at === null ? null : Number(row.accepted_at),
        refused:
          row.refused_at === null
            ? null
            : { at: Number(row.refused_at), code: row.code as string, reason: row.reason as string },
      })),
  }
}
