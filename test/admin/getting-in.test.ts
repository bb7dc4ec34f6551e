import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import type { Administrator } from '../../src/administrators/administrator.ts'
import { linkDigest } from '../../src/administrators/link.ts'
import { createAuthenticator } from '../administrators/authenticator.ts'
import { recorded } from '../store/contract/opened-store.ts'
import { type Console, startConsole } from './console.ts'

const MINUTE = 60_000
let console: Console
beforeEach(async () => {
  console = await startConsole()
})
afterEach(() => console.close())

const invite = (role: 'owner' | 'helpdesk' | 'viewer' = 'owner') =>
  console.service.capabilities.administrators.invite({ name: 'Ada', role }, 'command-line')
const counts = () => console.service.capabilities.stores.audit.counts()

describe('the one-time link', () => {
  test('lets the first administrator in with a first passkey, signed in at once, all of it recorded', async () => {
    const { administrators } = console.service.capabilities
    expect(await administrators.hasOwner()).toBe(false)
    const { url } = await invite()
    const desk = console.desk()
    const token = new URL(url).hash.slice(1)
    expect((await desk.ask('/admin/enter/link', { token })).body).toEqual({
      ...{ name: 'Ada', role: 'Owner', may: 'may do everything', isNew: true },
    })
    expect((await desk.enter(url)).status).toBe(200)
    expect(await desk.isIn()).toBe(true)
    expect(await administrators.hasOwner()).toBe(true)
    const [{ id } = { id: '' }] = await administrators.list()
    const by = `administrator:${id}`
    expect((await console.events()).filter(({ type }) => type.startsWith('administrator.'))).toEqual([
      expect.objectContaining({ type: 'administrator.link-made', by: 'command-line', role: 'owner', isNew: true }),
      expect.objectContaining({ type: 'administrator.created', by, name: 'Ada', role: 'owner', address: '127.0.0.1' }),
      expect.objectContaining({ type: 'administrator.passkey-added', by, name: 'Test key' }),
      expect.objectContaining({ type: 'administrator.signed-in', by, via: 'passkey' }),
    ])
  })

  test('is what the sign-in page tells of: the first owner’s, then that of whoever lost a passkey', async () => {
    const page = async () => (await console.desk().get('/admin/sign-in')).text
    expect(await page()).toMatch(/<details open>[\s\S]*Nobody owns this Countersign yet/)
    expect(await page()).toContain('admin link</code>')
    await console.desk().enter((await invite()).url)
    const owned = await page()
    expect(owned).not.toContain('Nobody owns')
    expect(owned).not.toContain('<details open>')
    expect(owned).toMatch(/admin list<\/code>[\s\S]*admin link --administrator ID<\/code>/)
  })

  test('holds its token in the fragment, and neither store nor audit has it', async () => {
    const { url } = await invite()
    const { pathname, search, hash } = new URL(url)
    expect({ pathname, search }).toEqual({ pathname: '/admin/enter', search: '' })
    const token = hash.slice(1)
    expect(Buffer.from(token, 'base64url')).toHaveLength(32)
    expect(JSON.stringify(await console.events())).not.toContain(token)
    const { findLink } = console.service.capabilities.stores.administration.administrators
    expect(JSON.stringify(await findLink(linkDigest(token), console.clock.now()))).not.toContain(token)
  })

  test('is spent by whoever uses it first', async () => {
    const { url } = await invite()
    expect((await console.desk().enter(url)).status).toBe(200)
    const second = await console.desk().enter(url)
    expect({ status: second.status, code: second.body.code }).toEqual({ status: 403, code: 'admin.link' })
    expect(await console.service.capabilities.administrators.list()).toHaveLength(1)
    expect(await counts()).toEqual([expect.objectContaining({ code: 'admin.link', address: '127.0.0.1', count: 1 })])
  })

  test('of two who post it at once, one gets in', async () => {
    const { url } = await invite()
    const token = new URL(url).hash.slice(1)
    const desks = [console.desk(), console.desk()]
    const ready = await Promise.all(
      desks.map(async (desk) => {
        const options = await desk.ask('/admin/enter/options', { token })
        return { token, name: '', passkey: desk.key.create(options.body as never) }
      }),
    )
    const answers = await Promise.all(desks.map((desk, i) => desk.ask('/admin/enter', ready[i])))
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 403])
    expect(await Promise.all(desks.map((desk) => desk.isIn()))).toEqual(answers.map(({ status }) => status === 200))
    expect(await console.service.capabilities.administrators.list()).toHaveLength(1)
  })

  test('is over after 15 minutes, also for who had begun', async () => {
    const { url } = await invite()
    const token = new URL(url).hash.slice(1)
    const desk = console.desk()
    console.clock.leap(14 * MINUTE)
    const options = await desk.ask('/admin/enter/options', { token })
    expect(options.status).toBe(200)
    console.clock.leap(MINUTE)
    const late = await desk.ask('/admin/enter', { token, name: '', passkey: desk.key.create(options.body as never) })
    expect(late.body.code).toBe('admin.link')
    expect((await desk.ask('/admin/enter/link', { token })).body.code).toBe('admin.link')
  })

  test('for who lost their passkey adds one, and ends their other sessions', async () => {
    const ada = await console.admitted('owner', 'Ada')
    const { administrators } = console.service.capabilities
    const [known] = await administrators.list()
    const { url } = await administrators.recover(known!, 'command-line')
    const elsewhere = console.desk()
    expect((await elsewhere.enter(url)).status).toBe(200)
    expect(await ada.isIn()).toBe(false)
    expect(await elsewhere.isIn()).toBe(true)
    expect(await administrators.passkeys.of(known!.id)).toHaveLength(2)
    expect(await administrators.list()).toHaveLength(1)
    expect(await console.events()).toContainEqual(
      expect.objectContaining({ type: 'administrator.recovered', administratorId: known!.id }),
    )
  })

  test('lets nobody in whose access was switched off since, or who was removed', async () => {
    const owner = await console.admitted('owner')
    const helper = await console.admitted('helpdesk')
    const { administrators } = console.service.capabilities
    const by = (await administrators.find(owner.id))!
    const { url } = await administrators.recover((await administrators.find(helper.id))!, 'command-line')
    await administrators.disable(helper.id, by)
    expect((await console.desk().enter(url)).body.code).toBe('admin.link')
    await administrators.enable(helper.id, by)
    await administrators.remove(helper.id, by)
    expect((await console.desk().enter(url)).body.code).toBe('admin.link')
  })

  test.each<[string, (id: string, by: Administrator) => Promise<unknown>]>([
    ['was switched off', (id, by) => console.service.capabilities.administrators.disable(id, by)],
    ['was demoted', (id, by) => console.service.capabilities.administrators.setRole(id, 'helpdesk', by)],
    ['was removed', (id, by) => console.service.capabilities.administrators.remove(id, by)],
  ])(
    'is worth no more than its maker: one who %s leaves no way in behind, also for who had begun',
    async (_what, act) => {
      const { administrators } = console.service.capabilities
      const owner = await console.admitted('owner', 'Ada')
      const evil = await console.admitted('owner', 'Mallory')
      const by = (await administrators.find(owner.id))!
      const made = `administrator:${evil.id}` as const
      const invited = await administrators.invite({ name: 'Mallory again', role: 'owner' }, made)
      const recovery = await administrators.recover(by, made)
      const token = new URL(invited.url).hash.slice(1)
      const begun = console.desk()
      const options = await begun.ask('/admin/enter/options', { token })
      expect(options.status).toBe(200)
      await act(evil.id, by)
      const late = await begun.ask('/admin/enter', {
        token,
        name: '',
        passkey: begun.key.create(options.body as never),
      })
      const answers = [late, await console.desk().enter(invited.url), await console.desk().enter(recovery.url)]
      // As for a link that is spent: whoever holds it learns nothing of its maker.
      answers.push(await begun.ask('/admin/enter/link', { token }))
      for (const { status, body } of answers)
        expect({ status, code: body.code }).toEqual({ status: 403, code: 'admin.link' })
      expect((await administrators.list()).map(({ name }) => name)).not.toContain('Mallory again')
      expect(await owner.isIn()).toBe(true)
      expect(await administrators.passkeys.of(owner.id)).toHaveLength(1)
    },
  )

  test('ends the session that the browser had, whoever’s it was', async () => {
    const ada = await console.admitted('owner', 'Ada')
    const old = console.desk()
    old.browser.cookies.set('cs-admin', ada.cookie() ?? '')
    expect(await old.isIn()).toBe(true)
    const { url } = await invite('viewer')
    expect((await ada.enter(url)).status).toBe(200)
    expect([await ada.isIn(), await old.isIn()]).toEqual([true, false])
  })

  test('that is refused ends nothing', async () => {
    const ada = await console.admitted('owner', 'Ada')
    const { url } = await invite('viewer')
    await console.desk().enter(url)
    expect((await ada.enter(url)).status).toBe(403)
    expect(await ada.isIn()).toBe(true)
  })

  test('made by an owner who still is one lets in', async () => {
    const owner = await console.admitted('owner', 'Ada')
    const { administrators } = console.service.capabilities
    const { url } = await administrators.invite({ name: 'Grace', role: 'viewer' }, `administrator:${owner.id}`)
    expect((await console.desk().enter(url)).status).toBe(200)
  })

  test.each([
    ['made at another origin', { origin: 'https://evil.example' }],
    ['made for another host', { rpId: 'evil.example' }],
    ['whose person was not verified', { verified: false }],
    ['that signs another kind of ceremony', { type: 'webauthn.get' }],
    ['with a challenge of its own', { challenge: Buffer.alloc(32).toString('base64url') }],
  ])('is not spent by a passkey %s', async (_what, otherwise) => {
    const { url } = await invite()
    const desk = console.desk()
    expect((await desk.enter(url, otherwise)).body.code).toBe('admin.passkey')
    expect(await desk.isIn()).toBe(false)
    expect((await desk.enter(url)).status).toBe(200)
  })

  test.each(['short', 'x'.repeat(43).replace('x', '/'), '', 7])('that is no token is refused: %s', async (token) => {
    expect((await console.desk().ask('/admin/enter/link', { token })).body.code).toBe('admin.form')
  })
})

