// What happens once in a sign-in, asked for a thousand times at once, over HTTP and on two processes with one store.
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { SignJWT } from 'jose'
import type { AuditEventType } from '../../src/audit/events.ts'
import { verifyAudit } from '../../src/audit/verify-chains.ts'
import { silentLog } from '../../src/base/log.ts'
import { theWorld } from '../../src/capabilities.ts'
import { readConfig } from '../../src/config.ts'
import { createService, type Service } from '../../src/service.ts'
import { createPhone, type Phone } from '../phone-simulator/phone.ts'
import { createBrowser, deliver, digitsOn, formOf, type Page, stageOf, ticketOn } from '../support/browser.ts'
import { ADA, type Countersign, GRACE, GUEST, startCountersign } from '../support/countersign.ts'
import { type CountersignProcess, startProcess } from '../support/process.ts'
import { approve, type Begun, begin, enrol, eventsOf, invite, reload, shownOn, signInIdOf } from '../support/stories.ts'

const MANY = 1000
const MINUTE = 60_000
const DECIDE = '/device/v1/decide'

const times = <T>(count: number, each: (i: number) => Promise<T>): Promise<T[]> =>
  Promise.all(Array.from({ length: count }, (_, i) => each(i)))

const counted = (values: unknown[]): Record<string, number> => {
  const counts: Record<string, number> = {}
  for (const value of values) counts[String(value)] = (counts[String(value)] ?? 0) + 1
  return counts
}

/** How often the audit log says this of a sign-in. */
async function said(place: Parameters<typeof eventsOf>[0], { page }: Begun, ...types: AuditEventType[]) {
  const ofIt = (await eventsOf(place)).filter((event) => 'signInId' in event && event.signInId === signInIdOf(page))
  return types.map((type) => ofIt.filter((event) => event.type === type).length)
}

/** Decisions of one prompt, each made at another time, signed, and with a proof of its own: ready to be sent at once. */
async function decisions(phone: Phone, begun: Begun, count: number) {
  const { shown } = await shownOn(phone, begun)
  const digits = digitsOn(await reload(begun)) ?? ''
  await phone.fetchNonce()
  return times(count, async (i) => {
    const decision = ['approve', 'cancel', 'not-me'][i % 3] as string
    const number = decision === 'approve' ? { number: digits } : {}
    const approval = await new SignJWT({ shown, decision, deviceTime: new Date(i).toISOString(), ...number })
      .setProtectedHeader({ alg: 'ES256', typ: 'countersign-approval+jwt', kid: phone.thumbprint })
      .sign(phone.privateKey)
    const body = JSON.stringify({ approval })
    const DPoP = await phone.prove('POST', DECIDE, body)
    const headers = { DPoP, 'content-type': 'application/json', accept: 'application/json' }
    return (url: string): Promise<Response> => fetch(`${url}${DECIDE}`, { method: 'POST', body, headers })
  })
}

/** What each was told: an outcome, or why not. */
const told = async (answers: Response[]): Promise<Record<string, number>> =>
  counted(
    await Promise.all(
      answers.map(async (answer) => {
        const { outcome, code } = (await answer.json()) as { outcome?: string; code?: string }
        return outcome ?? code
      }),
    ),
  )

/** Of what browsers were given: the forms with a claim. */
const claims = (pages: Page[]) => pages.filter(({ text }) => text.includes('name="id_token"')).map(formOf)

