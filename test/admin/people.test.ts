import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import type { Role } from '../../src/administrators/permissions.ts'
import { createPhone } from '../phone-simulator/phone.ts'
import type { Page } from '../support/browser.ts'
import { ADA, GRACE, GUEST, TENANT } from '../support/countersign.ts'
import { approve, begin, enrol, finish, keyOf, shownOn } from '../support/stories.ts'
import { type Console, type Desk, startConsole } from './console.ts'

const EVIL = '<img src=x onerror=alert(1)>"\'&'
const MALLORY = { objectId: 'e0000000-0000-4000-8000-000000000001', name: EVIL, username: `mallory${EVIL}` }
const NOBODY = '00000000-0000-4000-8000-000000000000'
const MINUTE = 60_000

let console: Console
const desks = {} as Record<Role, Desk & { id: string }>
beforeAll(async () => {
  console = await startConsole()
  for (const role of ['owner', 'helpdesk', 'viewer'] as const) desks[role] = await console.admitted(role)
  await enrol(console, { person: ADA })
})
afterAll(() => console.close())

const pageOf = ({ objectId }: { objectId: string }, act = '') =>
  `/admin/people/${TENANT}/${objectId}${act && `/${act}`}`
const lastEvent = async () => (await console.events()).at(-1)
const phonesOf = (person: { objectId: string }) => console.service.capabilities.people.devicesOf(keyOf(person))
const codeOn = (page: Page) => /id="code">([^<]+)</.exec(page.text)?.[1] ?? ''
const invite = (desk: Desk, { objectId }: { objectId: string }) =>
  desk.submit('/admin/people/invite', { integration: console.integration.id, objectId })
/** The accounts in the table, in its order. */
const listed = ({ text }: Page) =>
  [...text.matchAll(/data-label="Account"><a[^>]*><bdi>([^<]*)</g)].map(([, label]) => label)

describe('the people page', () => {
  test('finds who has signed in, by the beginning of the account’s name, whatever its case, or by the whole object id', async () => {
    await begin(console, { person: GRACE })
    const found = async (query: string) => listed(await desks.viewer.get(`/admin/people?${query}`))
    expect(await found('')).toEqual([ADA.username, GRACE.username])
    expect(await found('text=ADA')).toEqual([ADA.username])
    expect(await found(`text=${GRACE.objectId.toUpperCase()}`)).toEqual([GRACE.username])
    expect(await found(`text=ada&integration=${console.integration.id}`)).toEqual([ADA.username])
    expect(await found('text=ada&integration=another')).toEqual([])
    expect(await found('text=da')).toEqual([])
  })

  test('says how many phones somebody has, and when they were last seen', async () => {
    const { text } = await desks.viewer.get('/admin/people?text=ada')
    expect(text).toMatch(/data-label="Phones">1<.*data-label="Last seen"><time datetime="\d{4}-/s)
    expect((await desks.viewer.get('/admin/people?text=grace')).text).toContain(
      '<span class="chip caution">None</span>',
    )
  })

  test('keeps what was searched for, and says what to do where nobody is found', async () => {
    const { text } = await desks.viewer.get('/admin/people?text=nobody%22%3E')
    expect(text).toContain('value="nobody&quot;&gt;"')
    expect(text).toContain('Nobody here is called so.')
  })

  test('pages by cursor, without a gap or a repeat; a cursor of somebody’s own making is the first page', async () => {
    const { stores } = console.service.capabilities
    const many = Array.from({ length: 120 }, (_, i) => `b0000000-0000-4000-8000-${String(i).padStart(12, '0')}`)
    for (const objectId of many)
      await stores.invitations.insert(
        {
          ...{
            id: objectId,
            integrationId: console.integration.id,
            tenantId: TENANT,
            objectId,
            salt: '',
            codeHash: '',
          },
          ...{ createdAt: 0, expiresAt: 1, heldBy: null, heldUntil: 0, spentAt: null },
        },
        {
          ...{ type: 'invitation.created', invitationId: objectId, integrationId: console.integration.id },
          ...{ tenantId: TENANT, objectId, by: 'command-line' },
        },
      )
    const seen: (string | undefined)[] = []
    const pages: Page[] = []
    for (let path: string | undefined = '/admin/people?text=b0'; path; ) {
      const page: Page = await desks.viewer.get(path)
      pages.push(page)
      seen.push(...listed(page))
      path = /href="([^"]+)" rel="next"/.exec(page.text)?.[1]?.replaceAll('&amp;', '&')
    }
    expect(seen).toEqual(many)
    expect(pages.map(({ text }) => / id="people" data-live/.test(text))).toEqual([true, false, false])
    expect(pages[1]?.text).toContain('href="/admin/people?text=b0">First</a>')
    expect(listed(await desks.viewer.get('/admin/people?text=b0&cursor=made-up'))).toEqual(many.slice(0, 50))
    // A parameter given twice, or as something else, is none.
    expect(listed(await desks.viewer.get('/admin/people?text=ada&text=grace'))).toHaveLength(50)
    expect((await desks.viewer.get('/admin/people?text[a]=ada&cursor[]=x')).status).toBe(200)
  })
})

