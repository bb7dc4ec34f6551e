import { isDeepStrictEqual } from 'node:util'
import { type Clock, instant } from '../base/clock.ts'
import { jwsDigest } from '../base/digest.ts'
import { type PersonKey, personKeyOf, samePerson } from '../base/person.ts'
import { isRefusal, type Refusal, refuse } from '../base/refusal.ts'
import type { Device } from '../devices/device.ts'
import type { Devices } from '../devices/devices.ts'
import type { ProvenRequest, UsedProof } from '../devices/proof.ts'
import type { Unwanted } from '../push/ring.ts'
import { type Failures, locksNow, waitLeft } from './failures.ts'
import type { LeadOn } from './lead-on.ts'
import { inSignIn, type Mover, onlyEvents, unapproved } from './mover.ts'
import type { Ringing } from './ringing.ts'
import type { Shown, SignIn } from './sign-in.ts'
import type { Effects, SignInStore } from './sign-in-store.ts'
import { decide, isAsking, isOver, shownOf, TRIES, type Verdict } from './transaction.ts'

/** A key that proved a request, and whose it is: an active device, or the pending one of a sign-in. */
export type Caller =
  | { status: 'active'; deviceId: string; device: Device }
  | { status: 'pending'; deviceId: string; signIn: SignIn }

/** A device's signed decision, its signature verified, its payload parsed; and the proof of the request that brought it. */
export type SignedDecision = {
  approval: string
  claims: { shown: Shown; decision: Verdict; number?: string | undefined }
  proof: Pick<ProvenRequest, 'used' | 'remember'>
}

type Digested = SignedDecision['claims'] & { approval: string; approvalDigest: string; useProof: UsedProof }
type Moved = { next: SignIn; effects: Effects; result: Outcome | Refusal }

export type Outcome = 'approved' | 'denied' | 'reported'

const outcomeOf: Partial<Record<SignIn['phase'], Outcome>> = {
  approved: 'approved',
  answered: 'approved',
  denied: 'denied',
  reported: 'reported',
}

