import { type Contract, contractsOf, type Person, type Registration } from './registration.ts'

/** One way to sign in, with the value that names it in a link or a button. */
export type StartChoice = { value: string; registration: Registration; person: Person; contract: Contract }

export const contractNames: Record<Contract, string> = {
  'external-mfa': 'External MFA',
  'custom-control': 'Custom control',
}

/** `<tenant id>.<object id>.<contract>`: what `/begin?start=` understands. */
export const startValue = (registration: Registration, person: Person, contract: Contract) =>
  [registration.tenantId, person.objectId, contract].join('.')

export function startChoices(registrations: Registration[], people: Person[]): StartChoice[] {
  return registrations.flatMap((registration) =>
    people.flatMap((person) =>
      contractsOf(registration).map((contract) => ({
        value: startValue(registration, person, contract),
        registration,
        person,
        contract,
      })),
    ),
  )
}
