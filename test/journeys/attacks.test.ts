// Attacks that a second reader found, each held off for good.

import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals'
import { createPhone } from '../phone-simulator/phone.ts'
import { createBrowser, digitsOn, formOf, stageOf, ticketOn } from '../support/browser.ts'
import { ADA, type Countersign, GRACE, GUEST, startCountersign } from '../support/countersign.ts'
import { approve, begin, claimsSigned, enrol, eventsOf, invite, keyOf, reload, shownOn } from '../support/stories.ts'

let countersign: Countersign
beforeAll(async () => {
  countersign = await startCountersign()
})
afterAll(() => countersign.close())
beforeEach(() => countersign.clock.leap(5 * 60_000))

/** Rows of a table, read beside the service. */
function rows(table: string): number {
  const database = new DatabaseSync(join(countersign.dataDir, 'countersign.sqlite'), { readOnly: true })
  const { n } = database.prepare(`SELECT count(*) AS n FROM ${table}`).get() as { n: number }
  database.close()
  return n
}

test('a captured hint, its signature spelt in all sixteen ways, opens one sign-in', async () => {
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'
  const { parameters, authorizationEndpoint } = await countersign.entra.begin({
    person: GRACE,
    contract: 'external-mfa',
  })
  const hint = parameters.id_token_hint ?? ''
  const last = alphabet.indexOf(hint.at(-1) ?? '')
  const stages: unknown[] = []
  for (let spare = 0; spare < 16; spare++) {
    const respelt = hint.slice(0, -1) + alphabet[(last & ~15) | spare]
    const page = await createBrowser().post(authorizationEndpoint, {
      ...parameters,
      id_token_hint: respelt,
      state: `state ${spare}`,
    })
    stages.push(stageOf(page))
  }
  expect(stages.filter((stage) => stage === 'ticket')).toHaveLength(1)
  expect(stages.filter((stage) => stage === undefined)).toHaveLength(15)
})

test.each([
  ['https://attacker.example', 'elsewhere'],
  ['null', 'hidden'],
  [undefined, 'unsaid'],
  ['entra', 'entra'],
] as const)(
  'a request that comes from %s is on record as that, and opened: what Entra sends is not known',
  async (origin, from) => {
    const { parameters, authorizationEndpoint } = await countersign.entra.begin({
      person: GRACE,
      contract: 'external-mfa',
    })
    const said = origin === 'entra' ? countersign.entra.authority : origin
    const page = await createBrowser().request(authorizationEndpoint, {
      method: 'POST',
      body: new URLSearchParams(parameters),
      headers: said === undefined ? {} : { origin: said },
    })
    expect(stageOf(page)).toBe('ticket')
    expect((await eventsOf(countersign, 'signin.opened')).at(-1)).toMatchObject({ from })
  },
)

test('requests of a key that is nobody’s leave nothing in the store', async () => {
  const stranger = await createPhone({ url: countersign.url })
  const before = rows('used_proof')
  await stranger.bind({ ticket: 'A'.repeat(22) })
  await stranger.request('POST', '/device/v1/decide', { approval: 'a.b.c' })
  await stranger.request('POST', '/device/v1/decide', { nonsense: true })
  await stranger.remove()
  expect(rows('used_proof')).toBe(before)
})

test('a refused request sent again and again is on record once, and counted', async () => {
  const asked = { acrValues: ['knowledge'] }
  const { parameters, authorizationEndpoint } = await countersign.entra.begin({
    person: GRACE,
    contract: 'external-mfa',
    ...asked,
  })
  const before = (await eventsOf(countersign, 'signin.refused')).length
  for (let i = 0; i < 20; i++) await createBrowser().post(authorizationEndpoint, parameters)
  expect((await eventsOf(countersign, 'signin.refused')).length).toBe(before + 1)
  const counts = await countersign.service.capabilities.stores.audit.counts()
  const counted = counts.filter(({ code }) => code === 'asked.unmeetable').reduce((sum, { count }) => sum + count, 0)
  expect(counted).toBe(19)
})

test('what a visitor calls its browser is not read out to who approves', async () => {
  const phone = await createPhone({ url: countersign.url })
  const browser = createBrowser('IT Support - this is a drill, please approve/1.0 (please; now)')
  const begun = await begin(countersign, { browser, person: GUEST })
  const { body } = await phone.bind({ ticket: ticketOn(begun.page) ?? '' })
  expect(body.pending[0].shown.browser).toBe('Unknown browser')
})

describe('a phone that was stolen', () => {
  test('and revoked after it approved lets nobody in', async () => {
    const phone = await enrol(countersign, { person: ADA })
    const before = await claimsSigned(countersign)
    const begun = await begin(countersign, { person: ADA })
    await approve(phone, begun)
    const { devices } = countersign.service.capabilities
    const [device] = await devices.activeOf(keyOf(ADA))
    if (!device) throw new Error('no device')
    await devices.revoke(device, 'command-line', 'stolen')
    expect(formOf(await begun.browser.submit(begun.page, 'answer')).fields.error).toBe('access_denied')
    expect((await begun.browser.submit(begun.page, 'answer')).status).toBe(410)
    expect(await claimsSigned(countersign)).toEqual(before)
  })
})

describe('invitation codes', () => {
  test('typed at the same moment are looked at five times, not more', async () => {
    // Ada had a phone; now she needs an invitation.
    await invite(countersign, ADA)
    const begun = await begin(countersign, { person: ADA })
    expect(stageOf(begun.page)).toBe('invitation')
    const before = (await eventsOf(countersign, 'invitation.refused')).length
    await Promise.all(
      Array.from({ length: 40 }, () => begun.browser.submit(begun.page, 'invitation', { code: 'WRNG-WRNG-WRNG' })),
    )
    expect((await eventsOf(countersign, 'invitation.refused')).length).toBe(before + 5)
    expect(stageOf(await reload(begun))).toBe('unbound')
  })

  test('replaced while one is in use: the phone that it let in does not become hers', async () => {
    const code = await invite(countersign, ADA)
    const begun = await begin(countersign, { person: ADA })
    const ticketPage = await begun.browser.submit(begun.page, 'invitation', { code })
    const phone = await createPhone({ url: countersign.url })
    const bound = await phone.bind({ ticket: ticketOn(ticketPage) ?? '' })
    await invite(countersign, ADA)
    const refused = await phone.approve(bound.body.pending[0], digitsOn(await reload(begun)) ?? '')
    expect(refused.body).toMatchObject({ code: 'prompt-ended' })
    expect(await countersign.service.capabilities.devices.activeOf(keyOf(ADA))).toEqual([])
    expect(formOf(await begun.browser.submit(begun.page, 'give-up')).fields.error).toBe('access_denied')
  })
})

test('a tenant that is removed while a phone is being bound: the phone is not', async () => {
  const begun = await begin(countersign, { person: GRACE })
  const phone = await createPhone({ url: countersign.url })
  await phone.bind({ ticket: ticketOn(begun.page) ?? '' })
  const pending = await shownOn(phone, begun)
  const digits = digitsOn(await reload(begun)) ?? ''
  await countersign.service.capabilities.integrations.remove(countersign.integration.id, 'command-line')
  expect((await phone.approve(pending, digits)).body).toMatchObject({ code: 'device-unknown' })
  expect(await countersign.service.capabilities.devices.activeOf(keyOf(GRACE))).toEqual([])
  expect((await reload(begun)).status).toBe(404)
})
