import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { createPhone, type Phone } from '../phone-simulator/phone.ts'
import { type Page, stageOf, ticketOn } from '../support/browser.ts'
import { ADA, type Countersign, GRACE, startCountersign } from '../support/countersign.ts'
import {
  approve,
  type Begun,
  begin,
  contracts,
  enrol,
  eventsOf,
  finish,
  invite,
  keyOf,
  leave,
  reload,
  shownOn,
} from '../support/stories.ts'

const SIGN_IN = 240_000
const typeCode = ({ browser, page }: Begun, code: string): Promise<Page> => browser.submit(page, 'invitation', { code })
const DOES_NOT_WORK = 'This invitation code does not work.'

describe.each(contracts)('enrolment by invitation (%s)', (contract) => {
  let countersign: Countersign
  let phone: Phone
  beforeEach(async () => {
    countersign = await startCountersign({ enrolment: 'invitation' })
    phone = await createPhone({ url: countersign.url })
  })
  afterEach(() => countersign.close())

  test('refuses a wrong code, takes the right one, binds by the ticket, and spends the invitation', async () => {
    const code = await invite(countersign, ADA)
    const begun = await begin(countersign, { contract })
    expect(stageOf(begun.page)).toBe('invitation')
    expect(ticketOn(begun.page)).toBeUndefined()

    const wrong = await typeCode(begun, 'AAAA-BBBB-CCCC')
    expect(stageOf(wrong)).toBe('invitation')
    expect(wrong.text).toContain(DOES_NOT_WORK)

    const right = await typeCode(begun, ` ${code.toLowerCase().replaceAll('-', ' ')}`)
    expect(stageOf(right)).toBe('ticket')
    await phone.bind({ ticket: ticketOn(right) ?? '' })
    expect((await approve(phone, begun)).body).toEqual({ outcome: 'approved' })
    expect(await finish(countersign, begun)).toMatchObject({ accepted: true })

    await phone.remove()
    const later = await begin(countersign, { contract })
    expect(stageOf(later.page)).toBe('invitation')
    expect((await typeCode(later, code)).text).toContain(DOES_NOT_WORK)
    expect(await eventsOf(countersign, 'invitation.redeemed')).toHaveLength(1)
    expect(await eventsOf(countersign, 'invitation.refused')).toHaveLength(2)
  })

  test('refuses another person’s code', async () => {
    const graces = await invite(countersign, GRACE)
    const begun = await begin(countersign, { contract, person: ADA })
    expect((await typeCode(begun, graces)).text).toContain(DOES_NOT_WORK)
    const own = await begin(countersign, { contract, person: GRACE })
    expect(stageOf(await typeCode(own, graces))).toBe('ticket')
  })

  test('refuses an invitation that was replaced by a newer one, and one that is too old', async () => {
    const older = await invite(countersign, ADA)
    const newer = await invite(countersign, ADA)
    const begun = await begin(countersign, { contract })
    expect((await typeCode(begun, older)).text).toContain(DOES_NOT_WORK)
    countersign.clock.leap(72 * 3_600_000)
    expect((await typeCode(await begin(countersign, { contract }), newer)).text).toContain(DOES_NOT_WORK)
  })

  test.each([
    ['expired', async () => countersign.clock.leap(SIGN_IN)],
    ['was left', async (begun: Begun) => leave(begun)],
    ['was left with a phone bound', async (begun: Begun) => bindThen(begun, () => leave(begun))],
    ['was cancelled on the phone', async (begun: Begun) => bindThen(begun, (shown) => phone.cancel(shown))],
    ['was reported on the phone', async (begun: Begun) => bindThen(begun, (shown) => phone.notMe(shown))],
  ])('takes the code again when the sign-in %s without an approval', async (_how, end) => {
    const code = await invite(countersign, ADA)
    const first = await begin(countersign, { contract })
    await typeCode(first, code)
    await end(first)
    const second = await begin(countersign, { contract })
    const page = await typeCode(second, code)
    expect(stageOf(page)).toBe('ticket')
    await phone.bind({ ticket: ticketOn(page) ?? '' })
    expect((await approve(phone, second)).body).toEqual({ outcome: 'approved' })
  })

  async function bindThen(begun: Begun, act: (shown: Awaited<ReturnType<typeof shownOn>>) => Promise<unknown>) {
    await phone.bind({ ticket: ticketOn(await reload(begun)) ?? '' })
    await act(await shownOn(phone, begun))
  }

  test('lets one sign-in at a time use a code', async () => {
    const code = await invite(countersign, ADA)
    const both = [await begin(countersign, { contract }), await begin(countersign, { contract })]
    const pages = await Promise.all(both.map((begun) => typeCode(begun, code)))
    expect(pages.map(stageOf).sort()).toEqual(['invitation', 'ticket'])
  })

  test('takes no code in a sign-in where too many were wrong', async () => {
    const code = await invite(countersign, ADA)
    const begun = await begin(countersign, { contract })
    for (const wrong of ['A', 'B', 'C', 'D']) expect(stageOf(await typeCode(begun, wrong))).toBe('invitation')
    expect(stageOf(await typeCode(begun, 'E'))).toBe('unbound')
    expect(stageOf(await typeCode(begun, code))).toBe('unbound')
    expect((await leave(begun)).fields.error).toBe('access_denied')
    const next = await begin(countersign, { contract })
    expect((await typeCode(next, code)).text).toMatch(/Please wait \d+ seconds/)
    countersign.clock.leap(30_000)
    expect(stageOf(await typeCode(next, code))).toBe('ticket')
  })

  describe('wrong codes in a row', () => {
    /** One wrong code, in a sign-in of its own, after the wait for those before. */
    async function mistype() {
      countersign.clock.leap(3_600_000)
      return typeCode(await begin(countersign, { contract }), 'WRONG')
    }

    test('make the person wait in whichever sign-in; the wait is said, and the right code is not looked at in it', async () => {
      const code = await invite(countersign, ADA)
      for (let i = 0; i < 4; i++) await mistype()
      countersign.clock.hold()
      await mistype()
      const begun = await begin(countersign, { contract })
      expect(begun.page.text).toContain('Please wait 30 seconds')
      const early = await typeCode(begun, code)
      expect(stageOf(early)).toBe('invitation')
      expect(early.text).toMatch(/Please wait/)
      countersign.clock.leap(30_000)
      expect(stageOf(await typeCode(begun, code))).toBe('ticket')
    })

    test('are forgiven by the right one', async () => {
      const code = await invite(countersign, ADA)
      for (let i = 0; i < 4; i++) await mistype()
      expect(stageOf(await typeCode(await begin(countersign, { contract }), code))).toBe('ticket')
      for (let i = 0; i < 4; i++) await mistype()
      expect((await begin(countersign, { contract })).page.text).not.toContain('Please wait')
    })

    test('lock the person at the tenth, on record; a new invitation does not unlock them, an administrator does', async () => {
      await invite(countersign, ADA)
      for (let i = 0; i < 9; i++) await mistype()
      expect(await eventsOf(countersign, 'person.locked')).toEqual([])
      expect((await mistype()).text).toContain('Ask your administrator to unlock your account')
      expect(await eventsOf(countersign, 'person.locked')).toMatchObject([{ ...keyOf(ADA), because: 'code' }])

      const code = await invite(countersign, ADA)
      countersign.clock.leap(24 * 3_600_000)
      const begun = await begin(countersign, { contract })
      expect(begun.page.text).toContain('Ask your administrator to unlock your account')
      expect(stageOf(await typeCode(begun, code))).toBe('invitation')
      expect(await eventsOf(countersign, 'invitation.redeemed')).toEqual([])
      // Nobody else is held up by it.
      const other = await begin(countersign, { contract, person: GRACE })
      expect(stageOf(await typeCode(other, await invite(countersign, GRACE)))).toBe('ticket')

      const { locks, people } = countersign.service.capabilities
      const ada = (await people.find(keyOf(ADA))) as NonNullable<Awaited<ReturnType<typeof people.find>>>
      expect(await locks.of(ada)).toEqual(['code'])
      expect(await locks.unlock(ada, 'command-line')).toBe(true)
      expect(await locks.unlock(ada, 'command-line')).toBe(false)
      expect(stageOf(await typeCode(begun, code))).toBe('ticket')
      expect(await eventsOf(countersign, 'person.unlocked')).toMatchObject([{ ...keyOf(ADA), by: 'command-line' }])
    })

    test('typed at once, in three sign-ins, are counted one by one', async () => {
      const three = [
        await begin(countersign, { contract }),
        await begin(countersign, { contract }),
        await begin(countersign, { contract }),
      ]
      await Promise.all(three.flatMap((begun) => ['A', 'B', 'C', 'D'].map((code) => typeCode(begun, code))))
      const { signIns } = countersign.service.capabilities.stores
      expect((await signIns.failures(keyOf(ADA), 'code')).count).toBe(5)
      expect(await eventsOf(countersign, 'invitation.refused')).toHaveLength(5)
    })
  })
})

