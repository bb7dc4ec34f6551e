import type { Clock } from '../base/clock.ts'
import { type Random, randomDigits, randomId } from '../base/random.ts'
import { isRefusal, type Refusal, refuse } from '../base/refusal.ts'
import type { DevicePublicKey } from '../devices/device.ts'
import type { Devices } from '../devices/devices.ts'
import { codeDigest, digestsOf, ticketDigest, ticketOf } from '../devices/ticket.ts'
import { inSignIn, type Mover, onlyEvents } from './mover.ts'
import type { SignIn } from './sign-in.ts'
import type { SignInStore } from './sign-in-store.ts'
import { admitInvitation, countInvitationFailure, isOver, redeemTicket } from './transaction.ts'

export type BindRequest = {
  /** The ticket of the link, or the short code as it was typed. */
  by: { ticket: string } | { code: string }
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
  clock: Clock
  random: Random
}) {
  const { store, devices, make, clock, random } = options
  return {
    /**
     * Takes an invitation code that the person typed in the sign-in's own browser, and issues the ticket.
     * A wrong one is counted and audited.
     */
    async redeemInvitation(signIn: SignIn, browserSecret: string, typed: string): Promise<true | Refusal> {
      const { id, expiresAt } = signIn
      const held = signIn.invitable
        ? await devices.holdInvitation(signIn, typed, id, expiresAt)
        : refuse('enrolment.unavailable', 'no invitation is taken here')
      if (isRefusal(held)) {
        if (held.code !== 'invitation.refused') return held
        const counted = await make(id, (current) => {
          const next = countInvitationFailure(current, clock.now())
          if (isRefusal(next)) return next
          const event = { ...inSignIn(current), type: 'invitation.refused' as const, reason: held.reason }
          return { next, effects: onlyEvents(event), result: true as const }
        })
        return isRefusal(counted) ? counted : held
      }
      return make(id, (current) => {
        const next = admitInvitation(current, clock.now(), held.id, digestsOf(ticketOf(browserSecret, id)))
        if (isRefusal(next)) return next
        const who = inSignIn(current)
        const events = onlyEvents(
          { ...who, type: 'invitation.redeemed', invitationId: held.id },
          { ...who, type: 'ticket.issued' },
        )
        return { next, effects: events, result: true as const }
      })
    },

    /**
     * Spends a ticket or short code for a device that proved its key: the device is pending from then on, and asked at once.
     * The same device with the same ticket again is answered as the first time. All else is one and the same refusal.
     */
    async bind(request: BindRequest): Promise<SignIn | Refusal> {
      const digest = 'ticket' in request.by ? ticketDigest(request.by.ticket) : codeDigest(request.by.code)
      const found = await store.findByTicket(digest)
      if (!found) return refuse('code.refused', 'no sign-in has this ticket')
      if (await devices.findByThumbprint(request.thumbprint)) return refuse('code.refused', 'this key is bound already')
      if (!found.invitationId && (await devices.everHad(found)))
        return refuse('code.refused', 'the person has had a device meanwhile')
      const { thumbprint, publicKey, name, platform, address } = request
      const elsewhere = await store.findByPendingDevice(thumbprint)
      if (elsewhere && elsewhere.id !== found.id)
        return refuse('code.refused', 'this key was offered in another sign-in')
      return make<SignIn>(found.id, (current) => {
        const now = clock.now()
        if (current.pendingDevice?.thumbprint === thumbprint && !isOver(current, now)) return { unmoved: current }
        const device = { id: randomId(random), thumbprint, publicKey, name, platform, boundAt: now }
        const next = redeemTicket(current, now, device, randomDigits(random, current.digitCount))
        if (isRefusal(next)) return next
        const who = inSignIn(current)
        const events = onlyEvents(
          { ...who, type: 'ticket.redeemed', deviceId: device.id, deviceName: name, platform, address },
          { ...who, type: 'signin.prompted', promptNumber: next.prompt?.number ?? 0, devices: 1 },
        )
        return { next, effects: events, result: next }
      })
    },
  }
}
