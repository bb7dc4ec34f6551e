// What the log says of phones: whose each is, and whether it was one when it decided. The store's own rows are believed in
// nothing that the log tells: who can write them could make a phone of theirs another person's.
import { type PersonKey, samePerson } from '../base/person.ts'
import type { AuditEvent } from './events.ts'

export type PhoneFault =
  /** It was never bound, or to no sign-in that it approved. */
  | 'phone-not-bound'
  /** It was bound to another person. */
  | 'phone-of-another'
  /** It was removed before. */
  | 'phone-removed'

type Phone = {
  owner: PersonKey
  /** The sign-in that it was offered in, which it may decide before it is bound. */
  signInId: string
  /** A JWK as JSON; undefined in records of before, which had none. */
  publicKey: string | undefined
  isBound: boolean
  isRemoved: boolean
}

type Event<T extends AuditEvent['type']> = Extract<AuditEvent, { type: T }>

export function createPhonesOnRecord() {
  const phones = new Map<string, Phone>()

  return {
    offered({ deviceId, signInId, publicKey, tenantId, objectId }: Event<'ticket.redeemed'>): void {
      phones.set(deviceId, { owner: { tenantId, objectId }, signInId, publicKey, isBound: false, isRemoved: false })
    },

    /** `approvedBy`: the phone that approved the sign-in which is said to have bound it. */
    bound({ deviceId, signInId }: Event<'device.activated'>, approvedBy: string | undefined): void {
      const phone = phones.get(deviceId)
      if (phone?.signInId === signInId && approvedBy === deviceId) phone.isBound = true
    },

    removed({ deviceId }: Event<'device.revoked'>): void {
      const phone = phones.get(deviceId)
      if (phone) phone.isRemoved = true
    },

    /** Why this phone could not decide a sign-in of this person; undefined: it could. */
    faultOf(decided: PersonKey & { deviceId: string; signInId: string }): PhoneFault | undefined {
      const phone = phones.get(decided.deviceId)
      if (!phone) return 'phone-not-bound'
      if (!samePerson(phone.owner, decided)) return 'phone-of-another'
      if (phone.isRemoved) return 'phone-removed'
      return phone.isBound || phone.signInId === decided.signInId ? undefined : 'phone-not-bound'
    },

    keyOf: (deviceId: string): string | undefined => phones.get(deviceId)?.publicKey,
    isBound: (deviceId: string): boolean => phones.get(deviceId)?.isBound === true,
  }
}
