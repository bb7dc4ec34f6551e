import type { Clock } from '../base/clock.ts'
import { type PersonKey, personKeyOf } from '../base/person.ts'
import { type Random, randomDigits, randomId } from '../base/random.ts'
import { isRefusal, type Refusal, refuse } from '../base/refusal.ts'
import type { DevicePublicKey } from '../devices/device.ts'
import type { Devices } from '../devices/devices.ts'
import { codeDigest, digestsOf, ticketDigest, ticketOf } from '../devices/ticket.ts'
import { locksNow, waitLeft } from './failures.ts'
import { inSignIn, type Move, type Mover, onlyEvents, promptedEvent } from './mover.ts'
import type { Ringing } from './ringing.ts'
import type { SignIn } from './sign-in.ts'
import type { Effects, SignInStore } from './sign-in-store.ts'
import { admitInvitation, isOver, leaveAsIs, redeemTicket, takeInvitationTry } from './transaction.ts'

/** The ticket of the link, or the short code as it was typed. */
export type BindBy = { ticket: string } | { code: string }

export type BindRequest = {
  by: BindBy
  thumbprint: string
  publicKey: DevicePublicKey
  name: string
  platform: string
  address: string
}

/** How a phone comes to a person: an invitation typed in the browser, a ticket redeemed by the phone. */
export function createEnrol(options: {
  store: SignInStore
  devices: Devices
  make: Mover
  ringing: Ringing
  clock: Clock
  random: Random
}) {
  const { store, devices, make, ringing, clock, random } = options
  return {
    /**
     * Takes an invitation code that the person typed in the sign-in's own browser, and issues the ticket.
     * The try is counted before the code is looked at, in this sign-in and for the person: after wrong ones they wait, in
     * whichever sign-in, and then only an administrator helps. A wrong one is audited.
     */
    async redeemInvitation(signIn: SignIn, browserSecret: string, typed: string): Promise<true | Refusal> {
      const { id, expiresAt } = signIn
      let lastTry = false
      const person = personKeyOf(signIn)
      const tried = await make<true | Refusal>(id, async (current) => {
        const now = clock.now()
        const wrong = await store.failures(person, 'code')
        const wait = waitLeft('code', wrong, now)
        if (wait === Number.POSITIVE_INFINITY) return refuse('invitation.locked', 'locked after wrong codes')
        if (wait > 0) return refuse('invitation.wait', 'waiting after wrong codes')
        const next = takeInvitationTry(current, now)
        if (isRefusal(next)) return next
        const effects: Effects = {
          ...onlyEvents(),
          countFailure: { ...person, kind: 'code', after: wrong.count, at: now },
        }
        if (locksNow('code', wrong)) lastTry = true
        return { next, effects, result: true }
      })
      if (isRefusal(tried)) return tried
      const held = await devices.holdInvitation(signIn, typed, id, expiresAt)
      const admitted = await make<SignIn | Refusal>(id, async (current): Promise<Move<SignIn | Refusal> | Refusal> => {
        const who = inSignIn(current)
        if (isRefusal(held)) {
          const next = leaveAsIs(current)
          const refused = { ...who, type: 'invitation.refused' as const, reason: held.reason }
          return {
            next,
            effects: lastTry
              ? onlyEvents(refused, { ...who, type: 'person.locked', because: 'code' })
              : onlyEvents(refused),
            result: held,
          }
        }
        const next = admitInvitation(current, clock.now(), held.id, digestsOf(ticketOf(browserSecret, id)))
        if (isRefusal(next)) {
          if (current.invitationId) return next
          // Left or over while the code was looked at: the person's next sign-in may have the invitation at once.
          return { next: leaveAsIs(current), effects: letGo(current, held.id), result: next }
        }
        const events = onlyEvents(
          { ...who, type: 'invitation.redeemed', invitationId: held.id },
          { ...who, type: 'ticket.issued' },
        )
        const { count } = await store.failures(person, 'code')
        return { next, effects: { ...events, endFailures: { ...person, kind: 'code', after: count } }, result: next }
      })
      if (isRefusal(admitted)) return admitted
      // Phones that were asked so far are not asked any more.
      if (admitted.prompt) ringing.over(admitted, null)
      return true
    },

    /** Milliseconds before this person may type an invitation code; Infinity when they are locked. */
    async codeWait(person: PersonKey): Promise<number> {
      return waitLeft('code', await store.failures(person, 'code'), clock.now())
    },

    /** Whether a sign-in ever had this ticket or short code. */
    async hasTicket(by: BindBy): Promise<boolean> {
      return (await store.findByTicket(digestOf(by))) !== undefined
    },

    /**
     * Spends a ticket or short code for a device that proved its key: the device is pending from then on, and asked at once.
     * The same device with the same ticket again is answered as the first time. All else is one and the same refusal.
     */
    async bind(request: BindRequest): Promise<SignIn | Refusal> {
      const found = await store.findByTicket(digestOf(request.by))
      if (!found) return refuse('code.refused', 'no sign-in has this ticket')
      if (await devices.findByThumbprint(request.thumbprint)) return refuse('code.refused', 'this key is bound already')
      if (!found.invitationId && (await devices.everHad(found)))
        return refuse('code.refused', 'the person has had a device meanwhile')
      const { thumbprint, publicKey, name, platform, address } = request
      const elsewhere = await store.findByPendingDevice(thumbprint)
      // Who asks by this key is told of the sign-in that was opened last: that must be this one.
      if (
        elsewhere &&
        elsewhere.id !== found.id &&
        !(isOver(elsewhere, clock.now()) && elsewhere.openedAt < found.openedAt)
      )
        return refuse('code.refused', 'this key was offered in another sign-in')
      return make<SignIn>(found.id, (current) => {
        const now = clock.now()
        if (current.pendingDevice?.thumbprint === thumbprint && !isOver(current, now)) return { unmoved: current }
        const device = { id: randomId(random), thumbprint, publicKey, name, platform, boundAt: now }
        const next = redeemTicket(current, now, device, randomDigits(random, current.digitCount))
        if (isRefusal(next)) return next
        const who = inSignIn(current)
        const events = onlyEvents(
          {
            ...{ ...who, type: 'ticket.redeemed', deviceId: device.id, deviceName: name, platform, address },
            publicKey: JSON.stringify(publicKey),
          },
          promptedEvent(next, 1),
        )
        return { next, effects: events, result: next }
      })
    },
  }
}

const letGo = ({ id }: SignIn, invitationId: string): Effects => ({
  events: [],
  releaseInvitation: { id: invitationId, heldBy: id },
})

const digestOf = (by: BindBy): string => ('ticket' in by ? ticketDigest(by.ticket) : codeDigest(by.code))
