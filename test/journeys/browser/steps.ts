// What people do in a sign-in, at the computer and on the phone.
import { expect } from '@jest/globals'
import type { BrowserContextOptions, Page } from 'playwright-core'
import type { Contract, Person } from '../../entra-simulator/registration.ts'
import type { Phone } from '../../phone-simulator/phone.ts'
import { ADA, type Countersign, TENANT } from '../../support/countersign.ts'

export const COMPUTER: BrowserContextOptions = { viewport: { width: 1280, height: 800 } }
export const PHONE: BrowserContextOptions = { viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true }

type How = { person?: Person; contract?: Contract; button?: string }

/** From the application, through Entra, to our page. */
export async function beginAtApplication(
  page: Page,
  { entra }: Countersign,
  { person = ADA, contract = 'external-mfa', button = 'Sign in' }: How = {},
): Promise<void> {
  await page.goto(`${entra.applicationUrl}/`)
  await page.getByLabel('Who signs in').selectOption(`${TENANT}.${person.objectId}.${contract}`)
  await page.getByRole('button', { name: button, exact: true }).click()
}

/** The stage that the sign-in page shows, when it shows this one. */
export const stage = (page: Page, name: string) => page.locator(`#sign-in[data-stage="${name}"]`)

export async function signInPage(page: Page, name: string): Promise<void> {
  await stage(page, name).waitFor()
}

export const digitsOn = async (page: Page): Promise<string> => (await page.locator('[data-digits]').textContent()) ?? ''
export const linkOn = async (page: Page): Promise<string> =>
  (await page.locator('[data-link]').getAttribute('href')) ?? ''
export const ticketOn = async (page: Page): Promise<string> => (await linkOn(page)).split('#ticket=')[1] ?? ''
export const signInId = (page: Page): string => new URL(page.url()).pathname.split('/')[3] ?? ''

const press = (page: Page, name: string) => page.getByRole('button', { name, exact: true }).click()
export const heading = (page: Page, name: string) => page.getByRole('heading', { level: 1, name })

/** On the phone: from an opened code to the question for the number. */
export async function addThisPhone(phone: Page): Promise<void> {
  await heading(phone, 'Add this phone?').waitFor()
  await press(phone, 'Add this phone')
  await heading(phone, 'Is this you signing in?').waitFor()
}

export async function approveOn(phone: Page, digits: string): Promise<void> {
  await phone.getByLabel('Number on your sign-in page').fill(digits)
  await press(phone, 'Approve')
  await heading(phone, 'Approved').waitFor()
}

/** The application shows that Entra accepted the sign-in, and which of its rules were not met. */
export async function expectAccepted(page: Page): Promise<void> {
  await page.locator('#verdict').waitFor()
  const failed = await page.locator('tr[data-outcome="fail"]').allTextContents()
  expect({ failed, accepted: await page.locator('#verdict').getAttribute('data-accepted') }).toEqual({
    failed: [],
    accepted: 'true',
  })
}

/** Binds a phone without a screen to a sign-in whose page shows a ticket; the page then shows a number. */
export async function bindBy(phone: Phone, page: Page): Promise<void> {
  await signInPage(page, 'ticket')
  await phone.bind({ ticket: await ticketOn(page) })
  await signInPage(page, 'number')
}

/** What this phone is asked about the sign-in of this page. */
export async function askedBy(phone: Phone, page: Page) {
  const { body } = await phone.pending()
  const id = signInId(page)
  return body.pending.find(({ shown }: { shown: { signInId: string } }) => shown.signInId === id)
}

export async function approveBy(phone: Phone, page: Page): Promise<void> {
  await phone.approve(await askedBy(phone, page), await digitsOn(page))
}
