// The shapes that a phone and Countersign exchange. This is the one server file that browser code may import (types only).
// Told in words, with an example of every message, in docs/device-api.md.
import { z } from 'zod'

/** Where the device API lives below the public URL. */
export type DeviceApiPath =
  | '/device/v1/nonce'
  | '/device/v1/bind'
  | '/device/v1/pending'
  | '/device/v1/decide'
  | '/device/v1/remove'
  | '/device/v1/push'
  | '/device/v1/push-test'

const base64url = z.string().regex(/^[A-Za-z0-9_-]+$/)

/** A P-256 public key (RFC 7518 section 6.2.1). Private members are refused, not ignored. */
export const PublicKey = z.strictObject({
  kty: z.literal('EC'),
  crv: z.literal('P-256'),
  x: base64url.length(43),
  y: base64url.length(43),
})
export type PublicKey = z.infer<typeof PublicKey>

/** Payload of the DPoP-style proof that every request but the one for a nonce carries (RFC 9449 section 4.2). */
export const ProofClaims = z.looseObject({
  jti: z.string().min(16).max(64).describe('random, at least 96 bits; never used twice for a request that writes'),
  htm: z.string().describe('the method of the request'),
  htu: z.string().describe('the public URL of the request, without query and fragment'),
  iat: z.number().describe('the phone clock, in seconds; never a reason to refuse, since phone clocks are wrong'),
  nonce: z.string().max(128).describe('the newest nonce the server gave'),
  bod: z.string().optional().describe('base64url SHA-256 of the body, exactly as sent; required on POST'),
})
export type ProofClaims = z.infer<typeof ProofClaims>

/** What the person was shown. It is signed back, member for member, in the approval. */
export const Shown = z.strictObject({
  signInId: z.string().max(64),
  promptNumber: z
    .number()
    .int()
    .positive()
    .describe('counts up when the person asks again: each has digits of its own'),
  integrationId: z.string(),
  integrationName: z.string().describe('the name that the administrator gave the tenant'),
  person: z.string().describe('the name of the account that is signing in'),
  application: z.string().nullable().describe('the application being opened, when Entra names it'),
  address: z.string().describe('the IP address of the browser that is signing in'),
  place: z.string().nullable().describe('a coarse place for that address, when the operator configured a database'),
  browser: z.string().describe('browser and system that are signing in, e.g. "Chrome on Windows"'),
  requestedAt: z.string().describe('when, by the server clock (ISO 8601)'),
})
export type Shown = z.infer<typeof Shown>

export const PendingSignIn = z.strictObject({
  shown: Shown,
  digits: z.number().int().describe('how many digits the number has. The number itself is never sent to a device'),
  millisecondsLeft: z.number().int().describe('time left to decide, relative because phone clocks are wrong'),
})
export type PendingSignIn = z.infer<typeof PendingSignIn>

export const Account = z.strictObject({
  deviceId: z.string(),
  integrationId: z.string(),
  integrationName: z.string(),
  person: z.string(),
})
export type Account = z.infer<typeof Account>

/** `pending` until its first approval: such a device sees the sign-in that bound it and nothing else. */
export const DeviceStatus = z.enum(['pending', 'active'])
export type DeviceStatus = z.infer<typeof DeviceStatus>

export const NonceAnswer = z.strictObject({ nonce: z.string() })
export type NonceAnswer = z.infer<typeof NonceAnswer>

/** POST bind: spends the ticket (from the fragment of the link) or the short code (typed). Exactly one of the two. */
export const BindRequest = z.union([
  z.strictObject({ ticket: z.string().max(64), device: z.lazy(() => DeviceLabel) }),
  z.strictObject({ code: z.string().max(64), device: z.lazy(() => DeviceLabel) }),
])
export type BindRequest = z.infer<typeof BindRequest>

/** Ends of lines, what moves a terminal's cursor, and what turns round the text beside it (Unicode UAX #9, explicit formatting). */
const UNSEEN = /[\p{Cc}\p{Zl}\p{Zp}\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]+/gu

/**
 * One line, for administrators read it in lists and on terminals. Whole characters only: half of one cannot be kept as it
 * came, and the log's digests are of what is kept.
 */
const labelText = z
  .string()
  .overwrite((text) => text.replace(UNSEEN, ' '))
  .trim()
  .min(1)
  .max(60)
  .refine((text) => text.isWellFormed(), 'must be well-formed Unicode')

export const DeviceLabel = z.strictObject({
  name: labelText.describe('what the person calls the device, e.g. "Pixel 9"'),
  platform: labelText.describe('e.g. "Firefox on Android"'),
})
export type DeviceLabel = z.infer<typeof DeviceLabel>

export const BindAnswer = z.strictObject({ account: Account, status: DeviceStatus, pending: z.array(PendingSignIn) })
export type BindAnswer = z.infer<typeof BindAnswer>

/** GET pending: what waits for this device now. Ask again after `pollAfterMilliseconds`. */
export const PendingAnswer = z.strictObject({
  account: Account,
  status: DeviceStatus,
  pending: z.array(PendingSignIn),
  pollAfterMilliseconds: z.number().int(),
})
export type PendingAnswer = z.infer<typeof PendingAnswer>

/** `cancel`: "I cancelled this". `not-me`: "This was not me"; it alarms. */
export const Decision = z.enum(['approve', 'cancel', 'not-me'])
export type Decision = z.infer<typeof Decision>

/**
 * Payload of the approval, a compact JWS by the device key: header `{alg: "ES256", typ: "countersign-approval+jwt", kid}`
 * with kid the RFC 7638 thumbprint of the device key. `number` is what the person typed, on `approve` only.
 */
