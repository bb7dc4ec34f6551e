// What is shot: real requests of every door that a stranger can reach, bent.
import { randomUUID } from 'node:crypto'
import type { BeginOptions, EntraAttempt } from '../entra-simulator/make-attempt.ts'
import { createPhone, type Phone } from '../phone-simulator/phone.ts'
import { type Begun, begin, contracts, enrol, type Place } from '../support/stories.ts'
import type { Chance } from './chance.ts'
import { mutateJson, mutateJsonText, mutateJws, mutatePairs, mutateText, type Pairs } from './mutate.ts'
import type { Hit, Shot } from './send.ts'

export type Arm = { name: string; share: number; load(): Promise<Shot | { raw: string }> | Shot | { raw: string } }

/** So many people, attempts and open sign-ins are at hand; each is replaced after so many shots. */
const STOCK = 40
const WORN = 60
const PHONES = 4

const FORM = { 'content-type': 'application/x-www-form-urlencoded' }
const JSON_TYPE = { 'content-type': 'application/json' }

/** A stock of something, whose pieces are replaced, one after another, as they wear. */
async function createStock<T>(chance: Chance, size: number, make: () => Promise<T>) {
  const pieces: T[] = []
  for (let i = 0; i < size; i++) pieces.push(await make())
  let used = 0
  let making = false
  return (): T => {
    if (++used % WORN === 0 && !making) {
      making = true
      void make()
        .then((piece) => {
          pieces[chance.below(size)] = piece
        })
        .catch(() => undefined)
        .finally(() => {
          making = false
        })
    }
    return chance.pick(pieces)
  }
}

const somebody = () => {
  const objectId = randomUUID()
  return { objectId, name: `Somebody ${objectId.slice(0, 4)}`, username: `${objectId.slice(0, 8)}@contoso.example` }
}