/** What devices see of sign-ins, and how they decide them. */
export function createDecide(options: {
  store: SignInStore
  devices: Devices
  make: Mover
  leadOn: LeadOn
  ringing: Ringing
  clock: Clock
}) {
  const { store, devices, make, leadOn, ringing, clock } = options

  const mayDecide = (caller: Caller, signIn: SignIn): boolean =>
    signIn.pendingDevice || signIn.ticket
      ? // While a device is being bound, it and no other is asked.
        signIn.pendingDevice?.id === caller.deviceId
      : caller.status === 'active' && samePerson(caller.device, signIn)

  /** Puts on record that the person did not want this sign-in, and whether their devices are left alone from now on. */
  async function alarm(signIn: SignIn, effects: Effects, unwanted: Unwanted): Promise<void> {
    effects.recordUnwanted = { ...personKeyOf(signIn), ...unwanted }
    const quietUntil = await ringing.quietAfter(signIn, unwanted)
    if (quietUntil === 0) return
    const until = { because: unwanted.kind, quietUntil: instant(quietUntil) }
    effects.events.push({ ...inSignIn(signIn), ...until, type: 'person.alarmed' })
  }

  /** Why nobody may approve this sign-in now, whatever number they type; undefined: who has the number may. */
  async function notApprovable(signIn: SignIn, wrong: Failures, now: number): Promise<Refusal | undefined> {
    const wait = waitLeft('number', wrong, now)
    if (wait === Number.POSITIVE_INFINITY) return refuse('decision.locked', 'locked after wrong numbers')
    if (wait > 0) {
      // The number that made the wait may have ended the prompt: who reads the one after the other is not told to wait.
      const current = await store.find(signIn.id)
      if (!current || !isAsking(current, now)) return refuse('decision.ended', 'ended while it was looked at')
      return refuse('decision.wait', 'waiting after wrong numbers', { retryAfterSeconds: Math.ceil(wait / 1000) })
    }
    if (isFirstUse(signIn) && (await devices.everHad(signIn)))
      return refuse('decision.ended', 'the person has had a device meanwhile')
    if (signIn.pendingDevice && signIn.invitationId && !(await devices.holdsInvitation(signIn.invitationId, signIn.id)))
      return refuse('decision.ended', 'the invitation was replaced or removed meanwhile')
    return undefined
  }

  /** The decision as a move of the sign-in, with all that is written in the same breath. */
  async function moveOf(
    caller: Caller,
    person: PersonKey,
    signIn: SignIn,
    { decision: verdict, number, shown, approval, approvalDigest, useProof }: Digested,
    wrong: Failures,
    now: number,
  ): Promise<Moved | Refusal> {
    const { deviceId } = caller
    const { promptNumber } = shown
    const decided = decide(signIn, now, {
      verdict,
      number,
      promptNumber,
      deviceId,
      approvalDigest,
      proof: 'software-key',
    })
    if (isRefusal(decided)) return decided
    const { next, outcome } = decided
    const demands = { useProof, ...(caller.status === 'active' && { ifDeviceActive: deviceId }) }
    const facts = { ...inSignIn(signIn), promptNumber, deviceId, approval }

    if (outcome === 'wrong-number') {
      const effects: Effects = {
        ...onlyEvents({ ...facts, type: 'signin.wrong-number' }),
        ...demands,
        countFailure: { ...person, kind: 'number', after: wrong.count, at: now },
      }
      if (locksNow('number', wrong))
        effects.events.push({ ...inSignIn(signIn), type: 'person.locked', because: 'number' })
      return { next, effects, result: wrongNumber(TRIES - (next.prompt?.wrong.length ?? TRIES)) }
    }
    if (outcome !== 'approved') {
      const effects = { ...unapproved(signIn, { ...facts, type: `signin.${outcome}` }), ...demands }
      if (caller.status === 'active') await alarm(signIn, effects, { at: now, kind: outcome })
      return { next, effects, result: outcome }
    }
    const effects: Effects = {
      ...onlyEvents({ ...facts, type: 'signin.approved', method: 'push' }),
      endFailures: { ...person, kind: 'number', after: wrong.count },
      ...demands,
      ...(signIn.pendingDevice && activation(signIn, now)),
    }
    if (signIn.pendingDevice) effects.events.push({ ...inSignIn(signIn), type: 'device.activated', deviceId })
    return { next, effects, result: outcome }
  }

  return {
    /**
     * Whose key this is. `device.removed` tells the owner; a stranger's key is `device.unknown`. A pending device is gone
     * with its sign-in; `even-ended` still knows it, so that a repeated decision is answered as the first was.
     */
    async identify(thumbprint: string, which: 'alive' | 'even-ended' = 'alive'): Promise<Caller | Refusal> {
      const device = await devices.findByThumbprint(thumbprint)
      if (device?.state === 'active') return { status: 'active', deviceId: device.id, device }
      if (device) return refuse('device.removed', 'device was revoked')
      const signIn = await store.findByPendingDevice(thumbprint)
      if (!signIn?.pendingDevice || isOver(signIn, clock.now())) {
        // Approved between the two looks, it is a device by now: who is told "unknown" then forgets its key.
        const activated = await devices.findByThumbprint(thumbprint)
        if (activated?.state === 'active') return { status: 'active', deviceId: activated.id, device: activated }
      }
      if (!signIn?.pendingDevice) return refuse('device.unknown', 'no device has this key')
      if (which === 'alive' && isOver(signIn, clock.now()))
        return refuse('device.unknown', `binding ended ${signIn.phase}`)
      return { status: 'pending', deviceId: signIn.pendingDevice.id, signIn }
    },

    /** What waits for this device now. A pending device sees the sign-in that bound it and nothing else. */
    async pendingFor(caller: Caller): Promise<SignIn[]> {
      const now = clock.now()
      const open = caller.status === 'active' ? await store.openOf(caller.device, now) : [caller.signIn]
      return open.filter((signIn) => mayDecide(caller, signIn) && isAsking(signIn, now))
    },

    /**
     * Records a device's decision, once. It checks that
     * - the proof's `jti` was not used for another request; from now on it is used, whatever becomes of the decision,
     * - the device is not revoked, up to the very write,
     * - the sign-in exists, and is this device's to decide (else one same refusal),
     * - this very approval was not recorded before (else it is answered as the first time),
     * - the prompt is the current one and open, and what was shown is what we gave, member for member,
     * - the person is neither locked nor waiting after too many wrong numbers,
     * - a phone bound by first use is still the person's first; one bound by invitation: that is still held by this sign-in,
     * - to approve, the number typed is the one on the sign-in page.
     */
    async decide(caller: Caller, { approval, claims, proof }: SignedDecision): Promise<Outcome | Refusal> {
      const digested: Digested = { ...claims, approval, approvalDigest: jwsDigest(approval), useProof: proof.used() }
      const person = personKeyOf(caller.status === 'active' ? caller.device : caller.signIn)
      /** What was tried last, if anything was. */
      let moved: Moved | undefined

      const made = await make<Outcome | Refusal>(claims.shown.signInId, async (signIn, lost) => {
        const now = clock.now()
        moved = undefined
        const once = lost > 0 ? await proof.remember() : true
        if (isRefusal(once)) return once
        // The caller was an active device just now, and the write holds to that: what refused it is looked up.
        if (lost > 0 && caller.status === 'active' && (await devices.find(caller.deviceId))?.state !== 'active')
          return refuse('device.removed', 'device was revoked meanwhile')
        if (!mayDecide(caller, signIn)) return refuse('decision.nothing', 'not this device’s sign-in')
        const before = answeredBefore(signIn, digested.approvalDigest)
        if (before) return isRefusal(before) ? before : { unmoved: before }
        const moot = notAsked(signIn, digested.shown, now)
        if (moot) return moot
        const wrong = await store.failures(person, 'number')
        const barred = digested.decision === 'approve' ? await notApprovable(signIn, wrong, now) : undefined
        if (barred) return barred
        const move = await moveOf(caller, person, signIn, digested, wrong, now)
        if (!isRefusal(move)) moved = move
        return move
      })
      // A last attempt that lost gives another result than its own. What was written has remembered the proof.
      const last = moved as Moved | undefined
      const written = last && made === last.result ? last : undefined
      const once = written ? true : await proof.remember()
      if (isRefusal(once)) return once
      if (made === 'approved' && caller.status === 'pending') await leadOn(person)
      // Decided, or spoilt by wrong numbers.
      if (written && !isAsking(written.next, clock.now()))
        ringing.over(written.next, isRefusal(made) ? null : caller.deviceId)
      if (isRefusal(made) && made.code === 'sign-in.unknown') return refuse('decision.nothing', 'no such sign-in')
      return made
    },
  }
}

