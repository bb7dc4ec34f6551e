import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { createAuthenticator } from '../administrators/authenticator.ts'
import { createBrowser } from '../support/browser.ts'
import { startCountersign } from '../support/countersign.ts'
import { type Console, createDesk, startConsole } from './console.ts'

const MINUTE = 60_000
const HOUR = 60 * MINUTE
let console: Console
beforeEach(async () => {
  console = await startConsole()
})
afterEach(() => console.close())

describe('a session', () => {
  test('ends after 15 minutes without use', async () => {
    const ada = await console.admitted('owner')
    console.clock.leap(15 * MINUTE - 1000)
    expect(await ada.isIn()).toBe(true)
    console.clock.leap(15 * MINUTE)
    expect(await ada.isIn()).toBe(false)
  })

  test('ends after 8 hours, however it is used', async () => {
    const ada = await console.admitted('owner')
    for (let minutes = 0; minutes < 8 * 60 - 10; minutes += 10) {
      expect(await ada.isIn()).toBe(true)
      console.clock.leap(10 * MINUTE)
    }
    expect(await ada.isIn()).toBe(true)
    console.clock.leap(10 * MINUTE)
    expect(await ada.isIn()).toBe(false)
  })

  test('is prolonged by no step-up beyond its 8 hours', async () => {
    const ada = await console.admitted('owner')
    for (let hours = 0; hours < 8; hours += 0.2) {
      console.clock.leap(0.2 * HOUR)
      await ada.stepUp()
    }
    expect(await ada.isIn()).toBe(false)
  })

  test('is written once a minute at most', async () => {
    const ada = await console.admitted('owner')
    const { sessions } = console.service.capabilities.stores.administration
    const lastSeen = async () => (await sessions.list(ada.id))[0]?.lastSeenAt
    const first = await lastSeen()
    console.clock.leap(MINUTE - 1000)
    await ada.get('/admin/account')
    expect(await lastSeen()).toBe(first)
    console.clock.leap(1000)
    await ada.get('/admin/account')
    expect(await lastSeen()).toBeGreaterThanOrEqual((first ?? 0) + MINUTE)
  })

  test('is forgotten by the store when it is over', async () => {
    const ada = await console.admitted('owner')
    const { administrators, stores } = console.service.capabilities
    await administrators.tidy()
    expect(await stores.administration.sessions.list(ada.id)).toHaveLength(1)
    console.clock.leap(15 * MINUTE)
    await administrators.tidy()
    expect(await stores.administration.sessions.list(ada.id)).toHaveLength(0)
  })

  test('ends when its administrator signs out, and its cookie is taken', async () => {
    const ada = await console.admitted('owner')
    const secret = ada.cookie() ?? ''
    const page = await ada.submit('/admin/sign-out')
    expect(page.text).toContain('You are signed out')
    expect(ada.cookie()).toBeUndefined()
    const copy = console.desk()
    copy.browser.cookies.set('cs-admin', secret)
    expect(await copy.isIn()).toBe(false)
  })

  test('ends at once when the access is switched off, or the administrator is removed', async () => {
    const { administrators } = console.service.capabilities
    const owner = await console.admitted('owner')
    const by = (await administrators.find(owner.id))!
    const [helper, viewer] = [await console.admitted('helpdesk'), await console.admitted('viewer')]
    await administrators.disable(helper.id, by)
    await administrators.remove(viewer.id, by)
    expect([await helper.isIn(), await viewer.isIn(), await owner.isIn()]).toEqual([false, false, true])
    // Switched on again, what was ended stays ended.
    await administrators.enable(helper.id, by)
    expect(await helper.isIn()).toBe(false)
    expect((await helper.signIn()).status).toBe(200)
  })

  test('has its new role at the next request', async () => {
    const { administrators } = console.service.capabilities
    const owner = await console.admitted('owner')
    const other = await console.admitted('owner', 'Other')
    expect((await other.get('/admin/administrators')).status).toBe(200)
    await administrators.setRole(other.id, 'viewer', (await administrators.find(owner.id))!)
    expect((await other.get('/admin/administrators')).status).toBe(403)
  })

  test('is listed with its browser, and one or all others can be ended', async () => {
    const ada = await console.admitted('owner')
    const [phone, tablet, cafe] = [0, 1, 2].map(() => console.desk({ key: ada.key })) as [
      typeof ada,
      typeof ada,
      typeof ada,
    ]
    for (const desk of [phone, tablet, cafe]) await desk.signIn()
    const page = await ada.get('/admin/account')
    expect(page.text.match(/Chrome on Windows<\/strong>/g)).toHaveLength(4)
    const ids = [...page.text.matchAll(/sessions\/end">[\s\S]*?name="id" value="(\w+)"/g)].map(([, id]) => id ?? '')
    expect(ids).toHaveLength(3)
    expect((await ada.submit('/admin/account/sessions/end', { id: ids[0] ?? '' })).text).toContain('was ended')
    const alive = async () =>
      (await Promise.all([phone, tablet, cafe].map((desk) => desk.isIn()))).filter(Boolean).length
    expect(await alive()).toBe(2)
    expect((await ada.submit('/admin/account/sessions/end-others')).text).toContain('All other sessions were ended')
    expect(await alive()).toBe(0)
    expect(await ada.isIn()).toBe(true)
    expect((await console.events()).slice(-2).map(({ type }) => type)).toEqual([
      'administrator.session-ended',
      'administrator.sessions-ended',
    ])
  })

  test('of somebody else cannot be ended from one’s own account', async () => {
    const owner = await console.admitted('owner')
    const viewer = await console.admitted('viewer')
    const [{ id } = { id: '' }] = await console.service.capabilities.administrators.sessions.list(owner.id)
    expect((await viewer.submit('/admin/account/sessions/end', { id })).status).toBe(404)
    expect(await owner.isIn()).toBe(true)
  })

  test('is in the store by its digest only', async () => {
    const ada = await console.admitted('owner')
    const sessions = await console.service.capabilities.stores.administration.sessions.list(ada.id)
    expect(JSON.stringify(sessions)).not.toContain(ada.cookie())
    const copy = console.desk()
    copy.browser.cookies.set('cs-admin', sessions[0]?.digest ?? '')
    expect(await copy.isIn()).toBe(false)
  })
})

describe('a step-up', () => {
  const invite = { name: 'Grace', role: 'viewer' }

  test('is asked for when the last proof is five minutes old, says what is about to happen, and keeps what was typed', async () => {
    const ada = await console.admitted('owner')
    console.clock.leap(5 * MINUTE)
    const page = await ada.submit('/admin/administrators', { name: 'Grace "<b>"', role: 'viewer' })
    expect(page.status).toBe(403)
    expect(page.text).toContain('Invite Grace &quot;&lt;b&gt;&quot; as Viewer')
    expect(page.text).toContain('<form method="post" action="/admin/administrators" data-kept>')
    expect(page.text).toContain('<input type="hidden" name="name" value="Grace &quot;&lt;b&gt;&quot;">')
    expect(page.text).toContain('<input type="hidden" name="role" value="viewer">')
    expect((await console.events()).filter(({ type }) => type === 'administrator.link-made')).toHaveLength(1)
    expect((await ada.stepUp()).status).toBe(200)
    expect((await ada.submit('/admin/administrators', invite)).text).toContain('One-time link for')
    expect((await console.events()).at(-2)).toMatchObject({ type: 'administrator.stepped-up', via: 'passkey' })
  })

  test('gives a new secret; the one before is worth nothing, and forms in other tabs stay good', async () => {
    const ada = await console.admitted('owner')
    const [secret, token] = [ada.cookie() ?? '', await ada.token()]
    await ada.stepUp()
    expect(ada.cookie()).not.toBe(secret)
    const copy = console.desk()
    copy.browser.cookies.set('cs-admin', secret)
    expect(await copy.isIn()).toBe(false)
    expect(await ada.token()).toBe(token)
  })

  test('takes no passkey of another administrator', async () => {
    const ada = await console.admitted('owner')
    const grace = await console.admitted('owner', 'Grace')
    console.clock.leap(5 * MINUTE)
    const options = await ada.call('/admin/step-up/options')
    const { challenge } = options.body as unknown as { challenge: string }
    const passkey = grace.key.get({ challenge })
    expect((await ada.call('/admin/step-up', { passkey })).body.code).toBe('admin.passkey')
    expect((await ada.submit('/admin/administrators', invite)).status).toBe(403)
  })

  test('takes no challenge of another session', async () => {
    const ada = await console.admitted('owner')
    const elsewhere = console.desk({ key: ada.key })
    await elsewhere.signIn()
    const passkey = ada.key.get((await ada.call('/admin/step-up/options')).body as never)
    expect((await elsewhere.call('/admin/step-up', { passkey })).body.code).toBe('admin.passkey')
  })

  test('is worth nothing without its person, nor with a copy of the passkey', async () => {
    const ada = await console.admitted('owner')
    expect((await ada.stepUp({ verified: false })).body.code).toBe('admin.passkey')
    ada.key.count(5)
    expect((await ada.stepUp()).status).toBe(200)
    expect((await ada.stepUp({ counter: 3 })).body.code).toBe('admin.passkey')
  })

  test('is needed to add and to remove a passkey', async () => {
    const ada = await console.admitted('viewer')
    console.clock.leap(5 * MINUTE)
    expect((await ada.call('/admin/account/passkeys/options')).body.code).toBe('admin.step-up')
    await ada.stepUp()
    const options = await ada.call('/admin/account/passkeys/options')
    console.clock.leap(5 * MINUTE - 1)
    const passkey = ada.key.create(options.body as never)
    console.clock.leap(MINUTE)
    expect((await ada.call('/admin/account/passkeys', { name: 'B', passkey })).body.code).toBe('admin.step-up')
    expect((await ada.submit('/admin/account/passkeys/remove', { id: ada.key.credentials[0]!.id })).status).toBe(403)
  })
})

test('the cookie is __Host- and Secure where the public URL is https, read by no script and sent by no other site', async () => {
  const url = 'https://mfa.contoso.example'
  const countersign = await startCountersign({ environment: { COUNTERSIGN_PUBLIC_URL: url } })
  try {
    const { administrators } = countersign.service.capabilities
    const link = await administrators.invite({ name: 'Ada', role: 'owner' }, 'command-line')
    const token = new URL(link.url).hash.slice(1)
    const key = createAuthenticator(url)
    const browser = createBrowser()
    const desk = createDesk(countersign.url, { key, browser })
    const options = await desk.ask('/admin/enter/options', { token }, { origin: url })
    const passkey = key.create(options.body as never)
    const entered = await desk.ask('/admin/enter', { token, name: '', passkey }, { origin: url })
    expect(entered.headers.getSetCookie()).toEqual([
      expect.stringMatching(/^__Host-cs-admin=[\w-]{43}; Max-Age=28800; Path=\/; HttpOnly; Secure; SameSite=Lax$/),
    ])
  } finally {
    await countersign.close()
  }
})
