// The shapes that machines and the console's API exchange. Told in words in docs/admin-api.md; /openapi.json is made of them.
import { z } from 'zod'
import { AuditCursor } from '../../audit/audit-reading.ts'
import { readCursor } from '../../base/page.ts'
import { PersonCursor } from '../../devices/people.ts'
import { deliveryResults } from '../../forwarding/destination.ts'
import { askedBys, cloudNames, enrolments, hintAudiences } from '../../integrations/integration.ts'
import { SignInCursor } from '../../signin/history.ts'
import { cursorIn } from './paging.ts'

/** Instants are RFC 3339, in UTC. */
const instant = z.iso.datetime()
const id = z.string().max(128)
const guid = z.guid()
const count = z.number().int().nonnegative()
const json = z.unknown().describe('JSON to hand to Microsoft unchanged')

/** A table is read by the page: `next` is the `cursor` of the next one, null when there is none. */
const page = <T extends z.ZodType>(row: T) => z.strictObject({ rows: z.array(row), next: z.string().nullable() })

export const Version = z.number().int().describe('counts the changes; a change names the version that it was made from')

export const Integration = z.strictObject({
  id,
  clientId: z.string().describe('what Entra names this integration by'),
  name: z.string(),
  tenantId: guid,
  cloud: z.enum(cloudNames),
  appId: guid,
  enabled: z.boolean(),
  askedBy: z.enum(askedBys).describe('by which contracts Entra may ask'),
  enrolment: z.enum(enrolments),
  firstUseUntil: instant.nullable(),
  firstUseDomains: z.array(z.string()).describe('whose first use binds; everybody’s when there is none'),
  digits: z.number().int(),
  namePersonInPush: z.boolean(),
  hintAudience: z.strictObject({ 'custom-control': z.enum(hintAudiences), 'external-mfa': z.enum(hintAudiences) }),
  createdAt: instant,
  version: Version,
})
export type Integration = z.infer<typeof Integration>

/** One integration, with all that is to be set up at Microsoft. */
export const IntegrationDetails = z.strictObject({
  ...Integration.shape,
  issuer: z.string(),
  discoveryUrl: z.string(),
  authorizationEndpoint: z.string(),
  customControl: json,
  externalMfa: json,
  externalMfaUser: json,
  conditionalAccess: z.strictObject({ customControl: json, externalMfa: json }),
})
export type IntegrationDetails = z.infer<typeof IntegrationDetails>

export const IntegrationPage = page(Integration)

const LastHint = z.strictObject({
  acceptedAt: instant.nullable(),
  refused: z.strictObject({ at: instant, code: z.string(), reason: z.string() }).nullable(),
})
/** The last hint of each contract: null and null when none ever came. */
export const LastHints = z.strictObject({ 'custom-control': LastHint, 'external-mfa': LastHint })

export const Person = z.strictObject({
  tenantId: z.string(),
  objectId: z.string(),
  integrationId: id,
  label: z.string().describe('what Entra called them last; a label, never an identity'),
  firstSeenAt: instant,
  lastSignInAt: instant
    .nullable()
    .describe('when a sign-in of theirs last began, whatever became of it; null when they were only invited'),
})
export type Person = z.infer<typeof Person>
export const PersonPage = page(Person)

export const Device = z.strictObject({
  id,
  integrationId: id,
  name: z.string(),
  platform: z.string(),
  state: z.enum(['active', 'revoked']),
  boundAt: instant,
  boundBy: z.string(),
  lastUsedAt: instant.nullable(),
  revokedAt: instant.nullable(),
})

export const PersonDetails = z.strictObject({
  ...Person.shape,
  devices: z.array(Device),
  invitation: z
    .strictObject({ createdAt: instant, expiresAt: instant })
    .nullable()
    .describe('one that can still be used; its code is known to nobody here'),
  locked: z
    .array(z.enum(['number', 'code']))
    .describe('after too many in a row; `number`: nobody is let in, `code`: no invitation code is taken'),
})

export const Unlocked = z.strictObject({ tenantId: guid, objectId: guid, locked: z.tuple([]) })

export const Invitation = z.strictObject({
  id,
  code: z.string().describe('what the person types. It is told here and never again'),
  expiresAt: instant,
  integrationId: id,
  tenantId: guid,
  objectId: guid,
})

export const RevokeRequest = z.strictObject({ reason: z.string().trim().min(1).max(200).optional() })
export const RevokedDevice = z.strictObject({ id, state: z.literal('revoked'), revokedAt: instant })

export const Outcome = z.enum(['open', 'approved', 'denied', 'reported', 'expired', 'cancelled', 'answered'])

export const SignIn = z.strictObject({
  id,
  integrationId: id,
  tenantId: z.string(),
  objectId: z.string(),
  person: z.string(),
  contract: z.enum(['custom-control', 'external-mfa']),
  openedAt: instant,
  endedAt: instant.nullable(),
  outcome: Outcome,
  method: z.string().nullable(),
  deviceId: id.nullable(),
  address: z.string(),
  place: z.string().nullable(),
  browser: z.string(),
  application: z.string().nullable(),
})
export type SignIn = z.infer<typeof SignIn>
export const SignInPage = page(SignIn)