/** What this very approval was answered the first time, if it is on record: a phone that heard nothing sends it again. */
function answeredBefore(signIn: SignIn, approvalDigest: string): Outcome | Refusal | undefined {
  if (signIn.decision?.approvalDigest === approvalDigest)
    return outcomeOf[signIn.phase] ?? refuse('decision.ended', 'expired')
  const earlier = signIn.prompt?.wrong.indexOf(approvalDigest) ?? -1
  return earlier >= 0 ? wrongNumber(TRIES - earlier - 1) : undefined
}

/** Why this is no answer to what the sign-in asks now; undefined: it is one. */
function notAsked(signIn: SignIn, shown: Shown, now: number): Refusal | undefined {
  if (!isAsking(signIn, now)) return refuse('decision.ended', `decision in phase ${signIn.phase}`)
  if (shown.promptNumber !== signIn.prompt?.number) return refuse('decision.ended', 'decision for an earlier prompt')
  if (!isDeepStrictEqual(shown, shownOf(signIn)))
    return refuse('decision.nothing', 'what was signed is not what was shown')
  return undefined
}

/** Whether the approval would make a phone the person's by nothing but a ticket. */
const isFirstUse = ({ pendingDevice, invitationId }: SignIn): boolean => pendingDevice !== null && invitationId === null

const wrongNumber = (triesLeft: number): Refusal => refuse('decision.wrong-number', 'wrong number', { triesLeft })

/** The device that this approval makes active, and by which right: the invitation that it spends, or a first use. */
function activation(signIn: SignIn, now: number): Pick<Effects, 'activate' | 'spendInvitation' | 'ifNeverHadDevice'> {
  const pending = signIn.pendingDevice as NonNullable<SignIn['pendingDevice']>
  const { integrationId, person, invitationId } = signIn
  const activate: Device = {
    ...pending,
    ...personKeyOf(signIn),
    integrationId,
    person,
    boundBy: signIn.id,
    state: 'active',
    revokedAt: null,
  }
  return invitationId
    ? { activate, spendInvitation: { id: invitationId, heldBy: signIn.id, at: now } }
    : { activate, ifNeverHadDevice: personKeyOf(signIn) }
}
