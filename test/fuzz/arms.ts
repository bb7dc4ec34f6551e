// What is shot: real requests of every door that a stranger can reach, bent.
import type { Chance } from './chance.ts'
import { createDeviceArms } from './device-arms.ts'
import {
  mutateJson,
  mutateJsonText,
  mutateJws,
  mutatePairs,
  mutateText,
  type Pairs,
  printable,
  wellFormed,
} from './mutate.ts'
import type { People } from './people.ts'
import { type Arm, FORM, type Headers, type Shot } from './send.ts'
import { createSignInArms } from './sign-in-arms.ts'

const PATHS = [
  ...['/', '/healthz', '/readyz', '/metrics', '/openapi.json', '/entra/keys', '/entra/authorize', '/authenticator/'],
  ...['/admin/', '/admin/sign-in', '/admin/people?text=x', '/admin/api/v1/people', '/admin/api/v1/audit?limit=2'],
  ...['/device/v1/nonce', '/entra/x/.well-known/openid-configuration', '/assets/style.css', '/entra/sign-in/x'],
  ...['/admin/enter/options'],
]

/** All arms. Nothing here ever approves with a right number, or fetches an answer that is its own. */
export function createArms(people: People, host: string, chance: Chance): Arm[] {
  const { attempt, attempts } = people

  const from = (): Headers => ({
    // From everywhere, and often enough from one network for its limit.
    'x-forwarded-for': chance.is(0.2)
      ? '203.0.113.9'
      : `${11 + chance.below(200)}.${chance.below(256)}.${chance.below(256)}.${chance.below(256)}`,
    ...(chance.is(0.02) && { 'x-forwarded-for': printable(mutateText(chance, '203.0.113.7')) }),
  })
  const authorize = (pairs: Pairs): Shot => ({
    method: 'POST',
    path: '/entra/authorize',
    headers: {
      ...FORM,
      ...from(),
      ...(chance.is(0.02) && { 'content-type': printable(mutateText(chance, FORM['content-type'])) }),
    },
    body: String(new URLSearchParams(pairs)),
  })
  const withParameter = (name: string, value: string): Shot =>
    authorize(Object.entries({ ...attempts.take().parameters, [name]: value }))

  return [
    {
      name: 'a form',
      share: 30,
      load: () => authorize(mutatePairs(chance, Object.entries(attempts.take().parameters))),
    },
    {
      name: 'a hint',
      share: 15,
      load: () => withParameter('id_token_hint', mutateJws(chance, attempts.take().parameters.id_token_hint ?? '')),
    },
    {
      name: 'claims',
      share: 10,
      load: () =>
        withParameter('claims', mutateJsonText(chance, JSON.parse(attempts.take().parameters.claims ?? '{}'))),
    },
    {
      name: 'a hint that Entra signed',
      share: 1,
      load: async () => {
        const { hintPayload } = attempts.take()
        const payload = mutateJson(chance, hintPayload)
        const bent = typeof payload === 'object' && payload !== null ? (payload as Record<string, unknown>) : {}
        return authorize(Object.entries((await attempt({ hint: { payload: bent } })).parameters))
      },
    },
    ...createSignInArms(chance, people, from),
    ...createDeviceArms(chance, people, from),
    {
      name: 'any path',
      share: 5,
      load: () => ({
        method: chance.pick(['GET', 'GET', 'POST', 'PUT', 'DELETE', 'PATCH', 'OPTIONS', 'HEAD']),
        path: chance.is(0.5)
          ? chance.pick(PATHS)
          : encodeURI(wellFormed(mutateText(chance, chance.pick(PATHS)))) || '/',
        headers: {
          ...from(),
          authorization: printable(mutateText(chance, 'Bearer cst_x')),
          cookie: printable(mutateText(chance, '__Host-cs-admin=x; a=b')),
          accept: chance.pick(['text/html', 'application/json', '*/*', 'x']),
        },
      }),
    },
    {
      name: 'bytes',
      share: 1,
      load: () => ({
        raw: mutateText(
          chance,
          `POST /entra/authorize HTTP/1.1\r\nHost: ${host}\r\nContent-Type: ${FORM['content-type']}\r\nContent-Length: 3\r\n\r\na=b`,
        ),
      }),
    },
  ]
}
