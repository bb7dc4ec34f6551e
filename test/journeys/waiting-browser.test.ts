import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import type { Phone } from '../phone-simulator/phone.ts'
import { createPhone } from '../phone-simulator/phone.ts'
import { stageOf, ticketOn } from '../support/browser.ts'
import { type Countersign, GRACE, startCountersign } from '../support/countersign.ts'
import { approve, begin, contracts, enrol, finish, leave, reload, shownOn } from '../support/stories.ts'

describe.each(contracts)('a browser that waits (%s)', (contract) => {
  let countersign: Countersign
  let phone: Phone
  beforeAll(async () => {
    countersign = await startCountersign()
    phone = await enrol(countersign, { contract })
  })
  afterAll(() => countersign.close())

  test('learns of the decision by an event', async () => {
    const begun = await begin(countersign, { contract })
    const stream = await begun.browser.listen(begun.page)
    expect(stream.headers.get('content-type')).toMatch(/^text\/event-stream/)
    expect(stream.headers.get('cache-control')).toBe('no-store')
    expect(await stream.next()).toBe(1)

    await approve(phone, begun)
    expect(await stream.next()).toBe(2)
    await stream.close()
    expect(stageOf(await reload(begun))).toBe('approved')
    expect(await finish(countersign, begun)).toMatchObject({ accepted: true })
  })

  test('learns of each move: a phone bound, a wrong number, a refusal', async () => {
    const begun = await begin(countersign, { contract, person: GRACE })
    const stream = await begun.browser.listen(begun.page)
    const graces = await createPhone({ url: countersign.url })
    expect(await stream.next()).toBe(1)
    await graces.bind({ ticket: ticketOn(begun.page) ?? '' })
    expect(await stream.next()).toBe(2)
    await graces.approve(await shownOn(graces, begun), '')
    expect(await stream.next()).toBe(3)
    await graces.cancel(await shownOn(graces, begun))
    expect(await stream.next()).toBe(4)
    await stream.close()
  })

  test('learns the same by asking, and of nobody else’s sign-in', async () => {
    const begun = await begin(countersign, { contract })
    const other = await begin(countersign, { contract })
    const stream = await begun.browser.listen(begun.page)
    expect(await stream.next()).toBe(1)
    await leave(other)
    expect(JSON.parse((await begun.browser.get(`${begun.page.url}/version`)).text)).toEqual({ version: 1 })
    await phone.cancel(await shownOn(phone, begun))
    expect(await stream.next()).toBe(2)
    expect(JSON.parse((await begun.browser.get(`${begun.page.url}/version`)).text)).toEqual({ version: 2 })
    await stream.close()
  })

  test('that asks for the headers alone is answered at once', async () => {
    const begun = await begin(countersign, { contract })
    const asked = await begun.browser.request(`${begun.page.url}/events`, { method: 'HEAD' })
    expect(asked.status).toBe(200)
    expect(asked.headers.get('content-type')).toMatch(/^text\/event-stream/)
    await leave(begun)
  })

  test('in several places is told in all of them, and hears the end', async () => {
    const begun = await begin(countersign, { contract })
    const streams = await Promise.all([1, 2, 3].map(() => begun.browser.listen(begun.page)))
    for (const stream of streams) expect(await stream.next()).toBe(1)
    countersign.clock.leap(240_000)
    await countersign.service.capabilities.signIns.tidy()
    for (const stream of streams) expect(await stream.next()).toBeUndefined()
    // Told not to come back (WHATWG HTML section 9.2.3).
    expect((await begun.browser.get(`${begun.page.url}/events`)).status).toBe(204)
  })
})
