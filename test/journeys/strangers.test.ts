// Whoever brings nothing that Microsoft signed is counted, and past a limit costs next to nothing. They stop nobody else.
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { createPhone, type Phone } from '../phone-simulator/phone.ts'
import { createBrowser, formOf, stageOf, ticketOn } from '../support/browser.ts'
import { ADA, type Countersign, GRACE, startCountersign } from '../support/countersign.ts'
import { begin, contracts, eventsOf } from '../support/stories.ts'

const PROXY = { COUNTERSIGN_TRUST_PROXY: '1' }
const MINUTE = 60_000
let countersign: Countersign
beforeEach(async () => {
  countersign = await startCountersign({ environment: PROXY })
})
afterEach(() => countersign.close())

/** A request with a hint that nobody signed, as it arrives from an address. */
async function knock(address: string, parameters: Record<string, string> = {}) {
  const { entra, url } = countersign
  const attempt = await entra.begin({
    person: ADA,
    contract: 'external-mfa',
    parameters: { id_token_hint: 'a.b.c', ...parameters },
  })
  const page = await createBrowser().request(`${url}/entra/authorize`, {
    method: 'POST',
    headers: { 'x-forwarded-for': address },
    body: new URLSearchParams(attempt.parameters),
  })
  return { attempt, page }
}
const knocks = async (count: number, address: (i: number) => string) => {
  for (let i = 0; i < count; i++) await knock(address(i))
}
const rows = async () => countersign.service.capabilities.stores.audit.counts()

describe('requests without a valid hint', () => {
  test('are told to Entra as ever, sixty times a minute for a network; then there is a page that says to wait', async () => {
    const { page, attempt } = await knock('203.0.113.7')
    expect(formOf(page).fields).toEqual({ error: 'invalid_request', state: attempt.state })
    await knocks(59, () => '203.0.113.7')
    const { page: refused } = await knock('203.0.113.7')
    expect(refused.status).toBe(429)
    expect(refused.text).toContain('Please wait a minute')
    const seconds = Number(refused.headers.get('retry-after'))
    expect(seconds).toBeGreaterThan(0)
    expect(seconds).toBeLessThanOrEqual(60)
    countersign.clock.leap(MINUTE)
    expect((await knock('203.0.113.7')).page.status).toBe(200)
  })

  test('past the limit write nothing more, and the limit is on record once', async () => {
    await knocks(75, () => '203.0.113.7')
    expect((await rows()).reduce((sum, { count }) => sum + count, 0)).toBe(60)
    expect(await eventsOf(countersign, 'limit.reached')).toMatchObject([{ of: 'network', address: '203.0.113.7' }])
  })

  test('count for the whole of an IPv6 network, and for no other network', async () => {
    await knocks(61, (i) => `2001:db8::${i.toString(16)}`)
    expect((await knock('2001:db8::ffff:1')).page.status).toBe(429)
    expect((await knock('2001:db8:0:1::1')).page.status).toBe(200)
  })

  test.each(contracts)('hold up nobody with a valid hint (%s), from the same network neither', async (contract) => {
    await knocks(61, () => '127.0.0.1')
    expect((await knock('127.0.0.1')).page.status).toBe(429)
    const attempt = await countersign.entra.begin({ person: GRACE, contract })
    const page = await createBrowser().request(`${countersign.url}/entra/authorize`, {
      method: 'POST',
      headers: { 'x-forwarded-for': '127.0.0.1' },
      body: new URLSearchParams(attempt.parameters),
    })
    expect(stageOf(page)).toBe('ticket')
  })

  test('from everywhere at one tenant: past a thousand a minute nothing more is written, and its people get in', async () => {
    const { limits } = countersign.service.capabilities.stores
    // The thousand, as another node would have counted them.
    const { id } = countersign.integration
    const key = `strangers-at-integration:${id}`
    for (let i = 0; i < 1000; i++) await limits.hit(key, MINUTE, countersign.clock.now())
    expect((await knock('198.51.100.1')).page.status).toBe(429)
    expect((await knock('198.51.100.2')).page.status).toBe(429)
    expect(await rows()).toEqual([])
    expect(await eventsOf(countersign, 'limit.reached')).toMatchObject([{ of: 'integration', integrationId: id }])
    expect(stageOf((await begin(countersign, { person: GRACE })).page)).toBe('ticket')
    // Another tenant's strangers are another count.
    expect((await knock('198.51.100.3', { client_id: 'nobody' })).page.status).toBe(400)
  })

  test('are still over the limit after a restart', async () => {
    await knocks(61, () => '203.0.113.7')
    await countersign.restart()
    expect((await knock('203.0.113.7')).page.status).toBe(429)
  })

  test('are not counted while it is our own fault', async () => {
    countersign.entra.fail('down')
    for (let i = 0; i < 70; i++) {
      const { page } = await knock('203.0.113.7', { id_token_hint: (await signed()).id_token_hint ?? '' })
      expect(formOf(page).fields.error).toBe('temporarily_unavailable')
    }
  })
})

const signed = async () => (await countersign.entra.begin({ person: ADA, contract: 'external-mfa' })).parameters

describe('wrong short codes', () => {
  const CODE = 'ABCD-EFGH-JKMN'
  const from = (address: string): Promise<Phone> =>
    createPhone({
      url: countersign.url,
      fetch: (url, init) => fetch(url, { ...init, headers: { ...init?.headers, 'x-forwarded-for': address } }),
    })

  test('make their network wait after ten, longer after thirty; a scanned code is always taken', async () => {
    const phone = await from('203.0.113.7')
    const type = async () => (await phone.bind({ code: CODE })).body.code
    for (let i = 0; i < 10; i++) expect(await type()).toBe('code-refused')
    const { status, body, headers } = await phone.bind({ code: CODE })
    expect([status, body.code]).toEqual([429, 'wait'])
    expect(Number(headers.get('retry-after'))).toBeLessThanOrEqual(600)
    expect(await eventsOf(countersign, 'limit.reached')).toMatchObject([{ of: 'codes', address: '203.0.113.7' }])

    const begun = await begin(countersign)
    const code = /[0-9A-Z]{4}-[0-9A-Z]{4}-[0-9A-Z]{4}/.exec(begun.page.text)?.[0] ?? ''
    // The right one is not looked at either: it would tell that it is right.
    expect((await phone.bind({ code })).body.code).toBe('wait')
    expect((await (await from('198.51.100.9')).bind({ code: CODE })).body.code).toBe('code-refused')
    expect((await phone.bind({ ticket: ticketOn(begun.page) ?? '' })).status).toBe(200)
  })

  test('of a day end in a wait for the rest of it', async () => {
    const phone = await from('203.0.113.7')
    for (let round = 0; round < 3; round++) {
      for (let i = 0; i < 10; i++) await phone.bind({ code: CODE })
      countersign.clock.leap(10 * MINUTE)
    }
    await phone.bind({ code: CODE })
    countersign.clock.leap(10 * MINUTE)
    const { body } = await phone.bind({ code: CODE })
    expect(body.code).toBe('wait')
    expect(body.retryAfterSeconds).toBeGreaterThan(3600)
    countersign.clock.leap(24 * 60 * MINUTE)
    expect((await phone.bind({ code: CODE })).body.code).toBe('code-refused')
  })
})
