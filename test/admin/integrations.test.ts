import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import type { Integration } from '../../src/integrations/integration.ts'
import type { Page } from '../support/browser.ts'
import { APP, TENANT } from '../support/countersign.ts'
import { begin, enrol } from '../support/stories.ts'
import { type Console, type Desk, startConsole } from './console.ts'

const LIST = '/admin/integrations'
const OTHER = 'b1f2c3d4-0000-4000-8000-000000000001'
const MINUTE = 60_000

let console: Console
let owner: Desk & { id: string }
beforeEach(async () => {
  console = await startConsole()
  owner = await console.admitted('owner', 'Ada')
})
afterEach(() => console.close())

const integrations = () => console.service.capabilities.integrations
const one = (act = '') => `${LIST}/${console.integration.id}${act && `/${act}`}`
const now = async (): Promise<Integration> => (await integrations().find(console.integration.id)) as Integration
const lastEvent = async () => (await console.events()).at(-1)

/** What a field of a page holds. */
const held = ({ text }: Page, field: string): string | undefined =>
  new RegExp(`name="${field}"[^>]*value="([^"]*)"`).exec(text)?.[1]
const chosen = ({ text }: Page, field: string): string | undefined =>
  new RegExp(`name="${field}" value="([^"]*)" checked`).exec(text)?.[1]

describe('the list', () => {
  test('says of each tenant whether it is served, and what came last', async () => {
    await begin(console)
    const { text } = await owner.get(LIST)
    expect(text).toContain(TENANT)
    expect(text).toContain('<span class="chip">Enabled</span>')
    expect(text).toMatch(/External MFA:<\/strong>\s+last request accepted/)
    expect(text).toMatch(/Custom control:<\/strong>\s+<span class="soft">never seen/)
    await integrations().change(console.integration.id, { enabled: false }, 'command-line')
    await begin(console)
    const after = await owner.get(LIST)
    expect(after.text).toContain('DISABLED')
    expect(after.text).toContain('Refused')
  })

  test('says nothing more of a request that was refused while it was disabled, once it is enabled again', async () => {
    await integrations().change(console.integration.id, { enabled: false }, 'command-line')
    await begin(console)
    expect((await owner.get(LIST)).text).toContain('>Refused</span>')
    expect((await owner.get('/admin/')).text).toContain('was refused: integration is disabled')
    await integrations().change(console.integration.id, { enabled: true }, 'command-line')
    expect((await owner.get(LIST)).text).not.toContain('>Refused</span>')
    expect((await owner.get(LIST)).text).toContain('none since it was enabled again')
    const page = (await owner.get(one())).text
    expect(page).toContain('while this integration was disabled')
    expect(page).not.toContain('<strong>Refused</strong>')
    const overview = (await owner.get('/admin/')).text
    expect(overview).not.toContain('was refused: integration is disabled')
    expect(overview).toContain('Entra has sent nobody of Contoso here since it was enabled again.')
  })

  test('teaches the first step while there is none, and offers it to owners', async () => {
    await integrations().remove(console.integration.id, 'command-line')
    expect((await owner.get(LIST)).text).toContain('No tenant is connected yet')
    expect((await owner.get(LIST)).text).toContain(`href="${LIST}/new"`)
    const viewer = await console.admitted('viewer')
    expect((await viewer.get(LIST)).text).not.toContain(`href="${LIST}/new"`)
  })

  test('is in the order of names, and comes by the page', async () => {
    for (let i = 0; i < 30; i++) {
      const tenantId = OTHER.replace(/0001$/, String(1000 + i))
      const name = `Tenant ${String(30 - i).padStart(2, '0')}`
      const wanted = { name, tenantId, appId: APP, cloud: 'global', enrolment: 'closed' } as const
      await integrations().create(wanted, 'command-line')
    }
    const names = ({ text }: Page) => [...text.matchAll(/<bdi>(Contoso|Tenant \d+)</g)].map(([, name]) => name)
    const first = await owner.get(LIST)
    expect(names(first)).toEqual([
      'Contoso',
      ...Array.from({ length: 24 }, (_, i) => `Tenant ${String(i + 1).padStart(2, '0')}`),
    ])
    const next = /href="([^"]+after=[^"]+)">Next/.exec(first.text)?.[1] ?? ''
    const second = await owner.get(next)
    expect(names(second)).toEqual(['25', '26', '27', '28', '29', '30'].map((n) => `Tenant ${n}`))
    expect(second.text).not.toContain('>Next<')
    expect(names(await owner.get(`${LIST}?after=rubbish`))).toEqual(names(first))
  })
})

