// Approved, and no claim leaves: the person is led back to Entra all the same, and no second chance is left behind.
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { createPhone, type Phone } from '../phone-simulator/phone.ts'
import { createBrowser, digitsOn, formOf, stageOf, ticketOn } from '../support/browser.ts'
import { type Countersign, GRACE, startCountersign } from '../support/countersign.ts'
import {
  approve,
  type Begun,
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

describe.each(contracts)('approved, and not answered (%s)', (contract) => {
  let countersign: Countersign
  let phone: Phone
  beforeEach(async () => {
    countersign = await startCountersign()
    phone = await enrol(countersign, { contract })
  })
  afterEach(() => countersign.close())

  const switchTo = (enabled: boolean) =>
    countersign.service.capabilities.integrations.change(countersign.integration.id, { enabled }, 'command-line')
  const askAnswer = ({ browser, page }: Begun) => browser.submit(page, 'answer')
  async function approved(): Promise<Begun> {
    const begun = await begin(countersign, { contract })
    expect((await approve(phone, begun)).body).toEqual({ outcome: 'approved' })
    return begun
  }
  const refusedWith = (begun: Begun, error: string) => ({ error, state: begun.attempt.state })

  test('because the tenant was switched off: Entra is told, and switching it on again brings no claim back', async () => {
    const signed = await claimsSigned(countersign)
    const begun = await approved()
    await switchTo(false)
    expect(formOf(await askAnswer(begun)).fields).toEqual(refusedWith(begun, 'access_denied'))
    await switchTo(true)
    expect((await askAnswer(begun)).status).toBe(410)
    expect(await claimsSigned(countersign)).toEqual(signed)
  })

  test('because the phone was removed: Entra is told why, and the sign-in is over', async () => {
    const begun = await approved()
    const { devices } = countersign.service.capabilities
    for (const device of await devices.list()) await devices.revoke(device, 'command-line', 'stolen')
    const page = await askAnswer(begun)
    expect(formOf(page).fields).toEqual(refusedWith(begun, 'access_denied'))
    expect(page.text).toContain('was removed before it was finished')
    expect(await eventsOf(countersign, 'signin.cancelled')).toHaveLength(1)
    expect((await askAnswer(begun)).status).toBe(410)
  })

  test('because signing fails: Entra is told, the person gets a reference, and no second claim is tried', async () => {
    const begun = await approved()
    const { keys } = countersign.service.capabilities
    const sign = keys.sign
    keys.sign = async () => {
      throw new Error('the key is gone')
    }
    const page = await askAnswer(begun)
    expect(formOf(page).fields).toEqual(refusedWith(begun, 'temporarily_unavailable'))
    expect(page.text).toMatch(/this reference: [0-9a-f]{32}/)
    expect(page.text).not.toContain('the key is gone')
    keys.sign = sign
    expect((await askAnswer(begun)).status).toBe(410)
  })

  test('because the store is busy when a sign-in is opened: Entra is told to come again', async () => {
    const { signIns } = countersign.service.capabilities.stores
    const used = signIns.used
    signIns.used = async () => {
      throw new Error('disk is gone')
    }
    const attempt = await countersign.entra.begin({ person: { ...GRACE }, contract })
    const page = await createBrowser().arrive(attempt)
    signIns.used = used
    expect(formOf(page).fields).toEqual({ error: 'temporarily_unavailable', state: attempt.state })
    expect(page.text).toMatch(/this reference: [0-9a-f]{32}/)
  })

  test('twice for the same nonce and state: the second is refused before anybody is asked, and at the answer', async () => {
    const first = await approved()
    const { nonce, state } = first.attempt
    const parameters = { nonce, state }
    const second = await begin(countersign, { contract, parameters })
    expect(stageOf(second.page)).toBe('number')
    expect((await approve(phone, second)).body).toEqual({ outcome: 'approved' })
    expect(await finish(countersign, first)).toMatchObject({ accepted: true })
    expect((await askAnswer(second)).status).toBe(410)
    const third = await begin(countersign, { contract, parameters })
    expect([third.page.status, stageOf(third.page)]).toEqual([409, undefined])
  })
})

describe('a phone that is removed by its person in the moment of its first approval', () => {
  let countersign: Countersign
  beforeEach(async () => {
    countersign = await startCountersign()
  })
  afterEach(() => countersign.close())

  test('is removed, whichever came first', async () => {
    for (let i = 0; i < 10; i++) {
      const person = { objectId: crypto.randomUUID(), name: 'Somebody', username: `somebody${i}@contoso.example` }
      const begun = await begin(countersign, { person })
      const phone = await createPhone({ url: countersign.url })
      await phone.bind({ ticket: ticketOn(begun.page) ?? '' })
      const pending = await shownOn(phone, begun)
      const digits = digitsOn(await reload(begun)) ?? ''
      const [, removed] = await Promise.all([phone.approve(pending, digits), phone.remove()])
      expect(removed.body).toEqual({ removed: true })
      const { devices } = countersign.service.capabilities
      expect(await devices.activeOf(keyOf(person))).toEqual([])
    }
  })
})