/** One event of the audit log: these members, and those of its type. */
export const AuditEntry = z.looseObject({
  at: instant,
  type: z.string(),
  by: z.string().optional().describe('who did it: administrator:ID, token:ID, command-line, service or person'),
  writer: z.string(),
  seq: z.number().int(),
  digest: z.string().describe('of the record, which carries the digest of the one before'),
})
export type AuditEntry = z.infer<typeof AuditEntry>
export const AuditPage = page(AuditEntry)

/** A line of the export: an event; or, after all events, refused requests of strangers, counted by the minute. */
export const AuditLine = z.union([
  AuditEntry,
  z.looseObject({
    at: instant,
    type: z.string(),
    code: z.string(),
    reason: z.string(),
    address: z.string(),
    count,
  }),
])
export type AuditLine = z.infer<typeof AuditLine>

export const SignInDetails = z.strictObject({ ...SignIn.shape, timeline: z.array(AuditEntry) })

export const Key = z.strictObject({
  kid: z.string(),
  phase: z.enum(['announced', 'signing', 'retiring', 'retired']),
  createdAt: instant.describe('published since then'),
  signsFrom: instant,
  signsUntil: instant.nullable().describe('null: it never signs'),
  publishedUntil: instant,
  certificateUntil: instant,
  withdrawnAt: instant.nullable().describe('when it was taken back before its time'),
  isPlanned: z.boolean().describe('signsUntil and publishedUntil are as planned: no successor is announced yet'),
})
export type Key = z.infer<typeof Key>
export const KeyPage = page(Key)

export const Overview = z.strictObject({
  integrations: z.strictObject({ enabled: count, disabled: count }),
  signIns: z.strictObject({ since: instant, byOutcome: z.record(Outcome, count) }),
  keys: z.strictObject({ signing: Key.nullable(), announced: Key.nullable() }),
  push: z.strictObject({
    since: instant.describe('since when this process counts'),
    results: z.strictObject({ web: z.record(z.string(), count), fcm: z.record(z.string(), count) }),
  }),
})

export const Removed = z.strictObject({ removed: id })

/** What a refused request gets, as application/problem+json (RFC 9457). */
export const ApiProblem = z.looseObject({
  title: z.string().describe('a plain sentence'),
  status: z.number().int(),
  code: z.string().describe('never changes its meaning; docs/admin-api.md lists them'),
  field: z.string().optional().describe('the parameter, or the member of the body, that is wrong'),
  detail: z.string().optional().describe('what is wrong with it'),
  reference: z.string().describe('of this request, in the log'),
})

const limit = z.coerce.number().int().min(1).max(200).default(50).describe('how many rows at most')
const cursor = z
  .string()
  .max(4096)
  .regex(/^[\w-]+$/)
  .describe('`next` of the page before')
const paged = (carried: z.ZodType) => ({
  limit,
  // A cursor that is cut, or of another list, must not look like the first page: who reads on would read for ever.
  cursor: cursor
    .refine((text) => readCursor(text, carried) !== null, 'is not the `next` of a page of this list')
    .optional(),
})
const from = z.iso.datetime({ offset: true }).describe('the first instant')
const to = z.iso.datetime({ offset: true }).describe('the first instant after')

export const Nothing = z.strictObject({})
export const IntegrationsQuery = z.strictObject(paged(cursorIn('integrations')))
export const WebhooksQuery = z.strictObject(paged(cursorIn('webhooks')))
export const KeysQuery = z.strictObject(paged(cursorIn('keys')))
export const Confirmed = z.strictObject({
  name: z.string().describe('the integration’s name, so that it is surely the one that is meant'),
})
export const PeopleQuery = z.strictObject({
  ...paged(PersonCursor),
  text: z.string().max(512).optional().describe('how the label begins, or the whole object id'),
  integrationId: id.optional(),
})

const filter = {
  integrationId: id.optional(),
  tenantId: guid.optional().describe('of the person; together with objectId'),
  objectId: guid.optional().describe('of the person; together with tenantId'),
  from: from.optional(),
  to: to.optional(),
}
export const SignInsQuery = z.strictObject({ ...paged(SignInCursor), ...filter, outcome: Outcome.optional() })
/** Of its address only the origin: what stands behind that may be a secret. */
export const Webhook = z.strictObject({
  id,
  receiver: z.string(),
  events: z.array(z.string()).nullable().describe('the types of events that it gets, null: all'),
  state: z.enum(['on', 'trying-again', 'off']).describe('`off`: its receiver said that it is gone'),
  createdAt: instant,
  last: z
    .strictObject({ at: instant, result: z.enum(deliveryResults), detail: z.string() })
    .nullable()
    .describe('the last delivery that was tried'),
  deadLetters: count,
})
export type Webhook = z.infer<typeof Webhook>

export const WebhookPage = page(Webhook)

const auditFilter = {
  ...filter,
  type: z
    .string()
    .max(64)
    .regex(/^[a-z-]+\.[a-z-]+$/)
    .optional()
    .describe('such as device.revoked'),
  by: z
    .string()
    .max(128)
    .regex(/^(person|service|command-line|administrator:[\w-]+|token:[\w-]+)$/)
    .optional()
    .describe('who did it, such as token:ID'),
  signInId: id.optional(),
}
export const AuditQuery = z.strictObject({ ...paged(AuditCursor), ...auditFilter })
export const AuditExportQuery = z.strictObject(auditFilter)
