import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { createPhone, type Phone } from '../phone-simulator/phone.ts'
import { digitsOn, stageOf, ticketOn } from '../support/browser.ts'
import { ADA, type Countersign, startCountersign } from '../support/countersign.ts'
import { approve, begin, contracts, enrol, eventsOf, finish, invite, reload, shownOn } from '../support/stories.ts'

const PROMPT = 90_000

describe.each(contracts)('asking the phone again (%s)', (contract) => {
  let countersign: Countersign
  let phone: Phone
  beforeEach(async () => {
    countersign = await startCountersign()
    phone = await enrol(countersign, { contract })
  })
  afterEach(() => countersign.close())

  test('gives new digits, and refuses an approval of the earlier prompt with either number', async () => {
    const begun = await begin(countersign, { contract })
    const first = await shownOn(phone, begun)
    const firstDigits = digitsOn(begun.page) ?? ''
    countersign.clock.leap(PROMPT)

    const page = await begun.browser.submit(begun.page, 'ask-again')
    expect(stageOf(page)).toBe('number')
    const second = await shownOn(phone, begun)
    expect([first.shown.promptNumber, second.shown.promptNumber]).toEqual([1, 2])
    const digits = digitsOn(page) ?? ''
    // Equal by chance once in a million.
    expect(digits).not.toBe(firstDigits)

    expect((await phone.approve(first, firstDigits)).body.code).toBe('prompt-ended')
    expect((await phone.approve(first, digits)).body.code).toBe('prompt-ended')
    expect((await phone.approve(second, firstDigits)).body).toMatchObject({ code: 'wrong-number', triesLeft: 2 })
    expect((await phone.approve(second, digits)).body).toEqual({ outcome: 'approved' })
    expect(await finish(countersign, begun)).toMatchObject({ accepted: true })
  })

  test('changes nothing while the phone is being asked', async () => {
    const begun = await begin(countersign, { contract })
    const before = await reload(begun)
    const after = await begun.browser.submit(begun.page, 'ask-again')
    expect(digitsOn(after)).toBe(digitsOn(before))
    expect(versionOf(after.text)).toBe(versionOf(before.text))
    expect((await shownOn(phone, begun)).shown.promptNumber).toBe(1)
    expect(await eventsOf(countersign, 'signin.prompted')).toHaveLength(2)
  })

  test('opens one prompt, however often it is asked for at once', async () => {
    const begun = await begin(countersign, { contract })
    countersign.clock.leap(PROMPT)
    const pages = await Promise.all([1, 2, 3].map(() => begun.browser.submit(begun.page, 'ask-again')))
    expect(new Set(pages.map(digitsOn)).size).toBe(1)
    expect((await shownOn(phone, begun)).shown.promptNumber).toBe(2)
  })

  test('does nothing in a tab that was left behind while the other one shows the ticket of an invitation', async () => {
    const begun = await begin(countersign, { contract })
    countersign.clock.leap(PROMPT)
    const leftBehind = await reload(begun)
    expect(stageOf(leftBehind)).toBe('ask-again')
    const code = await invite(countersign, ADA)
    const ticket = ticketOn(await begun.browser.submit(leftBehind, 'invitation', { code })) ?? ''
    const asked = await eventsOf(countersign, 'signin.prompted')

    for (const button of ['ask-again', 'send-again'])
      expect(stageOf(await begun.browser.submit(leftBehind, button))).toBe('ticket')
    expect(await eventsOf(countersign, 'signin.prompted')).toEqual(asked)
    const second = await createPhone({ url: countersign.url })
    expect((await second.bind({ ticket })).status).toBe(200)
    expect((await approve(second, begun)).body).toEqual({ outcome: 'approved' })
    expect(await finish(countersign, begun)).toMatchObject({ accepted: true })
  })

  test('does nothing for a sign-in that is over', async () => {
    const begun = await begin(countersign, { contract })
    await phone.cancel(await shownOn(phone, begun))
    expect(stageOf(await begun.browser.submit(begun.page, 'ask-again'))).toBe('over')
    expect((await phone.pending()).body.pending).toEqual([])
  })
})

const versionOf = (text: string): string | undefined => /data-version="(\d+)"/.exec(text)?.[1]
