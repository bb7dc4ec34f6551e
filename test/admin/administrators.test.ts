import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { type Console, type Desk, startConsole } from './console.ts'

let console: Console
let owner: Desk & { id: string }
beforeEach(async () => {
  console = await startConsole()
  owner = await console.admitted('owner', 'Ada')
})
afterEach(() => console.close())

const administrators = () => console.service.capabilities.administrators
const page = (id: string, act = '') => `/admin/administrators/${id}${act && `/${act}`}`
const lastEvent = async () => (await console.events()).at(-1)

describe('the administrators page', () => {
  test('invites another: its link is shown once, and lets them in as what was chosen', async () => {
    const shown = await owner.submit('/admin/administrators', { name: ' Grace  Hopper ', role: 'helpdesk' })
    expect(shown.status).toBe(200)
    const link = /id="link">([^<]+)</.exec(shown.text)?.[1] ?? ''
    expect(await lastEvent()).toMatchObject({ type: 'administrator.link-made', by: `administrator:${owner.id}` })
    const grace = console.desk()
    expect((await grace.enter(link)).status).toBe(200)
    expect((await administrators().list()).at(-1)).toMatchObject({
      name: 'Grace Hopper',
      role: 'helpdesk',
      via: 'passkey',
    })
    expect((await owner.get('/admin/administrators')).text).toContain('Grace Hopper')
  })

  test.each([
    ['no name', { name: ' ', role: 'viewer' }],
    ['a long name', { name: 'x'.repeat(65), role: 'viewer' }],
    ['no such role', { name: 'Grace', role: 'king' }],
    ['no role', { name: 'Grace' }],
  ])('refuses an invitation with %s', async (_what, fields) => {
    expect((await owner.submit('/admin/administrators', fields as Record<string, string>)).status).toBe(400)
  })

  test('says what is wrong with an invitation beside its field, keeps the rest, and asks for no proof before', async () => {
    for (const wait of [0, 6 * 60_000]) {
      console.clock.leap(wait)
      const nameless = await owner.submit('/admin/administrators', { name: '  ', role: 'viewer' })
      expect({ wait, status: nameless.status }).toEqual({ wait, status: 400 })
      expect(nameless.text).toContain('id="new-name-fault">Type a name of 1 to 64 characters')
      expect(nameless.text).toMatch(/value="viewer" checked/)
      const roleless = await owner.submit('/admin/administrators', { name: 'Grace', role: 'king' })
      expect(roleless.text).toContain('id="role-fault">Choose a role.')
      expect(roleless.text).toMatch(/id="new-name" name="name" value="Grace"/)
    }
  })

  test('changes a role, and says who did', async () => {
    const helper = await console.admitted('helpdesk', 'Grace')
    const after = await owner.submit(page(helper.id, 'role'), { role: 'owner' })
    expect(after.text).toContain('The role was changed')
    expect(await lastEvent()).toEqual({
      type: 'administrator.changed',
      administratorId: helper.id,
      change: '{"role":"owner"}',
      by: `administrator:${owner.id}`,
    })
    expect((await helper.get('/admin/administrators')).status).toBe(200)
  })

  test('switches the access off and on; a removed one is gone with their passkeys', async () => {
    const helper = await console.admitted('helpdesk', 'Grace')
    expect((await owner.submit(page(helper.id, 'disable'))).text).toContain('Their access is switched off')
    expect(await helper.isIn()).toBe(false)
    expect((await owner.submit(page(helper.id, 'enable'))).text).toContain('switched on again')
    expect((await helper.signIn()).status).toBe(200)
    expect((await owner.submit(page(helper.id, 'remove'))).text).toContain('The administrator was removed')
    expect((await helper.signIn()).body.code).toBe('admin.passkey')
    expect((await owner.get(page(helper.id))).status).toBe(404)
    expect((await owner.submit(page(helper.id, 'remove'))).status).toBe(404)
    expect(
      (await console.events()).filter(({ type }) => /disabled|enabled|removed/.test(type)).map(({ type }) => type),
    ).toEqual(['administrator.disabled', 'administrator.enabled', 'administrator.removed'])
  })

  test('makes a link for who lost their passkey, and none for whose access is off', async () => {
    const helper = await console.admitted('helpdesk', 'Grace')
    const shown = await owner.submit(page(helper.id, 'link'))
    const again = console.desk()
    expect((await again.enter(/id="link">([^<]+)</.exec(shown.text)?.[1] ?? '')).status).toBe(200)
    expect(await helper.isIn()).toBe(false)
    await owner.submit(page(helper.id, 'disable'))
    expect((await owner.submit(page(helper.id, 'link'))).status).toBe(403)
  })

  test('signs somebody out everywhere; oneself everywhere but here', async () => {
    const helper = await console.admitted('helpdesk', 'Grace')
    const elsewhere = console.desk({ key: owner.key })
    await elsewhere.signIn()
    await owner.submit(page(helper.id, 'end-sessions'))
    await owner.submit(page(owner.id, 'end-sessions'))
    expect([await helper.isIn(), await elsewhere.isIn(), await owner.isIn()]).toEqual([false, false, true])
  })

  test('shows what was typed as text, in names too', async () => {
    const evil = '<img src=x onerror=alert(1)>"\'&'
    await owner.submit('/admin/account/name', { name: evil })
    for (const path of ['/admin/account', '/admin/administrators', page(owner.id)]) {
      const { text } = await owner.get(path)
      expect(text).not.toContain('<img src=x')
      expect(text).toContain('&lt;img src=x')
    }
    const { text } = await owner.get('/admin/account?done=<script>alert(1)</script>')
    expect(text).not.toContain('<script>alert')
  })
})

