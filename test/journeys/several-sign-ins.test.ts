import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { createPhone, type Phone } from '../phone-simulator/phone.ts'
import { createBrowser, digitsOn, formOf, stageOf, ticketOn } from '../support/browser.ts'
import { ADA, type Countersign, GRACE, GUEST, startCountersign } from '../support/countersign.ts'
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

describe.each(contracts)('several sign-ins of one person (%s)', (contract) => {
  let countersign: Countersign
  let phone: Phone
  beforeEach(async () => {
    countersign = await startCountersign()
    phone = await enrol(countersign, { contract })
  })
  afterEach(() => countersign.close())

  test('in two tabs of one browser have cookies and digits of their own, and both finish', async () => {
    const browser = createBrowser()
    const first = await begin(countersign, { contract, browser })
    const second = await begin(countersign, { contract, browser })
    expect(browser.cookies.size).toBe(2)
    expect(signInIdOf(first.page)).not.toBe(signInIdOf(second.page))
    expect(digitsOn(await reload(first))).toBe(digitsOn(first.page))

    // The later one first: neither waits for the other.
    expect((await approve(phone, second)).body).toEqual({ outcome: 'approved' })
    expect(stageOf(await reload(first))).toBe('number')
    expect((await approve(phone, first)).body).toEqual({ outcome: 'approved' })
    expect(await finish(countersign, first)).toMatchObject({ accepted: true })
    expect(await finish(countersign, second)).toMatchObject({ accepted: true })
  })

  test('from two browsers at once are both listed, and neither takes the other’s number', async () => {
    const mine = await begin(countersign, { contract })
    const other = await begin(countersign, {
      contract,
      browser: createBrowser('Mozilla/5.0 (X11; Linux) Firefox/150.0'),
    })
    const { body } = await phone.pending()
    expect(body.pending.map(({ shown }: { shown: { signInId: string } }) => shown.signInId)).toEqual([
      signInIdOf(mine.page),
      signInIdOf(other.page),
    ])
    const crossed = await phone.approve(await shownOn(phone, other), digitsOn(mine.page) ?? '')
    expect(crossed.body.code).toBe('wrong-number')

    expect((await phone.notMe(await shownOn(phone, other))).body).toEqual({ outcome: 'reported' })
    expect((await approve(phone, mine)).body).toEqual({ outcome: 'approved' })
    expect(await finish(countersign, mine)).toMatchObject({ accepted: true })
    expect((await other.browser.submit(other.page, 'answer')).status).toBe(410)
  })

  test('are three at most: a fourth is told to try later, and its hint is not used up by that', async () => {
    const open = [await begin(countersign, { contract }), await begin(countersign, { contract })]
    open.push(await begin(countersign, { contract }))
    const fourth = await begin(countersign, { contract })
    expect(formOf(fourth.page)).toEqual({
      action: fourth.attempt.redirectUri,
      fields: { error: 'temporarily_unavailable', state: fourth.attempt.state },
    })
    expect((await phone.pending()).body.pending).toHaveLength(3)
    expect(await eventsOf(countersign, 'signin.refused')).toMatchObject([{ code: 'sign-in.too-many' }])

    await leave(open[0]!)
    const page = await fourth.browser.arrive(fourth.attempt)
    expect(stageOf(page)).toBe('number')
    expect((await approve(phone, { ...fourth, page })).body).toEqual({ outcome: 'approved' })
    expect(await finish(countersign, { ...fourth, page })).toMatchObject({ accepted: true })
  })

  test('are three at most when all arrive at once, and others are not kept waiting by that', async () => {
    const arrived = await Promise.all([1, 2, 3, 4, 5].map(() => begin(countersign, { contract })))
    const stages = arrived.map(({ page }) => stageOf(page))
    expect(stages.filter((stage) => stage === 'number')).toHaveLength(3)
    expect(stages.filter((stage) => stage === undefined)).toHaveLength(2)
    expect(stageOf((await begin(countersign, { contract, person: GRACE })).page)).toBe('ticket')
  })

  test('are never decided by another person’s phone', async () => {
    const stranger = await enrol(countersign, { contract, person: GRACE })
    const begun = await begin(countersign, { contract, person: ADA })
    const seen = await shownOn(phone, begun)
    expect((await stranger.pending()).body.pending).toEqual([])
    const tried = await stranger.approve(seen, digitsOn(begun.page) ?? '')
    const invented = await stranger.approve({ ...seen, shown: { ...seen.shown, signInId: 'x'.repeat(22) } }, '123456')
    expect([tried.status, tried.body.code]).toEqual([404, 'nothing-to-decide'])
    expect({ ...invented.body, reference: '' }).toEqual({ ...tried.body, reference: '' })
    expect((await approve(phone, begun)).body).toEqual({ outcome: 'approved' })
  })

  test('of somebody’s first day go on with the phone that one of them bound', async () => {
    const [first, second] = [
      await begin(countersign, { contract, person: GUEST }),
      await begin(countersign, { contract, person: GUEST }),
    ]
    expect([stageOf(first.page), stageOf(second.page)]).toEqual(['ticket', 'ticket'])
    const guests = await createPhone({ url: countersign.url })
    await guests.bind({ ticket: ticketOn(first.page) ?? '' })
    await approve(guests, first)

    expect(stageOf(await reload(second))).toBe('number')
    const thief = await createPhone({ url: countersign.url })
    expect((await thief.bind({ ticket: ticketOn(second.page) ?? '' })).body.code).toBe('code-refused')
    expect((await approve(guests, second)).body).toEqual({ outcome: 'approved' })
    expect(await finish(countersign, second)).toMatchObject({ accepted: true })
  })
})
