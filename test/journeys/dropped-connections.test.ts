import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { createPhone, type Phone } from '../phone-simulator/phone.ts'
import { digitsOn, stageOf, ticketOn } from '../support/browser.ts'
import { type Countersign, startCountersign } from '../support/countersign.ts'
import {
  approve,
  type Begun,
  begin,
  claimsSigned,
  contracts,
  enrol,
  eventsOf,
  finish,
  reload,
  shownOn,
  wrongDigits,
} from '../support/stories.ts'

const DECIDE = '/device/v1/decide'

// A browser repeats a POST by itself when a kept-alive connection drops: the service did it, and nobody was told.
describe.each(contracts)('a request whose answer was lost (%s)', (contract) => {
  let countersign: Countersign
  let phone: Phone
  let begun: Begun
  beforeEach(async () => {
    countersign = await startCountersign()
    phone = await enrol(countersign, { contract })
    begun = await begin(countersign, { contract })
  })
  afterEach(() => countersign.close())

  test('a decision repeated to the letter is answered as the first was', async () => {
    const pending = await shownOn(phone, begun)
    const body = JSON.stringify({ approval: await phone.sign(pending.shown, 'approve', digitsOn(begun.page) ?? '') })
    const proof = await phone.prove('POST', DECIDE, body)
    for (const _lost of [1, 2, 3]) {
      const answer = await phone.sendOnce('POST', DECIDE, body, proof)
      expect([answer.status, answer.body]).toEqual([200, { outcome: 'approved' }])
    }
    expect(await eventsOf(countersign, 'signin.approved')).toHaveLength(2)
    expect(await finish(countersign, begun)).toMatchObject({ accepted: true })
    expect((await phone.sendOnce('POST', DECIDE, body, proof)).body).toEqual({ outcome: 'approved' })
  })

  test('the same decision under a new proof too; a new signature over the same is not the same', async () => {
    const pending = await shownOn(phone, begun)
    const digits = digitsOn(begun.page) ?? ''
    const body = JSON.stringify({ approval: await phone.sign(pending.shown, 'approve', digits) })
    for (const _lost of [1, 2]) {
      const proof = await phone.prove('POST', DECIDE, body)
      expect((await phone.sendOnce('POST', DECIDE, body, proof)).body).toEqual({ outcome: 'approved' })
    }
    expect((await phone.approve(pending, digits)).body.code).toBe('prompt-ended')
    expect((await phone.cancel(pending)).body.code).toBe('prompt-ended')
    expect(await eventsOf(countersign, 'signin.approved')).toHaveLength(2)
  })

  test('all repeats at once are one decision', async () => {
    const pending = await shownOn(phone, begun)
    const body = JSON.stringify({ approval: await phone.sign(pending.shown, 'not-me') })
    const proofs = await Promise.all([1, 2, 3, 4].map(() => phone.prove('POST', DECIDE, body)))
    const answers = await Promise.all(proofs.map((proof) => phone.sendOnce('POST', DECIDE, body, proof)))
    for (const answer of answers) expect(answer.body).toEqual({ outcome: 'reported' })
    expect(await eventsOf(countersign, 'signin.reported')).toHaveLength(1)
  })

  test('a repeated wrong number is counted once', async () => {
    const pending = await shownOn(phone, begun)
    const body = JSON.stringify({
      approval: await phone.sign(pending.shown, 'approve', wrongDigits(digitsOn(begun.page))),
    })
    for (const _lost of [1, 2, 3, 4]) {
      const proof = await phone.prove('POST', DECIDE, body)
      expect((await phone.sendOnce('POST', DECIDE, body, proof)).body).toMatchObject({
        code: 'wrong-number',
        triesLeft: 2,
      })
    }
    expect(await eventsOf(countersign, 'signin.wrong-number')).toHaveLength(1)
    expect((await approve(phone, begun)).body).toEqual({ outcome: 'approved' })
  })

  test('a proof carried to another request is refused', async () => {
    const pending = await shownOn(phone, begun)
    const cancelling = JSON.stringify({ approval: await phone.sign(pending.shown, 'cancel') })
    const proof = await phone.prove('POST', DECIDE, cancelling)
    const approving = JSON.stringify({ approval: await phone.sign(pending.shown, 'approve', digitsOn(begun.page)) })
    expect((await phone.sendOnce('POST', DECIDE, approving, proof)).body.code).toBe('proof-refused')
    expect((await phone.sendOnce('POST', '/device/v1/remove', cancelling, proof)).body.code).toBe('proof-refused')
    expect(stageOf(await reload(begun))).toBe('number')
  })

  test('the answer asked for again is a page that says so; one claim was signed', async () => {
    await approve(phone, begun)
    const before = await claimsSigned(countersign)
    const form = await begun.browser.answer(begun.page)
    expect(form.fields.id_token).toBeDefined()
    for (const _lost of [1, 2]) {
      const again = await begun.browser.submit(begun.page, 'answer')
      expect(again.status).toBe(410)
      expect(again.text).toContain('Already answered')
      expect(again.text).toContain('start again from your application')
      expect(again.text).not.toContain('id_token')
    }
    expect(stageOf(await reload(begun))).toBe('over')
    expect(await claimsSigned(countersign)).toEqual({ signing: before.signing + 1, signed: before.signed + 1 })
  })

  test('the answer asked for many times at once is given once', async () => {
    await approve(phone, begun)
    const before = await claimsSigned(countersign)
    const pages = await Promise.all([1, 2, 3, 4, 5].map(() => begun.browser.submit(begun.page, 'answer')))
    expect(pages.map(({ status }) => status).sort()).toEqual([200, 410, 410, 410, 410])
    expect(pages.filter(({ text }) => text.includes('id_token'))).toHaveLength(1)
    expect(await claimsSigned(countersign)).toEqual({ signing: before.signing + 1, signed: before.signed + 1 })
  })
})

