// What the collections hold. A document is what a capability keeps, with its name as `_id`; nothing is written twice.
import type { Administrator, Passkey } from '../../administrators/administrator.ts'
import type { EntraSettings } from '../../administrators/entra-connection.ts'
import type { Link } from '../../administrators/link.ts'
import type { Session } from '../../administrators/session.ts'
import type { Token } from '../../administrators/token.ts'
import type { AuditRecord, RefusalCount } from '../../audit/events.ts'
import type { PersonKey } from '../../base/person.ts'
import type { Device } from '../../devices/device.ts'
import type { Invitation } from '../../devices/invitation.ts'
import type { Person } from '../../devices/people.ts'
import type { Destination, Letter } from '../../forwarding/destination.ts'
import type { Integration } from '../../integrations/integration.ts'
import type { KeyBook } from '../../keys/signing-key.ts'
import type { Ring, Unwanted } from '../../push/ring.ts'
import type { DeviceSubscription } from '../../push/subscription.ts'
import type { FailureKind } from '../../signin/failures.ts'
import type { SignInRecord } from '../../signin/history.ts'
import type { SignIn } from '../../signin/sign-in.ts'

/** A thing with an id, as a document. */
type Named<T extends { id: string }> = Omit<T, 'id'> & { _id: string }

/** What has a time to live carries the instant of its end as a date too: TTL indexes take nothing else. */
type Ending = { endsAt: Date }

/** `touches` goes up when a transaction must not pass another that changes this document. */
type Guarded = { touches?: number }

export type Rows = {
  integration: Named<Integration>
  device: Named<Device> & Guarded & { lastUsedAt: number | null }
  invitation: Named<Invitation>
  sign_in: Named<SignIn>
  used_hint: { _id: string; signInId: string; keepUntil: number } & Ending
  used_proof: { _id: string; digest: string; expiresAt: number } & Ending
  person_failure: { _id: string; kind: FailureKind; count: number; lastAt: number } & PersonKey
  person: { _id: string } & Person
  sign_in_record: Named<SignInRecord>
  push_subscription: { _id: string } & DeviceSubscription
  /** By whom it rings: of one person, or of one device's tests. */
  ring: { _id: string; rings: Ring[]; lastAt: number }
  unwanted: { _id: string; unwanted: Unwanted[]; lastAt: number } & PersonKey
  setting: { _id: string; value: string }
  key_book: { _id: string } & KeyBook
  last_hint: {
    _id: string
    integrationId: string
    contract: string
    acceptedAt: number | null
    refused: { at: number; code: string; reason: string } | null
  }
  refusal_count: { _id: string } & RefusalCount
  limit_window: { _id: string; hits: number; resetAt: number } & Ending
  administrator: Named<Administrator>
  administrator_link: { _id: string } & Link & Ending
  administrator_passkey: Named<Passkey>
  administrator_session: Named<Session>
  administrator_challenge: { _id: string; purpose: string; subject: string; expiresAt: number } & Ending
  administrator_token: Named<Token> & { endsAt: Date }
  administrator_entra: {
    _id: string
    administratorId: string
    tenantId: string
    objectId: string
    confirmedAt: number | null
  }
  administrator_kept_form: { _id: string; sessionId: string; expiresAt: number; sealed: string } & Ending
  entra_sign_in: { _id: string } & EntraSettings
  /** What two transactions must not both pass, where there is no document that both change. */
  guard: { _id: string; touches: number }
  /** `_id` is the position. */
  audit: { _id: number } & AuditRecord
  /** `_id` is the number. */
  audit_checkpoint: { _id: number; at: number; through: number; jws: string }
  /** How far each chain is signed. */
  audit_chain: { _id: string; seq: number; closed: boolean }
  forward_destination: Named<Destination>
  forward_mark: { _id: string; destinationId: string; writer: string; seq: number }
  dead_letter: { _id: string } & Letter
  /** The processes that write, and how far each has come. */
  writer: {
    _id: string
    /** Tells the positions of those who write at the same time apart; null: it has ended. */
    slot: number | null
    /** The newest batch that is in, and which attempt at it. */
    batch: number
    attempt: number
    seq: number
    digest: string
    startedAt: Date
    seenAt: Date
  }
}

export type Collection = keyof Rows

export const toRow = <T extends { id: string }>({ id, ...rest }: T): Named<T> => ({ _id: id, ...rest })
export const fromRow = <T extends { _id: string }>({ _id, ...rest }: T): Omit<T, '_id'> & { id: string } => ({
  id: _id,
  ...rest,
})

/** The document without its name, where that is made of what is in it. */
export const unnamed = <T extends { _id: string }>({ _id, ...rest }: T): Omit<T, '_id'> => rest

export const personId = ({ tenantId, objectId }: PersonKey): string => `${tenantId}/${objectId}`
