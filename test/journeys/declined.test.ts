import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import type { Phone } from '../phone-simulator/phone.ts'
import { deliver, stageOf } from '../support/browser.ts'
import { type Countersign, startCountersign } from '../support/countersign.ts'
import { begin, claimsSigned, contracts, enrol, eventsOf, leave, reload, shownOn } from '../support/stories.ts'

describe.each(contracts)('a person who does not approve (%s)', (contract) => {
  let countersign: Countersign
  let phone: Phone
  beforeAll(async () => {
    countersign = await startCountersign()
    phone = await enrol(countersign, { contract })
  })
  afterAll(() => countersign.close())

  test('is told that it was cancelled, and goes back to Entra with access_denied', async () => {
    const begun = await begin(countersign, { contract })
    expect((await phone.cancel(await shownOn(phone, begun))).body).toEqual({ outcome: 'denied' })

    const page = await reload(begun)
    expect(stageOf(page)).toBe('over')
    expect(page.text).toContain('You cancelled this')
    expect((await phone.pending()).body.pending).toEqual([])

    const form = await leave(begun)
    expect(form).toEqual({
      action: begun.attempt.redirectUri,
      fields: { error: 'access_denied', state: begun.attempt.state },
    })
    const verdict = await deliver(countersign.entra, begun.attempt, form)
    expect(verdict.accepted).toBe(false)
    expect(verdict.error).toBe('access_denied')
    expect(verdict.lines.filter(({ outcome }) => outcome === 'fail')).toEqual([])
  })

  test('may take the way back twice: an error grants nothing', async () => {
    const begun = await begin(countersign, { contract })
    await phone.cancel(await shownOn(phone, begun))
    expect(await leave(begun)).toEqual(await leave(begun))
  })

  test('reports with "this was not me", which the page and the audit say', async () => {
    const begun = await begin(countersign, { contract })
    expect((await phone.notMe(await shownOn(phone, begun))).body).toEqual({ outcome: 'reported' })
    const page = await reload(begun)
    expect(stageOf(page)).toBe('over')
    expect(page.text).toContain('This was reported')
    expect(await eventsOf(countersign, 'signin.reported')).toHaveLength(1)
    expect((await leave(begun)).fields).toEqual({ error: 'access_denied', state: begun.attempt.state })
  })

  test('leaves in the browser, and the phone has nothing to decide any more', async () => {
    const begun = await begin(countersign, { contract })
    const shown = await shownOn(phone, begun)
    expect((await leave(begun)).fields.error).toBe('access_denied')
    expect((await phone.cancel(shown)).body.code).toBe('prompt-ended')
    expect((await reload(begun)).text).toContain('You left this sign-in')
  })

  test('gets no claim, whatever the browser asks for', async () => {
    const before = await claimsSigned(countersign)
    for (const decide of [phone.cancel, phone.notMe]) {
      const begun = await begin(countersign, { contract })
      await decide(await shownOn(phone, begun))
      const refused = await begun.browser.submit(begun.page, 'answer')
      expect(refused.status).toBe(410)
      expect(refused.text).not.toContain('id_token')
    }
    const undecided = await begin(countersign, { contract })
    expect((await undecided.browser.submit(undecided.page, 'answer')).status).toBe(409)
    expect(await claimsSigned(countersign)).toEqual(before)
  })
})
