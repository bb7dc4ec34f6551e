// Where an owner connects Entra: nothing counts before it was proven, and nobody is locked out by a mistake.
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { ADA, APP, GRACE, TENANT } from '../support/countersign.ts'
import { type Console, startConsole } from './console.ts'
import {
  atEntra,
  CONNECT,
  connected,
  leadsTo,
  press,
  registerAtEntra,
  SECRET,
  signedIn,
  typed,
  version,
} from './entra-desk.ts'

const MINUTE = 60_000
const OTHER = '99999999-0000-4000-8000-000000000000'
let console: Console
beforeEach(async () => {
  console = await startConsole()
})
afterEach(() => console.close())

const entra = () => console.service.capabilities.administrators.entra
const prove = async (desk: Awaited<ReturnType<Console['admitted']>>, objectId = ADA.objectId) =>
  atEntra(console, desk, await desk.submit(`${CONNECT}/prove`), objectId)

describe('connecting', () => {
  test('the page says exactly what to register', async () => {
    const { text } = await (await console.admitted('owner')).get(CONNECT)
    for (const said of [
      `${console.url}/admin/entra/callback`,
      ...['Countersign.Owner', 'Countersign.Helpdesk', 'Countersign.Viewer', 'auth_time', 'openid', 'profile'],
      'admin link',
    ])
      expect(text).toContain(said)
  })

  test('counts for nothing until an owner has signed in with it', async () => {
    registerAtEntra(console, { [ADA.objectId]: ['Countersign.Owner'] })
    const owner = await console.admitted('owner')
    const saved = await owner.submit(CONNECT, typed())
    expect(saved.text).toContain('Saved, not yet proven')
    expect(await entra().isOn()).toBe(false)
    expect((await press(console.desk(), console)).status).toBe(403)
    const page = await prove(owner)
    expect(page.text).toContain('Administrators can sign in with Entra now')
    expect(await entra().isOn()).toBe(true)
    // The proof connects Entra; it makes no administrator of whoever gave it.
    expect(await console.service.capabilities.administrators.list()).toHaveLength(1)
    expect((await console.events()).slice(-2)).toEqual([
      {
        ...{ type: 'entra-sign-in.changed', tenantId: TENANT, clientId: APP },
        change: expect.stringContaining('saved'),
        by: `administrator:${owner.id}`,
      },
      {
        ...{ type: 'entra-sign-in.changed', tenantId: TENANT, clientId: APP },
        change: JSON.stringify({ on: true, provenBy: ADA.objectId }),
        by: `administrator:${owner.id}`,
      },
    ])
  })

  test('is not proven by an account that is no owner there, nor by a sign-in that Entra remembered', async () => {
    registerAtEntra(console, { [ADA.objectId]: ['Countersign.Owner'], [GRACE.objectId]: ['Countersign.Helpdesk'] })
    const owner = await console.admitted('owner')
    await owner.submit(CONNECT, typed())
    expect((await prove(owner, GRACE.objectId)).text).toContain('not as an owner')
    console.entra.administrators.tamper({ claims: (claims) => ({ ...claims, auth_time: undefined }) })
    expect((await prove(owner)).text).toContain('auth_time')
    expect(await entra().isOn()).toBe(false)
  })

  test('is not proven in another session than the one that began, nor through a draft that was changed since', async () => {
    registerAtEntra(console, { [ADA.objectId]: ['Countersign.Owner'] })
    const owner = await console.admitted('owner')
    await owner.submit(CONNECT, typed())
    const back = await console.entra.administrators.signIn(
      leadsTo(await owner.submit(`${CONNECT}/prove`)),
      ADA.objectId,
    )
    const other = await console.admitted('owner', 'Another owner')
    other.browser.cookies.set('cs-entra', owner.browser.cookies.get('cs-entra') ?? '')
    expect((await other.browser.get(back)).status).toBe(401)
    const again = await console.entra.administrators.signIn(
      leadsTo(await owner.submit(`${CONNECT}/prove`)),
      ADA.objectId,
    )
    await other.submit(CONNECT, typed({ version: '1' }))
    expect((await owner.browser.get(again)).status).toBe(409)
    expect(await entra().isOn()).toBe(false)
  })

  test('shows the secret never again: no page, event or store row has it', async () => {
    const owner = await connected(console)
    for (const path of [CONNECT, '/admin/administrators', '/admin/account'])
      expect((await owner.get(path)).text).not.toContain(SECRET)
    expect(JSON.stringify(await console.events())).not.toContain(SECRET)
    expect(JSON.stringify(await entra().settings.read())).not.toContain(SECRET)
    expect((await owner.submit(CONNECT, typed({ client: 'x', secret: 'typed-anew' }))).text).not.toContain('typed-anew')
  })

  test('keeps the secret where none is typed, for exactly the same application', async () => {
    const owner = await connected(console)
    const now = await version(console)
    const saved = await owner.submit(CONNECT, typed({ secret: '', version: now, 'role-viewer': 'Readers' }))
    expect(saved.text).toContain('A change that waits')
    for (const change of [{ client: OTHER }, { tenant: OTHER }, { cloud: 'global' }] as Record<string, string>[]) {
      const page = await owner.submit(CONNECT, typed({ secret: '', version: await version(console), ...change }))
      expect({ change, status: page.status }).toEqual({ change, status: 422 })
      expect(page.text).toContain('Type the client secret of this application')
    }
  })

  test('a change waits beside what works, until it is proven or discarded', async () => {
    const owner = await connected(console, { [GRACE.objectId]: ['Readers'] })
    await owner.submit(CONNECT, typed({ version: await version(console), 'role-viewer': 'Readers' }))
    expect((await signedIn(console, GRACE.objectId)).page.status).toBe(403)
    expect(await (await signedIn(console, ADA.objectId)).isIn()).toBe(true)
    await prove(owner as never)
    expect(await (await signedIn(console, GRACE.objectId)).isIn()).toBe(true)
    await owner.submit(CONNECT, typed({ version: await version(console), secret: 'wrong' }))
    const page = await owner.submit(`${CONNECT}/discard`, { version: await version(console) })
    expect(page.text).toContain('The change was discarded')
    expect(await (await signedIn(console, ADA.objectId)).isIn()).toBe(true)
  })

  test.each([
    ['tenant', { tenant: 'contoso.onmicrosoft.com' }, 'A directory ID looks like'],
    ['tenant', { tenant: 'common' }, 'A directory ID looks like'],
    ['client', { client: '' }, 'An application ID looks like'],
    ['secret', { secret: '' }, 'Type the client secret'],
    ['secret', { secret: OTHER }, 'This is the secret’s ID'],
    ['cloud', { cloud: 'https://evil.example' }, 'Choose the cloud'],
    ['role-viewer', { 'role-viewer': 'Two words' }, 'no spaces'],
    ['role-viewer', { 'role-viewer': 'Countersign.Owner' }, 'same app role'],
    ['role-owner', { 'role-owner': '' }, 'Say who is an owner'],
    ['ids-helpdesk', { 'ids-helpdesk': `${GRACE.objectId}\n<b>grace` }, '“&lt;b&gt;grace” is not an object ID'],
  ])('says beside the field what is wrong with it, and keeps the rest: %s', async (field, change, sentence) => {
    const owner = await console.admitted('owner')
    const page = await owner.submit(CONNECT, typed({ 'ids-viewer': OTHER, ...(change as Record<string, string>) }))
    expect(page.status).toBe(422)
    expect(page.text).toMatch(new RegExp(`id="${field}"[^>]*aria-`))
    expect(page.text).toContain(`id="${field}-fault"`)
    expect(page.text).toContain(sentence)
    expect(page.text).toContain(`${OTHER}</textarea>`)
    expect(page.text).not.toContain(SECRET)
    expect((await entra().settings.read()).version).toBe(0)
  })

  test('says what is wrong before it asks for a proof, and keeps the rest', async () => {
    const owner = await console.admitted('owner')
    console.clock.leap(6 * MINUTE)
    const page = await owner.submit(CONNECT, typed({ tenant: 'contoso.onmicrosoft.com', 'ids-viewer': OTHER }))
    expect(page.status).toBe(422)
    expect(page.text).toContain('A directory ID looks like')
    expect(page.text).toContain(`${OTHER}</textarea>`)
    expect(page.text).not.toContain('Is it you?')
  })

  test('of two owners who change it at once, one is told', async () => {
    const [one, two] = [await console.admitted('owner'), await console.admitted('owner', 'Two')]
    const statuses = (await Promise.all([one, two].map((desk) => desk.submit(CONNECT, typed())))).map(
      ({ status }) => status,
    )
    expect(statuses.sort()).toEqual([200, 409])
    expect((await entra().settings.read()).version).toBe(1)
  })
})

