// The steps that most stories share: a sign-in begun, a phone enrolled, a number typed, an answer delivered.
import type { AuditEvent, AuditEventType } from '../../src/audit/events.ts'
import type { Contract } from '../../src/integrations/integration.ts'
import type { Stores } from '../../src/store/stores.ts'
import type { BeginOptions, EntraAttempt } from '../entra-simulator/make-attempt.ts'
import { createPhone, type Pending, type Phone, type PhoneAnswer } from '../phone-simulator/phone.ts'
import { recorded } from '../store/contract/opened-store.ts'
import { createBrowser, deliver, digitsOn, formOf, type Page, type TestBrowser, ticketOn } from './browser.ts'
import { ADA, type Countersign, TENANT } from './countersign.ts'

export const contracts: readonly Contract[] = ['external-mfa', 'custom-control']

/** What the stories need of a Countersign: one in this process, or one of its own. */
export type Place = Pick<Countersign, 'url' | 'entra'>

/** A sign-in as the person sees it: the browser, what Entra sent it with, and the page it came to. */
export type Begun = { browser: TestBrowser; attempt: EntraAttempt; page: Page }

export async function begin(
  { entra }: Pick<Place, 'entra'>,
  { browser = createBrowser(), ...options }: Partial<BeginOptions> & { browser?: TestBrowser } = {},
): Promise<Begun> {
  const attempt = await entra.begin({ person: ADA, contract: 'external-mfa', ...options })
  return { browser, attempt, page: await browser.arrive(attempt) }
}

export const signInIdOf = (page: Page): string => new URL(page.url).pathname.split('/').at(-1) ?? ''
export const reload = ({ browser, page }: Begun): Promise<Page> => browser.get(page.url)

/** What the phone shows of this sign-in. */
export async function shownOn(phone: Phone, { page }: Begun): Promise<Pending> {
  const { status, body } = await phone.pending()
  const found = body?.pending?.find((each: Pending) => each.shown.signInId === signInIdOf(page))
  if (!found) throw new Error(`the phone shows nothing of this sign-in (${status}): ${JSON.stringify(body)}`)
  return found
}

/** The person reads the number in the browser and types it on the phone. */
export async function approve(phone: Phone, begun: Begun): Promise<PhoneAnswer> {
  const pending = await shownOn(phone, begun)
  return phone.approve(pending, digitsOn(await reload(begun)) ?? '')
}

/** Takes the answer to Entra, and gives what Entra made of it. */
export const finish = async ({ entra }: Pick<Place, 'entra'>, { browser, attempt, page }: Begun) =>
  deliver(entra, attempt, await browser.answer(page))

/** Leaves by the page's own way back: the form for Entra that this gives. */
export const leave = async ({ browser, page }: Begun) => formOf(await browser.submit(page, 'give-up'))

/** A first sign-in from beginning to end. Gives the phone that is active from then on. */
export async function enrol(
  place: Place,
  { phone, ...options }: Partial<BeginOptions> & { phone?: Phone } = {},
): Promise<Phone> {
  const enrolled = phone ?? (await createPhone({ url: place.url }))
  const begun = await begin(place, options)
  await enrolled.bind({ ticket: ticketOn(begun.page) ?? '' })
  await approve(enrolled, begun)
  const verdict = await finish(place, begun)
  if (!verdict.accepted) throw new Error(`the first sign-in failed: ${verdict.message}`)
  return enrolled
}

/** A number that is not the one on the page; another for each `which`. */
export const wrongDigits = (digits: string | undefined, which = 1): string =>
  String((Number(digits) + which) % 10 ** (digits?.length ?? 6)).padStart(digits?.length ?? 6, '0')

export const keyOf = ({ objectId }: { objectId: string }) => ({ tenantId: TENANT, objectId })

/** An administrator's one-time code for a person. */
export async function invite({ service, integration }: Countersign, person: { objectId: string }): Promise<string> {
  const { code } = await service.capabilities.devices.invite(integration.id, keyOf(person), 'command-line')
  return code
}

type Audited = { service: { capabilities: { stores: Pick<Stores, 'audit'> } } }

/** What the audit log says happened, oldest first; of one kind, when that is named. */
export async function eventsOf<T extends AuditEventType>(
  { service }: Audited,
  type?: T,
): Promise<Extract<AuditEvent, { type: T }>[]> {
  const events = await recorded(service.capabilities.stores)
  return events.filter((event) => type === undefined || event.type === type) as Extract<AuditEvent, { type: T }>[]
}

/** How many claims were signed, and how many were about to be. */
export async function claimsSigned(place: Audited) {
  const [signing, signed] = await Promise.all([eventsOf(place, 'claim.signing'), eventsOf(place, 'claim.signed')])
  return { signing: signing.length, signed: signed.length }
}
