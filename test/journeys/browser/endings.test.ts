// Sign-ins that are not approved at once, or not at all.
import { afterEach, beforeEach, expect, test } from '@jest/globals'
import type { Page } from 'playwright-core'
import { createPhone, type Phone } from '../../phone-simulator/phone.ts'
import { describeInChromium } from '../../support/chromium.ts'
import { type Countersign, startCountersign } from '../../support/countersign.ts'
import {
  addThisPhone,
  approveBy,
  beginAtApplication,
  bindBy,
  COMPUTER,
  digitsOn,
  expectAccepted,
  heading,
  linkOn,
  PHONE,
  signInPage,
} from './steps.ts'

const PROMPT_IS_OVER = 91_000
const SIGN_IN_IS_OVER = 241_000

describeInChromium('a sign-in that is not approved', (chromium) => {
  let countersign: Countersign
  beforeEach(async () => {
    countersign = await startCountersign()
  })
  afterEach(() => countersign.close())

  async function refusedByPhone(buttons: string[], says: string): Promise<void> {
    const computer = await chromium.page(COMPUTER)
    await beginAtApplication(computer, countersign)
    await signInPage(computer, 'ticket')
    const phone = await chromium.page(PHONE)
    await phone.goto(await linkOn(computer))
    await addThisPhone(phone)
    for (const name of buttons) await phone.getByRole('button', { name, exact: true }).click()
    await heading(computer, says).waitFor()
    await computer.getByText('Nobody was let in.').waitFor()
    expect(await computer.locator('.primary:focus').textContent()).toBe('Go back')
    await computer.getByRole('button', { name: 'Go back' }).click()
    await computer.getByText('The provider refused: access_denied').waitFor()
    expect(await computer.locator('#verdict').getAttribute('data-accepted')).toBe('false')
  }

  test('cancelled on the phone: the computer says so, and leads back', () =>
    refusedByPhone(['I cancelled this'], 'You cancelled this'))

  test('reported on the phone: the computer says so, and leads back', () =>
    refusedByPhone(['This was not me', 'Stop it and report it'], 'This was reported'))

  test('left on the computer: Entra learns that it was refused', async () => {
    const computer = await chromium.page(COMPUTER)
    await beginAtApplication(computer, countersign)
    await signInPage(computer, 'ticket')
    await computer.getByRole('button', { name: 'Leave this sign-in' }).click()
    await computer.getByText('The provider refused: access_denied').waitFor()
  })

  test('nobody may add a phone here: the page says so, and leads back', async () => {
    const { integrations } = countersign.service.capabilities
    await integrations.change(countersign.integration.id, { enrolment: 'closed' }, 'command-line')
    const computer = await chromium.page(COMPUTER)
    await beginAtApplication(computer, countersign)
    await heading(computer, 'No phone is connected').waitFor()
    await computer.getByRole('button', { name: 'Go back' }).click()
    await computer.getByText('The provider refused: access_denied').waitFor()
  })

  /** A page with a clock of its own, so that its countdown can be moved together with the service's clock. */
  async function waiting(): Promise<{ computer: Page; phone: Phone; pass(ms: number): Promise<void> }> {
    const phone = await createPhone({ url: countersign.url })
    const computer = await chromium.page(COMPUTER)
    await computer.clock.install()
    await beginAtApplication(computer, countersign)
    await bindBy(phone, computer)
    return {
      computer,
      phone,
      async pass(ms) {
        countersign.clock.leap(ms)
        await computer.clock.fastForward(ms)
      },
    }
  }

  test('not answered in time: the page counts down, offers to ask again, and then shows another number', async () => {
    const { computer, phone, pass } = await waiting()
    const first = await digitsOn(computer)
    await computer.getByText(/^1 minute \d+ seconds? left$/).waitFor()
    await pass(PROMPT_IS_OVER)
    await heading(computer, 'Ask your phone again?').waitFor()
    await computer.getByText('Your phone was not answered in time.').waitFor()
    expect(await computer.locator('.primary:focus').textContent()).toBe('Ask again')
    await computer.getByRole('button', { name: 'Ask again' }).click()
    await signInPage(computer, 'number')
    expect(await digitsOn(computer)).not.toBe(first)
    await approveBy(phone, computer)
    await expectAccepted(computer)
  })

  test('time is over: the page says so by itself, and leads back', async () => {
    const { computer, pass } = await waiting()
    await pass(SIGN_IN_IS_OVER)
    await heading(computer, 'Time is over').waitFor()
    await computer.getByRole('button', { name: 'Go back' }).click()
    await computer.getByText('The provider refused: access_denied').waitFor()
  })

  test('time is over while the connection is lost: the page says so when it is back', async () => {
    const { computer, pass } = await waiting()
    const profile = computer.context()
    await profile.setOffline(true)
    await computer.getByText('No connection. Trying again…').waitFor()
    await pass(SIGN_IN_IS_OVER)
    await profile.setOffline(false)
    await heading(computer, 'Time is over').waitFor()
  })

  test('three wrong numbers: the page offers to ask again with another number', async () => {
    const computer = await chromium.page(COMPUTER)
    await beginAtApplication(computer, countersign)
    await signInPage(computer, 'ticket')
    const phone = await chromium.page(PHONE)
    await phone.goto(await linkOn(computer))
    await addThisPhone(phone)
    await signInPage(computer, 'number')
    const wrong = (await digitsOn(computer)) === '123456' ? '654321' : '123456'
    for (const says of ['2 tries left', '1 try left', 'Too many wrong numbers']) {
      await phone.getByLabel('Number on your sign-in page').fill(wrong)
      await phone.getByRole('button', { name: 'Approve', exact: true }).click()
      await phone.getByText(says).waitFor()
    }
    await heading(computer, 'Ask your phone again?').waitFor()
    await computer.getByText('A wrong number was typed too often.').waitFor()
  })
})