describe('connecting', () => {
  const good = {
    name: ' Fabrikam ',
    tenantId: OTHER.toUpperCase(),
    appId: APP,
    cloud: 'usgov',
    enrolment: 'invitation',
    firstUseUntil: '',
  }

  test('gives first use a last day from the beginning', async () => {
    await owner.submit(`${LIST}/new`, { ...good, enrolment: 'first-use', firstUseUntil: '2099-01-31' })
    const firstUseUntil = Date.parse('2099-01-31T23:59:59Z')
    expect((await integrations().list()).at(-1)).toMatchObject({ enrolment: 'first-use', firstUseUntil })
    expect(JSON.parse(((await lastEvent()) as { change: string }).change)).toMatchObject({ firstUseUntil })
  })

  test('takes a name and the two ids, and leads to what is to be pasted', async () => {
    expect((await owner.get(`${LIST}/new`)).text).toContain(`${console.url}/entra/authorize`)
    const page = await owner.submit(`${LIST}/new`, good)
    expect(page.url).toMatch(/\/admin\/integrations\/[\w-]+\?done=integration-connected$/)
    expect(page.text).toContain('The tenant is connected')
    expect((await integrations().list()).at(-1)).toMatchObject({
      ...{ name: 'Fabrikam', tenantId: OTHER, cloud: 'usgov', enrolment: 'invitation', enabled: true },
    })
    expect(await lastEvent()).toMatchObject({ type: 'integration.created', by: `administrator:${owner.id}` })
    expect(page.text).toContain('https://entra.microsoft.us')
  })

  test('keeps what was typed, and says of every field what is wrong and why', async () => {
    const typed = { name: '', tenantId: 'contoso.com', appId: '<script>', cloud: 'usgov', enrolment: 'closed' }
    const page = await owner.submit(`${LIST}/new`, typed)
    expect(page.status).toBe(400)
    expect(held(page, 'tenantId')).toBe('contoso.com')
    expect(held(page, 'appId')).toBe('&lt;script&gt;')
    expect([chosen(page, 'cloud'), chosen(page, 'enrolment')]).toEqual(['usgov', 'closed'])
    expect(page.text).toContain('id="name-mistake">Name is missing.')
    expect(page.text).toContain('id="tenantId-mistake">Directory (tenant) ID must be a GUID')
    expect(page.text).toContain('<a href="#appId">Application (client) ID must be a GUID')
    expect(page.text.match(/aria-invalid="true"/g)).toHaveLength(3)
    expect(await integrations().list()).toHaveLength(1)
  })

  test.each([
    ['a tenant that is connected already', { tenantId: TENANT }, 'Directory (tenant) ID is connected already'],
    [
      'personal accounts',
      { tenantId: '9188040d-6c67-4c5b-b112-36a304b66dad' },
      'tenant of personal Microsoft accounts',
    ],
    ['a cloud that is none', { cloud: 'mars' }, 'Cloud must be one of these.'],
    ['a last day that is over', { firstUseUntil: '2020-01-01' }, 'must be in the future; to end first use now, choose'],
    ['a last day that is none', { firstUseUntil: '31.1.2027' }, 'must be a day such as 2027-01-31.'],
    ['zeros', { appId: '00000000-0000-0000-0000-000000000000' }, 'zeros are nobody’s'],
    ['a name that hides something', { name: 'Con\u202etoso' }, 'without characters that cannot be seen'],
    ['no enrolment', { enrolment: '' }, 'Who may add a phone must be one of these.'],
  ])('refuses %s', async (_what, change, said) => {
    const page = await owner.submit(`${LIST}/new`, { ...good, ...change })
    expect({ status: page.status, text: page.text }).toMatchObject({ status: 400, text: expect.stringContaining(said) })
    expect(await integrations().list()).toHaveLength(1)
  })
})

