import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { createPhone, type Phone } from '../phone-simulator/phone.ts'
import { createBrowser, deliver, digitsOn, stageOf, ticketOn } from '../support/browser.ts'
import { ADA, type Countersign, startCountersign } from '../support/countersign.ts'

describe.each(['external-mfa', 'custom-control'] as const)('a first sign-in, then a second (%s)', (contract) => {
  let countersign: Countersign
  let phone: Phone
  beforeAll(async () => {
    countersign = await startCountersign()
    phone = await createPhone({ url: countersign.url })
  })
  afterAll(() => countersign.close())

  test('binds a phone by its ticket, takes the typed digits, and answers with a claim that Entra accepts', async () => {
    const browser = createBrowser()
    const attempt = await countersign.entra.begin({ person: ADA, contract })
    const page = await browser.arrive(attempt)
    expect(stageOf(page)).toBe('ticket')

    const bound = await phone.bind({ ticket: ticketOn(page) ?? '' })
    expect(bound.body).toMatchObject({
      status: 'pending',
      account: { person: ADA.username, integrationName: 'Contoso' },
    })

    const asking = await browser.get(page.url)
    const approved = await phone.approve(bound.body.pending[0], digitsOn(asking) ?? '')
    expect(approved.body).toEqual({ outcome: 'approved' })

    const form = await browser.answer(page)
    expect(form.action).toBe(attempt.redirectUri)
    const verdict = await deliver(countersign.entra, attempt, form)
    expect(verdict.lines.filter(({ outcome }) => outcome === 'fail')).toEqual([])
    expect(verdict.accepted).toBe(true)
  })

  test('asks the bound phone at once the second time, without a code', async () => {
    const browser = createBrowser()
    const attempt = await countersign.entra.begin({ person: ADA, contract })
    const page = await browser.arrive(attempt)
    expect(stageOf(page)).toBe('number')
    const { body } = await phone.pending()
    expect(body).toMatchObject({
      status: 'active',
      pending: [{ shown: { person: ADA.username, browser: 'Chrome on Windows' } }],
    })
    await phone.approve(body.pending[0], digitsOn(page) ?? '')
    expect(await deliver(countersign.entra, attempt, await browser.answer(page))).toMatchObject({ accepted: true })
  })
})
