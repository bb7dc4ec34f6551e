import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import type { Phone } from '../phone-simulator/phone.ts'
import { createBrowser, digitsOn, stageOf } from '../support/browser.ts'
import { ADA, type Countersign, startCountersign } from '../support/countersign.ts'
import { approve, begin, claimsSigned, contracts, enrol, eventsOf, finish } from '../support/stories.ts'

describe.each(contracts)('the same request of Entra again (%s)', (contract) => {
  let countersign: Countersign
  let phone: Phone
  beforeEach(async () => {
    countersign = await startCountersign()
    phone = await enrol(countersign, { contract })
  })
  afterEach(() => countersign.close())

  test('by Back and a click leads the same browser to the sign-in that it opened', async () => {
    const begun = await begin(countersign, { contract })
    const again = await begun.browser.arrive(begun.attempt)
    expect(again.url).toBe(begun.page.url)
    expect(digitsOn(again)).toBe(digitsOn(begun.page))
    expect(begun.browser.cookies.size).toBe(1)
    expect(await eventsOf(countersign, 'signin.opened')).toHaveLength(2)
    expect((await phone.pending()).body.pending).toHaveLength(1)

    await approve(phone, begun)
    expect(stageOf(await begun.browser.arrive(begun.attempt))).toBe('approved')
    expect(await finish(countersign, begun)).toMatchObject({ accepted: true })
    expect((await begun.browser.arrive(begun.attempt)).text).toContain('This sign-in is finished')
    expect(await claimsSigned(countersign)).toEqual({ signing: 2, signed: 2 })
  })

  test('opens one sign-in when it is posted several times at once', async () => {
    const attempt = await countersign.entra.begin({ person: ADA, contract })
    const arrived = await Promise.all([1, 2, 3].map(() => createBrowser().arrive(attempt)))
    expect(new Set(arrived.map(({ url }) => url)).size).toBe(1)
    expect(arrived.map(({ status }) => status).sort()).toEqual([200, 404, 404])
  })

  test('from another browser is led to a page that is not for it', async () => {
    const begun = await begin(countersign, { contract })
    const thief = createBrowser()
    const page = await thief.arrive(begun.attempt)
    expect([page.url, page.status]).toEqual([begun.page.url, 404])
    expect(page.text).toContain('it was begun in another browser')
    expect(thief.cookies.size).toBe(0)
    expect(await eventsOf(countersign, 'signin.opened')).toHaveLength(2)
  })

  test.each([
    ['state', { state: 'another-state' }],
    ['nonce', { nonce: 'another-nonce' }],
    ['request id', { 'client-request-id': '11111111-1111-4111-8111-111111111111' }],
  ])('with another %s is refused on a page, and Entra is told nothing', async (_what, changed) => {
    const begun = await begin(countersign, { contract })
    const attempt = { ...begun.attempt, parameters: { ...begun.attempt.parameters, ...changed } }
    for (const browser of [begun.browser, createBrowser()]) {
      const page = await browser.arrive(attempt)
      expect(page.status).toBe(409)
      expect(page.text).toContain('This sign-in was already opened')
      expect(page.text).not.toContain('to-entra')
      expect(page.text).not.toContain(begun.attempt.redirectUri)
    }
    // Whoever has a used hint can send it for ever: that is counted, and fills no log.
    const counts = await countersign.service.capabilities.stores.audit.counts()
    expect(counts.filter(({ code }) => code === 'hint.replayed').reduce((sum, { count }) => sum + count, 0)).toBe(2)
    expect(await eventsOf(countersign, 'signin.refused')).toEqual([])
    expect(await eventsOf(countersign, 'signin.opened')).toHaveLength(2)
  })

  test('stays refused as long as the hint would be accepted, restart or not', async () => {
    const begun = await begin(countersign, { contract })
    const attempt = { ...begun.attempt, parameters: { ...begun.attempt.parameters, state: 'another-state' } }
    countersign.clock.leap(9 * 60_000)
    await countersign.service.capabilities.signIns.tidy()
    await countersign.restart()
    expect((await begun.browser.arrive(attempt)).status).toBe(409)
    expect((await begun.browser.arrive(begun.attempt)).text).toContain('Time is over')
    countersign.clock.leap(2 * 60_000)
    expect((await begun.browser.arrive(attempt)).text).toContain('begun too long ago')
  })
})
