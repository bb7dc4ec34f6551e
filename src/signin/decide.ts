import { isDeepStrictEqual } from 'node:util'
import { type Clock, instant } from '../base/clock.ts'
import { jwsDigest } from '../base/digest.ts'
import { personKeyOf, samePerson } from '../base/person.ts'
import { isRefusal, type Refusal, refuse } from '../base/refusal.ts'
import type { Device } from '../devices/device.ts'
import type { Devices } from '../devices/devices.ts'
import type { Unwanted } from '../push/ring.ts'
import { locksNow, waitLeft } from './failures.ts'
import type { LeadOn } from './lead-on.ts'
import { inSignIn, type Move, type Mover, onlyEvents, unapproved } from './mover.ts'
import type { Ringing } from './ringing.ts'
import type { Shown, SignIn } from './sign-in.ts'
import type { Effects, SignInStore } from './sign-in-store.ts'
import { decide, isAsking, isOver, shownOf, TRIES, type Verdict } from './transaction.ts'

/** A key that proved a request, and whose it is: an active device, or the pending one of a sign-in. */
export type Caller =
  | { status: 'active'; deviceId: string; device: Device }
  | { status: 'pending'; deviceId: string; signIn: SignIn }

/** A device's signed decision, its signature verified, its payload parsed. */
export type SignedDecision = {
  approval: string
  claims: { shown: Shown; decision: Verdict; number?: string | undefined }
}

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
     * - the device is not revoked, up to the very write,
     * - the sign-in exists, and is this device's to decide (else one same refusal),
     * - this very approval was not recorded before (else it is answered as the first time),
     * - the prompt is the current one and open, and what was shown is what we gave, member for member,
     * - the person is neither locked nor waiting after too many wrong numbers,
     * - a phone bound by first use is still the person's first; one bound by invitation: that is still held by this sign-in,
     * - to approve, the number typed is the one on the sign-in page.
     */
    async decide(caller: Caller, { approval, claims }: SignedDecision): Promise<Outcome | Refusal> {
      const { shown, decision: verdict, number } = claims
      const approvalDigest = jwsDigest(approval)
      const person = caller.status === 'active' ? caller.device : caller.signIn
      let decidedSignIn: SignIn | undefined

      const made = await make<Outcome | Refusal>(
        shown.signInId,
        async (signIn): Promise<Move<Outcome | Refusal> | Refusal> => {
          const now = clock.now()
          decidedSignIn = undefined
          const ifDeviceActive = caller.status === 'active' ? { ifDeviceActive: caller.deviceId } : {}
          if (caller.status === 'active' && (await devices.find(caller.deviceId))?.state !== 'active')
            return refuse('device.removed', 'device was revoked meanwhile')
          if (!mayDecide(caller, signIn)) return refuse('decision.nothing', 'not this device’s sign-in')
          if (signIn.decision?.approvalDigest === approvalDigest)
            return { unmoved: outcomeOf[signIn.phase] ?? refuse('decision.ended', 'expired') }
          const earlier = signIn.prompt?.wrong.indexOf(approvalDigest) ?? -1
          if (earlier >= 0) return wrongNumber(TRIES - earlier - 1)
          if (!isAsking(signIn, now)) return refuse('decision.ended', `decision in phase ${signIn.phase}`)
          if (shown.promptNumber !== signIn.prompt?.number)
            return refuse('decision.ended', 'decision for an earlier prompt')
          if (!isDeepStrictEqual(shown, shownOf(signIn)))
            return refuse('decision.nothing', 'what was signed is not what was shown')
          const wrong = await store.failures(person, 'number')
          const wait = waitLeft('number', wrong, now)
          if (verdict === 'approve' && wait === Number.POSITIVE_INFINITY)
            return refuse('decision.locked', 'locked after wrong numbers')
          if (verdict === 'approve' && wait > 0) {
            // The number that made the wait may have ended the prompt: who reads the one after the other is not told to wait.
            const current = await store.find(signIn.id)
            if (!current || !isAsking(current, now)) return refuse('decision.ended', 'ended while it was looked at')
            return refuse('decision.wait', 'waiting after wrong numbers', { retryAfterSeconds: Math.ceil(wait / 1000) })
          }
          if (verdict === 'approve' && isFirstUse(signIn) && (await devices.everHad(signIn)))
            return refuse('decision.ended', 'the person has had a device meanwhile')
          if (
            verdict === 'approve' &&
            signIn.pendingDevice &&
            signIn.invitationId &&
            !(await devices.holdsInvitation(signIn.invitationId, signIn.id))
          )
            return refuse('decision.ended', 'the invitation was replaced or removed meanwhile')
          const { deviceId } = caller
          const input = {
            verdict,
            number,
            promptNumber: shown.promptNumber,
            deviceId,
            approvalDigest,
            proof: 'software-key' as const,
          }
          const decided = decide(signIn, now, input)
          if (isRefusal(decided)) return decided
          const { next, outcome } = decided
          decidedSignIn = outcome === 'wrong-number' ? undefined : next
          const facts = { ...inSignIn(signIn), promptNumber: shown.promptNumber, deviceId, approval }

          if (outcome === 'wrong-number') {
            const effects: Effects = {
              ...onlyEvents({ ...facts, type: 'signin.wrong-number' }),
              ...ifDeviceActive,
              countFailure: { ...personKeyOf(person), kind: 'number', after: wrong.count, at: now },
            }
            if (locksNow('number', wrong))
              effects.events.push({ ...inSignIn(signIn), type: 'person.locked', because: 'number' })
            return { next, effects, result: wrongNumber(TRIES - (next.prompt?.wrong.length ?? TRIES)) }
          }
          if (outcome !== 'approved') {
            const effects = { ...unapproved(signIn, { ...facts, type: `signin.${outcome}` }), ...ifDeviceActive }
            if (caller.status === 'active') await alarm(signIn, effects, { at: now, kind: outcome })
            return { next, effects, result: outcome }
          }

          const effects: Effects = {
            ...onlyEvents({ ...facts, type: 'signin.approved', method: 'push' }),
            endFailures: { ...personKeyOf(person), kind: 'number', after: wrong.count },
            ...ifDeviceActive,
            ...(signIn.pendingDevice && activation(signIn, now)),
          }
          if (signIn.pendingDevice) effects.events.push({ ...inSignIn(signIn), type: 'device.activated', deviceId })
          return { next, effects, result: outcome }
        },
      )
      if (made === 'approved' && caller.status === 'pending') await leadOn(personKeyOf(person))
      if (decidedSignIn && !isRefusal(made)) ringing.over(decidedSignIn, caller.deviceId)
      if (isRefusal(made) && made.code === 'sign-in.unknown') return refuse('decision.nothing', 'no such sign-in')
      return made
    },
  }
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
