// Who signed in with Entra proves there, anew, that they are there; what they typed waits for them.
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { ADA, GRACE } from '../support/countersign.ts'
import { type Console, type Desk, startConsole, tokenOn } from './console.ts'
import { atEntra, CONNECT, connected, leadsTo, registerAtEntra, signedIn, typed } from './entra-desk.ts'

const MINUTE = 60_000
let console: Console
let first: Desk
let ada: Desk
beforeEach(async () => {
  console = await startConsole()
  first = await connected(console, { [GRACE.objectId]: ['Countersign.Owner'] })
  ada = await signedIn(console, ADA.objectId)
})
afterEach(() => console.close())

const administrators = () => console.service.capabilities.administrators
const invite = (desk: Desk) => desk.submit('/admin/administrators', { name: 'Grace <b>', role: 'viewer' })
const keptOn = (text: string): string => /name="kept" value="([^"]+)"/.exec(text)?.[1] ?? ''
const stepUp = (desk: Desk, kept: string) => desk.submit('/admin/entra/step-up', { kept })
const links = async () => (await console.events()).filter(({ type }) => type === 'administrator.link-made')
const PROMPT = { prompt: 'login', max_age: '0' }

describe('before what is dangerous', () => {
  test('Entra is asked anew, and what was typed is still there afterwards, to be sent by one press', async () => {
    console.clock.leap(6 * MINUTE)
    const before = (await links()).length
    const asked = await invite(ada)
    expect(asked.status).toBe(403)
    expect(asked.text).toContain('sign in with Entra once more')
    expect(asked.text).not.toContain('data-step-up')
    const led = await stepUp(ada, keptOn(asked.text))
    expect(Object.fromEntries(new URL(leadsTo(led)).searchParams)).toMatchObject(PROMPT)
    const secret = ada.cookie()
    const back = await atEntra(console, ada, led, ADA.objectId)
    expect(back.text).toContain('Invite Grace &lt;b&gt; as Viewer')
    expect(ada.cookie()).not.toBe(secret)
    // Looking at it did nothing yet; pressing does, once.
    expect(await links()).toHaveLength(before)
    expect(back.text).toContain('<form method="post" action="/admin/administrators">')
    expect(back.text).toContain('name="name" value="Grace &lt;b&gt;"')
    const done = await ada.submit('/admin/administrators', {
      ...{ name: 'Grace <b>', role: 'viewer', _csrf: tokenOn(back) ?? '' },
    })
    expect(done.text).toContain('One-time link for')
    expect(await links()).toHaveLength(before + 1)
    expect((await console.events()).filter(({ type }) => type === 'administrator.stepped-up')).toEqual([
      expect.objectContaining({ via: 'entra', address: '127.0.0.1' }),
    ])
  })

  test('who cancels at Entra finds what was typed, reads why, and proves it at the second try', async () => {
    console.clock.leap(6 * MINUTE)
    const led = await stepUp(ada, keptOn((await invite(ada)).text))
    const state = new URL(leadsTo(led)).searchParams.get('state')
    const cancelled = await ada.get(`/admin/entra/callback?state=${state}&error=access_denied`)
    expect(cancelled.text).toContain('Is it you?')
    expect(cancelled.text).toContain('You may have cancelled')
    expect(cancelled.text).toContain('Invite Grace &lt;b&gt; as Viewer')
    expect(cancelled.text).toContain('name="name" value="Grace &lt;b&gt;"')
    const back = await atEntra(console, ada, await stepUp(ada, keptOn(cancelled.text)), ADA.objectId)
    expect(back.text).toContain('You proved it')
    expect(back.text).toContain('name="name" value="Grace &lt;b&gt;"')
  })

  test('the page of a kept form says nothing that an address makes up', async () => {
    console.clock.leap(6 * MINUTE)
    const kept = keptOn((await invite(ada)).text)
    for (const made of ['admin.forged', '<script>', 'toString']) {
      const { text } = await ada.get(`/admin/step-up/kept/${kept}?refused=${encodeURIComponent(made)}`)
      expect(text).toContain('Is it you?')
      expect(text).not.toContain('role="alert" tabindex')
    }
  })

  test('a sign-in that Entra only remembered is no proof, nor one without a time', async () => {
    const old = Math.floor(console.clock.now() / 1000) - 3600
    for (const auth_time of [old, undefined]) {
      console.clock.leap(6 * MINUTE)
      console.entra.administrators.tamper({ claims: (claims) => ({ ...claims, auth_time }) })
      const back = await atEntra(console, ada, await stepUp(ada, keptOn((await invite(ada)).text)), ADA.objectId)
      expect(back.text).toContain('Entra did not say that you signed in just now')
      expect((await invite(ada)).text).toContain('Is it you?')
    }
  })

  test('a silent sign-in is a sign-in, and no proof: what is dangerous still asks', async () => {
    console.clock.leap(30 * MINUTE)
    const again = await signedIn(console, ADA.objectId)
    expect(await again.isIn()).toBe(true)
    expect((await invite(again)).text).toContain('Is it you?')
  })

  test('another account is no proof, also an owner’s', async () => {
    console.clock.leap(6 * MINUTE)
    await signedIn(console, GRACE.objectId)
    const back = await atEntra(console, ada, await stepUp(ada, keptOn((await invite(ada)).text)), GRACE.objectId)
    expect(back.text).toContain('another Entra account')
    expect((await invite(ada)).text).toContain('Is it you?')
    expect((await console.events()).at(-1)).toMatchObject({ type: 'administrator.entra-refused' })
  })

  test('who lost the role meanwhile is signed out, who has a lower one gets that', async () => {
    console.clock.leap(6 * MINUTE)
    const kept = keptOn((await invite(ada)).text)
    console.entra.administrators.tamper({ claims: (claims) => ({ ...claims, roles: ['Countersign.Viewer'] }) })
    const lowered = await atEntra(console, ada, await stepUp(ada, kept), ADA.objectId)
    expect(lowered.status).toBe(200)
    expect((await invite(ada)).text).toContain('Your role does not allow this')
    console.entra.administrators.tamper({ claims: (claims) => ({ ...claims, roles: [] }) })
    const gone = await atEntra(console, ada, await stepUp(ada, kept), ADA.objectId)
    expect({ status: gone.status, isIn: await ada.isIn() }).toEqual({ status: 403, isIn: false })
  })

  test('the proof counts in the session that asked for it, and in no other', async () => {
    console.clock.leap(6 * MINUTE)
    const led = await stepUp(ada, keptOn((await invite(ada)).text))
    const back = await console.entra.administrators.signIn(leadsTo(led), ADA.objectId)
    const other = await signedIn(console, ADA.objectId)
    console.clock.leap(6 * MINUTE)
    other.browser.cookies.set('cs-entra', ada.browser.cookies.get('cs-entra') ?? '')
    expect((await other.browser.get(back)).status).toBe(401)
    expect((await invite(other)).text).toContain('Is it you?')
  })

  test('the kept form is its session’s alone, for ten minutes, and goes where we said', async () => {
    console.clock.leap(6 * MINUTE)
    const kept = keptOn((await invite(ada)).text)
    expect((await ada.get(`/admin/step-up/kept/${kept}`)).status).toBe(200)
    expect((await first.get(`/admin/step-up/kept/${kept}`)).status).toBe(404)
    expect((await ada.get('/admin/step-up/kept/AAAAAAAAAAAAAAAAAAAAAA')).status).toBe(404)
    console.clock.leap(10 * MINUTE)
    expect((await ada.get(`/admin/step-up/kept/${kept}`)).status).toBe(404)
    await administrators().tidy()
    const led = await stepUp(ada, 'https://evil.example/')
    expect((await atEntra(console, ada, led, ADA.objectId)).url).toBe(`${console.url}/admin/account`)
  })

  test('what waits is sealed: the store has no secret that was typed', async () => {
    console.clock.leap(6 * MINUTE)
    const page = await ada.submit(CONNECT, typed({ secret: 'typed-in-the-form', version: '2' }))
    const kept = keptOn(page.text)
    expect(kept).toMatch(/^[\w-]{22}$/)
    const { stores } = console.service.capabilities
    const [session] = await stores.administration.sessions.list(
      (await administrators().list()).find(({ via }) => via === 'entra')?.id ?? '',
    )
    const { sha256 } = await import('../../src/base/digest.ts')
    const sealed = await stores.administration.keptForms.find(
      sha256(`kept-form:${kept}`),
      session?.id ?? '',
      console.clock.now(),
    )
    expect(sealed).toMatch(/^v1\./)
    expect(sealed).not.toContain('typed-in-the-form')
    expect(JSON.stringify(await console.events())).not.toContain('typed-in-the-form')
  })

  test('is not for who signs in with a passkey: another account’s word would be worth nothing', async () => {
    console.clock.leap(6 * MINUTE)
    expect((await invite(first)).text).toContain('use your passkey once more')
    expect((await stepUp(first, '')).status).toBe(403)
  })
})