describe('a thousand at once', () => {
  let countersign: Countersign
  beforeAll(async () => {
    countersign = await startCountersign()
  })
  afterAll(() => countersign.close())

  test('decisions of one phone, each its own: one is made, and what follows from it', async () => {
    const phone = await enrol(countersign)
    const begun = await begin(countersign)
    const ready = await decisions(phone, begun, MANY)
    const answers = await Promise.all(ready.map((send) => send(countersign.url)))
    const { 'prompt-ended': refused, ...made } = await told(answers)
    expect([refused, Object.values(made)]).toEqual([MANY - 1, [1]])
    const recorded = await said(countersign, begun, 'signin.approved', 'signin.denied', 'signin.reported')
    expect(recorded).toEqual(['approved', 'denied', 'reported'].map((outcome) => made[outcome] ?? 0))
    expect(stageOf(await reload(begun))).toBe(made.approved ? 'approved' : 'over')
  })

  test('requests for the answer: one claim is signed, and Entra takes it', async () => {
    countersign.clock.leap(5 * MINUTE)
    const phone = await enrol(countersign, { person: GRACE })
    const begun = await begin(countersign, { person: GRACE })
    await approve(phone, begun)
    const pages = await times(MANY, () => begun.browser.submit(begun.page, 'answer'))
    const forms = claims(pages)
    expect(forms).toHaveLength(1)
    expect(counted(pages.map(({ status }) => status))).toEqual({ 200: 1, 410: MANY - 1 })
    expect(await said(countersign, begun, 'signin.answered', 'claim.signing', 'claim.signed')).toEqual([1, 1, 1])
    expect(await deliver(countersign.entra, begun.attempt, forms[0]!)).toMatchObject({ accepted: true })
  })

  test('the same request of Entra from many browsers: one sign-in, which one of them may see', async () => {
    countersign.clock.leap(5 * MINUTE)
    const attempt = await countersign.entra.begin({ person: GUEST, contract: 'external-mfa' })
    const pages = await times(200, () => createBrowser().arrive(attempt))
    expect(counted(pages.map(({ status }) => status))).toEqual({ 200: 1, 404: 199 })
    expect(new Set(pages.map(({ url }) => url)).size).toBe(1)
    const begun = { browser: createBrowser(), attempt, page: pages[0]! }
    expect(await said(countersign, begun, 'signin.opened', 'ticket.issued')).toEqual([1, 1])
  })

  test('phones that scan one code: one is bound', async () => {
    countersign.clock.leap(5 * MINUTE)
    const begun = await begin(countersign, { person: GUEST })
    const ticket = ticketOn(begun.page) ?? ''
    const phones = await times(100, () => createPhone({ url: countersign.url }))
    const answers = await Promise.all(phones.map((phone) => phone.bind({ ticket })))
    expect(counted(answers.map(({ status }) => status))).toEqual({ 200: 1, 404: 99 })
    expect(await said(countersign, begun, 'ticket.redeemed', 'signin.prompted')).toEqual([1, 1])
  })

  test('an invitation typed in all its person’s tabs: one of them goes on', async () => {
    countersign.clock.leap(5 * MINUTE)
    // Grace has a phone: another one takes an invitation.
    const code = await invite(countersign, GRACE)
    const tabs = await times(3, () => begin(countersign, { person: GRACE }))
    await times(60, (i) => {
      const { browser, page } = tabs[i % 3] as Begun
      return browser.submit(page, 'invitation', { code })
    })
    const stages = await Promise.all(tabs.map(async (tab) => stageOf(await reload(tab))))
    expect(stages.filter((stage) => stage === 'ticket')).toHaveLength(1)
    const issued = await Promise.all(tabs.map((tab) => said(countersign, tab, 'invitation.redeemed', 'ticket.issued')))
    expect(issued.flat().reduce((sum, n) => sum + n, 0)).toBe(2)
  })
})

describe('two processes on one store', () => {
  let countersign: CountersignProcess
  let service: Service
  let server: Server
  /** Where the two are reached. */
  let urls: [string, string]
  beforeAll(async () => {
    countersign = await startProcess()
    const config = readConfig(countersign.environment)
    service = await createService(config, { ...theWorld(config), log: silentLog })
    server = createServer(service.app)
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    urls = [countersign.url, `http://localhost:${(server.address() as AddressInfo).port}`]
  })
  afterAll(async () => {
    service.beginStop()
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
    await service.close()
    await countersign.close()
  })

  test('make one decision of many, sign one claim, and keep one unbroken log each', async () => {
    const phone = await enrol(countersign, { person: ADA })
    for (let round = 0; round < 3; round++) {
      const begun = await begin(countersign)
      const ready = await decisions(phone, begun, 60)
      const answers = await Promise.all(ready.map((send, i) => send(urls[i % 2] as string)))
      const { 'prompt-ended': refused, ...made } = await told(answers)
      expect([refused, Object.values(made)]).toEqual([59, [1]])
      const [outcome] = Object.keys(made)
      const path = new URL(begun.page.url).pathname
      const pages = await times(60, (i) => begun.browser.post(`${urls[i % 2]}${path}/answer`, {}))
      expect(claims(pages)).toHaveLength(outcome === 'approved' ? 1 : 0)
      expect(await said(countersign, begun, `signin.${outcome}` as AuditEventType)).toEqual([1])
      const once = outcome === 'approved' ? 1 : 0
      expect(await said(countersign, begun, 'signin.answered', 'claim.signing', 'claim.signed')).toEqual([
        once,
        once,
        once,
      ])
    }
    expect((await verifyAudit(countersign.service.capabilities.stores.audit)).faults).toEqual([])
  })
})
