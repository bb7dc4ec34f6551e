// The way to every page we serve.
import type { Page } from 'playwright-core'
import { createPhone } from '../../phone-simulator/phone.ts'
import type { Countersign } from '../../support/countersign.ts'
import { approveBy, askedBy, beginAtApplication, bindBy, heading, signInPage } from './steps.ts'

type Visit = (page: Page, countersign: Countersign) => Promise<void>

/** A sign-in whose phone is bound and asked: its page shows a number. */
async function toNumber(page: Page, countersign: Countersign) {
  const phone = await createPhone({ url: countersign.url })
  await beginAtApplication(page, countersign)
  await bindBy(phone, page)
  return phone
}

/** A second sign-in: of a person who has a phone. */
async function toSecondNumber(page: Page, countersign: Countersign) {
  const phone = await toNumber(page, countersign)
  await approveBy(phone, page)
  await page.locator('#verdict').waitFor()
  await beginAtApplication(page, countersign)
  await signInPage(page, 'number')
  return phone
}

async function withEnrolment(countersign: Countersign, enrolment: 'invitation' | 'closed'): Promise<void> {
  const { integrations } = countersign.service.capabilities
  await integrations.change(countersign.integration.id, { enrolment }, 'command-line')
}

async function opened(page: Page, name: string): Promise<void> {
  await page.getByText(name, { exact: true }).click()
}

async function toInvitation(page: Page, countersign: Countersign): Promise<void> {
  await withEnrolment(countersign, 'invitation')
  await beginAtApplication(page, countersign)
  await signInPage(page, 'invitation')
}

async function toDenied(page: Page, countersign: Countersign): Promise<void> {
  const phone = await toNumber(page, countersign)
  await phone.cancel(await askedBy(phone, page))
  await heading(page, 'You cancelled this').waitFor()
}

/** The page that posts itself stays when its script is not there. */
const withoutFormPost = (page: Page) => page.route('**/assets/form-post.*', (route) => route.abort())

export const pages: Record<string, Visit> = {
  async ticket(page, countersign) {
    await beginAtApplication(page, countersign)
    await signInPage(page, 'ticket')
  },
  async 'ticket, without scanning'(page, countersign) {
    await beginAtApplication(page, countersign)
    await signInPage(page, 'ticket')
    await opened(page, 'I can’t scan it')
  },
  async 'number, first use'(page, countersign) {
    await toNumber(page, countersign)
  },
  async number(page, countersign) {
    await toSecondNumber(page, countersign)
  },
  async 'number, without the phone'(page, countersign) {
    await toSecondNumber(page, countersign)
    await opened(page, 'I can’t use my phone')
  },
  async 'ask again'(page, countersign) {
    await toSecondNumber(page, countersign)
    countersign.clock.leap(91_000)
    await page.reload()
    await signInPage(page, 'ask-again')
  },
  invitation: toInvitation,
  async 'invitation, refused'(page, countersign) {
    await toInvitation(page, countersign)
    await page.getByLabel('Invitation code').fill('AAAA-BBBB-CCCC')
    await page.getByRole('button', { name: 'Continue' }).click()
    await page.getByText('This invitation code does not work').waitFor()
  },
  async unbound(page, countersign) {
    await withEnrolment(countersign, 'closed')
    await beginAtApplication(page, countersign)
    await signInPage(page, 'unbound')
  },
  denied: toDenied,
  async expired(page, countersign) {
    await toNumber(page, countersign)
    countersign.clock.leap(241_000)
    await page.reload()
    await signInPage(page, 'over')
  },
  async answered(page, countersign) {
    const phone = await toNumber(page, countersign)
    const url = page.url()
    await approveBy(phone, page)
    await page.locator('#verdict').waitFor()
    await page.goto(url)
    await signInPage(page, 'over')
  },
  async 'the answer, approved'(page, countersign) {
    await withoutFormPost(page)
    const phone = await toNumber(page, countersign)
    await approveBy(phone, page)
    await page.locator('#to-entra').waitFor()
  },
  async 'the answer, refused'(page, countersign) {
    await withoutFormPost(page)
    await toDenied(page, countersign)
    await page.getByRole('button', { name: 'Go back' }).click()
    await page.locator('#to-entra').waitFor()
  },
  async notice(page, { url }) {
    await page.goto(`${url}/entra/sign-in/unknown`)
  },
  async 'what the sign-in address is'(page, { url }) {
    await page.goto(`${url}/entra/authorize`)
  },
  async welcome(page, { url }) {
    await page.goto(url)
  },
}