test('a first passkey is added after a fresh sign-in; then either proves it', async () => {
  console.clock.leap(6 * MINUTE)
  expect((await ada.call('/admin/account/passkeys/options')).body.code).toBe('admin.step-up')
  expect((await ada.call('/admin/step-up/options')).body.code).toBe('admin.step-up')
  expect((await ada.get('/admin/account')).text).toContain('Sign in with Entra once more')
  await atEntra(console, ada, await stepUp(ada, ''), ADA.objectId)
  expect((await ada.get('/admin/account')).text).not.toContain('Sign in with Entra once more')
  const options = await ada.call('/admin/account/passkeys/options')
  const passkey = ada.key.create(options.body as never)
  expect((await ada.call('/admin/account/passkeys', { name: 'Mine', passkey })).status).toBe(200)
  console.clock.leap(6 * MINUTE)
  const page = await invite(ada)
  expect(page.text).toContain('Confirm with a passkey')
  expect((await ada.stepUp()).status).toBe(200)
  expect((await invite(ada)).text).toContain('One-time link for')
})

test('who signs in through an application without auth_time gets in, and proves nothing', async () => {
  registerAtEntra(console, {})
  console.entra.administrators.tamper({ claims: (claims) => ({ ...claims, auth_time: undefined }) })
  const desk = await signedIn(console, ADA.objectId)
  expect(await desk.isIn()).toBe(true)
  expect((await invite(desk)).text).toContain('Is it you?')
})
