import type { Clock } from '../base/clock.ts'
import type { PersonKey } from '../base/person.ts'
import { isRefusal } from '../base/refusal.ts'
import type { DrawDigits } from './digits.ts'
import { type Mover, onlyEvents, promptedEvent } from './mover.ts'
import type { SignInStore } from './sign-in-store.ts'
import { openPrompt } from './transaction.ts'

/**
 * For a person who has just bound a first phone: first use is over, so the tickets of their other open sign-ins are worth
 * nothing any more. Those sign-ins go on by asking the new phone.
 */
export function createLeadOn(options: { store: SignInStore; make: Mover; drawDigits: DrawDigits; clock: Clock }) {
  const { store, make, drawDigits, clock } = options
  return async function leadOn(person: PersonKey): Promise<void> {
    for (const { id } of await store.openOf(person, clock.now())) {
      await make(id, async (current) => {
        if (!current.ticket || current.pendingDevice || current.invitationId) return { unmoved: undefined }
        const next = openPrompt(
          { ...current, ticket: null },
          clock.now(),
          await drawDigits(current, current.digitCount),
        )
        if (isRefusal(next)) return next
        return { next, effects: onlyEvents(promptedEvent(next, 1)), result: undefined }
      })
    }
  }
}

export type LeadOn = ReturnType<typeof createLeadOn>
