// One sign-in from Entra's request to Entra's verdict on the answer.
import { expect } from '@jest/globals'
import type { EntraAttempt } from '../../entra-simulator/make-attempt.ts'
import type { Verdict } from '../../entra-simulator/sign-ins.ts'
import { createPhone, type Phone } from '../../phone-simulator/phone.ts'
import {
  digitsOn,
  formOf,
  type Page,
  type PostedForm,
  stageOf,
  type TestBrowser,
  ticketOn,
} from '../../support/browser.ts'
import { type Bend, bodyOf, type Contract, type Door } from './doors.ts'

export type Approved = { door: Door; attempt: EntraAttempt; page: Page; browser: TestBrowser; phone: Phone }
export type WholeSignIn = Approved & { form: PostedForm; verdict: Verdict }

/** Until it is approved: on the phone that is given, or on a new one that is bound by first use. */
export async function approveSignIn(door: Door, contract: Contract, bend: Bend = {}, bound?: Phone): Promise<Approved> {
  const attempt = await door.begin(contract, bend)
  const { page, browser } = await door.send(bodyOf(attempt))
  expect(stageOf(page)).toBe(bound ? 'number' : 'ticket')
  const phone = bound ?? (await createPhone({ url: door.countersign.url }))
  const { body } = bound ? await phone.pending() : await phone.bind({ ticket: ticketOn(page) ?? '' })
  const approval = await phone.approve(body.pending[0], digitsOn(await browser.get(page.url)) ?? '')
  expect(approval.status).toBeLessThan(300)
  return { door, attempt, page, browser, phone }
}

/** Hands a form to the Entra that asked, at the address that the form names. */
export const deliverTo = ({ door, attempt }: Approved, { action, fields }: PostedForm): Promise<Verdict> =>
  door.entra.receive(attempt.contract, fields, { address: action })

/** The whole of it. */
export async function signIn(door: Door, contract: Contract, bend: Bend = {}, bound?: Phone): Promise<WholeSignIn> {
  const approved = await approveSignIn(door, contract, bend, bound)
  const form = formOf(await approved.browser.submit(approved.page, 'answer'))
  return { ...approved, form, verdict: await deliverTo(approved, form) }
}

/** The rules that an answer breaks, with what was found; none when it is right. */
export const brokenRules = ({ lines }: Verdict): string[] =>
  lines.filter(({ outcome }) => outcome === 'fail').map(({ rule, found }) => `${rule}: ${found}`)
