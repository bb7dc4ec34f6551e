import type { AuditEvent, CameFrom } from '../audit/events.ts'
import { asciiDomain } from '../base/ascii-domain.ts'
import type { Clock } from '../base/clock.ts'
import { sha256 } from '../base/digest.ts'
import { personKeyOf } from '../base/person.ts'
import { type Random, randomId } from '../base/random.ts'
import { isRefusal, type Refusal, refuse } from '../base/refusal.ts'
import { activeAmong, type Devices } from '../devices/devices.ts'
import { digestsOf, ticketOf } from '../devices/ticket.ts'
import type { DrawDigits } from './digits.ts'
import { isLocked } from './failures.ts'
import { inSignIn, promptedEvent } from './mover.ts'
import type { Ringing } from './ringing.ts'
import type { Request, SignIn } from './sign-in.ts'
import type { SignInStore } from './sign-in-store.ts'
import { askedDigest, MAX_OPEN, openPrompt, SIGN_IN_LIFE } from './transaction.ts'

/** The integration's rules, as they are when the sign-in is opened. */
export type Policy = {
  enrolment: 'first-use' | 'invitation' | 'closed'
  firstUseUntil: number | null
  /** The domains whose accounts may bind by first use; empty: all. */
  firstUseDomains: readonly string[]
  digits: number
  namePersonInPush: boolean
}

export type OpenRequest = Request & {
  policy: Policy
  /** The site that the browser says it came from. */
  from: CameFrom
  hint: { digest: string; keepUntil: number; keyId: string; issuer: string }
}

/** `browserSecret` goes into the cookie of the browser that asked, and is kept nowhere else. */
export type OpenedSignIn =
  | { kind: 'opened'; id: string; browserSecret: string; expiresAt: number }
  | { kind: 'repeat'; id: string }

/**
 * Opens a sign-in for a verified hint, once for each hint.
 * - An identical repeat of a request is led to the sign-in that it opened (whose cookie says whether it is the same browser),
 *   any other use of a used hint is refused, and so is a nonce and state that was answered with a claim.
 * - A person may have MAX_OPEN sign-ins open; who is locked after wrong numbers gets none.
 * - Who has devices is prompted at once; who never had one and may bind by first use gets a ticket.
 */
export function createOpen(options: {
  store: SignInStore
  devices: Devices
  ringing: Ringing
  drawDigits: DrawDigits
  clock: Clock
  random: Random
}) {
  const { store, devices, ringing, drawDigits, clock, random } = options

  const repeatOf = (earlier: SignIn | undefined, requestDigest: string): OpenedSignIn | Refusal =>
    earlier && earlier.requestDigest === requestDigest
      ? { kind: 'repeat', id: earlier.id }
      : refuse('hint.replayed', 'hint was used before, in another request')

  return async function open(request: OpenRequest): Promise<OpenedSignIn | Refusal> {
    const { policy, hint, requestDigest } = request
    const person = personKeyOf(request)
    const asked = askedDigest(request)
    // Devices are read once: between two looks a phone may be bound, and who has one would be told to bind one.
    const [used, known, wrong] = await Promise.all([
      store.used([hint.digest, asked]),
      devices.ofPerson(person),
      store.failures(person, 'number'),
    ])
    if (used.has(hint.digest)) return repeatOf(await store.findByHint(hint.digest), requestDigest)
    if (used.has(asked)) return refuse('hint.replayed', 'its nonce and state were answered before')
    const active = activeAmong(known)
    // Nobody is asked what they may not answer.
    if (isLocked('number', wrong.count)) return refuse('person.locked', 'locked after wrong numbers')
    const now = clock.now()
    const id = randomId(random)
    const browserSecret = random.bytes(32).toString('base64url')
    const firstUse = known.length === 0 && allowsFirstUse(policy, request.person, now)

    const { policy: _policy, hint: _hint, from: _from, ...kept } = request
    let signIn: SignIn = {
      ...kept,
      id,
      version: 1,
      phase: 'open',
      digitCount: policy.digits,
      browserDigest: sha256(browserSecret),
      openedAt: now,
      expiresAt: now + SIGN_IN_LIFE,
      ticket: firstUse ? digestsOf(ticketOf(browserSecret, id)) : null,
      invitable: !firstUse && policy.enrolment !== 'closed',
      invitationId: null,
      invitationTries: 0,
      pendingDevice: null,
      prompt: null,
      decision: null,
      namePersonInPush: policy.namePersonInPush,
    }
    const who = inSignIn(signIn)
    const events: AuditEvent[] = [
      {
        ...who,
        type: 'hint.accepted',
        clientRequestId: request.clientRequestId,
        keyId: hint.keyId,
        issuer: hint.issuer,
      },
      {
        ...who,
        type: 'signin.opened',
        contract: request.asked.contract,
        address: request.address,
        browser: request.browser,
        from: request.from,
      },
    ]
    if (firstUse) events.push({ ...who, type: 'ticket.issued' })
    if (active.length > 0) {
      const prompted = openPrompt(signIn, now, await drawDigits(person, policy.digits))
      if (isRefusal(prompted)) return prompted
      signIn = { ...prompted, version: 1 }
      events.push(promptedEvent(signIn, active.length))
    }

    const opened = await store.open(signIn, hint, MAX_OPEN, now, events)
    if (opened.kind === 'repeat') return repeatOf(opened.signIn, requestDigest)
    if (opened.kind === 'too-many') return refuse('sign-in.too-many', `${MAX_OPEN} sign-ins of this person are open`)
    if (signIn.prompt) ringing.ring(signIn, active)
    return { kind: 'opened', id, browserSecret, expiresAt: signIn.expiresAt }
  }
}

/** Whether somebody who never had a device may bind one by scanning. A label's domain only ever narrows that. */
function allowsFirstUse({ enrolment, firstUseUntil, firstUseDomains }: Policy, person: string, now: number): boolean {
  if (enrolment !== 'first-use' || (firstUseUntil !== null && now > firstUseUntil)) return false
  if (firstUseDomains.length === 0) return true
  // A guest is called name_home.example#EXT#@tenant.example: the domain behind the @ is not theirs (Microsoft Learn: properties of a B2B user).
  if (!person.includes('@') || person.toUpperCase().includes('#EXT#')) return false
  return firstUseDomains.includes(asciiDomain(person.slice(person.lastIndexOf('@') + 1)))
}