describe('the page of one', () => {
  test('has all that is to be pasted, and the same as files', async () => {
    const { text } = await owner.get(one())
    const issuer = `${console.url}/entra/${console.integration.id}`
    for (const value of [console.integration.clientId, APP, `${issuer}/.well-known/openid-configuration`])
      expect(text).toContain(`>${value}</code>`)
    const files: [string, object][] = [
      ['custom-control.json', { AppId: APP, ClientId: console.integration.clientId }],
      ['external-mfa.json', { displayName: 'Contoso', appId: APP }],
      ['external-mfa-user.json', { displayName: 'Contoso' }],
      ['conditional-access-custom-control.json', { state: 'enabledForReportingButNotEnforced' }],
      [
        'conditional-access-external-mfa.json',
        { grantControls: expect.objectContaining({ builtInControls: ['mfa'] }) },
      ],
    ]
    for (const [file, holds] of files) {
      const got = await owner.get(one(file))
      expect(got.headers.get('content-type')).toContain('application/json')
      expect(got.headers.get('content-disposition')).toBe(`attachment; filename=contoso-${file}`)
      expect(JSON.parse(got.text)).toMatchObject(holds)
      const shown = new RegExp(`<pre id="${file.replace('.', '-')}">([^<]+)</pre>`).exec(text)?.[1] ?? ''
      expect(JSON.parse(shown.replaceAll('&quot;', '"'))).toEqual(JSON.parse(got.text))
    }
  })

  test('gives a file a name that every system takes, whatever the integration is called', async () => {
    for (const [name, file] of [
      ['Ünï "café" / ../x', 'n-caf-x-external-mfa.json'],
      ['日本', 'external-mfa.json'],
    ]) {
      await integrations().change(console.integration.id, { name: name ?? '' }, 'command-line')
      const got = await owner.get(one('external-mfa.json'))
      expect(got.headers.get('content-disposition')).toBe(`attachment; filename=${file}`)
    }
  })

  test('says at once that a hint names another tenant, and what to compare', async () => {
    expect((await owner.get(one())).text).toContain('Nothing has come yet')
    await begin(console, { hint: { payload: { iss: `${console.entra.authority}/${OTHER}/v2.0` } } })
    const { text } = await owner.get(one())
    expect(text).toContain('compare the Directory (tenant) ID')
    expect(text).toContain(`issuer names tenant ${OTHER}`)
    expect(text).toContain('None was ever accepted')
    expect(text).toContain('anybody who knows the client id may have sent it')
    console.clock.leap(MINUTE)
    await begin(console)
    const after = (await owner.get(one())).text
    expect(after).toContain('Accepted')
    expect(after).toContain('The last refusal before that')
    expect(after).not.toContain('None was ever accepted')
  })

  test('shows names as text', async () => {
    await integrations().change(console.integration.id, { name: '<img src=x onerror=alert(1)>' }, 'command-line')
    for (const path of [LIST, one(), one('settings'), one('disable'), one('remove')]) {
      const { text } = await owner.get(path)
      expect(text).toContain('&lt;img src=x')
      expect(text).not.toContain('<img src=x')
    }
  })

  test('is a plain page when there is no such integration', async () => {
    for (const path of ['', '/settings', '/disable', '/remove', '/external-mfa.json']) {
      const page = await owner.get(`${LIST}/nobody${path}`)
      expect({ path, status: page.status }).toEqual({ path, status: 404 })
      expect(page.text).toContain('This is not there any more')
    }
    for (const act of ['settings', 'enable', 'disable', 'remove'])
      expect((await owner.submit(`${LIST}/nobody/${act}`, { name: 'x' })).status).toBe(404)
  })
})

