// Whole sign-ins at Countersign, as browsers and phones make them: authorize, the page, its stream of events, what waits for the
// phone, the decision, and the form for Entra. Everybody has a phone already, as on every day but the first.
import { performance } from 'node:perf_hooks'
import type { EntraAttempt } from '../test/entra-simulator/make-attempt.ts'
import type { EntraSimulator } from '../test/entra-simulator/start-entra-simulator.ts'
import { createPhone, type Phone } from '../test/phone-simulator/phone.ts'
import { digitsOn, formOf, type Page, ticketOn } from '../test/support/browser.ts'
import { type Answer, type Client, createCookies } from './client.ts'
import type { Flow } from './load.ts'

export type Somebody = { objectId: string; name: string; username: string; phone: Phone }

const POSTED = { 'content-type': 'application/x-www-form-urlencoded', accept: 'text/html' }
const CHROME = {
  'user-agent':
    'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/156.0.0.0 Safari/537.36',
}

/** `fetch`, as far as a phone needs it, by the light client. */
const fetchBy =
  (client: Client): typeof fetch =>
  async (url, { method, headers, body } = {}) => {
    const { pathname } = new URL(String(url))
    const asked = { method: method as 'GET' | 'POST', headers: headers as Record<string, string> }
    const answer = await client.ask(pathname, { ...asked, ...(body != null && { body: String(body) }) })
    const given = new Headers()
    for (const [name, value] of Object.entries(answer.headers)) if (typeof value === 'string') given.set(name, value)
    return { status: answer.status, headers: given, text: async () => answer.text } as Response
  }

const pageOf = ({ status, text }: Answer): Page => ({ status, text, url: '', headers: new Headers() })

export type OwnFlows = ReturnType<typeof createOwnFlows>

export function createOwnFlows({ client, url, entra }: { client: Client; url: string; entra: EntraSimulator }) {
  const ready: { attempt: EntraAttempt; somebody: Somebody }[] = []
  const people: Somebody[] = []

  /** A browser with a sign-in of its own, on its page. */
  async function open(attempt: EntraAttempt) {
    const cookies = createCookies()
    const ask = async (path: string, body?: string): Promise<Answer> => {
      const headers = { ...CHROME, accept: 'text/html', ...cookies.header(), ...(body !== undefined && POSTED) }
      const answer = await client.ask(path, body === undefined ? { headers } : { method: 'POST', headers, body })
      cookies.take(answer)
      return answer
    }
    const { pathname } = new URL(attempt.authorizationEndpoint)
    const led = await ask(pathname, new URLSearchParams(attempt.parameters).toString())
    if (!led.headers.location) throw new Error(`nothing was opened: ${led.status} ${led.text}`)
    const path = new URL(led.headers.location, url).pathname
    return { path, ask, page: pageOf(await ask(path)), headers: () => ({ ...CHROME, ...cookies.header() }) }
  }

  const pendingOf = async (phone: Phone, path: string) => {
    const { body } = await phone.pending()
    const found = body.pending.find(({ shown }: { shown: { signInId: string } }) => path.endsWith(shown.signInId))
    if (!found) throw new Error(`the phone shows nothing of ${path}: ${JSON.stringify(body)}`)
    return found
  }

  const begin = ({ objectId, name, username }: Omit<Somebody, 'phone'>): Promise<EntraAttempt> =>
    entra.begin({ person: { objectId, name, username }, contract: 'external-mfa' })

  let turn = 0
  /** A sign-in that Entra asks for, of each person in their turn. */
  async function next(): Promise<(typeof ready)[number]> {
    const somebody = people[turn++ % people.length] as Somebody
    return { attempt: await begin(somebody), somebody }
  }

  return {
    /** Opens the sign-in of somebody who never was here, and waits for what comes of it, as their browser does. */
    async wait(number: number) {
      const objectId = `d0000000-0000-4000-8000-${String(number).padStart(12, '0')}`
      const { path, ask, headers } = await open(
        await begin({ objectId, name: '', username: `w${number}@contoso.example` }),
      )
      const stream = await client.listen(`${path}/events`, headers())
      await stream.until(1)
      return { ...stream, giveUp: () => ask(`${path}/give-up`, '') }
    },

    /** Binds a phone of each of so many people. */
    async enrol(count: number): Promise<void> {
      while (people.length < count) {
        const number = String(people.length).padStart(12, '0')
        const who = {
          objectId: `b0000000-0000-4000-8000-${number}`,
          name: `Person ${number}`,
          username: `p${number}@contoso.example`,
        }
        const phone = await createPhone({ url, fetch: fetchBy(client) })
        const { path, ask, page } = await open(await begin(who))
        await phone.bind({ ticket: ticketOn(page) ?? '' })
        const { status, body } = await phone.approve(
          await pendingOf(phone, path),
          digitsOn(pageOf(await ask(path))) ?? '',
        )
        if (status !== 200) throw new Error(`no phone was bound: ${JSON.stringify(body)}`)
        formOf(pageOf(await ask(`${path}/answer`, '')))
        people.push({ ...who, phone })
      }
    },

    /** Makes the hints of so many sign-ins beforehand: to sign them is Entra's work. */
    async prepare(count: number): Promise<void> {
      // What is left of earlier ones grows old: a hint is taken for some minutes.
      ready.length = 0
      while (ready.length < count) ready.push(await next())
    },

    /** One whole sign-in. The person waits from the decision to the form for Entra. */
    flow: (async () => {
      // Where a machine was slow when it was asked how many there will be, some are made on the way.
      const { attempt, somebody } = ready.shift() ?? (await next())
      const { path, ask, page, headers } = await open(attempt)
      const stream = await client.listen(`${path}/events`, headers())
      const pending = await pendingOf(somebody.phone, path)
      const digits = digitsOn(page) ?? ''
      await stream.until(1)
      const moved = stream.until(2)
      const decided = performance.now()
      const { status, body } = await somebody.phone.approve(pending, digits)
      if (status !== 200) throw new Error(`not approved: ${JSON.stringify(body)}`)
      await moved
      const { fields } = formOf(pageOf(await ask(`${path}/answer`, '')))
      if (!fields.id_token) throw new Error(`no claim: ${JSON.stringify(fields)}`)
      const waited = performance.now() - decided
      await stream.over
      return waited
    }) satisfies Flow,
  }
}
