// Back, Forward, reload and other sites' forms: nothing that a browser does twice, or is made to do, happens twice here.
import { afterEach, beforeEach, expect, test } from '@jest/globals'
import type { Page, Request } from 'playwright-core'
import { createPhone, type Phone } from '../../phone-simulator/phone.ts'
import { describeInChromium } from '../../support/chromium.ts'
import { type Countersign, startCountersign } from '../../support/countersign.ts'
import { signInRoutes } from '../../support/sign-in-routes.ts'
import { claimsSigned, eventsOf } from '../../support/stories.ts'
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
  ticketOn,
} from './steps.ts'

describeInChromium('a browser that goes back and loads again', (chromium) => {
  let countersign: Countersign
  let phone: Phone
  let page: Page
  beforeEach(async () => {
    countersign = await startCountersign()
    phone = await createPhone({ url: countersign.url })
    page = await chromium.page(COMPUTER)
    await beginAtApplication(page, countersign)
    await signInPage(page, 'ticket')
  })
  afterEach(() => countersign.close())

  const isAnswer = (request: Request) => request.method() === 'POST' && request.url().endsWith('/answer')
  const finished = () => heading(page, 'This sign-in is finished').waitFor()

  test('before a phone is bound: the same code, before and after', async () => {
    const ticket = await ticketOn(page)
    await page.reload()
    expect(await ticketOn(page)).toBe(ticket)
    await page.goBack()
    await page.goForward()
    await signInPage(page, 'ticket')
    expect(await ticketOn(page)).toBe(ticket)
    expect(await eventsOf(countersign, 'signin.opened')).toHaveLength(1)
    await bindBy(phone, page)
    await approveBy(phone, page)
    await expectAccepted(page)
  })

  test('before the decision: the same number, and one sign-in', async () => {
    await bindBy(phone, page)
    const digits = await digitsOn(page)
    for (let i = 0; i < 3; i++) await page.reload()
    await page.goBack()
    await page.goForward()
    await signInPage(page, 'number')
    expect(await digitsOn(page)).toBe(digits)
    expect(await eventsOf(countersign, 'signin.prompted')).toHaveLength(1)
    await approveBy(phone, page)
    await expectAccepted(page)
  })

  test('after the approval, the answer not fetched yet: the reloaded page fetches it', async () => {
    await bindBy(phone, page)
    const url = page.url()
    // Whatever keeps the browser from asking: a tunnel, a lid that is closed.
    await page.route('**/answer', (route) => route.abort())
    const tried = page.waitForEvent('requestfailed', isAnswer)
    await approveBy(phone, page)
    await tried
    expect(await claimsSigned(countersign)).toEqual({ signing: 0, signed: 0 })
    await page.unroute('**/answer')
    await page.goto(url)
    await expectAccepted(page)
    expect(await claimsSigned(countersign)).toEqual({ signing: 1, signed: 1 })
  })

  test('after the answer was fetched, not posted yet: loaded again it is given no second time', async () => {
    await page.route('**/assets/form-post.*', (route) => route.abort())
    await bindBy(phone, page)
    await approveBy(phone, page)
    await page.locator('#to-entra').waitFor()
    const repeated = page.waitForResponse((response) => isAnswer(response.request()))
    await page.reload()
    expect((await repeated).status()).toBe(410)
    await heading(page, 'Already answered').waitFor()
    expect(await page.locator('#to-entra').count()).toBe(0)
    await page.goBack()
    await finished()
    expect(await claimsSigned(countersign)).toEqual({ signing: 1, signed: 1 })
  })

  test('after the claim was posted: Back, reload and Forward show what is, and sign nothing', async () => {
    await bindBy(phone, page)
    await approveBy(phone, page)
    await expectAccepted(page)
    await page.goBack()
    await finished()
    await page.reload()
    await finished()
    const asked: string[] = []
    page.on('request', (request) => {
      if (isAnswer(request)) asked.push(request.url())
    })
    await page.goForward()
    await page.goBack()
    await finished()
    expect(asked).toEqual([])
    expect(await claimsSigned(countersign)).toEqual({ signing: 1, signed: 1 })
  })

  // On a slow line Chrome keeps the form in its history: its script runs when the page is seen already.
  const slowly = () =>
    page.route('**/assets/form-post.*', async (route) => {
      await page.waitForFunction(() => performance.getEntriesByName('first-contentful-paint').length > 0)
      await route.continue()
    })

  test('after a claim that was posted slowly: Back shows what is, and signs nothing', async () => {
    await slowly()
    await bindBy(phone, page)
    await approveBy(phone, page)
    await expectAccepted(page)
    await page.goBack()
    await finished()
    expect(await claimsSigned(countersign)).toEqual({ signing: 1, signed: 1 })
  })

  test('after an error that was posted slowly: Back shows how the sign-in ended', async () => {
    await slowly()
    await bindBy(phone, page)
    await phone.cancel(await askedBy(phone, page))
    await page.getByRole('button', { name: 'Go back' }).click()
    await page.getByText('The provider refused: access_denied').waitFor()
    await page.goBack()
    await heading(page, 'You cancelled this').waitFor()
  })

  test('after a refused request that was posted back slowly: Back shows what this address is for', async () => {
    await slowly()
    const { integrations } = countersign.service.capabilities
    await integrations.change(countersign.integration.id, { enabled: false }, 'command-line')
    await beginAtApplication(page, countersign)
    await page.getByText('The provider refused: access_denied').waitFor()
    const before = await eventsOf(countersign)
    await page.goBack()
    await heading(page, 'Microsoft sends sign-ins here').waitFor()
    expect(await eventsOf(countersign)).toEqual(before)
  })

  test('after it was refused: the way back to Entra may be taken again', async () => {
    await bindBy(phone, page)
    await phone.cancel(await askedBy(phone, page))
    for (let i = 0; i < 2; i++) {
      await heading(page, 'You cancelled this').waitFor()
      await page.getByRole('button', { name: 'Go back' }).click()
      await page.getByText('The provider refused: access_denied').waitFor()
      await page.goBack()
    }
    expect(await eventsOf(countersign, 'signin.denied')).toHaveLength(1)
    expect(await claimsSigned(countersign)).toEqual({ signing: 0, signed: 0 })
  })

  test('what another site’s page makes it post gets nothing, at the best moment for a thief', async () => {
    await bindBy(phone, page)
    const url = page.url()
    await page.route('**/answer', (route) => route.abort())
    const tried = page.waitForEvent('requestfailed', isAnswer)
    await approveBy(phone, page)
    await tried
    await page.unroute('**/answer')
    const before = await eventsOf(countersign)

    const foreign = await page.context().newPage()
    const foreignUrl = `${countersign.entra.applicationUrl}/foreign`
    const acts = signInRoutes(countersign.service).filter(({ method }) => method === 'POST')
    expect(acts.length).toBeGreaterThan(3)
    for (const { path } of acts) {
      const form = `<form method="post" action="${url}${path}"><button>Win a prize</button></form>`
      await foreign.route(foreignUrl, (route) => route.fulfill({ contentType: 'text/html', body: form }))
      await foreign.goto(foreignUrl)
      const posted = foreign.waitForResponse(`${url}${path}`)
      await foreign.getByRole('button').click()
      expect((await posted).status()).toBe(404)
      await foreign.getByText('it was begun in another browser').waitFor()
    }
    expect(await eventsOf(countersign)).toEqual(before)
    await page.goto(url)
    await expectAccepted(page)
  })
})
