import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import type { KeyFault } from '../entra-simulator/key-endpoints.ts'
import type { Phone } from '../phone-simulator/phone.ts'
import { formOf, stageOf } from '../support/browser.ts'
import { type Countersign, GRACE, startCountersign } from '../support/countersign.ts'
import { approve, begin, contracts, enrol, finish, leave } from '../support/stories.ts'

const MINUTE = 60_000
const HOUR = 60 * MINUTE

describe.each(contracts)('the keys of Entra (%s)', (contract) => {
  let countersign: Countersign
  beforeEach(async () => {
    countersign = await startCountersign()
  })
  afterEach(() => countersign.close())

  test.each(['down', 'rubbish', 'empty'] satisfies KeyFault[])(
    'unreadable (%s) before they were ever had, stop sign-ins for the moment, and use up no hint',
    async (fault) => {
      countersign.entra.fail(fault)
      const begun = await begin(countersign, { contract })
      expect(formOf(begun.page).fields).toEqual({ error: 'temporarily_unavailable', state: begun.attempt.state })
      await begin(countersign, { contract })
      expect(countersign.entra.keyFetches).toBe(1)

      countersign.entra.fail(null)
      countersign.clock.leap(MINUTE)
      expect(stageOf(await begun.browser.arrive(begun.attempt))).toBe('ticket')
    },
  )

  test('unreadable later, are used as they were for a day, and no longer', async () => {
    const phone = await enrol(countersign, { contract })
    countersign.entra.fail('down')
    countersign.clock.leap(23 * HOUR)
    const begun = await begin(countersign, { contract })
    await approve(phone, begun)
    expect(await finish(countersign, begun)).toMatchObject({ accepted: true })
    countersign.clock.leap(HOUR)
    expect(formOf((await begin(countersign, { contract })).page).fields.error).toBe('temporarily_unavailable')
  })

  test('are asked for once in 15 seconds at most, whatever kids strangers invent', async () => {
    await enrol(countersign, { contract })
    const before = countersign.entra.keyFetches
    countersign.clock.leap(MINUTE)
    const stranger = (kid: string) => begin(countersign, { contract, hint: { header: { kid } } })
    const told = async (kid: string) => formOf((await stranger(kid)).page).fields.error
    // Who made us ask is denied; who comes within the seconds after may bring a key that is newer still, and is put off.
    expect(await told('a')).toBe('access_denied')
    expect(await Promise.all(['b', 'c', 'd'].map(told))).toEqual(Array(3).fill('temporarily_unavailable'))
    expect(countersign.entra.keyFetches).toBe(before + 1)
    countersign.clock.leap(MINUTE)
    await stranger('f')
    expect(countersign.entra.keyFetches).toBe(before + 2)
  })

  test.each([true, false])('rotate, and sign-ins go on (earlier ones dropped: %s)', async (dropEarlier) => {
    const phone: Phone = await enrol(countersign, { contract })
    const signIn = async () => {
      const begun = await begin(countersign, { contract })
      await approve(phone, begun)
      expect(await finish(countersign, begun)).toMatchObject({ accepted: true })
    }
    const early = await begin(countersign, { contract })
    await leave(early)
    for (let rotation = 0; rotation < 3; rotation++) {
      await countersign.entra.rotateKeys({ dropEarlier })
      countersign.clock.leap(MINUTE)
      await signIn()
      await signIn()
    }
  })

  test('first asked for by many at once, are fetched once', async () => {
    const people = [{ contract }, { contract }, { contract, person: GRACE }]
    const arrived = await Promise.all(people.map((side) => begin(countersign, side)))
    expect(arrived.map(({ page }) => stageOf(page))).toEqual(['ticket', 'ticket', 'ticket'])
    expect(countersign.entra.keyFetches).toBe(1)
  })

  test('asked for in vain by many at once, are asked for once', async () => {
    countersign.entra.fail('down')
    const people = [{ contract }, { contract }, { contract, person: GRACE }]
    for (const { page } of await Promise.all(people.map((side) => begin(countersign, side)))) {
      expect(formOf(page).fields.error).toBe('temporarily_unavailable')
    }
    expect(countersign.entra.keyFetches).toBe(1)
  })
})
