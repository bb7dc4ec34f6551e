// What the browser of a sign-in may do with it, and nobody else: each answer, and what the request log says of it.
import { describe, expect, test } from '@jest/globals'
import { refuse, sentences } from '../../src/base/refusal.ts'
import type { SignIn } from '../../src/signin/sign-in.ts'
import { anAskedSignIn, OPENED } from '../signin/a-sign-in.ts'
import { formOf, type Page } from '../support/browser.ts'
import { aDoor, FORM, ID, PAGE, saidOn } from './a-door.ts'

const signIn = anAskedSignIn('042137', { id: ID, version: 3, clientRequestId: 'the-request' })
const aDoorOf = (change: Partial<typeof signIn> = {}) => Object.assign(aDoor(), { signIn: { ...signIn, ...change } })
const inLog = { signInId: ID, integrationId: 'integration-1', clientRequestId: 'the-request' }
const ledBack = (text: string) => ({ ...formOf({ text } as Page).fields, byItself: text.includes('/form-post.js') })

const READ = ['', '/version', '/events'] as const
const DONE = ['/ask-again', '/send-again', '/invitation', '/answer', '/give-up'] as const

describe('another browser than the one that began it', () => {
  test.each([...READ.map((path) => ['get', path] as const), ...DONE.map((path) => ['post', path] as const)])(
    'may not %s its %s, and is told nothing but that',
    async (method, path) => {
      const door = aDoor()
      const asking = door.foreign(method, `${PAGE}${path}`).set('Cookie', `cs-${ID}=wrong`)
      const { status, text, headers } = await (method === 'post' ? asking.type('form').send('code=x') : asking)
      expect([status, saidOn(text).sentence]).toEqual([404, sentences['sign-in.unknown']])
      expect(headers['cache-control']).toBe('no-store')
      expect(door.calls).toEqual([])
      expect(door.lines).toMatchObject([
        { signInId: ID, code: 'sign-in.unknown', reason: 'no cookie of this sign-in', status: 404 },
      ])
      expect(door.lines[0]).not.toHaveProperty('integrationId')
    },
  )

  test.each(['x', `${ID}0`, `0${ID}`, ID.toUpperCase()])(
    'that asks for %s is logged without what it typed',
    async (id) => {
      const door = aDoor()
      expect((await door.foreign('get', `/entra/sign-in/${id}`)).status).toBe(404)
      expect(door.lines).toMatchObject([{ code: 'sign-in.unknown', route: '/entra/sign-in/:id' }])
      expect(door.lines[0]).not.toHaveProperty('signInId')
    },
  )
})

describe('the page', () => {
  test('is shown to its own browser, is kept by nobody, and is in the log by its names', async () => {
    const door = aDoorOf()
    const { status, text, headers } = await door.own('get')
    expect([status, saidOn(text).title]).toEqual([200, 'Type this number on your phone'])
    expect(text).toContain('>042137<')
    expect(headers['content-type']).toMatch(/^text\/html/)
    expect(headers['cache-control']).toBe('no-store')
    expect(door.lines).toMatchObject([{ ...inLog, status: 200 }])
  })

  test('of a request that Entra gave no name is in the log without one', async () => {
    const door = aDoorOf({ clientRequestId: null })
    await door.own('get')
    expect(door.lines[0]).not.toHaveProperty('clientRequestId')
  })

  test('is asked for its version by the script', async () => {
    const { body, headers } = await aDoorOf().own('get', '/version')
    expect([body, headers['cache-control']]).toEqual([{ version: 3 }, 'no-store'])
  })

  test.each([
    ...READ.map((path) => ['post', path, 'GET'] as const),
    ...DONE.map((path) => ['get', path, 'POST'] as const),
  ])('is not used by another method: %s of %s', async (method, path, allowed) => {
    const door = aDoorOf()
    const { status, headers, text } = await door.own(method, path)
    expect([status, headers.allow, saidOn(text).sentence]).toEqual([405, allowed, sentences['http.method']])
    expect(door.calls).toEqual([])
  })
})

describe('the stream of versions', () => {
  /** What is said of the sign-in from its opening on, a turn apart; at last that it is gone. */
  function hears(...said: Partial<SignIn>[]) {
    const door = aDoorOf()
    let looks = 0
    const next = () => {
      const standing = said.shift()
      door.announce(standing ? { ...signIn, ...standing } : null)
      if (standing) setImmediate(next)
    }
    Object.defineProperty(door, 'signIn', {
      get: () => {
        // By the request, and by the stream.
        if (++looks === 2) setImmediate(next)
        return signIn
      },
    })
    return door
  }

  test('tells every new one, until the sign-in is gone', async () => {
    const { status, text, headers } = await hears({ version: 3 }, { version: 4 }).own('get', '/events')
    expect([status, headers['content-type']]).toEqual([200, expect.stringMatching(/^text\/event-stream/)])
    expect(text).toBe('retry: 1000\n\nevent: version\ndata: 3\n\nevent: version\ndata: 4\n\n')
  })

  test('ends when the sign-in is gone', async () => {
    const door = aDoorOf()
    let looks = 0
    Object.defineProperty(door, 'signIn', {
      get: () => (++looks < 2 ? signIn : refuse('sign-in.unknown', 'no such sign-in')),
    })
    expect((await door.own('get', '/events')).text).toBe('retry: 1000\n\n')
  })

  test('names the event of an approved one so, that its browser need not ask for the page', async () => {
    const { text } = await hears({ version: 4, phase: 'approved' }).own('get', '/events')
    expect(text).toBe('retry: 1000\n\nevent: version\ndata: 3\n\nevent: approved\ndata: 4\n\n')
  })

  test('ends with the life of the sign-in', async () => {
    const { text } = await hears({ version: 5, expiresAt: OPENED }).own('get', '/events')
    expect(text).toBe('retry: 1000\n\nevent: version\ndata: 3\n\n')
  })

  test('is not begun when that is over, and is not to be tried again', async () => {
    const { status, text } = await aDoorOf({ expiresAt: OPENED }).own('get', '/events')
    expect([status, text]).toEqual([204, ''])
  })

  test('leaves nobody waiting', async () => {
    const door = hears({ version: 4 })
    await door.own('get', '/events')
    expect(door.openWaits()).toBe(0)
  })
})

