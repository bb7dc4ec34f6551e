import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { ADA, GRACE, GUEST, TENANT } from '../support/countersign.ts'
import { type Console, startConsole } from './console.ts'
import { atEntra, CONNECT, connected, leadsTo, press, registerAtEntra, signedIn, typed, version } from './entra-desk.ts'

const MINUTE = 60_000
let console: Console
beforeEach(async () => {
  console = await startConsole()
})
afterEach(() => console.close())

const administrators = () => console.service.capabilities.administrators
const counted = async () => (await console.service.capabilities.stores.audit.counts()).map(({ reason }) => reason)
const named = async (name: string) => (await administrators().list()).find((each) => each.name === name)

describe('signing in with Entra', () => {
  test('lets in who has a role there, as what Entra says, all of it recorded', async () => {
    await connected(console, { [GRACE.objectId]: ['Countersign.Viewer', 'Countersign.Helpdesk', 'Something.Else'] })
    const grace = await signedIn(console, GRACE.objectId)
    expect(grace.page.url).toBe(`${console.url}/admin/account`)
    expect(await named(GRACE.name)).toMatchObject({ role: 'helpdesk', via: 'entra', disabledAt: null })
    const { id } = (await named(GRACE.name))!
    const account = `${TENANT}/${GRACE.objectId}`
    expect((await console.events()).slice(-2)).toEqual([
      expect.objectContaining({
        ...{
          type: 'administrator.created',
          administratorId: id,
          role: 'helpdesk',
          via: 'entra',
          entraAccount: account,
        },
      }),
      expect.objectContaining({ type: 'administrator.signed-in', administratorId: id, via: 'entra' }),
    ])
    expect((await grace.get('/admin/administrators')).status).toBe(403)
  })

  test('asks Entra for exactly what it needs: a code, PKCE, this tenant, and who chooses', async () => {
    await connected(console)
    const led = new URL(leadsTo(await press(console.desk(), console)))
    expect(`${led.origin}${led.pathname}`).toBe(`${console.entra.authority}/${TENANT}/oauth2/v2.0/authorize`)
    const { state, nonce, code_challenge, ...asked } = Object.fromEntries(led.searchParams)
    expect(asked).toEqual({
      ...{ client_id: expect.any(String), response_type: 'code', scope: 'openid profile', prompt: 'select_account' },
      ...{ redirect_uri: `${console.url}/admin/entra/callback`, code_challenge_method: 'S256' },
    })
    for (const mark of [state, nonce, code_challenge]) expect(Buffer.from(mark ?? '', 'base64url')).toHaveLength(32)
    expect(new Set([state, nonce, code_challenge]).size).toBe(3)
  })

  test('leads on to the page that the administrator wanted, and to no other site', async () => {
    await connected(console)
    const wanted: [string, string][] = [
      ['/admin/administrators?x=1', '/admin/administrators?x=1'],
      ['https://evil.example/admin/account', '/admin/'],
      ['//evil.example/admin/account', '/admin/'],
      ['/admin/../../evil', '/admin/'],
      ['/\\evil.example/', '/admin/'],
    ]
    for (const [to, ends] of wanted) {
      const desk = console.desk()
      const back = await console.entra.administrators.signIn(leadsTo(await press(desk, console, to)), ADA.objectId)
      const headers = { cookie: [...desk.browser.cookies].map(([name, value]) => `${name}=${value}`).join('; ') }
      const response = await fetch(back, { redirect: 'manual', headers })
      expect({ to, location: response.headers.get('location') }).toEqual({ to, location: ends })
    }
  })

  test('knows the same account again, and by its object id alone', async () => {
    await connected(console)
    await signedIn(console, ADA.objectId)
    const before = await administrators().list()
    console.entra.administrators.tamper({ claims: (claims) => ({ ...claims, sub: 'another', name: 'Another name' }) })
    await signedIn(console, ADA.objectId)
    expect(await administrators().list()).toEqual(before)
  })

  test('of two first sign-ins of one account at once, both get in, as one administrator', async () => {
    await connected(console, { [GRACE.objectId]: ['Countersign.Viewer'] })
    const desks = [console.desk(), console.desk(), console.desk()]
    const backs = await Promise.all(
      desks.map(async (desk) =>
        console.entra.administrators.signIn(leadsTo(await press(desk, console)), GRACE.objectId),
      ),
    )
    await Promise.all(desks.map((desk, i) => desk.browser.get(backs[i] ?? '')))
    expect(await Promise.all(desks.map((desk) => desk.isIn()))).toEqual([true, true, true])
    expect((await administrators().list()).filter(({ name }) => name === GRACE.name)).toHaveLength(1)
  })

  test('gives at each sign-in the role that Entra says then, lower or higher', async () => {
    const roles: Record<string, string[]> = { [GRACE.objectId]: ['Countersign.Owner'] }
    await connected(console, roles)
    registerAtEntra(console, {})
    for (const [given, role] of [
      ['Countersign.Owner', 'owner'],
      ['Countersign.Viewer', 'viewer'],
      ['Countersign.Helpdesk', 'helpdesk'],
    ]) {
      console.entra.administrators.tamper({
        claims: (claims) => ({ ...claims, ...(claims.oid === GRACE.objectId && { roles: [given] }) }),
      })
      await signedIn(console, GRACE.objectId)
      expect((await named(GRACE.name))?.role).toBe(role)
    }
    const changes = (await console.events()).filter(({ type }) => type === 'administrator.changed')
    expect(changes.map((event) => 'change' in event && JSON.parse(String(event.change)).role)).toEqual([
      'viewer',
      'helpdesk',
    ])
  })

  test('knows accounts by object id too, without any app role', async () => {
    await connected(console, {}, { 'ids-viewer': `${GRACE.objectId.toUpperCase()}\n` })
    await signedIn(console, GRACE.objectId)
    expect(await named(GRACE.name)).toMatchObject({ role: 'viewer' })
  })

  test('tells who has no role what is missing, lets them see nothing, and records it', async () => {
    await connected(console)
    const guest = await signedIn(console, GUEST.objectId)
    expect(guest.page.status).toBe(403)
    expect(guest.page.text).toContain('has no role in this console')
    expect(guest.page.text).toContain('Countersign.Helpdesk')
    expect(guest.page.text).toContain(GUEST.objectId)
    expect(await guest.isIn()).toBe(false)
    expect((await console.events()).at(-1)).toEqual(
      expect.objectContaining({ type: 'administrator.entra-refused', entraAccount: `${TENANT}/${GUEST.objectId}` }),
    )
  })

  test('keeps out whose access is switched off here, whatever Entra says', async () => {
    const owner = await connected(console, { [GRACE.objectId]: ['Countersign.Owner'] })
    const grace = await signedIn(console, GRACE.objectId)
    const { id } = (await named(GRACE.name))!
    await owner.submit(`/admin/administrators/${id}/disable`)
    expect(await grace.isIn()).toBe(false)
    const again = await signedIn(console, GRACE.objectId)
    expect({ status: again.page.status, isIn: await again.isIn() }).toEqual({ status: 403, isIn: false })
    expect((await console.events()).at(-1)).toMatchObject({ type: 'administrator.entra-refused' })
  })

  test('gives nobody a role by hand, nor a way in past Entra', async () => {
    const owner = await connected(console, { [GRACE.objectId]: ['Countersign.Viewer'] })
    const grace = await signedIn(console, GRACE.objectId)
    const { id } = (await named(GRACE.name))!
    const page = await owner.get(`/admin/administrators/${id}`)
    expect(page.text).toContain('Entra says which role they have')
    expect(page.text).not.toMatch(/action="[^"]*\/(role|link)"/)
    for (const act of ['role', 'link']) {
      const refused = await owner.submit(`/admin/administrators/${id}/${act}`, { role: 'owner' })
      expect({ act, status: refused.status }).toEqual({ act, status: 409 })
    }
    expect((await named(GRACE.name))?.role).toBe('viewer')
    const link = await administrators().recover((await named(GRACE.name))!, 'command-line')
    expect((await console.desk().enter(link.url)).body.code).toBe('admin.link')
    // A passkey of theirs proves that they are there, and signs nobody in.
    const options = await grace.call('/admin/account/passkeys/options')
    const passkey = grace.key.create(options.body as never)
    expect((await grace.call('/admin/account/passkeys', { name: '', passkey })).status).toBe(200)
    console.clock.leap(6 * MINUTE)
    expect((await grace.stepUp()).status).toBe(200)
    await grace.submit('/admin/sign-out')
    expect((await grace.signIn()).body.code).toBe('admin.entra-managed')
    expect(await grace.isIn()).toBe(false)
  })

  test('is offered only while it is on', async () => {
    const { desk } = console
    expect((await desk().get('/admin/sign-in')).text).not.toContain('Sign in with Entra')
    expect((await press(desk(), console)).status).toBe(403)
    const owner = await connected(console)
    expect((await desk().get('/admin/sign-in')).text).toContain('Sign in with Entra')
    const under = desk()
    const back = await console.entra.administrators.signIn(leadsTo(await press(under, console)), ADA.objectId)
    await owner.submit(`${CONNECT}/off`, { version: await version(console) })
    expect((await desk().get('/admin/sign-in')).text).not.toContain('Sign in with Entra')
    expect((await under.browser.get(back)).text).toContain('Nobody signs in here with Entra')
    expect(await under.isIn()).toBe(false)
  })

  test('that Entra declines, or cannot answer, ends on a page that says so', async () => {
    await connected(console)
    const declined = await signedIn(console, 'nobody')
    expect(declined.page.text).toContain('Entra did not sign you in')
    for (const fault of ['down', 'rubbish'] as const) {
      const desk = console.desk()
      const back = await console.entra.administrators.signIn(leadsTo(await press(desk, console)), ADA.objectId)
      console.entra.administrators.fail(fault)
      for (const page of [await desk.browser.get(back), await press(desk, console)]) {
        expect({ fault, status: page.status }).toEqual({ fault, status: 503 })
        expect(page.text).toContain('Entra cannot be reached right now')
      }
      expect(await desk.isIn()).toBe(false)
      console.entra.administrators.fail(null)
    }
  })

  test('needs a page of ours to begin', async () => {
    await connected(console)
    const forged = await console.desk().browser.request(`${console.url}/admin/entra`, {
      ...{ method: 'POST', headers: { origin: 'https://evil.example' }, body: new URLSearchParams() },
    })
    expect(forged.status).toBe(403)
  })

  test('is limited by network, by twenty returns in five minutes of who began here', async () => {
    await connected(console)
    const statuses: number[] = []
    for (let i = 0; i < 25; i++) {
      const desk = console.desk()
      desk.browser.cookies.set('cs-entra', 'x')
      statuses.push((await desk.get('/admin/entra/callback?code=x&state=y')).status)
    }
    // The owner who connected it came back once.
    expect(statuses).toEqual([...Array(19).fill(403), ...Array(6).fill(429)])
  })

  test('locks nobody out: images on other sites that ask for the return are counted against no limit', async () => {
    const owner = await connected(console)
    for (let i = 0; i < 25; i++) {
      const page = await console.desk().get(`/admin/entra/callback?${i}`)
      expect({ i, status: page.status }).toEqual({ i, status: 403 })
    }
    expect((await signedIn(console, ADA.objectId)).page.status).toBe(200)
    // Nor do returns that are counted hold up who comes with a passkey.
    for (let i = 0; i < 25; i++) {
      const desk = console.desk()
      desk.browser.cookies.set('cs-entra', 'x')
      await desk.get('/admin/entra/callback?code=x&state=y')
    }
    expect((await owner.signIn()).status).toBe(200)
  })
})

