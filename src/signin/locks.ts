// Who is locked after too many failures, and how an administrator ends it.
import type { Actor, AuditEvent } from '../audit/events.ts'
import { type PersonKey, personKeyOf } from '../base/person.ts'
import { type FailureKind, type FailureStore, isLocked } from './failures.ts'

export type LockStore = FailureStore & {
  /** Forgets all failures of a person. False, and no event: there were none. */
  forgetFailures(person: PersonKey, event: AuditEvent): Promise<boolean>
}

const kinds: readonly FailureKind[] = ['number', 'code']

export type Locks = ReturnType<typeof createLocks>

export function createLocks({ store }: { store: LockStore }) {
  return {
    /** What this person is locked for: `number`, they cannot approve; `code`, they cannot use an invitation. */
    async of(person: PersonKey): Promise<FailureKind[]> {
      const counts = await Promise.all(kinds.map(async (kind) => (await store.failures(person, kind)).count))
      return kinds.filter((kind, i) => isLocked(kind, counts[i] ?? 0))
    },

    /** Lets the person try again, as if they had never failed. False when they had not. */
    unlock: (person: PersonKey & { integrationId: string }, by: Actor): Promise<boolean> =>
      store.forgetFailures(personKeyOf(person), {
        ...personKeyOf(person),
        type: 'person.unlocked',
        integrationId: person.integrationId,
        by,
      }),
  }
}