describe('the page of a person', () => {
  test('shows who it is, their phones and how those were bound, and their last sign-ins', async () => {
    const { text } = await desks.viewer.get(pageOf(ADA))
    const [phone] = await phonesOf(ADA)
    expect(text).toContain(`<h1><bdi>${ADA.username}</bdi></h1>`)
    expect(text).toContain(`id="object-id">${ADA.objectId}<`)
    expect(text).toContain(`id="tenant-id">${TENANT}<`)
    expect(text).toContain(`id="phone-${phone?.id}"`)
    expect(text).toMatch(/Phone simulator\. Bound .* at their first use, <a href="\/admin\/sign-ins\/[0-9a-f]{32}">/)
    expect(text).toContain('Last approved')
    expect(text).toContain('Notifications off')
    expect(text).toContain('Signed in</span>')
  })

  test('is not there for whom nobody knows', async () => {
    for (const path of [
      pageOf({ objectId: NOBODY }),
      `/admin/people/${NOBODY}/${ADA.objectId}`,
      '/admin/people/x/..%2F',
    ]) {
      const page = await desks.owner.get(path)
      expect({ path, status: page.status, text: page.text }).toMatchObject({
        ...{ path, status: 404 },
        text: expect.stringContaining('This is not there any more'),
      })
    }
  })

  test('says that notifications are held back, while they are', async () => {
    const phone = await enrol(console, { person: GUEST })
    const begun = await begin(console, { person: GUEST })
    const { body } = await phone.pending()
    await phone.notMe(body.pending[0])
    expect((await begun.browser.get(begun.page.url)).status).toBe(200)
    expect((await desks.viewer.get(pageOf(GUEST))).text).toContain('Notifications held back')
    console.clock.leap(16 * MINUTE)
    for (const role of ['owner', 'helpdesk', 'viewer'] as const) await desks[role].signIn()
    expect((await desks.viewer.get(pageOf(GUEST))).text).not.toContain('Notifications held back')
  })

  test('shows what was typed as text: account names and names of phones', async () => {
    const begun = await begin(console, { person: MALLORY })
    const phone = await createPhone({ url: console.url })
    await phone.bind({ ticket: /#ticket=([\w-]+)"/.exec(begun.page.text)?.[1] ?? '' }, { name: EVIL, platform: EVIL })
    await approve(phone, begun)
    await finish(console, begun)
    const [bound] = await phonesOf(MALLORY)
    for (const path of [
      '/admin/people',
      '/admin/people?text=mallory',
      pageOf(MALLORY),
      '/admin/sign-ins',
      `/admin/sign-ins/${bound?.boundBy}`,
      '/admin/audit',
      `/admin/audit?person=${MALLORY.objectId}`,
    ]) {
      const { text, status } = await desks.helpdesk.get(path)
      expect({ path, status }).toEqual({ path, status: 200 })
      expect(text).not.toContain('<img src=x')
    }
    expect((await desks.helpdesk.get(pageOf(MALLORY))).text).toContain('&lt;img src=x')
  })
})

describe('removing phones', () => {
  test('takes one from its person at once, with the reason in the audit', async () => {
    const phone = await createPhone({ url: console.url })
    await enrol(console, { person: { ...GRACE, objectId: NOBODY.replace(/0$/, '7') }, phone })
    const person = { objectId: NOBODY.replace(/0$/, '7') }
    const [bound] = await phonesOf(person)
    const page = await desks.helpdesk.submit(pageOf(person, 'remove-phone'), {
      ...{ id: bound?.id ?? '', reason: '  lost\n on the\u0007 train ' },
    })
    expect(page.url).toBe(`${console.url}${pageOf(person)}?done=phone-removed`)
    expect(page.text).toContain('The phone was removed.')
    expect(page.text).toMatch(/Removed phones \(1\)/)
    expect(await lastEvent()).toMatchObject({
      ...{ type: 'device.revoked', deviceId: bound?.id, by: `administrator:${desks.helpdesk.id}` },
      reason: 'lost on the train',
    })
    expect((await phone.pending()).status).toBe(403)
    // Whoever presses twice is told the same, and writes nothing.
    const before = (await console.events()).length
    expect((await desks.helpdesk.submit(pageOf(person, 'remove-phone'), { id: bound?.id ?? '' })).text).toContain(
      'The phone was removed.',
    )
    expect(await console.events()).toHaveLength(before)
  })

  test('takes all of them from whoever lost what they had', async () => {
    await enrol(console, { person: { ...GRACE, objectId: NOBODY.replace(/0$/, '8') } })
    const person = { objectId: NOBODY.replace(/0$/, '8') }
    const code = codeOn(await invite(desks.helpdesk, person))
    const begun = await begin(console, { person: { ...GRACE, ...person } })
    const typed = await begun.browser.submit(begun.page, 'invitation', { code })
    const second = await createPhone({ url: console.url })
    await second.bind({ ticket: /#ticket=([\w-]+)"/.exec(typed.text)?.[1] ?? '' })
    await approve(second, { ...begun, page: typed })
    const shown = await desks.helpdesk.get(pageOf(person))
    expect(shown.text).toContain('2 phones')
    expect(shown.text).toContain('with an invitation code')
    const tooLong = await desks.helpdesk.submit(pageOf(person, 'remove-phones'), { reason: 'x'.repeat(201) })
    expect(tooLong.status).toBe(400)
    expect(tooLong.text).toContain('id="reason-fault">At most 200 characters.')
    expect(tooLong.text).toMatch(/id="reason-all"[^>]* value="x{201}"/)
    const [phone] = await phonesOf(person)
    const long = { id: phone?.id ?? '', reason: 'y'.repeat(201) }
    const ofOne = await desks.helpdesk.submit(pageOf(person, 'remove-phone'), long)
    expect(ofOne.status).toBe(400)
    expect(ofOne.text).toMatch(new RegExp(`id="reason-${phone?.id}"[^>]* value="y{201}"`))
    expect((await phonesOf(person)).map(({ state }) => state)).toEqual(['active', 'active'])
    const page = await desks.helpdesk.submit(pageOf(person, 'remove-phones'), { reason: 'x'.repeat(200) })
    expect(page.text).toContain('All phones were removed.')
    expect((await phonesOf(person)).map(({ state }) => state)).toEqual(['revoked', 'revoked'])
    expect(await lastEvent()).toMatchObject({ type: 'device.revoked', reason: 'x'.repeat(200) })
    expect(page.text).toContain('they need an invitation code')
    expect((await desks.helpdesk.submit(pageOf(person, 'remove-phones'))).status).toBe(404)
  })

  test('touches no phone of anybody else', async () => {
    const [ofAda] = await phonesOf(ADA)
    for (const id of [ofAda?.id ?? '', '', 'x']) {
      expect((await desks.helpdesk.submit(pageOf(GUEST, 'remove-phone'), { id })).status).toBe(404)
    }
    expect((await phonesOf(ADA)).map(({ state }) => state)).toEqual(['active'])
  })

  test('asks for a fresh proof, and says what is about to happen', async () => {
    const [phone] = await phonesOf(ADA)
    console.clock.leap(6 * MINUTE)
    const one = await desks.helpdesk.submit(pageOf(ADA, 'remove-phone'), { id: phone?.id ?? '', reason: 'lost' })
    expect({ status: one.status, text: one.text }).toMatchObject({
      status: 403,
      text: expect.stringContaining(`Remove the phone “Test phone” of ${ADA.username}`),
    })
    expect(one.text).toContain('name="reason" value="lost"')
    const all = await desks.helpdesk.submit(pageOf(ADA, 'remove-phones'))
    expect(all.text).toContain(`Remove all phones of ${ADA.username}: “Test phone”`)
    expect((await phonesOf(ADA)).map(({ state }) => state)).toEqual(['active'])
    for (const id of ['x', ''])
      expect((await desks.helpdesk.submit(pageOf(ADA, 'remove-phone'), { id })).status).toBe(404)
    for (const role of ['owner', 'helpdesk', 'viewer'] as const) await desks[role].stepUp()
  })
})

describe('an invitation', () => {
  const person = { ...GRACE, objectId: 'c0000000-0000-4000-8000-000000000001' }

  test('is a code that is shown once, on the answer itself, and lets its person connect a phone', async () => {
    const page = await invite(desks.helpdesk, person)
    const code = codeOn(page)
    expect(code).toMatch(/^[0-9A-Z]{4}-[0-9A-Z]{4}-[0-9A-Z]{4}$/)
    expect(page.url).toBe(`${console.url}/admin/people/invite`)
    expect(page.headers.get('cache-control')).toBe('no-store')
    expect(await lastEvent()).toMatchObject({
      ...{ type: 'invitation.created', objectId: person.objectId, by: `administrator:${desks.helpdesk.id}` },
    })
    const after = await desks.helpdesk.get(pageOf(person))
    expect(after.text).toContain('Invited')
    expect(after.text).toContain('It is good until')
    for (const path of [pageOf(person), '/admin/people', '/admin/audit', '/admin/audit/export'])
      expect((await desks.helpdesk.get(path)).text).not.toContain(code)
    expect(JSON.stringify(await console.events())).not.toContain(code)

    await enrolledBy(code)
    expect((await phonesOf(person)).map(({ state }) => state)).toEqual(['active'])
    expect((await desks.helpdesk.get(pageOf(person))).text).not.toContain('It is good until')
  })

  async function enrolledBy(code: string) {
    // Whoever had a phone, and lost it, needs a code.
    await console.service.capabilities.integrations.change(
      console.integration.id,
      { enrolment: 'invitation' },
      'service',
    )
    const begun = await begin(console, { person })
    const page = await begun.browser.submit(begun.page, 'invitation', { code })
    const phone = await createPhone({ url: console.url })
    await phone.bind({ ticket: /#ticket=([\w-]+)"/.exec(page.text)?.[1] ?? '' })
    await approve(phone, { ...begun, page })
    await finish(console, { ...begun, page })
  }

  test('made again stops the earlier code', async () => {
    const other = { ...person, objectId: 'c0000000-0000-4000-8000-000000000002' }
    const first = codeOn(await invite(desks.helpdesk, other))
    expect((await desks.helpdesk.get(pageOf(other))).text).toContain('A new code makes the earlier one stop working.')
    const second = codeOn(await invite(desks.helpdesk, other))
    expect(second).not.toBe(first)
    const begun = await begin(console, { person: other })
    const tried = await begun.browser.submit(begun.page, 'invitation', { code: first })
    expect(tried.text).toContain('This invitation code does not work')
    expect((await begun.browser.submit(begun.page, 'invitation', { code: second })).text).toContain('Add your phone')
  })

  test.each([
    ['no object id', { objectId: '' }],
    ['half an object id', { objectId: 'c0000000-0000-4000' }],
    ['markup for one', { objectId: '"><script>alert(1)</script>' }],
    ['no such integration', { integration: 'x', objectId: NOBODY }],
  ])('is not made with %s: the form keeps what was typed, and says what is wrong', async (_what, fields) => {
    const before = (await console.events()).length
    const typed = { integration: console.integration.id, ...fields }
    const page = await desks.helpdesk.submit('/admin/people/invite', typed)
    expect(page.status).toBe(400)
    expect(page.text).toContain('No invitation code was made:')
    expect(page.text).toContain('aria-invalid="true"')
    expect(page.text).not.toContain('<script>alert')
    if (fields.objectId && !fields.objectId.includes('<')) expect(page.text).toContain(`value="${fields.objectId}"`)
    expect(await console.events()).toHaveLength(before)
  })

  test('is not made where enrolment is closed, and not offered there', async () => {
    const { integrations } = console.service.capabilities
    await integrations.change(console.integration.id, { enrolment: 'closed' }, 'service')
    const page = await invite(desks.helpdesk, person)
    expect({ status: page.status, text: page.text }).toMatchObject({
      status: 400,
      text: expect.stringContaining('Enrolment of Contoso is closed'),
    })
    expect((await desks.helpdesk.get(pageOf(person))).text).toContain('Enrolment of Contoso is closed')
    expect((await desks.helpdesk.get(pageOf(person))).text).not.toContain('/admin/people/invite')
    expect((await desks.helpdesk.get('/admin/people')).text).not.toContain('/admin/people/invite')
    await integrations.change(console.integration.id, { enrolment: 'first-use' }, 'service')
  })

  test('asks for a fresh proof; a form that is wrong is told so before that', async () => {
    console.clock.leap(6 * MINUTE)
    const page = await invite(desks.helpdesk, ADA)
    expect({ status: page.status, text: page.text }).toMatchObject({
      status: 403,
      text: expect.stringContaining(`Make an invitation code for ${ADA.username} (Contoso)`),
    })
    const wrong = await desks.helpdesk.submit('/admin/people/invite', { objectId: 'x' })
    expect(wrong.status).toBe(400)
    expect(wrong.text).toContain('No invitation code was made:')
    for (const role of ['owner', 'helpdesk', 'viewer'] as const) await desks[role].stepUp()
  })
})

describe('a viewer', () => {
  test('sees people and is offered nothing that changes them', async () => {
    for (const path of ['/admin/people', pageOf(ADA)]) {
      const { status, text } = await desks.viewer.get(path)
      expect({ path, status }).toEqual({ path, status: 200 })
      expect(text).not.toMatch(/remove-phone|people\/invite/)
    }
    expect((await desks.helpdesk.get(pageOf(ADA))).text).toMatch(/remove-phone/)
  })

  test('is refused what a form of theirs would do', async () => {
    const [phone] = await phonesOf(ADA)
    const posts: [string, Record<string, string>][] = [
      [pageOf(ADA, 'remove-phone'), { id: phone?.id ?? '' }],
      [pageOf(ADA, 'remove-phones'), {}],
      ['/admin/people/invite', { integration: console.integration.id, objectId: ADA.objectId }],
    ]
    for (const [path, fields] of posts) {
      const page = await desks.viewer.submit(path, fields)
      expect({ path, status: page.status }).toEqual({ path, status: 403 })
      expect(page.text).toContain('Your role does not allow this')
    }
    expect((await phonesOf(ADA)).map(({ state }) => state)).toEqual(['active'])
  })
})

describe('people of a tenant that was removed', () => {
  test('are still found, without phones, and cannot be invited', async () => {
    const { integrations } = console.service.capabilities
    await integrations.remove(console.integration.id, 'service')
    const { text, status } = await desks.helpdesk.get(pageOf(ADA))
    expect(status).toBe(200)
    expect(text).toContain('Removed integration')
    expect(text).toContain('Removed phones (1)')
    expect(text).toContain('Their tenant is not connected any more')
    expect((await desks.helpdesk.get('/admin/people?text=ada')).text).toContain('Removed integration')
    expect((await invite(desks.helpdesk, ADA)).status).toBe(400)
  })
})

test('the list marks who has just reported a sign-in, for as long as nobody rings their phone', async () => {
  const place = await startConsole()
  try {
    const viewer = await place.admitted('viewer')
    const marked = async (text: string) =>
      (await viewer.get(`/admin/people?text=${text}`)).text.includes('Notifications held back')
    const phone = await enrol(place, { person: ADA })
    await begin(place, { person: GRACE })
    expect(await marked('ada')).toBe(false)
    await phone.notMe(await shownOn(phone, await begin(place, { person: ADA })))
    expect([await marked('ada'), await marked('grace')]).toEqual([true, false])
    place.clock.leap(16 * MINUTE)
    await viewer.signIn()
    expect(await marked('ada')).toBe(false)
  } finally {
    await place.close()
  }
})
