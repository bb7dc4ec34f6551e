// Removing a person's phones. Their keys prove nothing from then on, and sign-ins that they approved are not answered.
import { personKeyOf, samePerson } from '../../base/person.ts'
import { type Refusal, refuse } from '../../base/refusal.ts'
import type { Device } from '../../devices/device.ts'
import type { Describe, Handler, Signed } from '../frame.ts'
import type { AdminDeps } from '../wiring.ts'
import { pageOfPerson } from './page-of-person.ts'

const LONGEST_REASON = 200
const NO_REASON = 'by an administrator'

/** What is kept in the audit: one line, and not a long one. */
export const reasonOf = (typed: string | null): string =>
  (typed ?? '')
    .replace(/[\p{C}\s]+/gu, ' ')
    .trim()
    .slice(0, LONGEST_REASON) || NO_REASON

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
    const device = await named(signed)
    return device ? `Remove the phone “${device.name}” of ${device.person}` : nothing()
  }
  const removeOne: Handler = async (signed) => {
    const device = await named(signed)
    if (!device) return signed.refused(nothing())
    // Whoever presses twice, or is second, finds what they wanted done.
    await devices.revoke(device, signed.by, reasonOf(signed.fields.get('reason')))
    signed.done(pageOfPerson(personKeyOf(device)), 'phone-removed')
  }

  const describeAll: Describe = async (signed) => {
    const active = await devices.activeOf(personIn(signed))
    const [first] = active
    if (!first) return nothing()
    const names = active.map(({ name }) => `“${name}”`).join(', ')
    return `Remove all phones of ${first.person}: ${names}`
  }
  const removeAll: Handler = async (signed) => {
    const person = personIn(signed)
    const active = await devices.activeOf(person)
    if (active.length === 0) return signed.refused(nothing())
    const reason = reasonOf(signed.fields.get('reason'))
    for (const device of active) await devices.revoke(device, signed.by, reason)
    signed.done(pageOfPerson(person), 'phones-removed')
  }

  return { describeOne, removeOne, describeAll, removeAll }
}
