// What the sign-in page says of the notification, and its button that sends it again: with a script, and without.
import { afterEach, beforeEach, expect, test } from '@jest/globals'
import type { Page } from 'playwright-core'
import { createPhone, type Phone } from '../../phone-simulator/phone.ts'
import { startPushService, type TinyPushService } from '../../push/tiny-push-service.ts'
import { describeInChromium } from '../../support/chromium.ts'
import { type Countersign, startCountersign } from '../../support/countersign.ts'
import {
  approveBy,
  askedBy,
  beginAtApplication,
  bindBy,
  COMPUTER,
  digitsOn,
  expectAccepted,
  heading,
  signInPage,
} from './steps.ts'

describeInChromium('the notification, on the sign-in page', (chromium) => {
  let service: TinyPushService
  let countersign: Countersign
  let phone: Phone
  let page: Page
  beforeEach(async () => {
    service = await startPushService()
    const { lookup, dial } = service
    countersign = await startCountersign({ world: { lookup, dial } })
    phone = await createPhone({ url: countersign.url })
    page = await chromium.page(COMPUTER)
    await beginAtApplication(page, countersign)
    await bindBy(phone, page)
    await approveBy(phone, page)
    await expectAccepted(page)
    await phone.subscribe(service.subscribe().subscription)
  })
  afterEach(async () => {
    await countersign.close()
    await service.close()
  })

  async function signIn(): Promise<void> {
    await beginAtApplication(page, countersign)
    await signInPage(page, 'number')
  }
  const button = () => page.getByRole('button', { name: /^(Send again|Send a notification)/ })
  const says = (words: string | RegExp) => page.getByText(words).waitFor()

  test('it was sent: the button says when it works, does nothing before, and then sends it again', async () => {
    await signIn()
    await says('We sent a notification to your phone.')
    await service.received(1)
    const early = button()
    // The page is read before its script has run.
    await page.getByRole('button', { name: /^Send again \(in (1\d|20) seconds\)$/, disabled: true }).waitFor()
    const posted: string[] = []
    page.on('request', (request) => void (request.method() === 'POST' && posted.push(request.url())))
    // Playwright itself would wait for it to work.
    await early.click({ force: true })
    await page.keyboard.press('Enter')
    expect(await early.evaluate((focused) => focused === focused.ownerDocument.activeElement)).toBe(true)
    expect(posted).toEqual([])

    countersign.clock.leap(20_000)
    await page.reload()
    expect(await button().textContent()).toBe('Send again')
    expect(await button().getAttribute('aria-disabled')).toBe('false')
    await button().click()
    await service.received(2)
    expect(posted).toHaveLength(1)
    await page.getByRole('button', { name: /^Send again \(in/ }).waitFor()
    await approveBy(phone, page)
    await expectAccepted(page)
  })

  test('the button counts down by itself', async () => {
    await signIn()
    await service.received(1)
    countersign.clock.leap(17_000)
    await page.reload()
    await page.getByRole('button', { name: 'Send again', exact: true }).waitFor()
    await button().click()
    await service.received(2)
  })

  test('it was held back: the page says why, and offers to send it when it may', async () => {
    await signIn()
    await service.received(1)
    await signIn()
    await says('Your phone was notified often lately')
    expect(await button().textContent()).toMatch(/^Send a notification \(in \d+ seconds?\)$/)
    countersign.clock.leap(20_000)
    await page.reload()
    await button().click()
    await says('We sent a notification to your phone.')
    await service.received(2)
  })

  test('after “not me” none is sent for a while: the page says so, and has no button', async () => {
    await signIn()
    await phone.notMe(await askedBy(phone, page))
    await heading(page, 'This was reported').waitFor()
    await signIn()
    await says('No notification is sent for a while')
    expect(await button().count()).toBe(0)
    await approveBy(phone, page)
    await expectAccepted(page)
  })

  test('a phone that takes none: the page does not speak of any', async () => {
    await phone.subscribe({ kind: 'none' })
    await signIn()
    await says('Open the authenticator on your phone and type this number.')
    expect(await page.getByText('notif').count()).toBe(0)
    expect(await button().count()).toBe(0)
  })

  test('without a script the button is a form like any other, and the page says the seconds', async () => {
    const plain = await chromium.page({ ...COMPUTER, javaScriptEnabled: false })
    await beginAtApplication(plain, countersign)
    await plain.getByRole('button', { name: /^Continue to localhost/ }).click()
    await signInPage(plain, 'number')
    const digits = await digitsOn(plain)
    const again = plain.getByRole('button', { name: /^Send again/ })
    expect(await again.textContent()).toMatch(/^Send again \(in (1\d|20) seconds\)$/)
    await again.click()
    await signInPage(plain, 'number')
    expect(service.requests).toHaveLength(1)
    countersign.clock.leap(20_000)
    await again.click()
    await service.received(2)
    await signInPage(plain, 'number')
    expect(await digitsOn(plain)).toBe(digits)
  })
})