describe('what comes back from Entra is refused', () => {
  test.each([
    ['a template as its issuer', 'discovery'],
    ['a token endpoint elsewhere', 'stray'],
  ] as const)('from an Entra that publishes %s', async (_what, fault) => {
    await connected(console)
    console.entra.administrators.fail(fault)
    const page = await press(console.desk(), console)
    expect(page.status).toBe(403)
    expect(page.headers.get('refresh')).toBeNull()
  })

  test('with the state of another browser: nobody is signed in by a stranger’s return', async () => {
    await connected(console)
    const [attacker, victim] = [console.desk(), console.desk()]
    const theirs = await console.entra.administrators.signIn(leadsTo(await press(attacker, console)), ADA.objectId)
    // Whether or not the victim is on the way to Entra as well.
    expect((await victim.browser.get(theirs)).status).toBe(403)
    const own = await console.entra.administrators.signIn(leadsTo(await press(victim, console)), ADA.objectId)
    expect((await victim.browser.get(theirs)).status).toBe(403)
    expect(await victim.isIn()).toBe(false)
    // And they lost nothing by it.
    expect((await victim.browser.get(own)).url).toContain('/admin/account')
    expect(await counted()).toContain('no attempt of this browser')
  })

  test('without its cookie, with a cookie of another key, and a second time', async () => {
    await connected(console)
    const desk = console.desk()
    const back = await console.entra.administrators.signIn(leadsTo(await press(desk, console)), ADA.objectId)
    const cookie = desk.browser.cookies.get('cs-entra') ?? ''
    expect(cookie).not.toBe('')
    for (const wrong of ['', 'v1.AAAA.AAAA.AAAA', `${cookie.slice(0, -2)}AA`]) {
      desk.browser.cookies.set('cs-entra', wrong)
      expect((await desk.browser.get(back)).status).toBe(403)
    }
    desk.browser.cookies.set('cs-entra', cookie)
    expect((await desk.browser.get(back)).url).toContain('/admin/account')
    const thief = console.desk()
    thief.browser.cookies.set('cs-entra', cookie)
    expect((await thief.browser.get(back)).status).toBe(403)
    expect(await thief.isIn()).toBe(false)
  })

  test('after ten minutes', async () => {
    await connected(console)
    const desk = console.desk()
    const back = await console.entra.administrators.signIn(leadsTo(await press(desk, console)), ADA.objectId)
    console.clock.leap(10 * MINUTE)
    expect((await desk.browser.get(back)).status).toBe(403)
    expect(await desk.isIn()).toBe(false)
  })

  test('with a code of another sign-in: PKCE binds it to the browser that began', async () => {
    await connected(console)
    const [thief, ada] = [console.desk(), console.desk()]
    const stolen = new URL(
      await console.entra.administrators.signIn(leadsTo(await press(ada, console)), ADA.objectId),
    ).searchParams.get('code')
    const own = new URL(leadsTo(await press(thief, console)))
    const state = own.searchParams.get('state')
    const page = await thief.get(`/admin/entra/callback?code=${stolen}&state=${state}`)
    expect({ status: page.status, isIn: await thief.isIn() }).toEqual({ status: 403, isIn: false })
    expect(await counted()).toContain('Entra: invalid_grant, AADSTS70008')
  })

  test('with the name of another issuer beside the code (mix-up), or two states', async () => {
    await connected(console)
    for (const more of ['&iss=https%3A%2F%2Fevil.example', '&state=x', '&code=x']) {
      const desk = console.desk()
      const back = await console.entra.administrators.signIn(leadsTo(await press(desk, console)), ADA.objectId)
      const page = await desk.browser.get(`${back}${more}`)
      expect({ more, status: page.status, isIn: await desk.isIn() }).toEqual({ more, status: 403, isIn: false })
    }
  })

  test('and what Entra says of it is repeated nowhere', async () => {
    await connected(console)
    const desk = console.desk()
    const { searchParams } = new URL(leadsTo(await press(desk, console)))
    const error = encodeURIComponent('<script>alert(1)</script> AADSTS65001')
    const query = `state=${searchParams.get('state')}&error=consent_required&error_description=${error}`
    const page = await desk.get(`/admin/entra/callback?${query}`)
    expect(page.text).toContain('Entra did not sign you in')
    expect(page.text).not.toContain('alert(1)')
    expect(await counted()).toContain('Entra: consent_required, AADSTS65001')
  })

  test('and a session that the browser had ends: nobody is signed in to one that another knows', async () => {
    await connected(console)
    const desk = await signedIn(console, ADA.objectId)
    const old = console.desk()
    old.browser.cookies.set('cs-admin', desk.cookie() ?? '')
    await atEntra(console, desk, await press(desk, console), ADA.objectId)
    expect([await desk.isIn(), await old.isIn()]).toEqual([true, false])
  })

  test('also for a token that is right where the secret is wrong by now', async () => {
    const owner = await console.admitted('owner')
    registerAtEntra(console, { [ADA.objectId]: ['Countersign.Owner'] })
    await owner.submit(CONNECT, typed({ secret: 'not-the-secret' }))
    const page = await atEntra(console, owner, await owner.submit(`${CONNECT}/prove`), ADA.objectId)
    expect(page.text).toContain('does not accept this application or its client secret')
    expect(await administrators().entra.isOn()).toBe(false)
  })
})