/** All arms, with what they need. The phones belong to people who have them; nothing here ever approves with a right number. */
export async function createArms(place: Place, chance: Chance): Promise<Arm[]> {
  const owners = Array.from({ length: PHONES }, somebody)
  const phones: Phone[] = []
  for (const person of owners) phones.push(await enrol(place, { person }))
  const strangers = await Promise.all([0, 1].map(() => createPhone({ url: place.url })))

  const attempt = (options: Partial<BeginOptions> = {}): Promise<EntraAttempt> =>
    place.entra.begin({ person: somebody(), contract: chance.pick(contracts), ...options })
  const attempts = await createStock(chance, STOCK, attempt)
  const signIns = await createStock<Begun>(chance, STOCK, () =>
    begin(place, { person: chance.is(0.5) ? chance.pick(owners) : somebody(), contract: chance.pick(contracts) }),
  )

  const from = (): Record<string, string> => ({
    // From everywhere, and often enough from one network for its limit.
    'x-forwarded-for': chance.is(0.2)
      ? '203.0.113.9'
      : `${11 + chance.below(200)}.${chance.below(256)}.${chance.below(256)}.${chance.below(256)}`,
    ...(chance.is(0.02) && { 'x-forwarded-for': mutateText(chance, '203.0.113.7').replace(/[^\x20-\x7e]/g, '?') }),
  })
  const authorize = (pairs: Pairs): Shot => ({
    method: 'POST',
    path: '/entra/authorize',
    headers: {
      ...FORM,
      ...from(),
      ...(chance.is(0.02) && {
        'content-type': mutateText(chance, FORM['content-type']).replace(/[^\x20-\x7e]/g, '?'),
      }),
    },
    body: String(new URLSearchParams(pairs)),
  })
  const withParameter = (name: string, value: string): Shot =>
    authorize(Object.entries({ ...attempts().parameters, [name]: value }))

  const cookieOf = ({ browser }: Begun): string =>
    [...browser.cookies].map(([name, value]) => `${name}=${value}`).join('; ')
  const ACTS = ['', '/version', '/events', '/ask-again', '/send-again', '/invitation', '/answer', '/give-up']
  function atSignIn(cookie: (begun: Begun) => string, path: (page: string) => string): Shot {
    const begun = signIns()
    const act = chance.pick(ACTS)
    const method = chance.is(0.05)
      ? chance.pick(['PUT', 'DELETE', 'OPTIONS', 'HEAD'])
      : ['', '/version', '/events'].includes(act)
        ? 'GET'
        : 'POST'
    const code = `code=${encodeURIComponent(toWellFormed(mutateText(chance, 'ABCD-EFGH-JKMN')))}`
    return {
      method,
      path: path(new URL(begun.page.url).pathname) + act,
      headers: { ...from(), cookie: printable(cookie(begun)), ...(act === '/invitation' && FORM) },
      ...(method === 'POST' && { body: act === '/invitation' ? code : '' }),
    }
  }

  /** A request of a phone, its proof or body bent, or neither where what it says is enough. */
  async function ofPhone(
    method: 'GET' | 'POST',
    path: string,
    content: unknown,
    phone = chance.is(0.7) ? chance.pick(phones) : chance.pick(strangers),
  ): Promise<Shot> {
    if (chance.is(0.02) || phone.nonce() === '') await phone.fetchNonce()
    const body =
      method === 'GET' ? undefined : chance.is(0.5) ? mutateJsonText(chance, content) : JSON.stringify(content)
    const bends = [
      {},
      {},
      {},
      { nonce: mutateText(chance, phone.nonce()) },
      { htu: 'https://elsewhere.example/' },
      { bod: 'x' },
    ]
    const proof = await phone.prove(method, path, body, chance.pick(bends))
    return {
      method,
      path,
      headers: {
        ...from(),
        ...(body !== undefined && JSON_TYPE),
        dpop: printable(chance.is(0.3) ? mutateJws(chance, proof) : proof),
      },
      ...(body !== undefined && { body }),
    }
  }

  async function decision(): Promise<Shot> {
    const phone = chance.pick(phones)
    const pending = chance.is(0.3) ? ((await phone.pending()).body?.pending ?? []) : []
    const shown = pending.length > 0 ? chance.pick(pending as { shown: object }[]).shown : { signInId: randomUUID() }
    const bent = chance.is(0.5) ? (mutateJson(chance, shown) as object) : shown
    const approval = await phone.sign(bent, chance.pick(['approve', 'approve', 'cancel', 'not-me', 'maybe']), 'none')
    const sent = { approval: chance.is(0.5) ? mutateJws(chance, approval) : approval }
    return ofPhone('POST', '/device/v1/decide', sent, chance.is(0.9) ? phone : chance.pick(phones))
  }

  const subscription = {
    kind: 'web',
    endpoint: 'https://push.example/send/x',
    keys: { p256dh: Buffer.alloc(65, 4).toString('base64url'), auth: Buffer.alloc(16, 1).toString('base64url') },
  }
  const PATHS = [
    ...[
      '/',
      '/healthz',
      '/readyz',
      '/metrics',
      '/openapi.json',
      '/entra/keys',
      '/entra/authorize',
      '/authenticator/',
      '/admin/',
    ],
    ...[
      '/admin/sign-in',
      '/admin/people?text=x',
      '/admin/api/v1/people',
      '/admin/api/v1/audit?limit=2',
      '/device/v1/nonce',
    ],
    ...['/entra/x/.well-known/openid-configuration', '/assets/style.css', '/entra/sign-in/x', '/admin/enter/options'],
  ]

  return [
    { name: 'a form', share: 30, load: () => authorize(mutatePairs(chance, Object.entries(attempts().parameters))) },
    {
      name: 'a hint',
      share: 15,
      load: () => withParameter('id_token_hint', mutateJws(chance, attempts().parameters.id_token_hint ?? '')),
    },
    {
      name: 'claims',
      share: 10,
      load: () => withParameter('claims', mutateJsonText(chance, JSON.parse(attempts().parameters.claims ?? '{}'))),
    },
    {
      name: 'a hint that Entra signed',
      share: 1,
      load: async () => {
        const { hintPayload } = attempts()
        const payload = mutateJson(chance, hintPayload)
        const bent = typeof payload === 'object' && payload !== null ? (payload as Record<string, unknown>) : {}
        return authorize(Object.entries((await attempt({ hint: { payload: bent } })).parameters))
      },
    },
    {
      name: 'a cookie',
      share: 8,
      load: () =>
        atSignIn(
          (begun) => mutateText(chance, cookieOf(begun)),
          (path) => path,
        ),
    },
    {
      name: 'a sign-in’s own browser',
      share: 6,
      load: () =>
        atSignIn(cookieOf, (path) => (chance.is(0.2) ? encodeURI(toWellFormed(mutateText(chance, path))) : path)),
    },
    {
      name: 'a phone that binds',
      share: 6,
      load: () =>
        ofPhone('POST', '/device/v1/bind', {
          [chance.pick(['code', 'ticket'])]: randomUUID(),
          device: { name: 'Phone', platform: 'Fuzz' },
        }),
    },
    { name: 'a phone that looks', share: 4, load: () => ofPhone('GET', '/device/v1/pending', undefined) },
    { name: 'a decision', share: 8, load: decision },
    {
      name: 'a push subscription',
      share: 6,
      load: () =>
        ofPhone('POST', '/device/v1/push', chance.is(0.1) ? { kind: 'none' } : mutateJson(chance, subscription)),
    },
    {
      name: 'any path',
      share: 5,
      load: () => ({
        method: chance.pick(['GET', 'GET', 'POST', 'PUT', 'DELETE', 'PATCH', 'OPTIONS', 'HEAD']),
        path: chance.is(0.5)
          ? chance.pick(PATHS)
          : encodeURI(toWellFormed(mutateText(chance, chance.pick(PATHS)))) || '/',
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
          `POST /entra/authorize HTTP/1.1\r\nHost: ${new URL(place.url).host}\r\nContent-Type: ${FORM['content-type']}\r\nContent-Length: 3\r\n\r\na=b`,
        ),
      }),
    },
  ]
}

/** Whether what came back is what a service may give a stranger. Undefined: it is. */
export function faultOf({ status, text, milliseconds }: Hit, slowest: number): string | undefined {
  if (status === 0) return 'no answer'
  if (status >= 500) return `status ${status}`
  if (/name="id_token"/.test(text)) return 'a claim'
  if (milliseconds > slowest) return `took ${Math.round(milliseconds)} ms`
  return undefined
}

const toWellFormed = (text: string): string => text.toWellFormed()
/** What a header may carry at all. */
const printable = (text: string): string => text.replace(/[^\x20-\x7e]/g, '?')
