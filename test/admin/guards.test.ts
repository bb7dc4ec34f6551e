import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import type { Role } from '../../src/administrators/permissions.ts'
import { createBrowser } from '../support/browser.ts'
import { type Console, type Desk, startConsole } from './console.ts'

let console: Console
const desks = {} as Record<Role, Desk & { id: string }>
beforeAll(async () => {
  console = await startConsole()
  for (const role of ['owner', 'helpdesk', 'viewer'] as const) desks[role] = await console.admitted(role)
})
afterAll(() => console.close())

const forms = (id: string): [string, Record<string, string>][] => [
  ['/admin/administrators', { name: 'Mallory', role: 'owner' }],
  ...['role', 'link', 'end-sessions', 'disable', 'enable', 'remove'].map((act): [string, Record<string, string>] => [
    `/admin/administrators/${id}/${act}`,
    { role: 'owner' },
  ]),
]

describe.each(['viewer', 'helpdesk'] as const)('a %s', (role) => {
  test('sees nothing of the administrators, in the navigation neither', async () => {
    const desk = desks[role]
    for (const path of ['/admin/administrators', `/admin/administrators/${desk.id}`])
      expect((await desk.get(path)).status).toBe(403)
    expect((await desk.get('/admin/account')).text).not.toContain('/admin/administrators')
  })

  test('can change nothing of them, not even of the own role', async () => {
    const desk = desks[role]
    for (const id of [desk.id, desks.owner.id]) {
      for (const [path, fields] of forms(id)) {
        const page = await desk.submit(path, fields)
        expect({ path, status: page.status, text: page.text }).toMatchObject({
          path,
          status: 403,
          text: expect.stringContaining('Your role does not allow this'),
        })
      }
    }
    const all = await console.service.capabilities.administrators.list()
    expect(all.map(({ role, disabledAt }) => ({ role, disabledAt }))).toEqual([
      { role: 'owner', disabledAt: null },
      { role: 'helpdesk', disabledAt: null },
      { role: 'viewer', disabledAt: null },
    ])
  })
})

describe('who is not signed in', () => {
  test('is led to sign in, and back, from every page', async () => {
    for (const path of [
      '/admin/',
      '/admin/account',
      '/admin/administrators',
      `/admin/administrators/${desks.owner.id}`,
    ]) {
      const response = await fetch(`${console.url}${path}`, { redirect: 'manual' })
      expect(response.status).toBe(303)
      expect(response.headers.get('location')).toBe(`/admin/sign-in?to=${encodeURIComponent(path)}`)
    }
  })

  test('can post nothing, and gets a page that says so and repeats nothing of it', async () => {
    const posts: [string, Record<string, string>][] = [
      ...forms(desks.owner.id),
      ['/admin/sign-out', {}],
      ['/admin/account/name', { name: 'Typed-by-me' }],
      ['/admin/account/passkeys/remove', { id: 'x' }],
      ['/admin/account/sessions/end-others', {}],
    ]
    for (const [path, fields] of posts) {
      const page = await console.desk().submit(path, { ...fields, name: 'Typed-by-me' })
      expect({ path, status: page.status }).toEqual({ path, status: 401 })
      expect(page.text).toContain('You are signed out')
      expect(page.text).not.toContain('Typed-by-me')
    }
    for (const path of ['/admin/step-up/options', '/admin/step-up', '/admin/account/passkeys/options'])
      expect((await console.desk().ask(path)).body.code).toBe('admin.session')
  })
})

