import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { createPhone } from '../phone-simulator/phone.ts'
import { type Countersign, startCountersign } from '../support/countersign.ts'
import { approve, begin, contracts, enrol, finish, reload, shownOn } from '../support/stories.ts'

const HOUR = 3_600_000

describe.each(contracts)('a phone with a wrong clock (%s)', (contract) => {
  let countersign: Countersign
  beforeAll(async () => {
    countersign = await startCountersign({ enrolment: 'first-use' })
  })
  afterAll(() => countersign.close())

  test.each([
    ['an hour slow', -HOUR],
    ['an hour fast', HOUR],
    ['back in 1970', -Date.now()],
  ])('%s, is enrolled and approves', async (_how, clockError) => {
    const person = { objectId: crypto.randomUUID(), name: 'Someone', username: 'someone@contoso.example' }
    const phone = await createPhone({ url: countersign.url, clockError })
    await enrol(countersign, { contract, person, phone })
    const begun = await begin(countersign, { contract, person })
    expect((await shownOn(phone, begun)).millisecondsLeft).toBeGreaterThan(0)
    expect((await approve(phone, begun)).body).toEqual({ outcome: 'approved' })
    expect(await finish(countersign, begun)).toMatchObject({ accepted: true })
  })

  test('that runs on through hours gets a new nonce and goes on', async () => {
    const person = { objectId: crypto.randomUUID(), name: 'Someone', username: 'someone@contoso.example' }
    const phone = await enrol(countersign, { contract, person })
    countersign.clock.leap(3 * HOUR)
    const begun = await begin(countersign, { contract, person })
    expect((await approve(phone, begun)).body).toEqual({ outcome: 'approved' })
    expect((await reload(begun)).status).toBe(200)
  })
})
