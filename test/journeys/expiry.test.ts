import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import type { Phone } from '../phone-simulator/phone.ts'
import { digitsOn, stageOf } from '../support/browser.ts'
import { type Countersign, startCountersign } from '../support/countersign.ts'
import { approve, begin, claimsSigned, contracts, enrol, eventsOf, leave, reload, shownOn } from '../support/stories.ts'

const PROMPT = 90_000
const SIGN_IN = 240_000

describe.each(contracts)('time that runs out (%s)', (contract) => {
  let countersign: Countersign
  let phone: Phone
  beforeEach(async () => {
    countersign = await startCountersign()
    phone = await enrol(countersign, { contract })
  })
  afterEach(() => countersign.close())

  test('ends a sign-in that nobody decided: page, phone and answer all say so', async () => {
    const begun = await begin(countersign, { contract })
    const shown = await shownOn(phone, begun)
    const digits = digitsOn(begun.page) ?? ''
    countersign.clock.leap(SIGN_IN)

    const page = await reload(begun)
    expect(stageOf(page)).toBe('over')
    expect(page.text).toContain('Time is over')
    expect(digitsOn(page)).toBeUndefined()
    expect((await phone.pending()).body.pending).toEqual([])
    expect((await phone.approve(shown, digits)).body.code).toBe('prompt-ended')
    expect((await begun.browser.submit(page, 'answer')).status).toBe(410)
    expect((await leave(begun)).fields).toEqual({ error: 'access_denied', state: begun.attempt.state })
    expect(await claimsSigned(countersign)).toEqual({ signing: 1, signed: 1 })
  })

  test('takes back an approval whose answer nobody fetched', async () => {
    const begun = await begin(countersign, { contract })
    expect((await approve(phone, begun)).status).toBe(200)
    countersign.clock.leap(SIGN_IN)
    expect((await reload(begun)).text).toContain('Time is over')
    expect((await begun.browser.submit(begun.page, 'answer')).status).toBe(410)
    expect((await leave(begun)).fields.error).toBe('access_denied')
    expect(await claimsSigned(countersign)).toEqual({ signing: 1, signed: 1 })
  })

  test('ends a prompt before its sign-in, and offers to ask again', async () => {
    const begun = await begin(countersign, { contract })
    const shown = await shownOn(phone, begun)
    countersign.clock.leap(PROMPT)
    const page = await reload(begun)
    expect(stageOf(page)).toBe('ask-again')
    expect(page.text).toContain('Your phone was not answered in time')
    expect((await phone.pending()).body.pending).toEqual([])
    expect((await phone.approve(shown, digitsOn(begun.page) ?? '')).body.code).toBe('prompt-ended')
    expect((await phone.cancel(shown)).body.code).toBe('prompt-ended')
  })

  test('never makes a later prompt outlive its sign-in', async () => {
    const begun = await begin(countersign, { contract })
    countersign.clock.leap(SIGN_IN - PROMPT / 2)
    await begun.browser.submit(begun.page, 'ask-again')
    expect((await shownOn(phone, begun)).millisecondsLeft).toBeLessThanOrEqual(PROMPT / 2)
    countersign.clock.leap(PROMPT / 2)
    expect(stageOf(await begun.browser.submit(begun.page, 'ask-again'))).toBe('over')
  })

  test('is written down once, when the service tidies', async () => {
    await begin(countersign, { contract })
    const approved = await begin(countersign, { contract })
    await approve(phone, approved)
    countersign.clock.leap(SIGN_IN)
    const { signIns } = countersign.service.capabilities
    await Promise.all([signIns.tidy(), signIns.tidy()])
    await signIns.tidy()
    expect(await eventsOf(countersign, 'signin.expired')).toHaveLength(2)
    expect((await reload(approved)).text).toContain('Time is over')
  })

  test('leaves an answered sign-in answered: it has no error to give, early or late', async () => {
    const begun = await begin(countersign, { contract })
    await approve(phone, begun)
    await begun.browser.answer(begun.page)
    expect((await begun.browser.submit(begun.page, 'give-up')).status).toBe(410)
    countersign.clock.leap(SIGN_IN)
    const late = await begun.browser.submit(begun.page, 'give-up')
    expect(late.status).toBe(410)
    expect(late.text).not.toContain('access_denied')
    expect((await reload(begun)).text).toContain('This sign-in is finished')
  })

  test('forgets an ended sign-in after a day, and then its page is nobody’s', async () => {
    const begun = await begin(countersign, { contract })
    await leave(begun)
    countersign.clock.leap(SIGN_IN + 24 * 3_600_000)
    await countersign.service.capabilities.signIns.tidy()
    expect((await reload(begun)).status).toBe(404)
  })
})
