// Shots at the pages of sign-ins, by their own browser and by every other.
import { parseCookie } from 'cookie'
import { type Begun, signInIdOf } from '../support/stories.ts'
import type { Chance } from './chance.ts'
import { mutateText, printable, wellFormed } from './mutate.ts'
import type { People } from './people.ts'
import { type Arm, FORM, type Headers, type Shot } from './send.ts'

const READS = ['', '/version', '/events']
const ACTS = [...READS, '/ask-again', '/send-again', '/invitation', '/answer', '/give-up']

/** Not found, not allowed, or longer than anything that is read: what a browser gets that is not the sign-in's own. */
const NOTHING = [404, 405, 413, 431]

const cookieOf = ({ browser }: Begun): string =>
  [...browser.cookies].map(([name, value]) => `${name}=${value}`).join('; ')

export function createSignInArms(chance: Chance, { signIns, approved }: People, from: () => Headers): Arm[] {
  function at(begun: Begun, cookie: string | undefined, bend = (path: string) => path): Shot {
    const act = chance.pick(ACTS)
    const method = chance.is(0.05)
      ? chance.pick(['PUT', 'DELETE', 'OPTIONS', 'HEAD'])
      : READS.includes(act)
        ? 'GET'
        : 'POST'
    const code = `code=${encodeURIComponent(wellFormed(mutateText(chance, 'ABCD-EFGH-JKMN')))}`
    return {
      method,
      path: bend(new URL(begun.page.url).pathname) + act,
      headers: { ...from(), ...(cookie !== undefined && { cookie }), ...(act === '/invitation' && FORM) },
      ...(method === 'POST' && { body: act === '/invitation' ? code : '' }),
    }
  }

  /** Bent, of another sign-in, or missing: anything but what a reader of cookies takes for the right one. */
  function foreignCookie(begun: Begun): string | undefined {
    const name = `cs-${signInIdOf(begun.page)}`
    const secret = begun.browser.cookies.get(name) ?? ''
    const other = chance.pick([signIns, approved]).take()
    const borrowed = `${name}=${other.browser.cookies.get(`cs-${signInIdOf(other.page)}`)}`
    const sent = chance.pick([
      () => mutateText(chance, cookieOf(begun)),
      () => `${name}=${mutateText(chance, secret)}`,
      () => borrowed,
      () => cookieOf(other),
      () => `${cookieOf(other)}; ${borrowed}`,
      () => undefined,
    ])()
    const cookie = sent === undefined ? undefined : printable(sent)
    return parseCookie(cookie ?? '')[name] === secret ? `${name}=` : cookie
  }

  const fromElsewhere = (begun: Begun): Shot => at(begun, foreignCookie(begun))
  const bentPath = (path: string): string => (chance.is(0.2) ? encodeURI(wellFormed(mutateText(chance, path))) : path)

  return [
    {
      name: 'a cookie',
      share: 8,
      answers: NOTHING,
      load: () => fromElsewhere(signIns.take()),
    },
    {
      name: 'a cookie where a claim waits',
      share: 8,
      answers: NOTHING,
      load: () => fromElsewhere(approved.take()),
    },
    {
      name: 'a sign-in’s own browser',
      share: 6,
      load: () => {
        const begun = signIns.take()
        return at(begun, cookieOf(begun), bentPath)
      },
    },
  ]
}
