// The shape of every collection, and its indexes. What is not named here is refused (`strict: 'throw'`): a member that the
// code gained and the store did not is found by the first test that writes it.
import { type IndexDefinition, Schema, type SchemaDefinition } from 'mongoose'
import { alivePhases, phases } from '../../signin/phases.ts'
import type { Collection } from './rows.ts'

const text = { type: String, required: true } as const
/** Text that may be empty: Mongoose takes the empty text for a missing one. */
const anyText = { type: String, default: '' } as const
const number = { type: Number, required: true } as const
const date = { type: Date, required: true } as const
const flag = { type: Boolean, required: true } as const
const textOrNull = { type: String, default: null } as const
const numberOrNull = { type: Number, default: null } as const
const object = { type: Schema.Types.Mixed, required: true } as const
const objectOrNull = { type: Schema.Types.Mixed, default: null } as const
const list = { type: [Schema.Types.Mixed], required: true } as const
const oneOf = (...values: string[]) => ({ ...text, enum: values })
const person = { tenantId: text, objectId: text } as const

type Index = [IndexDefinition, { unique?: true; expireAfterSeconds?: number; partialFilterExpression?: object }?]
type Described = { fields: SchemaDefinition; indexes?: readonly Index[] }

/** MongoDB deletes what is past its end when it gets to it. What has ended counts for nothing before that. */
const ENDS: Index = [{ endsAt: 1 }, { expireAfterSeconds: 3600 }]
const alive = { phase: { $in: alivePhases } }
/** Not by its type: a query for a value uses an index of what exists, and of no narrower condition. */
const isThere = (field: string) => ({ [field]: { $exists: true } })