describe('switching off, and removing', () => {
  test('signs out who came in by Entra, and no one else', async () => {
    const owner = await connected(console)
    const ada = await signedIn(console, ADA.objectId)
    const page = await owner.submit(`${CONNECT}/off`, { version: await version(console) })
    expect(page.text).toContain('The sign-in with Entra is off')
    expect([await ada.isIn(), await owner.isIn()]).toEqual([false, true])
    await prove(owner as never)
    expect(await (await signedIn(console, ADA.objectId)).isIn()).toBe(true)
  })

  test('removing asks for the name, and forgets the secret', async () => {
    const owner = await connected(console)
    const now = await version(console)
    const wrong = await owner.submit(`${CONNECT}/remove`, { version: now, name: 'entra' })
    expect(wrong.status).toBe(422)
    expect(wrong.text).toContain('Type “Entra sign-in” to remove it.')
    expect(await entra().isOn()).toBe(true)
    await owner.submit(`${CONNECT}/remove`, { version: now, name: ' Entra sign-in ' })
    expect(await entra().settings.read()).toMatchObject({ active: null, draft: null, on: false })
    expect(
      (await owner.submit(`${CONNECT}/remove`, { version: await version(console), name: 'Entra sign-in' })).status,
    ).toBe(404)
    expect((await owner.submit(`${CONNECT}/prove`)).status).toBe(403)
  })

  test('is refused while no owner has a passkey: nobody could get in', async () => {
    const owner = await connected(console)
    const ada = await signedIn(console, ADA.objectId)
    // Ada is an owner who can get in: the passkey owner may go.
    const list = await console.service.capabilities.administrators.list()
    const first = list.find(({ via }) => via === 'passkey')
    await ada.submit(`/admin/administrators/${first?.id}/disable`)
    expect(await owner.isIn()).toBe(false)
    expect((await ada.get(CONNECT)).text).toContain('No owner has a passkey of their own')
    for (const [act, fields] of [
      ['off', {}],
      ['remove', { name: 'Entra sign-in' }],
    ] as const) {
      const page = await ada.submit(`${CONNECT}/${act}`, { version: await version(console), ...fields })
      expect({ act, status: page.status }).toEqual({ act, status: 409 })
      expect(page.text).toContain('No owner would be left')
    }
    expect(await ada.isIn()).toBe(true)
    // And she, the last, cannot go either.
    const id = list.find(({ via }) => via === 'entra')?.id
    expect((await ada.submit(`/admin/administrators/${id}/remove`)).status).toBe(409)
  })

  test('an owner of Entra is none who can get in while it is off', async () => {
    const owner = await connected(console)
    await signedIn(console, ADA.objectId)
    await owner.submit(`${CONNECT}/off`, { version: await version(console) })
    const first = (await console.service.capabilities.administrators.list()).find(({ via }) => via === 'passkey')
    expect((await owner.submit(`/admin/administrators/${first?.id}/disable`)).status).toBe(409)
    expect(await owner.isIn()).toBe(true)
  })

  test('who is removed here comes back while Entra gives them a role; the page says so', async () => {
    const owner = await connected(console)
    const ada = await signedIn(console, ADA.objectId)
    const id = (await console.service.capabilities.administrators.list()).find(({ via }) => via === 'entra')?.id
    expect((await owner.get(`/admin/administrators/${id}`)).text).toContain('They come back at their next sign-in')
    await owner.submit(`/admin/administrators/${id}/remove`)
    expect(await ada.isIn()).toBe(false)
    expect(await (await signedIn(console, ADA.objectId)).isIn()).toBe(true)
  })
})

