// Removing a person's phones. Their keys prove nothing from then on, and sign-ins that they approved are not answered.
import { personKeyOf, samePerson } from '../../base/person.ts'
import { type Refusal, refuse } from '../../base/refusal.ts'
import type { Device } from '../../devices/device.ts'
import type { Describe, Handler, Signed } from '../frame.ts'
import type { AdminDeps } from '../wiring.ts'
import { pageOfPerson } from './page-of-person.ts'

const LONGEST_REASON = 200
const NO_REASON = 'by an administrator'

/** What is kept in the audit: one line. Undefined for a longer one than the form takes: nobody's words are cut off in silence. */
function reasonOf(typed: string | null): string | undefined {
  const reason = (typed ?? '').replace(/[\p{C}\s]+/gu, ' ').trim() || NO_REASON
  return reason.length > LONGEST_REASON ? undefined : reason
}

/** A reason that was not taken: for one phone, or without one for all of them. */
export type WrongReason = { deviceId: string | null; typed: string; fault: string }
export type ShowPerson = (signed: Signed, wrong?: WrongReason) => Promise<unknown>

/** The person that the path names. */
export const personIn = ({ request }: Signed) => ({
  tenantId: String(request.params.tenantId),
  objectId: String(request.params.objectId),
})

export function createRemovePhones({ devices, showPerson }: Pick<AdminDeps, 'devices'> & { showPerson: ShowPerson }) {
  const nothing = (): Refusal => refuse('admin.unknown', 'no such phone of theirs')

  async function named(signed: Signed): Promise<Device | undefined> {
    const device = await devices.find(signed.fields.get('id') ?? '')
    return device && samePerson(device, personIn(signed)) ? device : undefined
  }

  /** The reason that was typed; null when it is too long: then the person's page is shown again, with it. */
  async function readReason(signed: Signed, deviceId: string | null): Promise<string | null> {
    const typed = signed.fields.get('reason') ?? ''
    const reason = reasonOf(typed)
    if (reason !== undefined) return reason
    signed.response.status(400)
    await showPerson(signed, { deviceId, typed, fault: `At most ${LONGEST_REASON} characters.` })
    return null
  }

  const describeOne: Describe = async (signed) => {
    const device = await named(signed)
    if (!device) return nothing()
    const reason = await readReason(signed, device.id)
    return reason === null ? null : `Remove the phone “${device.name}” of ${device.person}`
  }
  const removeOne: Handler = async (signed) => {
    const device = await named(signed)
    if (!device) return signed.refused(nothing())
    const reason = await readReason(signed, device.id)
    if (reason === null) return
    // Whoever presses twice, or is second, finds what they wanted done.
    await devices.revoke(device, signed.by, reason)
    signed.done(pageOfPerson(personKeyOf(device)), 'phone-removed')
  }

  const describeAll: Describe = async (signed) => {
    const active = await devices.activeOf(personIn(signed))
    const [first] = active
    if (!first) return nothing()
    if ((await readReason(signed, null)) === null) return null
    const names = active.map(({ name }) => `“${name}”`).join(', ')
    return `Remove all phones of ${first.person}: ${names}`
  }
  const removeAll: Handler = async (signed) => {
    const person = personIn(signed)
    const active = await devices.activeOf(person)
    if (active.length === 0) return signed.refused(nothing())
    const reason = await readReason(signed, null)
    if (reason === null) return
    for (const device of active) await devices.revoke(device, signed.by, reason)
    signed.done(pageOfPerson(person), 'phones-removed')
  }

  return { describeOne, removeOne, describeAll, removeAll }
}