describe('the last owner', () => {
  test.each([
    ['removed', 'remove', {}],
    ['switched off', 'disable', {}],
    ['demoted', 'role', { role: 'viewer' }],
  ])('cannot be %s', async (_what, act, fields) => {
    // Neither does an owner help whose access is off.
    const other = await console.admitted('owner', 'Grace')
    await owner.submit(page(other.id, 'disable'))
    const refused = await owner.submit(page(owner.id, act), fields as Record<string, string>)
    expect({ status: refused.status, text: refused.text }).toMatchObject({
      status: 409,
      text: expect.stringContaining('No owner would be left'),
    })
    await owner.submit(page(other.id, 'enable'))
    expect((await owner.submit(page(owner.id, act), fields as Record<string, string>)).status).not.toBe(409)
  })

  test('of two who remove each other at once, one stays', async () => {
    const other = await console.admitted('owner', 'Grace')
    const answers = await Promise.all([owner.submit(page(other.id, 'remove')), other.submit(page(owner.id, 'remove'))])
    expect(await administrators().list()).toHaveLength(1)
    expect(await administrators().hasOwner()).toBe(true)
    expect(answers.map(({ status }) => status)).toContain(200)
  })
})

describe('one’s own passkeys', () => {
  const add = async (desk: Desk, name: string) => {
    const options = await desk.call('/admin/account/passkeys/options')
    return desk.call('/admin/account/passkeys', { name, passkey: desk.key.create(options.body as never) })
  }
  const [first, second] = [() => owner.key.credentials[0]!.id, () => owner.key.credentials[1]!.id]

  test('says beside the field that a name is none, and keeps what was typed and the name there was', async () => {
    const key = (await administrators().passkeys.of(owner.id))[0]
    const yours = await owner.submit('/admin/account/name', { name: ' \u00a0 ' })
    expect(yours.status).toBe(400)
    expect(yours.text).toContain('id="your-name-fault">Type a name of 1 to 64 characters')
    const long = 'x'.repeat(65)
    const passkeys = await owner.submit('/admin/account/passkeys/rename', { id: key?.id ?? '', name: long })
    expect(passkeys.status).toBe(400)
    expect(passkeys.text).toContain('id="name-fault">Type a name of 1 to 64 characters')
    expect(passkeys.text).toContain(`value="${long}"`)
    expect((await owner.submit('/admin/account/passkeys/rename', { id: 'x', name: '' })).status).toBe(404)
    expect((await administrators().find(owner.id))?.name).toBe('Ada')
    expect((await administrators().passkeys.of(owner.id))[0]?.name).toBe(key?.name)
  })

  test('can be several, each with a name, and each signs in', async () => {
    expect((await add(owner, 'Security key')).status).toBe(200)
    expect((await owner.get('/admin/account')).text).toContain('Security key')
    expect((await owner.signIn()).status).toBe(200)
    expect((await owner.submit('/admin/account/passkeys/rename', { id: first(), name: 'Laptop' })).text).toContain(
      'The passkey has its new name',
    )
    expect((await administrators().passkeys.of(owner.id)).map(({ name }) => name)).toEqual(['Laptop', 'Security key'])
    expect((await console.events()).filter(({ type }) => type.includes('passkey')).map(({ type }) => type)).toEqual([
      'administrator.passkey-added',
      'administrator.passkey-added',
      'administrator.passkey-renamed',
    ])
  })

  test('are named after the browser when nothing is typed', async () => {
    await add(owner, '  ')
    expect((await administrators().passkeys.of(owner.id)).at(-1)?.name).toBe('Chrome on Windows')
  })

  test('the only one cannot be removed; of two one can, and signs in no more', async () => {
    const refused = await owner.submit('/admin/account/passkeys/remove', { id: first() })
    expect({ status: refused.status, text: refused.text }).toMatchObject({
      status: 409,
      text: expect.stringContaining('your only passkey'),
    })
    await add(owner, 'Second')
    expect((await owner.submit('/admin/account/passkeys/remove', { id: second() })).text).toContain('was removed')
    expect((await owner.signIn()).body.code).toBe('admin.passkey')
    expect((await owner.submit('/admin/account/passkeys/remove', { id: first() })).status).toBe(409)
  })

  test('of somebody else are out of reach', async () => {
    const other = await console.admitted('owner', 'Grace')
    const id = other.key.credentials[0]!.id
    expect((await owner.submit('/admin/account/passkeys/remove', { id })).status).toBe(404)
    expect((await owner.submit('/admin/account/passkeys/rename', { id, name: 'Mine' })).status).toBe(404)
    expect(await administrators().passkeys.of(other.id)).toEqual([expect.objectContaining({ name: 'Test key' })])
  })

  test('one that somebody has already is not added for another', async () => {
    const other = await console.admitted('viewer', 'Grace')
    const options = await other.call('/admin/account/passkeys/options')
    const passkey = other.key.create(options.body as never)
    expect((await other.call('/admin/account/passkeys', { name: '', passkey })).status).toBe(200)
    const { challenge } = (await owner.call('/admin/account/passkeys/options')).body as unknown as { challenge: string }
    const response = { ...passkey.response, clientDataJSON: clientDataWith(challenge, console.url) }
    const stolen = await owner.call('/admin/account/passkeys', { name: '', passkey: { ...passkey, response } })
    expect(stolen.body.code).toBe('admin.passkey')
    expect(await administrators().passkeys.of(owner.id)).toHaveLength(1)
  })
})

const clientDataWith = (challenge: string, origin: string): string =>
  Buffer.from(JSON.stringify({ type: 'webauthn.create', challenge, origin })).toString('base64url')
