import type { Clock } from '../base/clock.ts'
import type { PersonKey } from '../base/person.ts'
import { type Random, randomDigits } from '../base/random.ts'
import type { SignInStore } from './sign-in-store.ts'

/** With two digits and three sign-ins, one draw in fifty is a repeat. */
const DRAWS = 20

export type DrawDigits = (person: PersonKey, count: number) => Promise<string>

/**
 * Draws the number of a prompt: another than those of the person's other open sign-ins, so that a number typed under the
 * wrong one of them is wrong.
 */
export function createDigits(deps: { store: Pick<SignInStore, 'openOf'>; clock: Clock; random: Random }): DrawDigits {
  const { store, clock, random } = deps
  return async (person, count) => {
    const taken = (await store.openOf(person, clock.now())).map(({ prompt }) => prompt?.digits)
    let digits = randomDigits(random, count)
    for (let draw = 1; draw < DRAWS && taken.includes(digits); draw++) digits = randomDigits(random, count)
    return digits
  }
}