const described: Readonly<Record<Collection, Described>> = {
  integration: {
    fields: {
      ...{ name: text, tenantId: text, cloud: text, appId: text, clientId: text, enabled: flag, askedBy: text },
      ...{
        enrolment: text,
        firstUseUntil: numberOrNull,
        digits: number,
        namePersonInPush: flag,
        firstUseDomains: list,
      },
      ...{ hintAudience: object, control: object, createdAt: number, version: number },
    },
    indexes: [
      [{ tenantId: 1 }, { unique: true }],
      [{ clientId: 1 }, { unique: true }],
    ],
  },
  device: {
    fields: {
      ...{ ...person, integrationId: text, thumbprint: text, publicKey: object, name: text, platform: text },
      ...{ person: text, boundAt: number, boundBy: text, state: oneOf('active', 'revoked'), revokedAt: numberOrNull },
      ...{ lastUsedAt: numberOrNull, touches: Number },
    },
    indexes: [
      [{ thumbprint: 1 }, { unique: true }],
      [{ tenantId: 1, objectId: 1, state: 1 }],
      [{ boundAt: -1 }],
      [{ tenantId: 1, boundAt: -1 }],
    ],
  },
  invitation: {
    fields: {
      ...{ ...person, integrationId: text, salt: text, codeHash: text, createdAt: number, expiresAt: number },
      ...{ heldBy: textOrNull, heldUntil: number, spentAt: numberOrNull },
    },
    indexes: [[{ tenantId: 1, objectId: 1 }]],
  },
  sign_in: {
    fields: {
      ...{ ...person, integrationId: text, integrationName: text, person: text, subject: text, clientId: text },
      ...{ redirectUri: text, state: anyText, nonce: anyText, clientRequestId: textOrNull, requestDigest: text },
      ...{ asked: object, browser: anyText, address: text, place: textOrNull, application: textOrNull },
      ...{ version: number, phase: oneOf(...phases), digitCount: number, browserDigest: text, openedAt: number },
      ...{ expiresAt: number, ticket: objectOrNull, invitable: flag, invitationId: textOrNull },
      ...{ invitationTries: number, pendingDevice: objectOrNull, prompt: objectOrNull, decision: objectOrNull },
      ...{ namePersonInPush: flag },
    },
    indexes: [
      [{ tenantId: 1, objectId: 1, expiresAt: 1 }, { partialFilterExpression: { phase: 'open' } }],
      [{ expiresAt: 1 }, { partialFilterExpression: alive }],
      [{ tenantId: 1, phase: 1 }],
      [{ expiresAt: 1, phase: 1 }],
      [{ 'ticket.ticketDigest': 1 }, { unique: true, partialFilterExpression: isThere('ticket.ticketDigest') }],
      [{ 'ticket.codeDigest': 1 }, { unique: true, partialFilterExpression: isThere('ticket.codeDigest') }],
      [
        { 'pendingDevice.thumbprint': 1, openedAt: -1 },
        { partialFilterExpression: isThere('pendingDevice.thumbprint') },
      ],
    ],
  },
  used_hint: { fields: { signInId: text, keepUntil: number, endsAt: date }, indexes: [ENDS, [{ keepUntil: 1 }]] },
  used_proof: { fields: { digest: text, expiresAt: number, endsAt: date }, indexes: [ENDS, [{ expiresAt: 1 }]] },
  person_failure: {
    fields: { ...person, kind: text, count: number, lastAt: number },
    indexes: [[{ tenantId: 1, objectId: 1 }]],
  },
  person: {
    fields: {
      ...{ ...person, integrationId: text, label: text, folded: anyText, lastSignInAt: numberOrNull },
      ...{ firstSeenAt: number },
    },
    indexes: [
      [{ folded: 1, tenantId: 1, objectId: 1 }],
      [{ integrationId: 1, folded: 1, tenantId: 1, objectId: 1 }],
      [{ objectId: 1, tenantId: 1 }],
    ],
  },
  sign_in_record: {
    fields: {
      ...{ ...person, integrationId: text, person: text, contract: text, openedAt: number, endedAt: numberOrNull },
      ...{ outcome: oneOf(...phases), method: textOrNull, deviceId: textOrNull, address: text, place: textOrNull },
      ...{ browser: anyText, application: textOrNull },
    },
    indexes: [
      [{ openedAt: -1, _id: -1 }],
      [{ integrationId: 1, openedAt: -1, _id: -1 }],
      [{ objectId: 1, tenantId: 1, openedAt: -1, _id: -1 }],
      [{ outcome: 1, openedAt: -1, _id: -1 }],
    ],
  },
  push_subscription: {
    fields: { deviceId: text, subscription: object, vapidKey: textOrNull, since: number },
  },
  ring: { fields: { rings: list, lastAt: number }, indexes: [[{ lastAt: 1 }], [{ 'rings.at': 1 }]] },
  unwanted: {
    fields: { ...person, unwanted: list, lastAt: number },
    indexes: [[{ lastAt: 1 }], [{ 'unwanted.at': 1 }]],
  },
  setting: { fields: { value: text } },
  key_book: { fields: { version: number, seenAt: number, keys: list } },
  last_hint: {
    fields: { integrationId: text, contract: anyText, acceptedAt: numberOrNull, refused: objectOrNull },
    indexes: [[{ integrationId: 1 }]],
  },
  refusal_count: {
    fields: {
      ...{ minute: number, type: text, code: text, integrationId: textOrNull, address: text, reason: anyText },
      count: number,
    },
    indexes: [
      [{ minute: -1, type: -1, code: -1, integrationId: -1, address: -1 }],
      [{ integrationId: 1, minute: -1, type: -1, code: -1, address: -1 }],
    ],
  },
  limit_window: { fields: { hits: number, resetAt: number, endsAt: date }, indexes: [ENDS, [{ resetAt: 1 }]] },
  administrator: {
    fields: { name: text, role: text, via: text, createdAt: number, disabledAt: numberOrNull },
    indexes: [[{ createdAt: 1 }]],
  },
  administrator_link: {
    fields: {
      ...{ id: text, digest: text, administratorId: text, create: objectOrNull, createdAt: number },
      ...{ expiresAt: number, by: text, endsAt: date },
    },
    indexes: [ENDS, [{ administratorId: 1 }], [{ expiresAt: 1 }]],
  },
  administrator_passkey: {
    fields: {
      ...{ administratorId: text, name: text, publicKey: text, counter: number, transports: list, aaguid: text },
      ...{ backedUp: flag, createdAt: number, lastUsedAt: numberOrNull },
    },
    indexes: [[{ administratorId: 1, createdAt: 1 }]],
  },
  administrator_session: {
    fields: {
      ...{ digest: text, administratorId: text, via: text, address: text, browser: anyText, startedAt: number },
      ...{ lastSeenAt: number, steppedUpAt: number },
    },
    indexes: [[{ digest: 1 }, { unique: true }], [{ administratorId: 1 }], [{ startedAt: 1 }], [{ lastSeenAt: 1 }]],
  },
  administrator_challenge: {
    fields: { purpose: text, subject: anyText, expiresAt: number, endsAt: date },
    indexes: [ENDS, [{ expiresAt: 1 }]],
  },
  administrator_token: {
    fields: {
      ...{ digest: text, name: text, scopes: list, createdAt: number, expiresAt: number, createdBy: text },
      ...{ lastUsedAt: numberOrNull, revokedAt: numberOrNull, endsAt: date },
    },
    indexes: [[{ digest: 1 }, { unique: true }], [{ createdAt: -1 }], [{ endsAt: 1 }]],
  },
  administrator_entra: {
    fields: { ...person, administratorId: text, confirmedAt: numberOrNull },
    indexes: [[{ administratorId: 1 }, { unique: true }], [{ tenantId: 1 }]],
  },
  administrator_kept_form: {
    fields: { sessionId: text, expiresAt: number, sealed: text, endsAt: date },
    indexes: [ENDS, [{ expiresAt: 1 }]],
  },
  entra_sign_in: { fields: { version: number, active: objectOrNull, on: flag, draft: objectOrNull } },
  guard: { fields: { touches: number } },
  audit: {
    fields: { _id: number, writer: text, seq: number, at: number, event: object, previous: anyText, digest: text },
    indexes: [
      // That a chain is one is true in the store, whatever its writer believes.
      [{ writer: 1, seq: 1 }, { unique: true }],
      [{ at: 1, _id: 1 }],
      [{ 'event.type': 1, at: 1, _id: 1 }],
      [{ 'event.by': 1, at: 1, _id: 1 }, { partialFilterExpression: isThere('event.by') }],
      [{ 'event.integrationId': 1, at: 1, _id: 1 }],
      [{ 'event.objectId': 1, at: 1, _id: 1 }],
    ],
  },
  audit_checkpoint: { fields: { _id: number, at: number, through: number, jws: text } },
  audit_chain: {
    fields: { seq: number, closed: flag },
    indexes: [[{ closed: 1 }, { partialFilterExpression: { closed: false } }]],
  },
  forward_destination: {
    fields: {
      ...{ kind: text, createdAt: number, webhook: objectOrNull, since: number, trouble: objectOrNull },
      ...{ last: objectOrNull, holder: textOrNull, heldUntil: number, receiver: String },
    },
    indexes: [[{ kind: 1 }]],
  },
  forward_mark: { fields: { destinationId: text, writer: text, seq: number }, indexes: [[{ destinationId: 1 }]] },
  dead_letter: {
    fields: {
      ...{ destinationId: text, writer: text, seq: number, type: text, at: number, failedAt: number, tries: number },
      ...{ result: text, detail: anyText, again: flag },
    },
    indexes: [
      [{ destinationId: 1, failedAt: 1, writer: 1, seq: 1 }],
      [{ destinationId: 1, again: 1, failedAt: 1, writer: 1, seq: 1 }],
    ],
  },
  writer: {
    fields: {
      ...{ slot: numberOrNull, batch: number, attempt: number, seq: number, digest: anyText, startedAt: date },
      seenAt: date,
    },
    indexes: [
      [{ slot: 1 }, { unique: true, partialFilterExpression: { slot: { $type: 'number' } } }],
      // Found by it: those that write now, among all that ever did.
      [{ slot: 1, seenAt: 1 }, { partialFilterExpression: { slot: { $gte: 0 } } }],
    ],
  },
}

export const collections = Object.keys(described) as Collection[]

/** The schema of a collection. Indexes are not made by the way: migrate.ts makes them, before the first request is served. */
export function schemaOf(collection: Collection): Schema {
  const { fields, indexes = [] } = described[collection]
  const schema = new Schema(
    { _id: String, ...fields },
    {
      ...{ collection, strict: 'throw', minimize: false, versionKey: false, id: false },
      ...{ autoIndex: false, autoCreate: false },
    },
  )
  for (const [keys, options] of indexes) schema.index(keys, options ?? {})
  return schema
}
