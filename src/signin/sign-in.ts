import type { PersonKey } from '../base/person.ts'
import type { DevicePublicKey } from '../devices/device.ts'
import type { TicketDigests } from '../devices/ticket.ts'

/** What Entra asked for, kept on the server so that the answer can be chosen by what was achieved. */
export type Asked =
  | { contract: 'external-mfa'; acrValues: string[]; amrValues: string[] | null }
  | { contract: 'custom-control'; claimType: string; claimValue: string }

/** How the person proved themselves: a key that a browser keeps unexportable is a software key (RFC 8176 "swk"). */
export type Proof = 'software-key'

/**
 * `open` until somebody decides or time is over; then exactly one of approved, denied, reported, expired, cancelled.
 * `answered` only ever follows `approved`, once.
 */
export type Phase = 'open' | 'approved' | 'denied' | 'reported' | 'expired' | 'cancelled' | 'answered'

/** Asking the person's devices to decide. Each prompt has digits of its own. */
export type Prompt = {
  number: number
  digits: string
  openedAt: number
  expiresAt: number
  /** Digests of the approvals that carried a wrong number. */
  wrong: string[]
}

/** A device that redeemed this sign-in's ticket and has not approved yet: it is gone when the sign-in ends without that. */
export type PendingDevice = {
  id: string
  thumbprint: string
  publicKey: DevicePublicKey
  name: string
  platform: string
  boundAt: number
}

export type Decision = {
  deviceId: string
  approvalDigest: string
  proof: Proof | null
  at: number
}

/** What a verified request of Entra says, and who sent it. It does not change while the sign-in lives. */
export type Request = PersonKey & {
  integrationId: string
  integrationName: string
  /** The account's label, for the screens. */
  person: string
  /** The hint's `sub`, which the claim must echo. */
  subject: string
  clientId: string
  redirectUri: string
  state: string
  nonce: string
  clientRequestId: string | null
  /** Digest of the whole request: an identical repeat is led back to its sign-in. */
  requestDigest: string
  asked: Asked
  browser: string
  address: string
  place: string | null
  application: string | null
}

/** One request of Entra, from opened to answered. */
export type SignIn = Request & {
  id: string
  /** Counts the moves made; a move names the version that it was decided on. */
  version: number
  phase: Phase
  /** How many digits a number has. */
  digitCount: number
  /** Digest of the secret in this sign-in's cookie. */
  browserDigest: string
  openedAt: number
  expiresAt: number
  ticket: TicketDigests | null
  /** Whether an invitation code may be typed here. */
  invitable: boolean
  invitationId: string | null
  /** Codes typed so far. Each is counted before it is looked at. */
  invitationTries: number
  pendingDevice: PendingDevice | null
  prompt: Prompt | null
  decision: Decision | null
  /** Whether a push may name the account: the integration's rule when the sign-in was opened. */
  namePersonInPush: boolean
}

/** What the phone shows and signs back, member for member (docs/device-api.md). */
export type Shown = {
  signInId: string
  promptNumber: number
  integrationId: string
  integrationName: string
  person: string
  application: string | null
  address: string
  place: string | null
  browser: string
  requestedAt: string
}
