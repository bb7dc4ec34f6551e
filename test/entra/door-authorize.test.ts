// What comes to the Entra door from outside: each answer as a browser gets it, and what the request log says of it.
import { describe, expect, test } from '@jest/globals'
import { refuse, sentences } from '../../src/base/refusal.ts'
import { formOf, type Page } from '../support/browser.ts'
import { aDoor, FORM, ID, PAGE, SECRET, saidOn } from './a-door.ts'

const AUTHORIZE = '/entra/authorize'
/** What the form for Entra carries, and whether it goes by itself. */
const ledBack = (text: string) => ({ ...formOf({ text } as Page).fields, byItself: text.includes('/form-post.js') })
const inLog = { integrationId: 'integration-1', clientRequestId: 'the-request' }

describe('a request of Entra', () => {
  test('leads to the page of its sign-in, with a cookie for as long as that can be of use', async () => {
    const door = aDoor()
    door.now += 500
    const { status, headers } = await door.ask()
    expect([status, headers.location, headers['cache-control']]).toEqual([303, PAGE, 'no-store'])
    // The 240 seconds of the sign-in, less what is gone of them, and ten minutes to read that it is over.
    expect(headers['set-cookie']).toEqual([`cs-${ID}=${SECRET}; Max-Age=840; Path=/; HttpOnly; SameSite=Lax`])
    expect(door.lines).toMatchObject([{ ...inLog, signInId: ID, status: 303, route: AUTHORIZE }])
  })

  test('that is repeated leads to the same page, and brings no cookie to whoever repeats it', async () => {
    const door = aDoor()
    door.gives.open = { kind: 'repeat', id: ID }
    const { status, headers } = await door.ask()
    expect([status, headers.location, headers['set-cookie']]).toEqual([303, PAGE, undefined])
    expect(door.lines).toMatchObject([{ signInId: ID }])
  })

  test('that is refused goes back to Entra with an error, the sentence, and the reason in the log', async () => {
    const door = aDoor()
    const { status, text, headers } = await door.ask({ nonce: '' })
    expect([status, headers['cache-control']]).toEqual([200, 'no-store'])
    expect(ledBack(text)).toEqual({ error: 'invalid_request', state: 'the-state', byItself: true })
    expect(saidOn(text)).toEqual({ title: 'No approval', sentence: sentences['request.incomplete'] })
    expect(headers['content-security-policy']).not.toContain('form-action')
    expect(door.lines).toMatchObject([{ ...inLog, code: 'request.incomplete', reason: 'nonce is missing' }])
    expect(door.calls.map(([name]) => name)).not.toContain('open')
  })

  test.each([
    ['person.locked', 'access_denied', false],
    ['sign-in.too-many', 'temporarily_unavailable', false],
    ['asked.unmeetable', 'access_denied', true],
  ] as const)('that is refused as %s is told why, where Microsoft would not say it', async (code, error, byItself) => {
    const door = aDoor()
    door.gives.open = refuse(code, 'why')
    const { text } = await door.ask()
    expect(ledBack(text)).toEqual({ error, state: 'the-state', byItself })
    expect(saidOn(text).sentence).toBe(sentences[code])
  })

  test('that could lead anywhere else is told on a page, and leads nowhere', async () => {
    const door = aDoor()
    const { status, text } = await door.ask({ redirect_uri: 'https://evil.example' })
    expect(status).toBe(400)
    expect(text).toContain(sentences['request.destination'])
    expect(text).not.toMatch(/<form|evil/)
    expect(door.lines).toMatchObject([
      { code: 'request.destination', reason: 'redirect_uri is not a published one', clientRequestId: 'the-request' },
    ])
  })

  test('whose hint was used is told on a page', async () => {
    const door = aDoor()
    door.gives.open = refuse('hint.replayed', 'hint was used before, in another request')
    const { status, text } = await door.ask()
    expect([status, saidOn(text).sentence]).toEqual([409, sentences['hint.replayed']])
    expect(text).not.toContain('<form')
  })
})

