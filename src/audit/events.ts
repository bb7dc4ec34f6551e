// What happened, as a closed list. Facts are picked member by member, so that a secret cannot slip in.
import type { AdministratorEvent } from './administrator-events.ts'
import type { ForwardingEvent } from './forwarding-events.ts'

/** Who did it: the person in a sign-in, an administrator in the console, a machine with a token, the command line, or the service. */
export type Actor = 'person' | 'command-line' | 'service' | `administrator:${string}` | `token:${string}`

/** The site that the browser says a request came from: Entra's own, another, a hidden one (`null`), or nothing at all. */
export type CameFrom = 'entra' | 'elsewhere' | 'hidden' | 'unsaid'

/** The limits of the console and of its API: proofs to get in, questions before them, returns from Entra; requests of a token, wrong tokens. */
export type ConsoleLimit = 'admin-attempt' | 'admin-question' | 'admin-return' | 'token' | 'token-wrong'

type InSignIn = { signInId: string; integrationId: string; tenantId: string; objectId: string }

type OfDevice = { deviceId: string; integrationId: string; tenantId: string; objectId: string }

export type AuditEvent =
  // Before a verified hint: counted per minute, code and address, so that rubbish cannot grow the log.
  | {
      type: 'request.refused' | 'hint.refused'
      code: string
      reason: string
      address: string
      integrationId?: string
      contract?: string
    }
  // A verified hint that was refused all the same.
  | {
      type: 'signin.refused'
      code: string
      reason: string
      address: string
      contract?: string
      integrationId: string
      tenantId: string
      objectId: string
    }
  | (InSignIn & { type: 'hint.accepted'; clientRequestId: string | null; keyId: string; issuer: string })
  | (InSignIn & { type: 'signin.opened'; contract: string; address: string; browser: string; from: CameFrom })
  | (InSignIn & { type: 'invitation.redeemed'; invitationId: string })
  | (InSignIn & { type: 'invitation.refused'; reason: string })
  | (InSignIn & { type: 'ticket.issued' })
  | (InSignIn & {
      type: 'ticket.redeemed'
      deviceId: string
      deviceName: string
      platform: string
      address: string
      /** The phone's key, a JWK as JSON: what its approvals are verified by, also when it is never bound. */
      publicKey?: string
    })
  | (InSignIn & { type: 'signin.prompted'; promptNumber: number; devices: number })
  | (InSignIn & { type: 'signin.wrong-number'; promptNumber: number; deviceId: string; approval: string })
  | (InSignIn & { type: 'signin.approved'; promptNumber: number; deviceId: string; method: string; approval: string })
  | (InSignIn & { type: 'signin.denied' | 'signin.reported'; promptNumber: number; deviceId: string; approval: string })
  | (InSignIn & { type: 'signin.expired' })
  | (InSignIn & { type: 'signin.cancelled' })
  | (InSignIn & { type: 'signin.answered' })
  | (InSignIn & { type: 'claim.signing'; contract: string; audience: string; issuedAt: number; proof: string })
  | (InSignIn & { type: 'claim.signed'; keyId: string; claimDigest: string })
  | (InSignIn & { type: 'device.activated'; deviceId: string })
  // Somebody asks in this person's name for what they do not want: their devices are left alone for a while.
  // Too much was wrong in a row: only an administrator lets them try again.
  | (InSignIn & { type: 'person.locked'; because: 'number' | 'code' })
  | { type: 'person.unlocked'; integrationId: string; tenantId: string; objectId: string; by: Actor }
  // More was refused than a limit allows: told once for each window. What is beyond it is not counted.
  | { type: 'limit.reached'; of: 'network' | 'codes'; address: string; until: string }
  | { type: 'limit.reached'; of: 'integration'; integrationId?: string; until: string }
  | { type: 'limit.reached'; of: 'all-codes'; until: string }
  // By network, but for `token`, which is by the token named.
  | { type: 'limit.reached'; of: ConsoleLimit; address: string; tokenId?: string; until: string }
  | (InSignIn & { type: 'person.alarmed'; because: 'reported' | 'denied'; quietUntil: string })
  | (OfDevice & { type: 'push.subscribed'; via: 'web' | 'fcm' })
  | (OfDevice & { type: 'push.retired'; via: 'web' | 'fcm'; reason: string })
  | (OfDevice & { type: 'push.sent'; signInId: string | null; purpose: string; via: 'web' | 'fcm'; result: string })
  | {
      type: 'device.revoked'
      deviceId: string
      integrationId: string
      tenantId: string
      objectId: string
      by: Actor
      reason: string
    }
  | {
      type: 'invitation.created'
      invitationId: string
      integrationId: string
      tenantId: string
      objectId: string
      by: Actor
    }
  | {
      type: 'integration.created' | 'integration.changed' | 'integration.removed'
      integrationId: string
      tenantId: string
      change: string
      by: Actor
    }
  // `emergency`: it signs at once, in the place of keys that are withdrawn with it.
  | { type: 'key.created'; keyId: string; signsFrom: string; emergency?: true; by: Actor }
  // The service was down, or its clock was set: an announced key is published for as long as it must be all the same.
  | { type: 'key.rescheduled'; keyId: string; signsFrom: string; by: Actor }
  | { type: 'key.withdrawn'; keyId: string; reason: string; by: Actor }
  // How many secrets of each kind are sealed under another master key now, as JSON. None of them, and neither key.
  | { type: 'master-key.resealed'; change: string; by: Actor }
  | AdministratorEvent
  | ForwardingEvent
  // The key that signs checkpoints of this log was made.
  | { type: 'audit.key-made'; keyId: string; by: Actor }
  // Somebody read the log out: all that fits the filter, which is JSON.
  | { type: 'audit.exported'; filter: string; by: Actor }
  | { type: 'service.started' | 'service.stopped'; version: string }

export type AuditEventType = AuditEvent['type']

/** An event as it is kept: a chain for each writing process, each record carrying the digest of the one before. */
export type AuditRecord = {
  writer: string
  seq: number
  at: number
  event: AuditEvent
  previous: string
  digest: string
}

/** How often one kind of refusal came from one address to one integration in one minute. */
export type RefusalCount = {
  minute: number
  type: string
  code: string
  /** Null where the request was refused before it was known. */
  integrationId: string | null
  address: string
  reason: string
  count: number
}
