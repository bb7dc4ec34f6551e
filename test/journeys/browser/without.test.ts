// Browsers that lack something: no script, no server-sent events.
import { afterEach, beforeEach, expect, test } from '@jest/globals'
import { createPhone, type Phone } from '../../phone-simulator/phone.ts'
import { describeInChromium } from '../../support/chromium.ts'
import { ADA, type Countersign, startCountersign, TENANT } from '../../support/countersign.ts'
import { wrongDigits } from '../../support/stories.ts'
import {
  approveBy,
  beginAtApplication,
  bindBy,
  COMPUTER,
  digitsOn,
  expectAccepted,
  heading,
  signInPage,
  ticketOn,
} from './steps.ts'

describeInChromium('a browser that lacks something', (chromium) => {
  let countersign: Countersign
  let phone: Phone
  beforeEach(async () => {
    countersign = await startCountersign()
    phone = await createPhone({ url: countersign.url })
  })
  afterEach(() => countersign.close())

  test.each(['external-mfa', 'custom-control'] as const)(
    'without script the page refreshes itself, and buttons lead on (%s)',
    async (contract) => {
      const computer = await chromium.page({ ...COMPUTER, javaScriptEnabled: false })
      const press = (name: RegExp | string) => computer.getByRole('button', { name }).click()
      await beginAtApplication(computer, countersign, { contract })
      await press(/^Continue to localhost/)
      await signInPage(computer, 'ticket')
      await phone.bind({ ticket: await ticketOn(computer) })
      await signInPage(computer, 'number')
      await approveBy(phone, computer)
      await signInPage(computer, 'approved')
      await press('Continue')
      await computer.locator('#to-entra').waitFor()
      await press('Continue')
      await expectAccepted(computer)
    },
  )

  test('without script the code to type stays in sight while the page refreshes itself', async () => {
    const computer = await chromium.page({ ...COMPUTER, javaScriptEnabled: false })
    await beginAtApplication(computer, countersign)
    await computer.getByRole('button', { name: /^Continue to localhost/ }).click()
    await signInPage(computer, 'ticket')
    // By its place: Playwright's search for texts leaves out what is in <noscript>.
    const inSight = computer.locator('noscript b').last()
    await inSight.waitFor()
    expect(await inSight.textContent()).toBe(await computer.locator('[data-code]').textContent())
  })

  test('without script an invitation code is typed in peace: that page does not refresh itself', async () => {
    const { integrations, devices } = countersign.service.capabilities
    await integrations.change(countersign.integration.id, { enrolment: 'invitation' }, 'command-line')
    const computer = await chromium.page({ ...COMPUTER, javaScriptEnabled: false })
    await beginAtApplication(computer, countersign)
    await computer.getByRole('button', { name: /^Continue to localhost/ }).click()
    await signInPage(computer, 'invitation')
    expect(await computer.locator('meta[http-equiv="refresh"]').count()).toBe(0)
    const { code } = await devices.invite(
      countersign.integration.id,
      { tenantId: TENANT, objectId: ADA.objectId },
      'command-line',
    )
    await computer.getByLabel('Invitation code').fill(code)
    await computer.getByRole('button', { name: 'Continue' }).click()
    await signInPage(computer, 'ticket')
    expect(await computer.locator('meta[http-equiv="refresh"]').count()).toBe(1)
  })

  test('without server-sent events the page asks now and then, and finishes as well', async () => {
    const profile = await chromium.profile(COMPUTER)
    await profile.addInitScript('delete window.EventSource')
    const computer = await profile.newPage()
    await beginAtApplication(computer, countersign)
    await bindBy(phone, computer)
    expect(await computer.evaluate('"EventSource" in window')).toBe(false)
    await approveBy(phone, computer)
    await expectAccepted(computer)
  })

  test('when the stream of events is refused, the page asks now and then instead', async () => {
    const computer = await chromium.page(COMPUTER)
    await computer.route('**/events', (route) => route.fulfill({ status: 502, body: 'a proxy that knows no streams' }))
    await beginAtApplication(computer, countersign)
    await bindBy(phone, computer)
    await approveBy(phone, computer)
    await expectAccepted(computer)
  })

  test('a change that happens while the page is being fetched is not missed', async () => {
    const computer = await chromium.page(COMPUTER)
    await beginAtApplication(computer, countersign)
    await signInPage(computer, 'ticket')
    // The page with the number is on its way when the sign-in is cancelled on the phone.
    const [onItsWay, cancelled] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()]
    await computer.route(
      (url) => /^\/entra\/sign-in\/[^/]+$/.test(url.pathname),
      async (route) => {
        const response = await route.fetch()
        onItsWay.resolve()
        await cancelled.promise
        await route.fulfill({ response })
      },
      { times: 1 },
    )
    const { body } = await phone.bind({ ticket: await ticketOn(computer) })
    await onItsWay.promise
    await phone.cancel(body.pending[0])
    cancelled.resolve()
    await heading(computer, 'You cancelled this').waitFor()
  })

  test('a lost connection is said, and the page is up to date when it is back', async () => {
    const profile = await chromium.profile(COMPUTER)
    const computer = await profile.newPage()
    await beginAtApplication(computer, countersign)
    await bindBy(phone, computer)
    await profile.setOffline(true)
    await computer.getByText('No connection. Trying again…').waitFor()
    expect(await digitsOn(computer)).toMatch(/^\d{6}$/)
    await profile.setOffline(false)
    await computer.getByText('Waiting for your phone…').waitFor()
    await approveBy(phone, computer)
    await expectAccepted(computer)
  })

  test('a sign-in that was approved while the connection was lost is finished when it is back', async () => {
    const profile = await chromium.profile(COMPUTER)
    const computer = await profile.newPage()
    await beginAtApplication(computer, countersign)
    await bindBy(phone, computer)
    await profile.setOffline(true)
    await computer.getByText('No connection. Trying again…').waitFor()
    await approveBy(phone, computer)
    await profile.setOffline(false)
    await expectAccepted(computer)
  })

  test('an approval takes the browser to its claim at once, without another look at the page', async () => {
    const computer = await chromium.page(COMPUTER)
    await beginAtApplication(computer, countersign)
    await bindBy(phone, computer)
    const asked: string[] = []
    computer.on('request', (request) => asked.push(`${request.method()} ${new URL(request.url()).pathname}`))
    await approveBy(phone, computer)
    await expectAccepted(computer)
    const ours = asked.filter((each) => each.includes('/entra/sign-in/'))
    expect(ours).toEqual([expect.stringMatching(/^POST .*\/answer$/)])
  })

  test('a page that is on its way when the approval comes does not ask for the claim once more', async () => {
    const computer = await chromium.page(COMPUTER)
    await beginAtApplication(computer, countersign)
    await bindBy(phone, computer)
    // After a wrong number the page is fetched anew: as it stands between the approval and the claim, and before that is there.
    const [begun, approved, brought] = [
      Promise.withResolvers<void>(),
      Promise.withResolvers<void>(),
      Promise.withResolvers<void>(),
    ]
    const claims: string[] = []
    await computer.route(
      (url) => /^\/entra\/sign-in\/[^/]+$/.test(url.pathname),
      async (route) => {
        begun.resolve()
        await approved.promise
        await route.fulfill({ response: await route.fetch() })
      },
      { times: 1 },
    )
    computer.on('requestfinished', (request) => request.method() === 'GET' && brought.resolve())
    await computer.route('**/answer', async (route) => {
      claims.push(route.request().url())
      approved.resolve()
      await brought.promise
      await route.continue()
    })
    const digits = await digitsOn(computer)
    const { body } = await phone.pending()
    await phone.approve(body.pending[0], wrongDigits(digits))
    await begun.promise
    await phone.approve(body.pending[0], digits)
    await expectAccepted(computer)
    expect(claims).toHaveLength(1)
  })

  test('a restart of the service in the middle is survived', async () => {
    const computer = await chromium.page(COMPUTER)
    await beginAtApplication(computer, countersign)
    await bindBy(phone, computer)
    await countersign.restart()
    await approveBy(phone, computer)
    await expectAccepted(computer)
    await heading(computer, 'Entra accepted this sign-in').waitFor()
  })
})
