import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import type { Phone } from '../phone-simulator/phone.ts'
import { digitsOn, type Page } from '../support/browser.ts'
import { ADA, GRACE, TENANT } from '../support/countersign.ts'
import {
  approve,
  type Begun,
  begin,
  enrol,
  finish,
  leave,
  reload,
  shownOn,
  signInIdOf,
  wrongDigits,
} from '../support/stories.ts'
import { type Console, type Desk, startConsole } from './console.ts'

const MINUTE = 60_000

let console: Console
let viewer: Desk
let phone: Phone
/** One sign-in of each end. */
const ends = {} as Record<'answered' | 'denied' | 'reported' | 'cancelled' | 'expired', Begun>
beforeAll(async () => {
  console = await startConsole()
  phone = await enrol(console, { person: ADA })
  console.clock.leap(2 * MINUTE)

  ends.answered = await begin(console)
  const shown = await shownOn(phone, ends.answered)
  await phone.approve(shown, wrongDigits(digitsOn(await reload(ends.answered))))
  await approve(phone, ends.answered)
  await finish(console, ends.answered)
  console.clock.leap(MINUTE)

  ends.denied = await begin(console)
  await phone.cancel(await shownOn(phone, ends.denied))
  ends.cancelled = await begin(console, { person: GRACE, contract: 'custom-control' })
  await leave(ends.cancelled)
  ends.reported = await begin(console)
  await phone.notMe(await shownOn(phone, ends.reported))
  ends.expired = await begin(console, { person: GRACE })
  console.clock.leap(5 * MINUTE)
  await console.service.capabilities.signIns.tidy()
  viewer = await console.admitted('viewer')
})
afterAll(() => console.close())

const pageOf = ({ page }: Begun) => `/admin/sign-ins/${signInIdOf(page)}`
/** The ids in the table, in its order. */
const listed = ({ text }: Page) =>
  [...text.matchAll(/data-label="When"><a[^>]* href="\/admin\/sign-ins\/([^"]+)"/g)].map(([, id]) => id)
const found = async (query: string) => listed(await viewer.get(`/admin/sign-ins?${query}`))
const idsOf = (...which: (keyof typeof ends)[]) => which.map((end) => signInIdOf(ends[end].page))

describe('the sign-ins page', () => {
  test('lists them newest first, with who, what came of it, by what, and from where', async () => {
    const page = await viewer.get('/admin/sign-ins')
    expect(listed(page)).toHaveLength(6)
    expect(listed(page)[0]).toBe(signInIdOf(ends.expired.page))
    expect(page.text).toContain(
      `<a class="reach" href="/admin/people/${TENANT}/${ADA.objectId}"><bdi>${ADA.username}</bdi></a>`,
    )
    for (const words of ['Signed in', 'with phone', 'Declined on the phone', 'Ran out of time', 'Chrome on Windows'])
      expect(page.text).toContain(words)
    expect(page.text).toContain('id="sign-ins" data-live')
  })

  test('narrows them by outcome, integration and person, and by all of these', async () => {
    expect(await found('outcome=denied')).toEqual(idsOf('denied'))
    expect(await found('outcome=expired')).toEqual(idsOf('expired'))
    expect(await found(`integration=${console.integration.id}&outcome=reported`)).toEqual(idsOf('reported'))
    expect(await found('integration=another')).toEqual([])
    for (const person of [GRACE.username, 'GRACE', GRACE.objectId, `${TENANT}/${GRACE.objectId}`])
      expect({ person, ids: (await found(`person=${encodeURIComponent(person)}`)).sort() }).toEqual({
        person,
        ids: idsOf('expired', 'cancelled').sort(),
      })
    expect(await found('person=grace&outcome=cancelled')).toEqual(idsOf('cancelled'))
    expect(await found('person=grace&outcome=answered')).toEqual([])
    expect((await viewer.get('/admin/sign-ins?person=grace')).text).toContain(
      `<h2 id="sign-ins-heading">Of <a href="/admin/people/${TENANT}/${GRACE.objectId}"><bdi>${GRACE.username}</bdi></a></h2>`,
    )
  })

  test('narrows them by time, in UTC', async () => {
    const record = await console.service.capabilities.signInHistory.find(signInIdOf(ends.answered.page))
    const field = (offset: number) => new Date((record?.openedAt ?? 0) + offset).toISOString().slice(0, 19)
    expect(await found(`from=${field(0)}&to=${field(1000)}`)).toEqual(idsOf('answered'))
    expect(await found(`to=${field(0)}`)).toHaveLength(1)
    expect(await found(`from=${field(1000)}`)).toHaveLength(4)
  })

  test.each([
    ['outcome=won', 'There is no such outcome.', 'outcome'],
    ['from=yesterday', 'This is not a date and time', 'from'],
    ['to=2026-13-45T00:00', 'This is not a date and time', 'to'],
    ['from=2026-01-02T00:00&to=2026-01-01T00:00', 'This is not after the beginning.', 'to'],
    ['person=nobody', 'Nobody here has this object id', 'person'],
    ['person=%3Cscript%3E', 'Nobody here has this object id', 'person'],
  ])('shows nothing for %s: it says at the field what is wrong, and keeps it', async (query, fault, field) => {
    const { status, text } = await viewer.get(`/admin/sign-ins?${query}`)
    expect(status).toBe(400)
    expect(text).toMatch(
      new RegExp(`id="filter-${field}"[^>]* aria-invalid="true" aria-describedby="filter-${field}-fault"`),
    )
    expect(text).toMatch(new RegExp(`id="filter-${field}-fault">${fault}`))
    expect(text).not.toContain('<table')
    expect(text).not.toContain('<script>')
    expect(text).not.toContain('data-live>')
    if (field === 'from') expect(text).toContain('value="yesterday"')
  })

  test('says that several people are called so, and where to choose one', async () => {
    await begin(console, {
      person: { ...GRACE, objectId: 'd0000000-0000-4000-8000-000000000001', username: 'grace@x' },
    })
    const { text } = await viewer.get('/admin/sign-ins?person=gra')
    expect(text).toContain('Several people’s account names begin so.')
    expect(text).toContain('<a href="/admin/people?text=gra">Look in People</a>')
    // A whole name is the one of it, though others begin with it.
    await begin(console, {
      person: { ...GRACE, objectId: 'd0000000-0000-4000-8000-000000000002', username: 'grace@x.example' },
    })
    expect(await found('person=grace@x')).toHaveLength(1)
  })

  test('pages by cursor, without a gap or a repeat, and keeps the filter', async () => {
    const { stores, signIns } = console.service.capabilities
    const person = { ...GRACE, objectId: 'd0000000-0000-4000-8000-000000000003', username: 'paged@x' }
    for (let i = 0; i < 18; i++) {
      for (let j = 0; j < 3; j++) await begin(console, { person })
      console.clock.leap(5 * MINUTE)
      await signIns.tidy()
    }
    const all = await stores.signInHistory.list({ person: { tenantId: TENANT, objectId: person.objectId } }, null, 500)
    await viewer.signIn()
    const seen: (string | undefined)[] = []
    let path: string | undefined = `/admin/sign-ins?outcome=expired&person=${person.objectId}`
    let pages = 0
    for (; path; pages++) {
      const page: Page = await viewer.get(path)
      seen.push(...listed(page))
      if (pages > 0) expect(page.text).not.toContain('data-live>')
      path = /href="([^"]+)" rel="next"/.exec(page.text)?.[1]?.replaceAll('&amp;', '&')
    }
    expect(pages).toBe(2)
    expect(seen).toEqual(all.map(({ id }) => id))
    expect(seen).toHaveLength(54)
  })
})

