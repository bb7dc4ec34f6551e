// What honest people do while everything is shot at: they have phones, begin sign-ins, approve some of them. They are served.
import { randomUUID } from 'node:crypto'
import type { BeginOptions, EntraAttempt } from '../entra-simulator/make-attempt.ts'
import { createPhone, type Phone } from '../phone-simulator/phone.ts'
import { approve, type Begun, begin, contracts, enrol, finish, type Place } from '../support/stories.ts'
import type { Chance } from './chance.ts'
import { createStock } from './stock.ts'

const ATTEMPTS = 40
const SIGN_INS = 40
const APPROVED = 8
const PHONES = 4
/** Their phones are shot with by nobody, so that they can approve whenever they like. */
const KEEPERS = 2

export type People = Awaited<ReturnType<typeof createPeople>>

const somebody = () => {
  const objectId = randomUUID()
  return { objectId, name: `Somebody ${objectId.slice(0, 4)}`, username: `${objectId.slice(0, 8)}@contoso.example` }
}

export async function createPeople(place: Place, chance: Chance) {
  const troubles: string[] = []
  const told = (error: unknown): void => void troubles.push(String(error).slice(0, 400))
  const stockOf = <T>(size: number, make: () => Promise<T>) => createStock(chance, size, make, told)

  const withPhones = async (count: number) => {
    const people: { person: ReturnType<typeof somebody>; phone: Phone }[] = []
    for (let i = 0; i < count; i++) {
      const person = somebody()
      people.push({ person, phone: await enrol(place, { person }) })
    }
    return people
  }
  const owners = await withPhones(PHONES)
  const keepers = await withPhones(KEEPERS)

  const attempt = (options: Partial<BeginOptions> = {}): Promise<EntraAttempt> =>
    place.entra.begin({ person: somebody(), contract: chance.pick(contracts), ...options })
  const opened = async (person: ReturnType<typeof somebody>): Promise<Begun | undefined> => {
    const begun = await begin(place, { person, contract: chance.pick(contracts) })
    return begun.page.url.includes('/entra/sign-in/') ? begun : undefined
  }

  async function signIn(): Promise<Begun> {
    // Who has as many open as they may is given no further one.
    const begun = (chance.is(0.5) && (await opened(chance.pick(owners).person))) || (await opened(somebody()))
    if (!begun) throw new Error('no sign-in was opened for somebody new')
    return begun
  }

  /** A claim is there for its own browser, and is not fetched. */
  async function approvedSignIn(): Promise<Begun> {
    const { person, phone } = chance.pick(keepers)
    const begun = await opened(person)
    if (!begun) throw new Error('no sign-in was opened for somebody who approves all of theirs')
    const { status } = await approve(phone, begun)
    if (status !== 200) throw new Error(`an approval was answered ${status}`)
    return begun
  }

  const approved = await stockOf(APPROVED, approvedSignIn)
  const attempts = await stockOf(ATTEMPTS, () => attempt())
  const signIns = await stockOf(SIGN_INS, signIn)

  return {
    phones: owners.map(({ phone }) => phone),
    strangers: await Promise.all([0, 1].map(() => createPhone({ url: place.url }))),
    attempt,
    attempts,
    signIns,
    approved,
    /**
     * Every approved sign-in goes to its own browser now, which proves that there was something to take until the end. Gives
     * how many claims honest people have, and what went wrong for them.
     */
    async end(): Promise<{ claims: number; troubles: readonly string[] }> {
      let fetched = 0
      for (const begun of await approved.rest()) {
        const verdict = await finish(place, begun).catch((error: unknown) => ({ accepted: false, message: error }))
        if (verdict.accepted) fetched++
        else told(`its own browser gets no claim: ${verdict.message}`)
      }
      await Promise.all([attempts.rest(), signIns.rest()])
      return { claims: PHONES + KEEPERS + fetched, troubles }
    },
  }
}