describe('a forged request', () => {
  const act = '/admin/account/name'
  const name = () => console.service.capabilities.administrators.find(desks.owner.id).then((found) => found?.name)
  const post = (fields: Record<string, string>, headers: Record<string, string>) => {
    const browser = createBrowser()
    browser.cookies.set('cs-admin', desks.owner.cookie() ?? '')
    return browser.request(`${console.url}${act}`, { method: 'POST', headers, body: new URLSearchParams(fields) })
  }

  test.each([
    ['another site', { origin: 'https://evil.example' }],
    ['another port of this host', { origin: 'http://localhost:1' }],
    ['a sandbox', { origin: 'null' }],
    [
      'another origin that claims to be same-origin',
      { origin: 'https://evil.example', 'sec-fetch-site': 'same-origin' },
    ],
    ['a sibling site', { 'sec-fetch-site': 'same-site' }],
    ['another site, told by Sec-Fetch-Site alone', { 'sec-fetch-site': 'cross-site' }],
    ['nobody knows where', {}],
  ])('of %s is refused, with the right token too', async (_what, headers) => {
    const page = await post({ _csrf: await desks.owner.token(), name: 'Mallory' }, headers)
    expect(page.status).toBe(403)
    expect(page.text).toContain('did not come from a page that we gave you')
    expect(await name()).toBe('A owner')
  })

  test('is refused without a token, with a wrong one, and with one of another session', async () => {
    const own = { origin: console.url }
    const foreign = await desks.viewer.token()
    const elsewhere = console.desk({ key: desks.owner.key })
    await elsewhere.signIn()
    for (const token of [undefined, '', 'x', foreign, await elsewhere.token()]) {
      const page = await post({ ...(token !== undefined && { _csrf: token }), name: 'Mallory' }, own)
      expect({ token, status: page.status }).toEqual({ token, status: 403 })
    }
    for (const token of ['', 'x', foreign]) {
      const answer = await desks.owner.call('/admin/step-up/options', {}, { 'x-csrf-token': token })
      expect(answer.body.code).toBe('admin.forged')
    }
    expect(await name()).toBe('A owner')
  })

  test('by somebody whose role does not allow it is counted too, with who it was; a page that they look for is not', async () => {
    const forbidden = async () =>
      (await console.service.capabilities.stores.audit.counts()).filter(({ code }) => code === 'admin.forbidden')
    console.clock.leap(60_000)
    const before = (await forbidden()).length
    expect((await desks.viewer.get('/admin/tokens')).status).toBe(403)
    expect(await forbidden()).toHaveLength(before)
    expect((await desks.viewer.submit('/admin/integrations/new', { name: 'Mine' })).status).toBe(403)
    expect(await forbidden()).toContainEqual(
      expect.objectContaining({ reason: `administrator ${desks.viewer.id} (viewer) may not: integrations` }),
    )
  })

  test('is counted, by reason and network', async () => {
    const counted = await console.service.capabilities.stores.audit.counts()
    expect(counted.filter(({ code }) => code === 'admin.forged').map(({ address }) => address)).toContain('127.0.0.1')
  })

  test('that comes from a page of ours is none: by Origin, or by Sec-Fetch-Site where Origin was taken away', async () => {
    const token = await desks.owner.token()
    for (const headers of [{ origin: console.url }, { 'sec-fetch-site': 'same-origin' }] as Record<string, string>[]) {
      expect((await post({ _csrf: token, name: 'A owner' }, headers)).text).toContain('The name was changed')
    }
  })

  test('cannot sign anybody in: the ways in ask where they were called from', async () => {
    const { desk } = console
    for (const path of [
      '/admin/enter/link',
      '/admin/enter/options',
      '/admin/enter',
      '/admin/sign-in/options',
      '/admin/sign-in',
    ]) {
      const answer = await desk().ask(path, {}, { origin: 'https://evil.example' })
      expect({ path, code: answer.body.code }).toEqual({ path, code: 'admin.forged' })
    }
  })
})

describe('every page of the console', () => {
  test('is kept by nobody, shares nothing with who opened it, and runs no script of anybody else', async () => {
    for (const path of [
      '/admin/account',
      '/admin/administrators',
      '/admin/sign-in',
      '/admin/enter',
      '/admin/nothing',
    ]) {
      const { headers, text } = await desks.owner.get(path)
      expect(headers.get('cache-control')).toBe('no-store')
      expect(headers.get('cross-origin-opener-policy')).toBe('same-origin')
      expect(headers.get('content-security-policy')).toMatch(
        /script-src 'self';.*frame-ancestors 'none';form-action 'self'/,
      )
      expect(text).not.toMatch(/<script(?! src=)|\sstyle=|<style|\son\w+=/)
    }
  })

  test('refuses a method that it does not have, and says which it has', async () => {
    for (const [path, allowed] of [
      ['/admin/account', 'GET'],
      ['/admin/sign-out', 'POST'],
      ['/admin/administrators', 'GET, POST'],
      ['/admin/sign-in', 'GET, POST'],
    ]) {
      const response = await fetch(`${console.url}${path}`, { method: 'DELETE' })
      expect({ path, status: response.status, allow: response.headers.get('allow') }).toEqual({
        path,
        status: 405,
        allow: allowed,
      })
    }
  })

  test('takes no other kind of content, and nothing large', async () => {
    const headers = { origin: console.url, 'content-type': 'text/plain' }
    const plain = await desks.owner.browser.request(`${console.url}/admin/sign-out`, {
      method: 'POST',
      headers,
      body: 'x',
    })
    expect(plain.status).toBe(415)
    expect((await desks.owner.call('/admin/step-up', 'x'.repeat(70_000))).status).toBe(413)
    expect((await desks.owner.call('/admin/step-up', '{"broken')).body.code).toBe('admin.form')
  })
})
