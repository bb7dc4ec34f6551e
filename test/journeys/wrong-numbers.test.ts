import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import type { Phone } from '../phone-simulator/phone.ts'
import { digitsOn, formOf, stageOf } from '../support/browser.ts'
import { ADA, type Countersign, startCountersign } from '../support/countersign.ts'
import {
  approve,
  type Begun,
  begin,
  contracts,
  enrol,
  eventsOf,
  finish,
  keyOf,
  reload,
  shownOn,
  wrongDigits,
} from '../support/stories.ts'

describe.each(contracts)('wrong numbers (%s)', (contract) => {
  let countersign: Countersign
  let phone: Phone
  beforeEach(async () => {
    countersign = await startCountersign()
    phone = await enrol(countersign, { contract })
  })
  afterEach(() => countersign.close())

  /** Types one wrong number, and gives what the phone is told. */
  async function mistype(begun: Begun, which = 1) {
    const pending = await shownOn(phone, begun)
    return (await phone.approve(pending, wrongDigits(digitsOn(await reload(begun)), which))).body
  }

  test('leave two tries, one, none; then the prompt has ended and the page offers to ask again', async () => {
    const begun = await begin(countersign, { contract })
    const shown = await shownOn(phone, begun)
    const digits = digitsOn(begun.page) ?? ''
    for (const triesLeft of [2, 1, 0]) {
      expect(await mistype(begun, triesLeft + 1)).toMatchObject({ code: 'wrong-number', status: 422, triesLeft })
    }
    expect((await phone.approve(shown, digits)).body.code).toBe('prompt-ended')
    const page = await reload(begun)
    expect(stageOf(page)).toBe('ask-again')
    expect(page.text).toContain('A wrong number was typed too often')
    expect(await eventsOf(countersign, 'signin.wrong-number')).toHaveLength(3)
  })

  test('make the person wait, longer each time, and neither a new prompt nor a new sign-in shortens that', async () => {
    const begun = await begin(countersign, { contract })
    for (const which of [1, 2, 3]) await mistype(begun, which)
    await begun.browser.submit(begun.page, 'ask-again')
    const waiting = await approve(phone, begun)
    expect(waiting.status).toBe(429)
    expect(waiting.body.code).toBe('wait')
    expect(waiting.body.retryAfterSeconds).toBeGreaterThan(0)
    expect(waiting.body.retryAfterSeconds).toBeLessThanOrEqual(30)
    expect(waiting.headers.get('retry-after')).toBe(String(waiting.body.retryAfterSeconds))

    const another = await begin(countersign, { contract })
    expect((await approve(phone, another)).body.code).toBe('wait')

    countersign.clock.leap(30_000)
    expect(await mistype(another)).toMatchObject({ code: 'wrong-number', triesLeft: 2 })
    const longer = await approve(phone, another)
    expect(longer.body.code).toBe('wait')
    expect(longer.body.retryAfterSeconds).toBeGreaterThan(30)
    expect(longer.body.retryAfterSeconds).toBeLessThanOrEqual(60)
  })

  test('do not keep anybody from saying no', async () => {
    const begun = await begin(countersign, { contract })
    for (const which of [1, 2, 3]) await mistype(begun, which)
    await begun.browser.submit(begun.page, 'ask-again')
    expect((await approve(phone, begun)).body.code).toBe('wait')
    expect((await phone.notMe(await shownOn(phone, begun))).body).toEqual({ outcome: 'reported' })
  })

  test('are forgiven by the right one, after the wait', async () => {
    const begun = await begin(countersign, { contract })
    for (const which of [1, 2, 3]) await mistype(begun, which)
    await begun.browser.submit(begun.page, 'ask-again')
    countersign.clock.leap(30_000)
    expect((await approve(phone, begun)).body).toEqual({ outcome: 'approved' })
    expect(await finish(countersign, begun)).toMatchObject({ accepted: true })

    const next = await begin(countersign, { contract })
    expect(await mistype(next)).toMatchObject({ code: 'wrong-number', triesLeft: 2 })
    expect(await mistype(next, 2)).toMatchObject({ code: 'wrong-number', triesLeft: 1 })
    expect((await approve(phone, next)).body).toEqual({ outcome: 'approved' })
  })

  test('count when they are no number, too long or missing', async () => {
    const begun = await begin(countersign, { contract })
    const pending = await shownOn(phone, begun)
    const digits = digitsOn(begun.page) ?? ''
    expect((await phone.approve(pending, ` ${digits}`)).body).toMatchObject({ code: 'wrong-number', triesLeft: 2 })
    expect((await phone.approve(pending, '')).body).toMatchObject({ code: 'wrong-number', triesLeft: 1 })
    const without = { approval: await phone.sign(pending.shown, 'approve') }
    expect((await phone.request('POST', '/device/v1/decide', without)).body).toMatchObject({
      code: 'wrong-number',
      triesLeft: 0,
    })
  })

  test('lock the person at the twentieth, on record, until an administrator unlocks them', async () => {
    let begun = await begin(countersign, { contract })
    for (let typed = 0; typed < 19; typed++) {
      countersign.clock.leap(3_600_000)
      begun = await begin(countersign, { contract })
      expect((await mistype(begun)).code).toBe('wrong-number')
    }
    expect(await eventsOf(countersign, 'person.locked')).toEqual([])
    countersign.clock.leap(3_600_000)
    begun = await begin(countersign, { contract })
    const other = await begin(countersign, { contract })
    expect((await mistype(begun)).code).toBe('wrong-number')
    expect(await eventsOf(countersign, 'person.locked')).toMatchObject([{ ...keyOf(ADA), because: 'number' }])

    // What was open already is not approved, and can still be reported.
    expect((await approve(phone, other)).body).toMatchObject({ code: 'locked', status: 403 })
    expect((await phone.notMe(await shownOn(phone, other))).body).toEqual({ outcome: 'reported' })
    // What is begun now asks nobody, and says why before it goes back.
    countersign.clock.leap(24 * 3_600_000)
    const refused = await begin(countersign, { contract })
    expect(refused.page.text).toContain('before your administrator unlocks it')
    expect(formOf(refused.page).fields).toEqual({ error: 'access_denied', state: refused.attempt.state })
    expect((await phone.pending()).body.pending).toEqual([])

    const { locks, people } = countersign.service.capabilities
    const ada = await people.find(keyOf(ADA))
    expect(await locks.of(keyOf(ADA))).toEqual(['number'])
    await locks.unlock({ ...keyOf(ADA), integrationId: ada?.integrationId ?? '' }, 'command-line')
    const next = await begin(countersign, { contract })
    expect((await approve(phone, next)).body).toEqual({ outcome: 'approved' })
    expect(await finish(countersign, next)).toMatchObject({ accepted: true })
  })

  test('typed at once are counted one by one', async () => {
    const begun = await begin(countersign, { contract })
    const pending = await shownOn(phone, begun)
    const digits = digitsOn(begun.page)
    const answers = await Promise.all(
      [1, 2, 3, 4, 5].map((which) => phone.approve(pending, wrongDigits(digits, which))),
    )
    const codes = answers.map(({ body }) => body.code).sort()
    expect(codes).toEqual(['prompt-ended', 'prompt-ended', 'wrong-number', 'wrong-number', 'wrong-number'])
    const left = answers.filter(({ status }) => status === 422).map(({ body }) => body.triesLeft)
    expect(left.sort()).toEqual([0, 1, 2])
  })
})
