import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { verifyAudit } from '../../src/audit/verify-chains.ts'
import { createPhone, type Phone } from '../phone-simulator/phone.ts'
import { deliver, digitsOn, formOf, stageOf, ticketOn } from '../support/browser.ts'
import { type CountersignProcess, startProcess } from '../support/process.ts'
import { approve, type Begun, begin, claimsSigned, eventsOf, finish, reload, shownOn } from '../support/stories.ts'

let countersign: CountersignProcess
let phone: Phone
beforeAll(async () => {
  countersign = await startProcess()
  phone = await createPhone({ url: countersign.url })
}, 60_000)
afterAll(() => countersign.close())

async function crash(): Promise<void> {
  expect(await countersign.end('SIGKILL')).toMatchObject({ signal: 'SIGKILL', errors: '' })
  await countersign.start()
}

const intact = async () => {
  const { records, faults } = await verifyAudit(countersign.service.capabilities.stores.audit)
  expect(faults).toEqual([])
  return records
}

test('a first sign-in outlives a crash at each of its steps', async () => {
  const begun = await begin(countersign)
  const ticket = ticketOn(begun.page) ?? ''

  await crash()
  expect(ticketOn(await reload(begun))).toBe(ticket)
  expect((await phone.bind({ ticket })).body.status).toBe('pending')
  const digits = digitsOn(await reload(begun))

  await crash()
  expect(digitsOn(await reload(begun))).toBe(digits)
  expect((await phone.pending()).body.status).toBe('pending')
  expect((await approve(phone, begun)).body).toEqual({ outcome: 'approved' })

  await crash()
  expect(stageOf(await reload(begun))).toBe('approved')
  const form = await begun.browser.answer(begun.page)

  await crash()
  const again = await begun.browser.submit(begun.page, 'answer')
  expect([again.status, again.text.includes('id_token')]).toEqual([410, false])
  // What left before the crash is good: its key is still the published one.
  expect(await deliver(countersign.entra, begun.attempt, form)).toMatchObject({ accepted: true })
  expect(await claimsSigned(countersign)).toEqual({ signing: 1, signed: 1 })
  expect(await intact()).toBeGreaterThan(0)
}, 60_000)

test('a used request and a repeated decision are remembered through a crash', async () => {
  const begun = await begin(countersign)
  const pending = await shownOn(phone, begun)
  const body = JSON.stringify({ approval: await phone.sign(pending.shown, 'approve', digitsOn(begun.page) ?? '') })
  const proof = await phone.prove('POST', '/device/v1/decide', body)
  expect((await phone.sendOnce('POST', '/device/v1/decide', body, proof)).body).toEqual({ outcome: 'approved' })

  await crash()
  expect((await phone.sendOnce('POST', '/device/v1/decide', body, proof)).body).toEqual({ outcome: 'approved' })
  expect((await begun.browser.arrive(begun.attempt)).url).toBe(begun.page.url)
  const changed = { ...begun.attempt, parameters: { ...begun.attempt.parameters, state: 'another-state' } }
  expect((await begun.browser.arrive(changed)).status).toBe(409)
  expect(await finish(countersign, begun)).toMatchObject({ accepted: true })
  await intact()
}, 60_000)

test('killed while it answers, it never signs a second claim', async () => {
  const before = await claimsSigned(countersign)
  const approved: Begun[] = []
  for (let each = 0; each < 3; each++) {
    const begun = await begin(countersign)
    await approve(phone, begun)
    approved.push(begun)
  }
  // Asked for, and killed before the answer is there, or after: either is right.
  const asked = Promise.allSettled(approved.map(({ browser, page }) => browser.submit(page, 'answer')))
  await crash()
  const first = (await asked).filter((each) => each.status === 'fulfilled').map(({ value }) => value)

  const later = await Promise.all(approved.map(({ browser, page }) => browser.submit(page, 'answer')))
  const claims = [...first, ...later].filter(({ status }) => status === 200).map((page) => formOf(page).fields.id_token)
  expect(later.filter(({ status }) => ![200, 410].includes(status))).toEqual([])
  expect(claims.length).toBeLessThanOrEqual(approved.length)

  const signed = await eventsOf(countersign, 'claim.signing')
  expect(signed.length - before.signing).toBe(approved.length)
  expect(new Set(signed.map(({ signInId }) => signInId)).size).toBe(signed.length)
  const after = await claimsSigned(countersign)
  expect(after.signed - before.signed).toBeGreaterThanOrEqual(claims.length)
  expect(after.signed - before.signed).toBeLessThanOrEqual(approved.length)
  await intact()
}, 60_000)
