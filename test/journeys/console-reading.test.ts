// What an administrator reads of what happened: written in the moves themselves, found by the capabilities of the console.
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import type { Phone } from '../phone-simulator/phone.ts'
import { ADA, type Countersign, startCountersign, TENANT } from '../support/countersign.ts'
import { approve, begin, contracts, enrol, finish, shownOn, signInIdOf } from '../support/stories.ts'

const OTHER_TENANT = '7a3c1f60-5b1e-4d5f-9a57-2f0f7c6f1a99'
const person = { tenantId: TENANT, objectId: ADA.objectId }

let countersign: Countersign
let bound: Phone
beforeAll(async () => {
  countersign = await startCountersign()
  bound = await enrol(countersign)
})
afterAll(() => countersign.close())

const capabilities = () => countersign.service.capabilities

test('a sign-in is on its timeline step by step, and its outcome, person and device are found', async () => {
  countersign.clock.leap(120_000)
  const before = countersign.clock.now()
  const begun = await begin(countersign)
  await approve(bound, begun)
  expect((await finish(countersign, begun)).accepted).toBe(true)
  const id = signInIdOf(begun.page)

  const { signInHistory, auditReading, people } = capabilities()
  const timeline = await auditReading.timeline(id)
  expect(timeline.map(({ record }) => record.event.type)).toEqual(
    expect.arrayContaining([
      ...['hint.accepted', 'signin.opened', 'signin.prompted', 'signin.approved', 'signin.answered'],
      ...['claim.signing', 'claim.signed'],
    ]),
  )
  const inLog = (await capabilities().stores.audit.read(0, 10_000)).filter(
    ({ record }) => (record.event as { signInId?: string }).signInId === id,
  )
  expect(timeline).toEqual(inLog)

  const [device] = await people.devicesOf(person)
  expect(await signInHistory.find(id)).toMatchObject({
    ...person,
    ...{ outcome: 'answered', method: 'push', deviceId: device?.id, person: ADA.username },
  })
  expect(device?.lastUsedAt).toBeGreaterThanOrEqual(before)
  const found = await people.search({ text: ADA.username.slice(0, 3).toUpperCase(), limit: 10 })
  expect(found.rows).toMatchObject([{ ...person, label: ADA.username }])
  expect(await signInHistory.countByOutcome(countersign.clock.now() - 86_400_000)).toMatchObject({ answered: 2 })
})

test('a sign-in that was not theirs is among the reported', async () => {
  const begun = await begin(countersign)
  await bound.notMe(await shownOn(bound, begun))
  const [reported, ...others] = await capabilities().signInHistory.reported(0, 10)
  expect(others).toEqual([])
  expect(reported).toMatchObject({ id: signInIdOf(begun.page), outcome: 'reported', method: null })
  expect(reported?.endedAt).toBeGreaterThanOrEqual(reported?.openedAt ?? Infinity)
})

test.each(contracts)(
  'a hint of another tenant shows at the integration at once, with whose it is: %s',
  async (contract) => {
    const iss = `${countersign.entra.authority}/${OTHER_TENANT}/v2.0`
    const { lastHints, auditReading } = capabilities()
    const { id } = countersign.integration
    await begin(countersign, { contract, hint: { payload: { iss, tid: OTHER_TENANT } } })
    const { refused } = (await lastHints.of(id))[contract]
    expect(refused).toEqual({
      at: expect.any(Number),
      code: 'hint.issuer',
      reason: `issuer names tenant ${OTHER_TENANT}, not this integration’s`,
    })
    expect(await auditReading.refusals({ integrationId: id, limit: 1 })).toMatchObject([{ code: 'hint.issuer' }])
  },
)