describe('a phone whose binding was not confirmed to it', () => {
  let countersign: Countersign
  let phone: Phone
  beforeEach(async () => {
    countersign = await startCountersign()
    phone = await createPhone({ url: countersign.url })
  })
  afterEach(() => countersign.close())

  test('binds again with the same ticket, and is the same device', async () => {
    const begun = await begin(countersign)
    const by = { ticket: ticketOn(begun.page) ?? '' }
    const first = await phone.bind(by)
    const digits = digitsOn(await reload(begun))
    const second = await phone.bind(by)
    const third = await phone.bind(by, { name: 'Renamed', platform: 'Phone simulator' })
    for (const again of [second, third]) {
      expect(again.status).toBe(200)
      expect(again.body.account).toEqual(first.body.account)
      expect(again.body.status).toBe('pending')
      expect(again.body.pending[0].shown).toEqual(first.body.pending[0].shown)
    }
    expect(digitsOn(await reload(begun))).toBe(digits)
    expect(await eventsOf(countersign, 'ticket.redeemed')).toHaveLength(1)
    expect((await approve(phone, begun)).body).toEqual({ outcome: 'approved' })
  })

  test('is told no decision of the past is open when it binds again after cancelling', async () => {
    const begun = await begin(countersign)
    const by = { ticket: ticketOn(begun.page) ?? '' }
    await phone.bind(by)
    await phone.cancel(await shownOn(phone, begun))
    expect((await phone.bind(by)).body.code).toBe('code-refused')
    expect((await phone.pending()).body.code).toBe('device-unknown')
  })

  test('repeats its first approval, and is active once', async () => {
    const begun = await begin(countersign)
    await phone.bind({ ticket: ticketOn(begun.page) ?? '' })
    const pending = await shownOn(phone, begun)
    const body = JSON.stringify({
      approval: await phone.sign(pending.shown, 'approve', digitsOn(await reload(begun))),
    })
    for (const _lost of [1, 2, 3]) {
      const proof = await phone.prove('POST', DECIDE, body)
      expect((await phone.sendOnce('POST', DECIDE, body, proof)).body).toEqual({ outcome: 'approved' })
    }
    expect(await eventsOf(countersign, 'device.activated')).toHaveLength(1)
    expect((await phone.pending()).body.status).toBe('active')
  })

  test('repeats its refusal, and is told the same though its binding is gone', async () => {
    const begun = await begin(countersign)
    await phone.bind({ ticket: ticketOn(begun.page) ?? '' })
    const pending = await shownOn(phone, begun)
    const body = JSON.stringify({ approval: await phone.sign(pending.shown, 'cancel') })
    for (const _lost of [1, 2]) {
      const proof = await phone.prove('POST', DECIDE, body)
      expect((await phone.sendOnce('POST', DECIDE, body, proof)).body).toEqual({ outcome: 'denied' })
    }
  })
})
