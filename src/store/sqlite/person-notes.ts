// People are written down in the moves that they appear in.
import { fold } from '../../base/fold.ts'
import type { Invitation } from '../../devices/invitation.ts'
import type { SignIn } from '../../signin/sign-in.ts'
import type { Transaction } from './engine.ts'

/** When somebody last signed in is known to this: who signs in often costs no write each time. */
const TO_THE_MINUTE = 60_000

/** Writes down who begins a sign-in, when that says anything new. */
export function noteSignedIn(transaction: Transaction, signIn: SignIn): void {
  const { objectId, tenantId, integrationId, person, openedAt } = signIn
  transaction.run(
    `INSERT INTO person VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?6)
     ON CONFLICT DO UPDATE SET integration_id = ?3, label = ?4, label_folded = ?5, last_sign_in_at = ?6
     WHERE integration_id <> ?3 OR label <> ?4 OR label_folded <> ?5 OR last_sign_in_at IS NULL OR last_sign_in_at <= ?6 - ?7`,
    objectId,
    tenantId,
    integrationId,
    person,
    fold(person),
    openedAt,
    TO_THE_MINUTE,
  )
}

/** Writes down who is invited: nobody knows what to call them yet. */
export function noteInvited(transaction: Transaction, invitation: Invitation): void {
  const { objectId, tenantId, integrationId, createdAt } = invitation
  transaction.run(
    'INSERT INTO person VALUES (?1, ?2, ?3, ?1, ?4, NULL, ?5) ON CONFLICT DO NOTHING',
    objectId,
    tenantId,
    integrationId,
    fold(objectId),
    createdAt,
  )
}
