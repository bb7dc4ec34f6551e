import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { createPhone, type Phone } from '../phone-simulator/phone.ts'
import { codeOn, digitsOn, stageOf, ticketOn } from '../support/browser.ts'
import { type Countersign, startCountersign } from '../support/countersign.ts'
import {
  approve,
  begin,
  contracts,
  enrol,
  eventsOf,
  finish,
  leave,
  reload,
  shownOn,
  signInIdOf,
} from '../support/stories.ts'

const PROMPT = 90_000
const SIGN_IN = 240_000

describe.each(contracts)('a ticket (%s)', (contract) => {
  let countersign: Countersign
  let phone: Phone
  const newPhone = () => createPhone({ url: countersign.url })
  beforeEach(async () => {
    countersign = await startCountersign()
    phone = await newPhone()
  })
  afterEach(() => countersign.close())

  test('redeemed and never approved leaves nothing: the phone is unknown again, and the next sign-in shows one', async () => {
    const begun = await begin(countersign, { contract })
    const elsewhere = await begin(countersign, { contract })
    await phone.bind({ ticket: ticketOn(begun.page) ?? '' })
    const { body } = await phone.pending()
    expect(body.status).toBe('pending')
    expect(body.pending.map((each: { shown: { signInId: string } }) => each.shown.signInId)).toEqual([
      signInIdOf(begun.page),
    ])
    expect(stageOf(await reload(elsewhere))).toBe('ticket')

    countersign.clock.leap(SIGN_IN)
    const gone = await phone.pending()
    expect([gone.status, gone.body.code]).toEqual([401, 'device-unknown'])
    const next = await begin(countersign, { contract })
    expect(stageOf(next.page)).toBe('ticket')
    expect(await countersign.service.capabilities.devices.list()).toEqual([])

    // The same phone may try again with the new one.
    await phone.bind({ ticket: ticketOn(next.page) ?? '' })
    expect((await approve(phone, next)).body).toEqual({ outcome: 'approved' })
    expect(await finish(countersign, next)).toMatchObject({ accepted: true })
  })

  test('gives a pending phone no other sign-in to decide', async () => {
    const begun = await begin(countersign, { contract })
    const other = await begin(countersign, { contract })
    const second = await newPhone()
    await phone.bind({ ticket: ticketOn(begun.page) ?? '' })
    await second.bind({ ticket: ticketOn(other.page) ?? '' })
    const foreign = await shownOn(second, other)
    const tried = await phone.approve(foreign, digitsOn(await reload(other)) ?? '')
    expect([tried.status, tried.body.code]).toEqual([404, 'nothing-to-decide'])
  })

  test('binds one phone: a second is refused, with the code as with the link', async () => {
    const begun = await begin(countersign, { contract })
    const ticket = ticketOn(begun.page) ?? ''
    await phone.bind({ ticket })
    const second = await newPhone()
    for (const by of [{ ticket }, { code: codeOn(begun.page) ?? '' }]) {
      const refused = await second.bind(by)
      expect([refused.status, refused.body.code]).toEqual([404, 'code-refused'])
    }
    const [spent, invented] = [await second.bind({ ticket }), await second.bind({ ticket: 'A'.repeat(22) })]
    expect({ ...invented.body, reference: '' }).toEqual({ ...spent.body, reference: '' })
    expect((await second.pending()).body.code).toBe('device-unknown')
    expect(ticketOn(await reload(begun))).toBeUndefined()
  })

  test('raced for by several phones binds one of them', async () => {
    const begun = await begin(countersign, { contract })
    const ticket = ticketOn(begun.page) ?? ''
    const phones = await Promise.all([1, 2, 3, 4].map(newPhone))
    const answers = await Promise.all(phones.map((each) => each.bind({ ticket })))
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 404, 404, 404])
    expect(await eventsOf(countersign, 'ticket.redeemed')).toHaveLength(1)
  })

  test.each([
    ['in lower case', (code: string) => code.toLowerCase()],
    ['with spaces', (code: string) => ` ${code.replaceAll('-', ' ')} `],
    ['without dashes', (code: string) => code.replaceAll('-', '')],
    ['with O and l for 0 and 1', (code: string) => code.replaceAll('0', 'O').replaceAll('1', 'l')],
  ])('has a short code that works once, typed %s', async (_how, typed) => {
    const begun = await begin(countersign, { contract })
    const code = codeOn(begun.page) ?? ''
    expect(code).toMatch(/^[0-9A-HJKMNP-TV-Z]{4}(-[0-9A-HJKMNP-TV-Z]{4}){2}$/)
    expect((await phone.bind({ code: typed(code) })).body.status).toBe('pending')
    expect((await (await newPhone()).bind({ code })).body.code).toBe('code-refused')
    expect((await approve(phone, begun)).body).toEqual({ outcome: 'approved' })
  })

  test('stays the same when the page is loaded again, and ends with its sign-in', async () => {
    const begun = await begin(countersign, { contract })
    const ticket = ticketOn(begun.page) ?? ''
    expect(ticketOn(await reload(begun))).toBe(ticket)
    countersign.clock.leap(SIGN_IN)
    expect(stageOf(await reload(begun))).toBe('over')
    expect((await phone.bind({ ticket })).body.code).toBe('code-refused')
    expect((await phone.bind({ code: codeOn(begun.page) ?? '' })).body.code).toBe('code-refused')
  })

  test('ends when the person leaves the sign-in', async () => {
    const begun = await begin(countersign, { contract })
    await leave(begun)
    expect((await phone.bind({ ticket: ticketOn(begun.page) ?? '' })).body.code).toBe('code-refused')
  })

  test('redeemed, its phone may be asked again within the sign-in', async () => {
    const begun = await begin(countersign, { contract })
    await phone.bind({ ticket: ticketOn(begun.page) ?? '' })
    countersign.clock.leap(PROMPT)
    expect(stageOf(await reload(begun))).toBe('ask-again')
    expect((await phone.pending()).body).toMatchObject({ status: 'pending', pending: [] })
    // Nothing waits for it, and binding again does not say otherwise.
    expect((await phone.bind({ ticket: ticketOn(begun.page) ?? '' })).body).toMatchObject({
      status: 'pending',
      pending: [],
    })
    await begun.browser.submit(begun.page, 'ask-again')
    expect((await approve(phone, begun)).body).toEqual({ outcome: 'approved' })
    expect((await phone.pending()).body.status).toBe('active')
  })

  test('of before is worth nothing once the person has a phone: first use is over', async () => {
    const early = await begin(countersign, { contract })
    const redeemed = await begin(countersign, { contract })
    const rival = await newPhone()
    await rival.bind({ ticket: ticketOn(redeemed.page) ?? '' })
    await enrol(countersign, { contract, phone })

    expect((await (await newPhone()).bind({ ticket: ticketOn(early.page) ?? '' })).body.code).toBe('code-refused')
    expect((await approve(rival, redeemed)).status).toBe(409)
    expect((await redeemed.browser.submit(redeemed.page, 'answer')).status).toBe(409)
    expect(await countersign.service.capabilities.devices.list()).toHaveLength(1)
  })

  test('approved by two phones at once makes one of them the person’s', async () => {
    const sides = await Promise.all(
      [1, 2, 3].map(async () => {
        const begun = await begin(countersign, { contract })
        const each = await newPhone()
        await each.bind({ ticket: ticketOn(begun.page) ?? '' })
        return { each, pending: await shownOn(each, begun), digits: digitsOn(await reload(begun)) ?? '' }
      }),
    )
    const answers = await Promise.all(sides.map(({ each, pending, digits }) => each.approve(pending, digits)))
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 409, 409])
    expect(await countersign.service.capabilities.devices.list()).toHaveLength(1)
    expect(await eventsOf(countersign, 'device.activated')).toHaveLength(1)
  })
})