describe('the page of a sign-in', () => {
  test('tells every step of it in words, with the time since the first, and names the phone', async () => {
    const { text } = await viewer.get(pageOf(ends.answered))
    const steps = [
      ...text.matchAll(
        /<span class="after"[^>]*>\+ ([^<]+)<\/span>\s*<div class="what">\s*<div class="told">\s*<strong>([^<]+)</g,
      ),
    ]
    expect(steps.map(([, , title]) => title)).toEqual([
      ...['Entra’s request was verified', 'The sign-in began', 'The phones were asked'],
      ...['A wrong number was typed on the phone', 'Approved on the phone', 'The browser came for the answer'],
      ...['The claim is about to be signed', 'The claim was signed and sent to Entra'],
    ])
    expect(steps[0]?.[1]).toBe('0.0 s')
    expect(steps.every(([, after]) => /^\d+(\.\d)? (s|min \d+ s)$/.test(after ?? ''))).toBe(true)
    const [device] = await console.service.capabilities.people.devicesOf({ tenantId: TENANT, objectId: ADA.objectId })
    expect(text).toContain(
      `<a href="/admin/people/${TENANT}/${ADA.objectId}#phone-${device?.id}"><bdi>Test phone</bdi></a>`,
    )
    expect(text).toContain(`id="client-request-id">${ends.answered.attempt.parameters['client-request-id']}<`)
    expect(text).toContain(`id="sign-in-id">${signInIdOf(ends.answered.page)}<`)
    expect(text).not.toContain('data-live>')
  })

  test.each([
    ['denied', 'The person declined it on the phone.', 'Declined on the phone'],
    ['reported', 'The person said that it was not them.', 'Reported as “not me”'],
    ['cancelled', 'went back to Entra', 'Given up in the browser'],
    ['expired', 'Its four minutes were over', 'Time was over'],
  ] as const)('says why it came to nothing: %s', async (end, sentence, step) => {
    const { text } = await viewer.get(pageOf(ends[end]))
    expect(text).toContain(sentence)
    expect(text).toContain(`<strong>${step}</strong>`)
  })

  test('shows no secret of it: no number, no ticket, no state or nonce, no token', async () => {
    const { parameters } = ends.answered.attempt
    const digits = digitsOn(ends.answered.page) ?? 'none'
    for (const path of [pageOf(ends.answered), '/admin/sign-ins', '/admin/audit']) {
      const { text } = await viewer.get(path)
      for (const secret of [parameters.nonce, parameters.state, parameters.id_token_hint])
        expect(text).not.toContain(secret)
      expect(text).not.toMatch(new RegExp(`\\b${digits}\\b`))
    }
  })

  test('keeps itself current while it is under way, and not any more when it is over', async () => {
    const begun = await begin(console, { person: { ...GRACE, objectId: 'd0000000-0000-4000-8000-000000000009' } })
    expect((await viewer.get(pageOf(begun))).text).toContain('id="steps" data-live')
    await leave(begun)
    expect((await viewer.get(pageOf(begun))).text).not.toContain('data-live>')
  })

  test('is not there for a sign-in that nobody knows', async () => {
    for (const id of ['x', 'f'.repeat(32), '%00'])
      expect({ id, status: (await viewer.get(`/admin/sign-ins/${id}`)).status }).toEqual({ id, status: 404 })
  })
})