describe('when a request of Entra meets a fault of ours', () => {
  test('the person is led back, reads the sentence first, and the log has the bug under the same reference', async () => {
    const door = aDoor()
    door.fails.open = new Error('the disk is full')
    const { status, text } = await door.ask()
    expect([status, ledBack(text)]).toEqual([
      200,
      { error: 'temporarily_unavailable', state: 'the-state', byItself: false },
    ])
    const { reference, code } = door.lines[0] ?? {}
    expect(saidOn(text).sentence).toBe(
      `Something went wrong on our side. Give your administrator this reference: ${reference}.`,
    )
    expect(door.bugs).toMatchObject([{ reference, message: 'the disk is full' }])
    expect([code, text.includes('disk')]).toEqual([undefined, false])
  })

  test('that is known, such as a store that is away, it is said, and is no bug', async () => {
    const door = aDoor()
    door.fails.findByClientId = refuse('store.unavailable', 'connection lost')
    door.gives.lastKnown = door.integration
    const { text } = await door.ask()
    expect(ledBack(text)).toEqual({ error: 'temporarily_unavailable', state: 'the-state', byItself: false })
    expect(saidOn(text).sentence).toBe(sentences['store.unavailable'])
    expect(door.lines).toMatchObject([{ code: 'store.unavailable', reason: 'connection lost' }])
    expect(door.bugs).toEqual([])
  })

  test('that leaves nowhere to lead to, there is a page with the reference', async () => {
    const door = aDoor()
    door.fails.findByClientId = new Error('the store is gone')
    const { status, text } = await door.ask()
    expect(status).toBe(500)
    expect(text).toContain(String(door.lines[0]?.reference))
    expect(door.bugs).toMatchObject([{ message: 'the store is gone' }])
    expect(door.counted).toEqual([])
  })
})

describe('what is no request of Entra', () => {
  const from = { type: 'request.refused', address: '127.0.0.1' }

  test('is explained to who opens the address', async () => {
    const { status, text } = await aDoor().foreign('get', AUTHORIZE)
    expect([status, saidOn(text).title]).toEqual([200, 'Microsoft sends sign-ins here'])
  })

  test.each(['put', 'delete'] as const)(
    'by its method (%s) is turned away, told what may be done, and counted',
    async (method) => {
      const door = aDoor()
      const { status, headers, text } = await door.foreign(method, AUTHORIZE)
      expect([status, headers.allow, saidOn(text).sentence]).toEqual([405, 'GET, POST', sentences['http.method']])
      const reason = `${method.toUpperCase()} is not allowed`
      expect(door.counted).toEqual([{ ...from, code: 'http.method', reason }])
      expect(door.lines).toMatchObject([{ code: 'http.method', reason }])
    },
  )

  test.each([
    ['no form', 'application/json', '{}', 415, 'http.content-type', 'not a form'],
    ['more than a form ever is', FORM, `state=${'x'.repeat(65_536)}`, 413, 'request.too-large', 'entity.too.large'],
    ['in no character set', `${FORM}; charset=none`, 'state=x', 415, 'http.content-type', 'charset.unsupported'],
  ])('by its content, which is %s, is turned away and counted', async (_what, type, body, status, code, reason) => {
    const door = aDoor()
    const answer = await door.foreign('post', AUTHORIZE).set('Content-Type', type).send(body)
    expect([answer.status, answer.text.includes('<form')]).toEqual([status, false])
    expect(door.counted).toEqual([{ ...from, code, reason }])
  })

  test('is read as an empty one where nothing was sent', async () => {
    const door = aDoor()
    const { status } = await door.foreign('post', AUTHORIZE).set('Content-Type', FORM).send('')
    expect([status, door.counted]).toEqual([
      400,
      [{ ...from, code: 'request.incomplete', reason: 'client_id is missing' }],
    ])
  })

  test('is told to wait past the strangers’ limit', async () => {
    const door = aDoor()
    door.tooMany = refuse('request.too-many', 'not a form', { retryAfterSeconds: 7 })
    const { status, headers } = await door.foreign('post', AUTHORIZE).set('Content-Type', 'text/plain').send('x')
    expect([status, headers['retry-after']]).toEqual([429, '7'])
    expect(door.lines).toMatchObject([{ code: 'request.too-many' }])
  })

  test('is not found by an address in another case, or with a slash behind it', async () => {
    const door = aDoor()
    for (const path of ['/Entra/authorize', '/entra/authorize/', '/entra'])
      expect((await door.foreign('get', path)).status).toBe(404)
  })
})

describe('what Entra reads', () => {
  test('is there for everybody', async () => {
    const door = aDoor()
    const discovery = await door.foreign('get', '/entra/integration-1/.well-known/openid-configuration')
    expect(discovery.body).toMatchObject({ issuer: 'https://mfa.example/entra/integration-1' })
    expect((await door.foreign('get', '/entra/keys')).body).toEqual({ keys: [{ kid: 'key-1' }] })
  })

  test('can only be read', async () => {
    const { status, headers } = await aDoor().foreign('post', '/entra/keys')
    expect([status, headers.allow]).toEqual([405, 'GET'])
  })
})
