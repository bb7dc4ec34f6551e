// People, sign-ins and the audit in Chromium: found, told, changed, by keyboard and without scripts.
import { readFileSync } from 'node:fs'
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import type { BrowserContextOptions, Page } from 'playwright-core'
import { COOKIE, type Console, type Desk, startConsole } from '../../admin/console.ts'
import { createPhone } from '../../phone-simulator/phone.ts'
import { digitsOn, ticketOn } from '../../support/browser.ts'
import { type Chromium, describeInChromium, faultsAtEverySize } from '../../support/chromium.ts'
import { ADA, GRACE, TENANT } from '../../support/countersign.ts'
import {
  approve,
  begin,
  enrol,
  finish,
  invite,
  keyOf,
  leave,
  reload,
  shownOn,
  wrongDigits,
} from '../../support/stories.ts'

const MINUTE = 60_000

describeInChromium('people, sign-ins and the audit', (chromium: Chromium) => {
  let console: Console
  let helpdesk: Desk & { id: string }
  beforeAll(async () => {
    console = await startConsole()
    const phone = await enrol(console, { person: ADA })
    await secondPhone()
    console.clock.leap(2 * MINUTE)
    const wrong = await begin(console)
    await phone.approve(await shownOn(phone, wrong), wrongDigits(digitsOn(await reload(wrong))))
    await approve(phone, wrong)
    await finish(console, wrong)
    await phone.cancel(await shownOn(phone, await begin(console)))
    await leave(await begin(console, { person: GRACE, contract: 'custom-control' }))
    await begin(console, { hint: { payload: { ver: '9.9' } } })
    helpdesk = await console.admitted('helpdesk', 'Hal')
  })
  afterAll(() => console.close())

  async function secondPhone(): Promise<void> {
    const code = await invite(console, ADA)
    const begun = await begin(console)
    const page = await begun.browser.submit(begun.page, 'invitation', { code })
    const phone = await createPhone({ url: console.url })
    await phone.bind({ ticket: ticketOn(page) ?? '' }, { name: 'Ada’s tablet', platform: 'Chrome on Android' })
    await approve(phone, { ...begun, page })
    await finish(console, { ...begun, page })
  }

  async function opened(path: string, options: BrowserContextOptions = {}): Promise<Page> {
    const page = await chromium.page(options)
    await page.context().addCookies([{ name: COOKIE, value: helpdesk.cookie() ?? '', url: console.url }])
    await page.goto(`${console.url}${path}`)
    return page
  }
  const button = (page: Page, name: string | RegExp) => page.getByRole('button', { name })
  const signInOf = async (person: { objectId: string }, at = 0) =>
    (await console.service.capabilities.signInHistory.list({ person: keyOf(person), limit: 10 })).rows[at]?.id
  const pageOf = ({ objectId }: { objectId: string }) => `/admin/people/${TENANT}/${objectId}`

  test.each([
    ['people', async () => '/admin/people'],
    ['nobody', async () => '/admin/people?text=nobody'],
    ['a person', async () => pageOf(ADA)],
    ['a person without a phone', async () => pageOf(GRACE)],
    ['sign-ins', async () => '/admin/sign-ins'],
    ['a wrong filter', async () => '/admin/sign-ins?person=nobody&outcome=x&from=x'],
    ['a sign-in', async () => `/admin/sign-ins/${await signInOf(ADA, 1)}`],
    ['the audit', async () => '/admin/audit?type=device.activated'],
    ['the refused requests', async () => '/admin/audit/refusals'],
  ])('no page is hard to read or to reach, opened too: %s', async (_what, path) => {
    const page = await opened(await path())
    for (const summary of await page.locator('summary').all()) if (await summary.isVisible()) await summary.click()
    expect(await faultsAtEverySize(page)).toEqual([])
  })

  test('somebody is found, and a phone removed with a reason, by keyboard alone', async () => {
    await enrol(console, { person: { ...GRACE, objectId: 'e0000000-0000-4000-8000-000000000001', username: 'eve@x' } })
    const page = await opened('/admin/people')
    await page.getByLabel('Account name or object id').focus()
    await page.keyboard.type('eve')
    await page.keyboard.press('Enter')
    await page.getByRole('link', { name: 'eve@x' }).focus()
    await page.keyboard.press('Enter')
    await page.getByRole('heading', { level: 1, name: 'eve@x' }).waitFor()
    await page.locator('summary', { hasText: 'Remove Test phone' }).focus()
    await page.keyboard.press('Enter')
    await page.keyboard.press('Tab')
    await page.keyboard.type('Lost on the train')
    await page.keyboard.press('Tab')
    await page.keyboard.press('Space')
    await page.getByText('The phone was removed.').waitFor()
    await page.getByText('they need an invitation code').waitFor()
    expect((await console.events()).at(-1)).toMatchObject({ type: 'device.revoked', reason: 'Lost on the train' })
  })

  test('an invitation code is shown, copied, and gone when one goes on', async () => {
    const page = await opened(pageOf(GRACE))
    await page.context().grantPermissions(['clipboard-read', 'clipboard-write'])
    await button(page, 'Make an invitation code').click()
    await page.getByRole('heading', { level: 1, name: `Invitation code for ${GRACE.username}` }).waitFor()
    expect(await faultsAtEverySize(page)).toEqual([])
    const code = await page.locator('#code').textContent()
    await button(page, 'Copy the code').click()
    await button(page, 'Copied').waitFor()
    expect(await page.evaluate('navigator.clipboard.readText()')).toBe(code)
    await page.getByRole('link', { name: 'Done' }).click()
    await page.getByText('A new code makes the earlier one stop working.').waitFor()
    expect(await page.content()).not.toContain(code)
    expect(await page.evaluate('JSON.stringify([location.href, document.referrer])')).not.toContain(code)
  })

  test('a form that is wrong says so first, and leads to its field', async () => {
    const page = await opened('/admin/people')
    await page.getByLabel('Object id', { exact: true }).fill('not an id')
    await button(page, 'Make an invitation code').click()
    await page.getByText('No invitation code was made:').waitFor()
    expect(await page.evaluate('document.activeElement.className')).toContain('summary')
    expect(await faultsAtEverySize(page)).toEqual([])
    await page.locator('.summary a').click()
    expect(await page.evaluate('document.activeElement.id')).toBe('invite-object-id')
    expect(await page.getByLabel('Object id', { exact: true }).inputValue()).toBe('not an id')
  })

  test('times are typed and shown in the reader’s zone, and asked for in UTC', async () => {
    const page = await opened('/admin/sign-ins?from=2026-07-01T12:00', { timezoneId: 'America/New_York' })
    const from = page.getByLabel('From (your time)')
    expect(await from.inputValue()).toBe('2026-07-01T08:00')
    await page.getByLabel('Until (your time)').fill('2026-12-24T20:30')
    await button(page, 'Show').click()
    await page.waitForURL(/to=/)
    const asked = new URL(page.url()).searchParams
    expect([asked.get('from'), asked.get('to')]).toEqual(['2026-07-01T12:00', '2026-12-25T01:30'])
    expect(await from.inputValue()).toBe('2026-07-01T08:00')
    await page.reload()
    expect(await from.inputValue()).toBe('2026-07-01T08:00')
  })

  test('a sign-in’s page follows it, step by step', async () => {
    const person = { ...GRACE, objectId: 'e0000000-0000-4000-8000-000000000002', username: 'followed@x' }
    const begun = await begin(console, { person })
    const page = await opened(`/admin/sign-ins/${await signInOf(person)}`)
    await page.getByText('Waiting now').waitFor()
    await page.clock.install()
    await page.reload()
    await leave(begun)
    await page.clock.fastForward(5000)
    await page.locator('#facts').getByText('Left by the person').waitFor()
    await page.locator('#steps strong', { hasText: 'Given up in the browser' }).waitFor()
  })

  test('the export is a file of what the filter fits', async () => {
    const page = await opened('/admin/audit?type=invitation.redeemed')
    const [download] = await Promise.all([
      page.waitForEvent('download'),
      page.getByRole('link', { name: 'Export what fits as JSON Lines' }).click(),
    ])
    expect(download.suggestedFilename()).toMatch(/^audit-.*\.jsonl$/)
    const lines = readFileSync(await download.path(), 'utf8')
      .trim()
      .split('\n')
    expect(lines.map((line) => JSON.parse(line).type)).toEqual(['invitation.redeemed'])
  })

  test('all of it works without scripts: times are UTC then, and say so', async () => {
    await enrol(console, {
      person: { ...GRACE, objectId: 'e0000000-0000-4000-8000-000000000003', username: 'plain@x' },
    })
    const page = await opened('/admin/people', { javaScriptEnabled: false, timezoneId: 'America/New_York' })
    await page.getByLabel('Account name or object id').fill('PLAIN')
    await button(page, 'Search').click()
    await page.getByRole('link', { name: 'plain@x' }).click()
    await page.locator('summary', { hasText: 'Remove Test phone' }).click()
    await button(page, 'Remove this phone').click()
    await page.getByText('The phone was removed.').waitFor()
    await page.goto(`${console.url}/admin/audit`)
    await page.locator('summary', { hasText: 'Filter' }).click()
    await page.getByLabel('What happened').selectOption({ label: 'A phone was removed' })
    await page.getByLabel('From (UTC)').fill('2020-01-01T00:00')
    await button(page, 'Show').click()
    expect(new URL(page.url()).searchParams.get('from')).toBe('2020-01-01T00:00')
    await page.locator('.log strong', { hasText: 'A phone was removed' }).first().waitFor()
  })
})
