// The page where owners give machines access.
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import type { Page } from '../support/browser.ts'
import { type Console, type Desk, startConsole } from './console.ts'
import { createMachine, machineOf } from './machine.ts'

const PAGE = '/admin/tokens'
const MINUTE = 60_000
const DAY = 24 * 60 * MINUTE

let console: Console
let owner: Desk & { id: string }
beforeEach(async () => {
  console = await startConsole()
  owner = await console.admitted('owner', 'Ada')
})
afterEach(() => console.close())

const tokens = () => console.service.capabilities.administrators.tokens
const secretOn = (page: Page): string => /id="secret">([^<]+)</.exec(page.text)?.[1] ?? ''
const ofTokens = async () => (await console.events()).filter(({ type }) => type.startsWith('token.'))
const wanted = { name: 'SIEM export', scope: 'read', days: '30' }

describe('the page of API tokens', () => {
  test('makes one, which is shown once and works, and lists it without its secret', async () => {
    expect((await owner.get(PAGE)).text).toContain('With a token a script or another service can do by REST')
    const made = await owner.submit(PAGE, { ...wanted, name: '  SIEM   export ' })
    expect(made.status).toBe(200)
    expect(made.headers.get('cache-control')).toBe('no-store')
    const secret = secretOn(made)
    expect(secret).toMatch(/^cst_[\w-]{43}$/)
    // The example for the shell is for its history too.
    expect(made.text.split(secret)).toHaveLength(2)
    expect(made.text).toContain(`$COUNTERSIGN_TOKEN&quot; ${console.url}/admin/api/v1/overview`)
    const machine = createMachine(console.url, secret)
    const unused = (await owner.get(PAGE)).text
    expect(unused).toContain('Never used')
    expect(unused).toContain('SIEM export')
    expect((await machine.get('/overview')).status).toBe(200)
    expect((await machine.post('/keys')).body.code).toBe('token.scope')
    const used = (await owner.get(PAGE)).text
    expect(used).toContain('Last used')
    expect(used).not.toContain(secret.slice(4))
    const [token] = await tokens().list()
    expect(used).not.toContain(token?.token.digest)
    expect(await ofTokens()).toMatchObject([
      { type: 'token.created', name: 'SIEM export', scopes: 'read', by: `administrator:${owner.id}` },
    ])
  })

  test.each<[string, Record<string, string>, string]>([
    ['no name', { ...wanted, name: ' ' }, 'token-name'],
    ['a long name', { ...wanted, name: 'x'.repeat(65) }, 'token-name'],
    ['nothing that it may', { name: 'SIEM', days: '30' }, 'scope-read'],
    ['what no token may', { ...wanted, scope: 'administrators' }, 'scope-read'],
    ['no days', { name: 'SIEM', scope: 'read' }, 'token-days'],
    ['no day at all', { ...wanted, days: '0' }, 'token-days'],
    ['more than a year', { ...wanted, days: '366' }, 'token-days'],
    ['half a day', { ...wanted, days: '0.5' }, 'token-days'],
  ])('makes none of %s: it keeps what was typed, and says what is wrong beside it', async (_what, fields, at) => {
    for (const fresh of [true, false]) {
      if (!fresh) console.clock.leap(6 * MINUTE)
      const page = await owner.submit(PAGE, fields)
      expect(page.status).toBe(400)
      expect(page.text).toContain('No token was made')
      expect(page.text).toContain(`href="#${at}"`)
      expect(page.text).toMatch(new RegExp(`id="${at}"[^>]*aria-invalid="true"`))
      expect(page.text).toContain(`value="${fields.name ?? ''}"`)
    }
    expect(await tokens().list()).toEqual([])
    expect(await ofTokens()).toEqual([])
  })

  test('making and revoking one need a fresh proof, which keeps what was chosen', async () => {
    const machine = await machineOf(console, owner.id, ['read'])
    console.clock.leap(6 * MINUTE)
    const asked = await owner.submit(PAGE, wanted)
    expect(asked).toMatchObject({ status: 403, text: expect.stringContaining('Make the API token “SIEM export”') })
    expect(asked.text).toContain('name="scope" value="read"')
    const revoke = `${PAGE}/${machine.id}/revoke`
    expect((await owner.submit(revoke)).text).toContain('Revoke the API token “Machine for read” for good')
    expect(await ofTokens()).toHaveLength(1)
    expect((await machine.get('/overview')).status).toBe(200)
    await owner.stepUp()
    expect(secretOn(await owner.submit(PAGE, wanted))).not.toBe('')
    expect((await owner.submit(revoke)).text).toContain('The token was revoked')
    expect((await machine.get('/overview')).body.code).toBe('token.refused')
    expect((await ofTokens()).at(-1)).toMatchObject({ type: 'token.revoked', tokenId: machine.id })
  })

  test('one is revoked once; one that was never made is not there', async () => {
    const machine = await machineOf(console, owner.id, ['read'])
    await owner.submit(`${PAGE}/${machine.id}/revoke`)
    for (const id of [machine.id, 'nothing']) {
      const page = await owner.submit(`${PAGE}/${id}/revoke`)
      expect(page).toMatchObject({ status: 404, text: expect.stringContaining('not there any more') })
    }
    expect((await ofTokens()).filter(({ type }) => type === 'token.revoked')).toHaveLength(1)
    expect((await owner.get(PAGE)).text).toMatch(/One that expired or was revoked[\s\S]*Revoked/)
  })

  test('says of each what it is worth now, and why', async () => {
    const grace = await console.admitted('owner', 'Grace')
    await machineOf(console, grace.id, ['read', 'keys'])
    await machineOf(console, owner.id, ['read'], { days: 1 })
    const shown = async () => (await owner.get(PAGE)).text.replaceAll('\n', '')
    await owner.submit(`/admin/administrators/${grace.id}/role`, { role: 'viewer' })
    expect(await shown()).toContain('The role of whoever made it does not allow: Keys.')
    await owner.submit(`/admin/administrators/${grace.id}/disable`)
    expect(await shown()).toMatch(/Refused at present.*The access of whoever made it is switched off/)
    await owner.submit(`/admin/administrators/${grace.id}/remove`)
    expect(await shown()).toContain('Whoever made it was removed.')
    console.clock.leap(DAY)
    await owner.signIn()
    expect(await shown()).toMatch(/One that expired or was revoked.*Expired/)
  })

  test('shows a name as text', async () => {
    const page = await owner.submit(PAGE, { ...wanted, name: '<img src=x>"' })
    for (const { text } of [page, await owner.get(PAGE)]) {
      expect(text).not.toContain('<img src=x')
      expect(text).toContain('&lt;img src=x&gt;')
    }
  })

  test.each(['viewer', 'helpdesk'] as const)('is not for a %s', async (role) => {
    const desk = await console.admitted(role)
    const machine = await machineOf(console, owner.id, ['read'])
    expect((await desk.get('/admin/account')).text).not.toContain(PAGE)
    for (const page of [
      await desk.get(PAGE),
      await desk.submit(PAGE, wanted),
      await desk.submit(`${PAGE}/${machine.id}/revoke`),
    ])
      expect(page).toMatchObject({ status: 403, text: expect.stringContaining('Your role does not allow this') })
    expect((await machine.get('/overview')).status).toBe(200)
    expect(await ofTokens()).toHaveLength(1)
  })
})
