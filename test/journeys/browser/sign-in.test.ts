// A person at a computer, with a phone in the hand: from the application to the application, in two real browsers.
import { afterEach, beforeEach, expect, test } from '@jest/globals'
import { describeInChromium, scan } from '../../support/chromium.ts'
import { type Countersign, startCountersign } from '../../support/countersign.ts'
import {
  addThisPhone,
  approveOn,
  beginAtApplication,
  COMPUTER,
  digitsOn,
  expectAccepted,
  heading,
  linkOn,
  PHONE,
  signInPage,
} from './steps.ts'

describeInChromium('a sign-in in the browser', (chromium) => {
  let countersign: Countersign
  beforeEach(async () => {
    countersign = await startCountersign()
  })
  afterEach(() => countersign.close())

  test.each(['external-mfa', 'custom-control'] as const)(
    'the code is scanned, the number typed, and the application opens; the next time without a code (%s)',
    async (contract) => {
      const computer = await chromium.page(COMPUTER)
      await beginAtApplication(computer, countersign, { contract })
      await signInPage(computer, 'ticket')
      const scanned = await scan(computer)
      expect(scanned).toBe(await linkOn(computer))

      const phone = await chromium.page(PHONE)
      await phone.goto(scanned ?? '')
      await addThisPhone(phone)
      await signInPage(computer, 'number')
      await approveOn(phone, await digitsOn(computer))
      await expectAccepted(computer)

      await phone.getByRole('button', { name: 'Done' }).click()
      await beginAtApplication(computer, countersign, { contract })
      await signInPage(computer, 'number')
      await phone.getByRole('button', { name: 'Review' }).click()
      await approveOn(phone, await digitsOn(computer))
      await expectAccepted(computer)
    },
  )

  test('the code is typed on a phone that cannot scan', async () => {
    const computer = await chromium.page(COMPUTER)
    await beginAtApplication(computer, countersign)
    await signInPage(computer, 'ticket')
    await computer.getByText('I can’t scan it').click()
    const code = await computer.locator('[data-code]').innerText()

    const phone = await chromium.page(PHONE)
    await phone.goto(`${countersign.url}/authenticator/`)
    await phone.getByRole('button', { name: 'Type a code' }).click()
    await phone.getByLabel('Code from the sign-in page').fill(code.toLowerCase())
    await phone.getByRole('button', { name: 'Continue' }).click()
    await addThisPhone(phone)
    await signInPage(computer, 'number')
    await approveOn(phone, await digitsOn(computer))
    await expectAccepted(computer)
  })

  test('this device becomes the authenticator, in a window that opens beside the sign-in', async () => {
    const profile = await chromium.profile(COMPUTER)
    const computer = await profile.newPage()
    await beginAtApplication(computer, countersign)
    await signInPage(computer, 'ticket')
    await computer.getByText('I can’t scan it').click()
    const [authenticator] = await Promise.all([profile.waitForEvent('page'), computer.locator('[data-link]').click()])
    await addThisPhone(authenticator)
    await signInPage(computer, 'number')
    await approveOn(authenticator, await digitsOn(computer))
    await expectAccepted(computer)
  })

  test('a wrong number lets nobody in, and the right one still does', async () => {
    const computer = await chromium.page(COMPUTER)
    await beginAtApplication(computer, countersign)
    const phone = await chromium.page(PHONE)
    await signInPage(computer, 'ticket')
    await phone.goto(await linkOn(computer))
    await addThisPhone(phone)
    await signInPage(computer, 'number')
    const digits = await digitsOn(computer)
    await phone.getByLabel('Number on your sign-in page').fill(digits.startsWith('1') ? '222222' : '111111')
    await phone.getByRole('button', { name: 'Approve', exact: true }).click()
    await phone.getByText('You have 2 tries left').waitFor()
    expect(await digitsOn(computer)).toBe(digits)
    await approveOn(phone, digits)
    await expectAccepted(computer)
  })

  test('a popup reports the sign-in to the application that opened it, and closes', async () => {
    const profile = await chromium.profile(COMPUTER)
    const application = await profile.newPage()
    const opened = profile.waitForEvent('page')
    await beginAtApplication(application, countersign, { button: 'Sign in with a popup' })
    const popup = await opened
    await signInPage(popup, 'ticket')
    const phone = await chromium.page(PHONE)
    await phone.goto((await scan(popup)) ?? '')
    await addThisPhone(phone)
    await signInPage(popup, 'number')
    const closed = popup.waitForEvent('close')
    await approveOn(phone, await digitsOn(popup))
    await closed
    await application.locator('#result[data-state="accepted"]').waitFor()
    await heading(application, 'Welcome').waitFor()
  })
})