export const ApprovalClaims = z.strictObject({
  shown: Shown,
  decision: Decision,
  number: z.string().max(12).optional(),
  deviceTime: z.string().max(40).describe('the phone clock (ISO 8601): evidence, never a reason to refuse'),
})
export type ApprovalClaims = z.infer<typeof ApprovalClaims>

export const DecideRequest = z.strictObject({ approval: z.string().max(8192) })
export type DecideRequest = z.infer<typeof DecideRequest>

export const DecideAnswer = z.strictObject({ outcome: z.enum(['approved', 'denied', 'reported']) })
export type DecideAnswer = z.infer<typeof DecideAnswer>

export const RemoveRequest = z.strictObject({})
export const RemoveAnswer = z.strictObject({ removed: z.literal(true) })
export type RemoveAnswer = z.infer<typeof RemoveAnswer>

/** Where a browser is reached: the parts of its PushSubscription (Push API, toJSON()). */
export const WebPush = z.strictObject({
  kind: z.literal('web'),
  endpoint: z.url({ protocol: /^https$/ }).max(1024),
  keys: z.strictObject({
    p256dh: base64url.length(87).describe('the public key of RFC 8291 section 2.1, uncompressed'),
    auth: base64url.length(22).describe('16 bytes, RFC 8291 section 3.2'),
  }),
})
/** Where a native app is reached: its registration token of Firebase Cloud Messaging. */
export const FcmPush = z.strictObject({
  kind: z.literal('fcm'),
  token: z
    .string()
    .regex(/^[\x21-\x7e]+$/)
    .max(1024),
})

/** POST push: where to wake this device from now on, in place of what was said before. `none`: nowhere. */
export const PushRequest = z.discriminatedUnion('kind', [WebPush, FcmPush, z.strictObject({ kind: z.literal('none') })])
export type PushRequest = z.infer<typeof PushRequest>

/** GET push, and the answer to POST: how this device is woken now. */
export const PushStanding = z.strictObject({
  subscribed: z.enum(['web', 'fcm', 'none']),
  addressDigest: base64url
    .nullable()
    .describe('base64url SHA-256 of the endpoint or token that is kept: another than yours, or none, is to be renewed'),
  kinds: z.array(z.enum(['web', 'fcm'])).describe('what can be used here'),
  vapidPublicKey: base64url.describe('the applicationServerKey to subscribe with (RFC 8292 section 4)'),
})
export type PushStanding = z.infer<typeof PushStanding>

/** POST push-test: a push that says it is a test is sent to this device. */
export const PushTestRequest = z.strictObject({})
export const PushTestAnswer = z.strictObject({
  result: z.enum([
    'accepted', // the push service took it: it should arrive now
    'not-subscribed', // there is nowhere to send it
    'gone', // the push service does not know the subscription any more: subscribe anew
    'failed', // the push service refused it, or could not be reached
  ]),
})
export type PushTestAnswer = z.infer<typeof PushTestAnswer>

const inPush = {
  tag: z.string().describe('the id of the sign-in: a later push of the same tag takes the place of an earlier one'),
  deviceId: z.string().describe('which account of this phone is meant'),
  integrationName: z.string(),
}

/** What a push carries, encrypted for the browser: a doorbell. Neither the number nor the decision is ever in it. */
export const PushPayload = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('prompt').describe('somebody signs in: the phone fetches what it is about'),
    ...inPush,
    person: z.string().optional().describe('only when the integration allows the name in pushes'),
    millisecondsLeft: z.number().int().describe('time left to decide when it was sent'),
  }),
  z.strictObject({
    kind: z.literal('over').describe('the prompt is over: its notification is replaced, silently'),
    ...inPush,
    outcome: z.enum(['decided', 'ended']).describe('decided on another device, or ended undecided'),
  }),
  z.strictObject({ kind: z.literal('test').describe('the person asked for it in the app'), ...inPush }),
])
export type PushPayload = z.infer<typeof PushPayload>

/** What a refused request gets, as application/problem+json (RFC 9457). */
export const DeviceProblem = z.looseObject({
  title: z.string().describe('a plain sentence for the person'),
  status: z.number().int(),
  code: z.enum([
    'use-nonce', // 401: repeat with the nonce of the DPoP-Nonce header. Not an error that a person sees
    'proof-refused', // 401: the proof does not fit the request
    'device-unknown', // 401: this key belongs to no device (or its pending binding ended)
    'device-removed', // 403: the device was removed by its person or an administrator
    'code-refused', // 404: one same sentence for every ticket or code that cannot be redeemed
    'nothing-to-decide', // 404: one same sentence for every sign-in that is not this device's to decide
    'prompt-ended', // 409: it was this device's, but its time is over or it was decided elsewhere
    'wrong-number', // 422: triesLeft says how many remain; 0 ends the prompt
    'wait', // 429: too many wrong numbers, typed codes, test pushes or changes of push; retryAfterSeconds
    'locked', // 403: far too many wrong numbers; only an administrator can end it
    'push-refused', // 422: this push service is not one that we send to
    'request-malformed', // 400, 404 (no such path), 405, 413, 415
    'stopping', // 503: the service is being stopped, is very busy, or cannot reach its data; try again
    'internal', // 500: with a reference
  ]),
  triesLeft: z.number().int().optional(),
  retryAfterSeconds: z.number().int().optional(),
  reference: z.string().optional(),
})
export type DeviceProblem = z.infer<typeof DeviceProblem>
