// Removing a person's phones. Their keys prove nothing from then on, and sign-ins that they approved are not answered.
import { personKeyOf, samePerson } from '../../base/person.ts'
import { isRefusal, type Refusal, refuse } from '../../base/refusal.ts'
import type { Device } from '../../devices/device.ts'
import type { Describe, Handler, Signed } from '../frame.ts'
import type { AdminDeps } from '../wiring.ts'
import { pageOfPerson } from './page-of-person.ts'

const LONGEST_REASON = 200
const NO_REASON = 'by an administrator'

/** What is kept in the audit: one line. A longer one than the form takes is refused: nobody's words are cut off in silence. */
export function reasonOf(typed: string | null): string | Refusal {
  const reason = (typed ?? '').replace(/[\p{C}\s]+/gu, ' ').trim() || NO_REASON
  return reason.length > LONGEST_REASON ? refuse('admin.form', 'the reason is too long') : reason
}

/** The person that the path names. */
export const personIn = ({ request }: Signed) => ({
  tenantId: String(request.params.tenantId),
  objectId: String(request.params.objectId),
})

export function createRemovePhones({ devices }: Pick<AdminDeps, 'devices'>) {
  const nothing = (): Refusal => refuse('admin.unknown', 'no such phone of theirs')

  async function named(signed: Signed): Promise<Device | undefined> {
    const device = await devices.find(signed.fields.get('id') ?? '')
    return device && samePerson(device, personIn(signed)) ? device : undefined
  }

  const describeOne: Describe = async (signed) => {
    const [device, reason] = [await named(signed), reasonOf(signed.fields.get('reason'))]
    if (isRefusal(reason)) return reason
    return device ? `Remove the phone “${device.name}” of ${device.person}` : nothing()
  }
  const removeOne: Handler = async (signed) => {
    const device = await named(signed)
    if (!device) return signed.refused(nothing())
    const reason = reasonOf(signed.fields.get('reason'))
    if (isRefusal(reason)) return signed.refused(reason)
    // Whoever presses twice, or is second, finds what they wanted done.
    await devices.revoke(device, signed.by, reason)
    signed.done(pageOfPerson(personKeyOf(device)), 'phone-removed')
  }

  const describeAll: Describe = async (signed) => {
    const active = await devices.activeOf(personIn(signed))
    const [first] = active
    if (!first) return nothing()
    const reason = reasonOf(signed.fields.get('reason'))
    if (isRefusal(reason)) return reason
    const names = active.map(({ name }) => `“${name}”`).join(', ')
    return `Remove all phones of ${first.person}: ${names}`
  }
  const removeAll: Handler = async (signed) => {
    const person = personIn(signed)
    const active = await devices.activeOf(person)
    if (active.length === 0) return signed.refused(nothing())
    const reason = reasonOf(signed.fields.get('reason'))
    if (isRefusal(reason)) return signed.refused(reason)
    for (const device of active) await devices.revoke(device, signed.by, reason)
    signed.done(pageOfPerson(person), 'phones-removed')
  }

  return { describeOne, removeOne, describeAll, removeAll }
}