describe('the settings', () => {
  /** The form as it would be posted, unless a test changes something in it. */
  const form = async (change: Record<string, string> = {}) => {
    const page = await owner.get(one('settings'))
    const fields = {
      version: held(page, 'version') ?? '',
      name: held(page, 'name') ?? '',
      appId: held(page, 'appId') ?? '',
      enrolment: chosen(page, 'enrolment') ?? '',
      firstUseUntil: held(page, 'firstUseUntil') ?? '',
      firstUseDomains: '',
      askedBy: chosen(page, 'askedBy') ?? '',
      digits: chosen(page, 'digits') ?? '',
      'hintAudience.external-mfa': chosen(page, 'hintAudience.external-mfa') ?? '',
      'hintAudience.custom-control': chosen(page, 'hintAudience.custom-control') ?? '',
    }
    return { ...fields, ...change }
  }
  const save = async (change: Record<string, string>) => owner.submit(one('settings'), await form(change))

  test('are changed, and the audit says what and by whom', async () => {
    const page = await save({
      name: 'Contoso Ltd',
      firstUseUntil: '2099-01-31',
      firstUseDomains: 'Contoso.com, fabrikam.example\r\ncontoso.com',
      askedBy: 'external-mfa',
      digits: '3',
      namePersonInPush: 'yes',
      'hintAudience.external-mfa': 'either',
    })
    expect(page.text).toContain('The settings were changed')
    expect(page.text).toContain('By External MFA only')
    expect(page.text).toContain('Below what NIST and OWASP ask for')
    expect(await now()).toMatchObject({
      ...{
        name: 'Contoso Ltd',
        askedBy: 'external-mfa',
        digits: 3,
        namePersonInPush: true,
        version: 2,
        enrolment: 'first-use',
      },
      firstUseUntil: Date.parse('2099-01-31T23:59:59Z'),
      firstUseDomains: ['contoso.com', 'fabrikam.example'],
      hintAudience: { 'external-mfa': 'either', 'custom-control': 'either' },
    })
    expect(await lastEvent()).toMatchObject({ type: 'integration.changed', by: `administrator:${owner.id}` })
    await save({ digits: '6', firstUseDomains: 'contoso.com fabrikam.example', namePersonInPush: 'yes' })
    expect(JSON.parse(((await lastEvent()) as { change: string }).change)).toEqual({ digits: 6 })
  })

  test('that are so already change nothing, and leave no trace', async () => {
    const before = (await console.events()).length
    expect((await save({})).text).toContain('Nothing was changed')
    expect(await now()).toMatchObject({ version: 1 })
    expect((await console.events()).length).toBe(before)
  })

  test('keep what was typed, and say what is wrong with it', async () => {
    const page = await save({
      name: 'x'.repeat(101),
      firstUseUntil: '2020-01-01',
      firstUseDomains: '@contoso.com',
      digits: '4',
    })
    expect(page.status).toBe(400)
    expect(held(page, 'firstUseUntil')).toBe('2020-01-01')
    expect(page.text).toContain('>@contoso.com</textarea>')
    expect(page.text).toContain('Name must have at most 100 characters.')
    expect(page.text).toContain('Last day of first use must be in the future; to end first use now, choose Invitation.')
    expect(page.text).toContain('Domains of first use has “@contoso.com”, and domains are such as contoso.com.')
    expect(page.text).toContain('Digits to type must be one of these.')
    expect(await now()).toMatchObject({ version: 1 })
  })

  test('give back a day that is none in a field that can hold it: browsers empty a date field', async () => {
    for (const typed of ['31.1.2027', '2027-02-30']) {
      const { text } = await save({ firstUseUntil: typed })
      expect(text).toContain(`name="firstUseUntil" type="text" value="${typed}"`)
      expect(text).toContain('Last day of first use must be a day such as 2027-01-31.')
    }
    expect((await save({ firstUseUntil: '2020-01-01' })).text).toContain('type="date" value="2020-01-01"')
  })

  test('keep a last day to the second, and one that is over, when something else is changed', async () => {
    const firstUseUntil = console.clock.now() + 5 * MINUTE
    await integrations().change(console.integration.id, { firstUseUntil }, 'command-line')
    console.clock.leap(10 * MINUTE)
    await owner.stepUp()
    expect((await save({ digits: '3' })).text).toContain('The settings were changed')
    expect(await now()).toMatchObject({ firstUseUntil, digits: 3 })
    expect((await owner.get(one())).text).toContain('It is over')
  })

  test('of two who change them at once, the second is told, keeps what they typed, and may save over it knowingly', async () => {
    const other = await console.admitted('owner', 'Grace')
    const mine = await form({ name: 'Mine', digits: '3' })
    await other.submit(one('settings'), await form({ name: 'Theirs', enrolment: 'closed' }))
    const page = await owner.submit(one('settings'), mine)
    expect(page.status).toBe(409)
    expect(page.text).toContain('<bdi>Grace</bdi> changed this integration after you opened it')
    expect([held(page, 'name'), chosen(page, 'digits'), chosen(page, 'enrolment')]).toEqual(['Mine', '3', 'first-use'])
    expect(page.text).toMatch(/id="name-now">It is now: <strong><bdi>Theirs</)
    expect(page.text).toMatch(/id="digits-now">It is now: <strong>6</)
    expect(page.text).toMatch(/id="enrolment-now">It is now: <strong>Closed</)
    expect(page.text).not.toContain('id="appId-now"')
    expect(page.text).toContain('Save mine over it')
    expect(await now()).toMatchObject({ name: 'Theirs', version: 2 })

    const saved = await owner.submit(one('settings'), { ...mine, version: held(page, 'version') ?? '' })
    expect(saved.text).toContain('The settings were changed')
    expect(await now()).toMatchObject({ name: 'Mine', digits: 3, enrolment: 'first-use', version: 3 })
  })

  test('of two at the very same moment, one is told', async () => {
    const other = await console.admitted('owner', 'Grace')
    const [mine, theirs] = [await form({ name: 'Mine' }), await form({ name: 'Theirs' })]
    const pages = await Promise.all([owner.submit(one('settings'), mine), other.submit(one('settings'), theirs)])
    expect(pages.map(({ status }) => status).sort()).toEqual([200, 409])
    expect(await now()).toMatchObject({ version: 2 })
  })

  test('without a version, or with one of ours that never was, are no change', async () => {
    for (const version of ['', '7', 'x']) expect((await save({ name: 'Mine', version })).status).toBe(409)
    expect(await now()).toMatchObject({ name: 'Contoso', version: 1 })
  })

  test('ask for a fresh proof, after what is wrong was told', async () => {
    console.clock.leap(6 * MINUTE)
    expect((await save({ digits: '4' })).status).toBe(400)
    expect((await save({ name: 'Mine', version: '7' })).status).toBe(409)
    const page = await save({ name: 'Mine' })
    expect(page.status).toBe(403)
    expect(page.text).toContain('Change the settings of Contoso')
    expect(await now()).toMatchObject({ version: 1 })
  })
})