describe('signing in', () => {
  test('needs nothing but the passkey, and leads where the administrator was going', async () => {
    const ada = await console.admitted('viewer')
    await ada.submit('/admin/sign-out')
    const page = await ada.get('/admin/account?x=1')
    expect(page.url).toBe(`${console.url}/admin/sign-in?to=${encodeURIComponent('/admin/account?x=1')}`)
    expect(page.text).toContain('data-to="/admin/account?x=1"')
    expect((await ada.signIn()).status).toBe(200)
    expect((await ada.get('/admin/sign-in?to=/admin/account')).url).toBe(`${console.url}/admin/account`)
  })

  test('gives a new session: what the cookie held before is worth nothing afterwards', async () => {
    const ada = await console.admitted('owner')
    const before = ada.cookie()
    expect((await ada.signIn()).status).toBe(200)
    expect(ada.cookie()).not.toBe(before)
    const old = console.desk()
    old.browser.cookies.set('cs-admin', before ?? '')
    expect(await old.isIn()).toBe(false)
  })

  test('never takes a secret that the browser brought along', async () => {
    const ada = await console.admitted('owner')
    await ada.submit('/admin/sign-out')
    const planted = Buffer.alloc(32, 7).toString('base64url')
    ada.browser.cookies.set('cs-admin', planted)
    await ada.signIn()
    expect(ada.cookie()).not.toBe(planted)
    const thief = console.desk()
    thief.browser.cookies.set('cs-admin', planted)
    expect(await thief.isIn()).toBe(false)
  })

  test.each([
    ['a signature of another key', () => ({ signWith: createKey() })],
    ['another origin', () => ({ origin: 'http://localhost:1' })],
    ['another host', () => ({ rpId: 'evil.example' })],
    ['a person who was not verified', () => ({ verified: false })],
    ['another ceremony', () => ({ type: 'webauthn.create' })],
    ['somebody else’s handle', () => ({ userHandle: Buffer.from('somebody').toString('base64url') })],
    ['no handle', () => ({ userHandle: undefined })],
    ['an invented challenge', () => ({ challenge: Buffer.alloc(32, 1).toString('base64url') })],
  ])('is refused with %s, in one same sentence', async (_what, otherwise) => {
    const ada = await console.admitted('owner')
    await ada.submit('/admin/sign-out')
    const answer = await ada.signIn(otherwise())
    expect({ status: answer.status, body: answer.body }).toMatchObject({ status: 403, body: { code: 'admin.passkey' } })
    expect(await ada.isIn()).toBe(false)
    const unknown = console.desk()
    unknown.key.create({ challenge: '', user: { id: 'x' }, rp: { id: 'localhost' } })
    const answered = await unknown.signIn()
    expect(answered.body).toMatchObject({ code: 'admin.passkey', title: answer.body.title })
  })

  test('takes a challenge once, and within five minutes', async () => {
    const ada = await console.admitted('owner')
    const options = await ada.ask('/admin/sign-in/options')
    const passkey = ada.key.get(options.body as never)
    expect((await ada.ask('/admin/sign-in', { passkey })).status).toBe(200)
    expect((await ada.ask('/admin/sign-in', { passkey })).body.code).toBe('admin.passkey')
    const late = ada.key.get((await ada.ask('/admin/sign-in/options')).body as never)
    console.clock.leap(5 * MINUTE)
    expect((await ada.ask('/admin/sign-in', { passkey: late })).body.code).toBe('admin.passkey')
  })

  test('takes no challenge that was made for a step-up, nor the other way round', async () => {
    const ada = await console.admitted('owner')
    const proof = ada.key.get((await ada.call('/admin/step-up/options')).body as never)
    expect((await ada.ask('/admin/sign-in', { passkey: proof })).body.code).toBe('admin.passkey')
    const signIn = ada.key.get((await ada.ask('/admin/sign-in/options')).body as never)
    expect((await ada.call('/admin/step-up', { passkey: signIn })).body.code).toBe('admin.passkey')
  })

  test('refuses and records a passkey whose counter went backwards: it may be a copy', async () => {
    const ada = await console.admitted('owner')
    ada.key.count(10)
    expect((await ada.signIn()).status).toBe(200)
    expect((await ada.signIn({ counter: 11 })).body.code).toBe('admin.passkey')
    expect(await console.events()).toContainEqual(
      expect.objectContaining({ type: 'administrator.refused', reason: expect.stringContaining('counter') }),
    )
    // A stranger who merely knows the passkey's id cannot make it look copied.
    const recordedBefore = (await console.events()).filter(({ type }) => type === 'administrator.refused').length
    expect((await ada.signIn({ counter: 1, signWith: createKey() })).body.code).toBe('admin.passkey')
    expect((await console.events()).filter(({ type }) => type === 'administrator.refused')).toHaveLength(recordedBefore)
  })

  test('is refused, and recorded, when the access was switched off', async () => {
    const owner = await console.admitted('owner')
    const helper = await console.admitted('helpdesk')
    const { administrators } = console.service.capabilities
    await administrators.disable(helper.id, (await administrators.find(owner.id))!)
    expect((await helper.signIn()).body.code).toBe('admin.disabled')
    expect(await console.events()).toContainEqual(
      expect.objectContaining({ type: 'administrator.refused', administratorId: helper.id }),
    )
  })

  test('leads to no other site, whatever the address says', async () => {
    const desk = console.desk()
    for (const to of [
      'https://evil.example/admin/',
      '//evil.example/admin/',
      '/\\evil.example/admin/',
      'javascript:alert(1)',
      '/admin/../entra/authorize',
      '/authenticator/',
      '/admin/sign-in?to=/admin/',
      '\t//evil.example',
    ]) {
      const page = await desk.get(`/admin/sign-in?to=${encodeURIComponent(to)}`)
      expect({ to, text: page.text }).toEqual({ to, text: expect.stringContaining('data-to="/admin/"') })
    }
    const page = await desk.get(`/admin/sign-in?to=${encodeURIComponent('/admin/x"><script>alert(1)</script>')}`)
    expect(page.text).not.toContain('<script>alert')
  })

  test('twenty attempts from one network in five minutes, then 429 with how long to wait, in a sentence', async () => {
    const desk = console.desk()
    for (let i = 0; i < 20; i++) expect((await desk.ask('/admin/sign-in')).body.code).toBe('admin.form')
    const refused = await desk.ask('/admin/sign-in')
    expect({ status: refused.status, code: refused.body.code }).toEqual({ status: 429, code: 'admin.too-many' })
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(290)
    expect(Number(refused.headers.get('retry-after'))).toBeLessThanOrEqual(300)
    expect((await desk.ask('/admin/enter')).status).toBe(429)
    const reached = async () =>
      (await recorded(console.service.capabilities.stores)).filter(({ type }) => type === 'limit.reached')
    // On record once, however many more come.
    const once = { type: 'limit.reached', of: 'admin-attempt', address: '127.0.0.1', until: expect.any(String) }
    expect(await reached()).toEqual([once])
    // It is kept in the store: a restart forgives nothing.
    await console.restart()
    expect((await desk.ask('/admin/sign-in')).status).toBe(429)
    console.clock.leap(5 * MINUTE)
    expect((await desk.ask('/admin/sign-in')).status).toBe(400)
    expect(await reached()).toHaveLength(1)
  })
})

const createKey = () => {
  const key = createAuthenticator('http://localhost')
  key.create({ challenge: '', user: { id: 'x' }, rp: { id: 'localhost' } })
  return key.credentials[0]!.privateKey
}
