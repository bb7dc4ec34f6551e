// Letting somebody try again who was locked after too many wrong numbers or codes.
import { refuse } from '../../base/refusal.ts'
import type { Person } from '../../devices/people.ts'
import type { Describe, Handler, Signed } from '../frame.ts'
import type { AdminDeps } from '../wiring.ts'
import { pageOfPerson } from './page-of-person.ts'
import { personIn } from './remove-phones.ts'

export function createUnlock({ people, locks }: Pick<AdminDeps, 'people' | 'locks'>): {
  describe: Describe
  unlock: Handler
} {
  const nobody = () => refuse('admin.unknown', 'no such person')
  const named = (signed: Signed): Promise<Person | undefined> => people.find(personIn(signed))
  return {
    async describe(signed) {
      const person = await named(signed)
      return person ? `Unlock ${person.label}` : nobody()
    },
    async unlock(signed) {
      const person = await named(signed)
      if (!person) return signed.refused(nobody())
      // Whoever presses twice, or is second, finds what they wanted done.
      await locks.unlock(person, signed.by)
      signed.done(pageOfPerson(person), 'unlocked')
    },
  }
}
