// Application -> Entra -> Countersign -> Entra -> application: what browsers do to a sign-in that crosses sites.
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import type { Page, Response } from 'playwright-core'
import { createPhone, type Phone } from '../../phone-simulator/phone.ts'
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
  signInId,
  signInPage,
} from './steps.ts'

describeInChromium('what browsers do to a sign-in that crosses three sites', (chromium) => {
  let countersign: Countersign
  let phone: Phone
  beforeEach(async () => {
    countersign = await startCountersign()
    phone = await createPhone({ url: countersign.url })
  })
  afterEach(() => countersign.close())

  const ours = (url: string) => url.startsWith(`${countersign.url}/`)
  const isPage = (response: Response) => response.request().isNavigationRequest() && ours(response.url())

  /** A whole sign-in, and what was sent for it. */
  async function wholeSignIn(page: Page): Promise<{ pages: Response[] }> {
    const pages: Response[] = []
    page.on('response', (response) => {
      if (isPage(response)) pages.push(response)
    })
    await beginAtApplication(page, countersign)
    await bindBy(phone, page)
    await approveBy(phone, page)
    await expectAccepted(page)
    return { pages }
  }

  test('only the page that posts to Entra has no form-action, and Entra’s redirect is not blocked', async () => {
    const { pages } = await wholeSignIn(await chromium.page(COMPUTER))
    const policies = await Promise.all(
      pages.map(async (response) => {
        const policy = (await response.headerValue('content-security-policy')) ?? ''
        return `${response.request().method()} ${/form-action[^;]*/.exec(policy)?.[0]}`
      }),
    )
    // Entra's post to us, the sign-in page, the answer.
    expect(policies).toEqual(["POST form-action 'self'", "GET form-action 'self'", 'POST undefined'])
  })

  test('no page has a Cross-Origin-Opener-Policy, nor asks for https on plain http', async () => {
    const { pages } = await wholeSignIn(await chromium.page(COMPUTER))
    for (const response of pages) {
      const headers = await response.allHeaders()
      expect(headers).not.toHaveProperty('cross-origin-opener-policy')
      expect(headers).not.toHaveProperty('strict-transport-security')
      expect(headers['content-security-policy']).not.toContain('upgrade-insecure-requests')
    }
  })

  test('the claim is posted with our origin, and without the path of our page', async () => {
    const page = await chromium.page(COMPUTER)
    const posted = page.waitForRequest(
      (request) => request.url().startsWith(`${countersign.entra.authority}/common/`) && request.method() === 'POST',
    )
    await wholeSignIn(page)
    const headers = await (await posted).allHeaders()
    expect(headers).toMatchObject({ origin: countersign.url, referer: `${countersign.url}/` })
  })

  test('our own forms are posted with our origin', async () => {
    const page = await chromium.page(COMPUTER)
    const posted = page.waitForRequest((request) => request.url().endsWith('/answer'))
    await wholeSignIn(page)
    expect(await (await posted).headerValue('origin')).toBe(countersign.url)
  })

  test('the cookie is one of this sign-in, Lax, closed to scripts, and arrives after Entra’s post', async () => {
    const page = await chromium.page(COMPUTER)
    const shown = page.waitForRequest((request) => ours(request.url()) && request.method() === 'GET')
    await beginAtApplication(page, countersign)
    await signInPage(page, 'ticket')
    const name = `cs-${signInId(page)}`
    expect(await (await shown).headerValue('cookie')).toContain(`${name}=`)
    const cookies = await page.context().cookies(countersign.url)
    expect(cookies).toMatchObject([{ name, sameSite: 'Lax', httpOnly: true, secure: false, path: '/' }])
    expect(await page.evaluate('document.cookie')).toBe('')
  })

  test('reload shows the same sign-in, and Entra’s request is not posted again', async () => {
    const page = await chromium.page(COMPUTER)
    await beginAtApplication(page, countersign)
    await bindBy(phone, page)
    const digits = await digitsOn(page)
    const methods: string[] = []
    page.on('request', (request) => {
      if (request.isNavigationRequest()) methods.push(request.method())
    })
    await page.reload()
    expect(await digitsOn(page)).toBe(digits)
    expect(methods).toEqual(['GET'])
    await approveBy(phone, page)
    await expectAccepted(page)
  })

  test('Back, after going elsewhere, leads to the same sign-in', async () => {
    const page = await chromium.page(COMPUTER)
    await beginAtApplication(page, countersign)
    await bindBy(phone, page)
    const digits = await digitsOn(page)
    await page.goto(`${countersign.entra.applicationUrl}/`)
    await page.goBack()
    await signInPage(page, 'number')
    expect(await digitsOn(page)).toBe(digits)
    await approveBy(phone, page)
    await expectAccepted(page)
  })

  test('Back after the claim was posted shows a plain finished page', async () => {
    const page = await chromium.page(COMPUTER)
    await wholeSignIn(page)
    await page.goBack()
    await heading(page, 'This sign-in is finished').waitFor()
    expect(await page.getByRole('button').count()).toBe(0)
  })

  describe('two tabs', () => {
    test('each has its own number, and finishes by itself', async () => {
      const profile = await chromium.profile(COMPUTER)
      const first = await profile.newPage()
      await wholeSignIn(first)
      const second = await profile.newPage()
      for (const tab of [first, second]) {
        await beginAtApplication(tab, countersign)
        await signInPage(tab, 'number')
      }
      expect(signInId(first)).not.toBe(signInId(second))
      await approveBy(phone, second)
      await expectAccepted(second)
      await signInPage(first, 'number')
      await approveBy(phone, first)
      await expectAccepted(first)
    })

    test('one that is cancelled leaves the other waiting', async () => {
      const profile = await chromium.profile(COMPUTER)
      const first = await profile.newPage()
      await wholeSignIn(first)
      const second = await profile.newPage()
      for (const tab of [first, second]) {
        await beginAtApplication(tab, countersign)
        await signInPage(tab, 'number')
      }
      await phone.cancel(await askedBy(phone, first))
      await heading(first, 'You cancelled this').waitFor()
      await approveBy(phone, second)
      await expectAccepted(second)
    })

    test('the same sign-in in both: whichever is first takes the answer, the other says so', async () => {
      const profile = await chromium.profile(COMPUTER)
      const first = await profile.newPage()
      await beginAtApplication(first, countersign)
      await bindBy(phone, first)
      const second = await profile.newPage()
      await second.goto(first.url())
      await signInPage(second, 'number')
      await approveBy(phone, first)
      const accepted = 'Entra accepted this sign-in'
      const late = /Already answered|This sign-in is finished/
      const ends = [first, second].map((tab) => heading(tab, accepted).or(tab.getByRole('heading', { name: late })))
      await Promise.all(ends.map((end) => end.waitFor()))
      const said = await Promise.all(ends.map((end) => end.textContent()))
      expect(said).toContain(accepted)
      expect(said).toContainEqual(expect.stringMatching(late))
    })
  })
})