describe('what the person does on the page', () => {
  test.each([
    ['/ask-again', 'askAgain', [ID]],
    ['/send-again', 'sendAgain', [signIn]],
  ] as const)('%s is done, and leads back to it', async (path, name, args) => {
    const door = aDoorOf()
    const { status, headers } = await door.own('post', path)
    expect([status, headers.location, headers['cache-control']]).toEqual([303, PAGE, 'no-store'])
    expect(door.calls).toEqual([[name, ...args]])
    expect(door.lines).toMatchObject([inLog])
    expect(door.lines[0]).not.toHaveProperty('code')
  })

  test.each([
    ['/ask-again', 'askAgain', refuse('prompt.open', 'a prompt is open')],
    ['/send-again', 'sendAgain', refuse('push.too-soon', 'rung a moment ago')],
    ['/invitation', 'redeemInvitation', refuse('invitation.refused', 'no such invitation')],
  ] as const)('%s that is refused leads back to it too, with the reason in the log', async (path, name, refusal) => {
    const door = aDoorOf()
    door.gives[name] = refusal
    const { status, headers } = await door.own('post', path).type('form').send('code=x')
    expect([status, headers.location]).toEqual([303, PAGE])
    expect(door.lines).toMatchObject([{ ...inLog, code: refusal.code, reason: refusal.reason }])
  })

  test.each([
    ['code=ABCD-EFGH-JKMN', 'ABCD-EFGH-JKMN'],
    [`code=${'A'.repeat(70)}`, 'A'.repeat(64)],
    ['other=x', ''],
    ['', ''],
  ])('typing %s is taken as %s', async (body, typed) => {
    const door = aDoorOf()
    const { status, headers } = await door.own('post', '/invitation').set('Content-Type', FORM).send(body)
    expect([status, headers.location]).toEqual([303, PAGE])
    expect(door.calls).toEqual([['redeemInvitation', signIn, 'the-secret-of-this-browser', typed]])
  })

  test('typing what is no form is refused', async () => {
    const door = aDoorOf()
    const { status } = await door.own('post', '/invitation').set('Content-Type', 'application/json').send('{}')
    expect([status, door.calls]).toEqual([415, []])
    // It is no stranger's request: whoever sends it has a sign-in of theirs.
    expect(door.counted).toEqual([])
  })
})

describe('the answer', () => {
  const decision = { deviceId: 'device-1', approvalDigest: 'd', proof: 'software-key' as const, at: OPENED }
  const answered = { ...signIn, phase: 'answered' as const, decision }

  test('is the form with the claim, once', async () => {
    const door = aDoorOf({ phase: 'approved' })
    door.gives.takeAnswer = answered
    const { status, text, headers } = await door.own('post', '/answer')
    expect([status, ledBack(text)]).toEqual([200, { id_token: 'a.b.c', state: 'the-state', byItself: true }])
    expect([headers['cache-control'], saidOn(text).title]).toEqual(['no-store', 'Approved'])
    expect(headers['content-security-policy']).not.toContain('form-action')
  })

  test('is a page while there is none to give', async () => {
    const door = aDoorOf()
    const { status, text } = await door.own('post', '/answer')
    expect([status, saidOn(text).sentence]).toEqual([409, sentences['sign-in.undecided']])
    expect(text).not.toContain('<form')
    expect(door.lines).toMatchObject([{ code: 'sign-in.undecided', reason: 'answer asked for while open' }])
  })

  test('is an error, for the person to read first, when signing fails', async () => {
    const door = aDoorOf({ phase: 'approved' })
    door.gives.takeAnswer = answered
    door.fails.sign = new Error('the key is gone')
    const { status, text } = await door.own('post', '/answer')
    const error = { error: 'temporarily_unavailable', state: 'the-state', byItself: false }
    expect([status, ledBack(text)]).toEqual([200, error])
    expect(saidOn(text).sentence).toContain(`this reference: ${door.lines[0]?.reference}.`)
    expect(door.bugs).toMatchObject([{ message: 'the key is gone' }])
    expect(door.lines).toHaveLength(1)
  })

  test('that the person gives up is an error', async () => {
    const door = aDoorOf()
    door.gives.find = { ...signIn, phase: 'cancelled' }
    const { status, text } = await door.own('post', '/give-up')
    expect([status, ledBack(text)]).toEqual([200, { error: 'access_denied', state: 'the-state', byItself: true }])
    expect(door.calls).toEqual([
      ['cancel', ID],
      ['find', ID],
    ])
  })
})
