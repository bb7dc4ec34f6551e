import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { createPhone, type Phone } from '../phone-simulator/phone.ts'
import { deliver, digitsOn, formOf, stageOf, ticketOn } from '../support/browser.ts'
import { ADA, type Countersign, GRACE, startCountersign } from '../support/countersign.ts'
import {
  approve,
  begin,
  claimsSigned,
  contracts,
  enrol,
  eventsOf,
  finish,
  keyOf,
  reload,
  shownOn,
} from '../support/stories.ts'

describe.each(contracts)('what an administrator takes away (%s)', (contract) => {
  let countersign: Countersign
  let phone: Phone
  beforeEach(async () => {
    countersign = await startCountersign()
    phone = await enrol(countersign, { contract })
  })
  afterEach(() => countersign.close())

  const revoke = async () => {
    const { devices } = countersign.service.capabilities
    for (const device of await devices.activeOf(keyOf(ADA))) await devices.revoke(device, 'command-line', 'lost')
  }
  const change = (changes: object) =>
    countersign.service.capabilities.integrations.change(countersign.integration.id, changes, 'command-line')
  const remove = () => countersign.service.capabilities.integrations.remove(countersign.integration.id, 'command-line')

  test('a device revoked during a sign-in decides nothing more, and is told so', async () => {
    const begun = await begin(countersign, { contract })
    const pending = await shownOn(phone, begun)
    await revoke()
    for (const answer of [
      await phone.approve(pending, digitsOn(begun.page) ?? ''),
      await phone.notMe(pending),
      await phone.pending(),
    ]) {
      expect([answer.status, answer.body.code]).toEqual([403, 'device-removed'])
    }
    expect(stageOf(await reload(begun))).toBe('number')
    expect((await begun.browser.submit(begun.page, 'answer')).status).toBe(409)
    expect(await eventsOf(countersign, 'device.revoked')).toHaveLength(1)
  })

  test('a device that its person removed is gone, and removing it again is no fault', async () => {
    const begun = await begin(countersign, { contract })
    const pending = await shownOn(phone, begun)
    expect((await phone.remove()).body).toEqual({ removed: true })
    expect((await phone.remove()).body).toEqual({ removed: true })
    expect((await phone.approve(pending, digitsOn(begun.page) ?? '')).body.code).toBe('device-removed')
    expect(await eventsOf(countersign, 'device.revoked')).toMatchObject([{ by: 'person' }])
  })

  test('a key once revoked binds no more', async () => {
    await revoke()
    const begun = await begin(countersign, { contract, person: GRACE })
    expect((await phone.bind({ ticket: ticketOn(begun.page) ?? '' })).body.code).toBe('code-refused')
  })

  test('an integration switched off answers Entra with access_denied, and is back when switched on', async () => {
    await change({ enabled: false })
    const begun = await begin(countersign, { contract })
    expect(begun.page.text).toContain('Countersign is switched off for your organisation')
    const form = formOf(begun.page)
    expect(form.fields).toEqual({ error: 'access_denied', state: begun.attempt.state })
    expect(await deliver(countersign.entra, begun.attempt, form)).toMatchObject({ error: 'access_denied' })
    expect(await eventsOf(countersign, 'signin.refused')).toMatchObject([{ code: 'integration.disabled' }])

    await change({ enabled: true })
    const page = await begun.browser.arrive(begun.attempt)
    expect((await approve(phone, { ...begun, page })).body).toEqual({ outcome: 'approved' })
    expect(await finish(countersign, { ...begun, page })).toMatchObject({ accepted: true })
  })

  test('an integration removed is unknown: a page, and nothing to Entra', async () => {
    const attempt = await countersign.entra.begin({ person: ADA, contract })
    const begun = await begin(countersign, { contract })
    await remove()
    const page = await begun.browser.arrive(attempt)
    expect(page.status).toBe(400)
    expect(page.text).toContain('an organisation that is not connected here')
    expect(page.text).not.toContain('to-entra')
    expect((await phone.pending()).body.code).toBe('device-removed')
    const discovery = new URL(attempt.configured.discoveryUrl)
    expect((await begun.browser.get(discovery.href)).status).toBe(404)
  })

  test('an integration switched off after the approval gets no claim signed', async () => {
    const before = await claimsSigned(countersign)
    const begun = await begin(countersign, { contract })
    await approve(phone, begun)
    await change({ enabled: false })
    const form = await begun.browser.answer(begun.page)
    expect(form.fields).toEqual({ error: 'access_denied', state: begun.attempt.state })
    expect(await claimsSigned(countersign)).toEqual(before)
  })

  test('an integration removed after the approval takes its sign-ins with it', async () => {
    const before = await claimsSigned(countersign)
    const begun = await begin(countersign, { contract })
    await approve(phone, begun)
    await remove()
    expect((await begun.browser.submit(begun.page, 'answer')).status).toBe(404)
    expect(await claimsSigned(countersign)).toEqual(before)
  })

  test('an integration removed while a phone is being bound takes that with it', async () => {
    const before = await claimsSigned(countersign)
    const begun = await begin(countersign, { contract, person: GRACE })
    const graces = await createPhone({ url: countersign.url })
    const { body } = await graces.bind({ ticket: ticketOn(begun.page) ?? '' })
    const digits = digitsOn(await reload(begun)) ?? ''
    await remove()
    expect((await graces.approve(body.pending[0], digits)).body.code).toBe('device-unknown')
    expect((await begun.browser.submit(begun.page, 'answer')).status).toBe(404)
    expect(await countersign.service.capabilities.devices.everHad(keyOf(GRACE))).toBe(false)
    expect(await claimsSigned(countersign)).toEqual(before)
  })
})