describe.each(contracts)('who may bind a phone (%s)', (contract) => {
  let countersign: Countersign
  beforeEach(async () => {
    countersign = await startCountersign()
  })
  afterEach(() => countersign.close())
  const change = (changes: object) =>
    countersign.service.capabilities.integrations.change(countersign.integration.id, changes, 'command-line')

  test('is nobody where enrolment is closed; a phone bound before goes on working', async () => {
    const phone = await enrol(countersign, { contract })
    await change({ enrolment: 'closed' })
    const code = await invite(countersign, GRACE)
    const begun = await begin(countersign, { contract, person: GRACE })
    expect(stageOf(begun.page)).toBe('unbound')
    expect(begun.page.text).not.toContain('invitation')
    expect(stageOf(await typeCode(begun, code))).toBe('unbound')
    expect((await leave(begun)).fields).toEqual({ error: 'access_denied', state: begun.attempt.state })

    const own = await begin(countersign, { contract })
    expect((await approve(phone, own)).body).toEqual({ outcome: 'approved' })
    expect(await finish(countersign, own)).toMatchObject({ accepted: true })
  })

  test('is not by first use who had a phone that was revoked: that takes an invitation', async () => {
    await enrol(countersign, { contract })
    const { devices } = countersign.service.capabilities
    const [device] = await devices.activeOf(keyOf(ADA))
    await devices.revoke(device!, 'command-line', 'lost')
    const begun = await begin(countersign, { contract })
    expect(stageOf(begun.page)).toBe('invitation')

    const page = await typeCode(begun, await invite(countersign, ADA))
    const phone = await createPhone({ url: countersign.url })
    await phone.bind({ ticket: ticketOn(page) ?? '' })
    await approve(phone, begun)
    expect(await finish(countersign, begun)).toMatchObject({ accepted: true })
  })

  test('is who lost a phone and has an invitation; the old phone cannot decide that sign-in', async () => {
    const lost = await enrol(countersign, { contract })
    const begun = await begin(countersign, { contract })
    expect(stageOf(begun.page)).toBe('number')
    expect(begun.page.text).toContain('I can’t use my phone')
    const onLost = await shownOn(lost, begun)

    const page = await typeCode(begun, await invite(countersign, ADA))
    expect(stageOf(page)).toBe('ticket')
    expect((await lost.pending()).body.pending).toEqual([])
    expect((await lost.notMe(onLost)).body.code).toBe('nothing-to-decide')
    const found = await createPhone({ url: countersign.url })
    await found.bind({ ticket: ticketOn(page) ?? '' })
    expect((await lost.pending()).body.pending).toEqual([])
    await approve(found, begun)
    expect(await finish(countersign, begun)).toMatchObject({ accepted: true })
    expect(await countersign.service.capabilities.devices.activeOf(keyOf(ADA))).toHaveLength(2)
  })

  test('is nobody by first use after its last day', async () => {
    await change({ firstUseUntil: countersign.clock.now() + 3_600_000 })
    expect(stageOf((await begin(countersign, { contract })).page)).toBe('ticket')
    countersign.clock.leap(3_600_001)
    expect(stageOf((await begin(countersign, { contract })).page)).toBe('invitation')
  })

  test('is decided when the sign-in begins: a policy changed meanwhile is for the next', async () => {
    const begun = await begin(countersign, { contract })
    await change({ enrolment: 'closed' })
    const phone = await createPhone({ url: countersign.url })
    expect((await phone.bind({ ticket: ticketOn(begun.page) ?? '' })).status).toBe(200)
    expect(stageOf((await begin(countersign, { contract })).page)).toBe('unbound')
  })
})