test('nobody but an owner sees or changes anything of it', async () => {
  for (const role of ['viewer', 'helpdesk'] as const) {
    const desk = await console.admitted(role)
    expect((await desk.get(CONNECT)).status).toBe(403)
    for (const act of ['', '/prove', '/discard', '/off', '/remove'])
      expect((await desk.submit(`${CONNECT}${act}`, typed())).status).toBe(403)
  }
  expect((await console.desk().get(CONNECT)).url).toContain('/admin/sign-in')
  expect((await entra().settings.read()).version).toBe(0)
})

test('every act but discarding a draft needs a fresh proof, and says what it does', async () => {
  const owner = await connected(console)
  console.clock.leap(6 * MINUTE)
  for (const [act, what] of [
    ['', 'Save how administrators sign in'],
    ['/prove', 'Switch on the sign-in with Entra'],
    ['/off', 'Switch off the sign-in with Entra'],
    ['/remove', 'Remove the sign-in with Entra'],
  ]) {
    const page = await owner.submit(`${CONNECT}${act}`, typed({ version: await version(console) }))
    expect({ act, status: page.status }).toEqual({ act, status: 403 })
    expect(page.text).toContain(what)
  }
  expect(await entra().isOn()).toBe(true)
})

test('works on after a restart, with the sealed secret', async () => {
  await connected(console)
  await console.restart()
  expect(await (await signedIn(console, ADA.objectId)).isIn()).toBe(true)
})