describe('an end', () => {
  test('disabling stops its sign-ins, after its name was typed; enabling serves them again', async () => {
    const page = await owner.submit(one('disable'), { name: 'contoso ' })
    expect({ status: page.status, typed: held(page, 'name') }).toEqual({ status: 400, typed: 'contoso ' })
    expect(page.text).toContain('This is not its name')
    expect((await owner.submit(one('disable'))).text).toContain('Type the name.')
    expect(await now()).toMatchObject({ enabled: true })

    expect((await owner.submit(one('disable'), { name: ' Contoso ' })).text).toContain('It is disabled')
    expect((await begin(console)).page.text).toContain('access_denied')
    expect((await owner.submit(one('disable'), { name: 'Contoso' })).status).toBe(200)
    expect((await owner.submit(one('enable'))).text).toContain('It is enabled')
    expect((await begin(console)).page.text).not.toContain('access_denied')
    // To disable what is disabled is no change.
    expect((await console.events()).filter(({ type }) => type === 'integration.changed')).toHaveLength(2)
  })

  test('removing revokes its phones, after its name was typed', async () => {
    await enrol(console)
    const { devices } = console.service.capabilities
    const of = () => devices.list(TENANT)
    expect((await owner.submit(one('remove'), { name: 'Fabrikam' })).status).toBe(400)
    expect(await integrations().list()).toHaveLength(1)
    const page = await owner.submit(one('remove'), { name: 'Contoso' })
    expect(page.url).toBe(`${console.url}${LIST}?done=integration-removed`)
    expect(page.text).toContain('The integration was removed')
    expect(await integrations().list()).toEqual([])
    expect((await of()).map(({ state }) => state)).toEqual(['revoked'])
    expect((await owner.submit(one('remove'), { name: 'Contoso' })).status).toBe(404)
  })

  test.each(['disable', 'remove'])('to %s needs a fresh proof, asked for when the name is right', async (act) => {
    console.clock.leap(6 * MINUTE)
    expect((await owner.submit(one(act), { name: 'Fabrikam' })).status).toBe(400)
    const page = await owner.submit(one(act), { name: 'Contoso' })
    expect(page.status).toBe(403)
    expect(page.text).toContain('Is it you?')
    expect(held(page, 'name')).toBe('Contoso')
    expect(await now()).toMatchObject({ enabled: true })
  })
})

describe.each(['viewer', 'helpdesk'] as const)('a %s', (role) => {
  test('sees the integrations, is offered no change, and is refused each', async () => {
    const desk = await console.admitted(role)
    for (const path of [LIST, one()]) {
      const { status, text } = await desk.get(path)
      expect(status).toBe(200)
      for (const to of [`${LIST}/new`, ...['settings', 'disable', 'remove', 'enable'].map(one)])
        expect(text).not.toContain(`"${to}"`)
    }
    expect((await desk.get(one('external-mfa.json'))).status).toBe(200)
    for (const path of [`${LIST}/new`, one('settings'), one('disable'), one('remove')])
      expect((await desk.get(path)).status).toBe(403)
    for (const path of [`${LIST}/new`, ...['settings', 'enable', 'disable', 'remove'].map(one)])
      expect({ path, status: (await desk.submit(path, { name: 'Contoso' })).status }).toEqual({ path, status: 403 })
    expect(await now()).toMatchObject({ version: 1, enabled: true })
  })
})

test('whoever is not signed in is led to sign in, and posts nothing', async () => {
  const nobody = console.desk()
  for (const path of [LIST, `${LIST}/new`, one(), one('settings'), one('external-mfa.json')])
    expect((await nobody.get(path)).url).toContain('/admin/sign-in?to=')
  expect((await nobody.submit(one('remove'), { name: 'Contoso' })).status).toBe(401)
  expect(await integrations().list()).toHaveLength(1)
})
