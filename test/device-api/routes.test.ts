// The phone's door itself: what it says to whoever proves nothing, or proves it wrongly. Whole stories are in journeys.
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import type { DeviceApiPath } from '../../src/device-api/contract.ts'
import { createPhone, type Phone, type PhoneAnswer } from '../phone-simulator/phone.ts'
import { createBrowser, digitsOn, type Page, type TestBrowser, ticketOn } from '../support/browser.ts'
import { ADA, type Countersign, startCountersign } from '../support/countersign.ts'
import { eventsOf } from '../support/stories.ts'

let countersign: Countersign
beforeAll(async () => {
  countersign = await startCountersign()
})
afterAll(() => countersign.close())

const reads: DeviceApiPath[] = ['/device/v1/pending']
const writes: DeviceApiPath[] = ['/device/v1/bind', '/device/v1/decide', '/device/v1/remove']
const every = [...reads, ...writes]

const newPhone = (): Promise<Phone> => createPhone({ url: countersign.url })
const post = (path: string, body: string, headers: Record<string, string> = {}) =>
  fetch(`${countersign.url}${path}`, {
    method: 'POST',
    body,
    headers: { 'content-type': 'application/json', ...headers },
  })

/** A sign-in at its ticket, and the browser that began it. */
async function begin(): Promise<{ page: Page; browser: TestBrowser; ticket: string }> {
  countersign.clock.leap(300_000)
  const browser = createBrowser()
  const person = { ...ADA, objectId: crypto.randomUUID() }
  const page = await browser.arrive(await countersign.entra.begin({ person, contract: 'external-mfa' }))
  return { page, browser, ticket: ticketOn(page) ?? '' }
}

/** Asserts a problem in the form of RFC 9457. */
async function expectProblem(response: Response, status: number, code: string): Promise<void> {
  expect(response.headers.get('content-type')).toContain('application/problem+json')
  expect(response.headers.get('cache-control')).toBe('no-store')
  expect(await response.json()).toMatchObject({ status, code, title: expect.any(String) })
  expect(response.status).toBe(status)
}

describe('without a proof', () => {
  test.each(reads)('GET %s is refused', async (path) => {
    await expectProblem(await fetch(`${countersign.url}${path}`), 401, 'proof-refused')
  })

  test.each(writes)('POST %s is refused', async (path) => {
    await expectProblem(await post(path, '{}'), 401, 'proof-refused')
  })

  test('a nonce is given, and never kept by anybody on the way', async () => {
    const response = await fetch(`${countersign.url}/device/v1/nonce`)
    expect(response.headers.get('cache-control')).toBe('no-store')
    const { nonce } = (await response.json()) as { nonce: string }
    expect(response.headers.get('dpop-nonce')).toBe(nonce)
  })

  test('a cookie of a sign-in proves nothing here', async () => {
    const { browser } = await begin()
    const stolen = await browser.get(`${countersign.url}/device/v1/pending`)
    expect(stolen.status).toBe(401)
  })
})

describe.each(every)('%s', (path) => {
  test('has one method, and says which', async () => {
    for (const method of ['GET', 'POST', 'PUT', 'DELETE']) {
      if (method === (reads.includes(path) ? 'GET' : 'POST')) continue
      const response = await fetch(`${countersign.url}${path}`, { method })
      expect([response.status, response.headers.get('allow')]).toEqual([405, reads.includes(path) ? 'GET' : 'POST'])
    }
  })

  test('asks whoever comes without a nonce for one, in the way of RFC 9449', async () => {
    const phone = await newPhone()
    const [method, body] = reads.includes(path) ? ['GET', undefined] : ['POST', '{}']
    const { status, headers } = await phone.sendOnce(method, path, body, await phone.prove(method, path, body))
    expect([status, headers.get('www-authenticate')]).toEqual([401, 'DPoP error="use_dpop_nonce"'])
    expect(headers.get('dpop-nonce')).toMatch(/^[\w-]+$/)
  })
})

describe('a body', () => {
  test.each(['text/plain', 'application/x-www-form-urlencoded', 'application/json2'])(
    'of type %s is refused',
    async (type) => {
      const response = await post('/device/v1/bind', '{}', { 'content-type': type })
      await expectProblem(response, 415, 'request-malformed')
    },
  )

  test('over 64 KB is refused', async () => {
    await expectProblem(await post('/device/v1/bind', 'x'.repeat(65_537)), 413, 'request-malformed')
  })

  const device = { name: 'Phone', platform: 'Test' }
  test.each<[string, object]>([
    ['no device', { ticket: 'x' }],
    ['neither ticket nor code', { device }],
    ['both ticket and code', { ticket: 'x', code: 'y', device }],
    ['a ticket that is a list', { ticket: ['x'], device }],
    ['a member that we do not know', { ticket: 'x', device, admin: true }],
    ['a device without a name', { ticket: 'x', device: { platform: 'Test' } }],
    ['a device name without end', { ticket: 'x', device: { ...device, name: 'n'.repeat(10_000) } }],
  ])('with %s is refused, proven or not', async (_what, content) => {
    const { status, body } = await (await newPhone()).request('POST', '/device/v1/bind', content)
    expect([status, body.code]).toEqual([400, 'request-malformed'])
  })
})

test.each([
  ['Pixel\n9\u001b[2K', 'Pixel 9 [2K'],
  ['\u202ePixel\u2028 9\r\n', 'Pixel  9'],
  ['Ada’s 👩‍💻 phone', 'Ada’s 👩‍💻 phone'],
])('the device name %j is one line, with nothing that moves a cursor or turns text round', async (name, kept) => {
  const { ticket } = await begin()
  const phone = await newPhone()
  const content = { ticket, device: { name, platform: name } }
  expect((await phone.request('POST', '/device/v1/bind', content)).status).toBe(200)
  const [redeemed] = (await eventsOf(countersign, 'ticket.redeemed')).slice(-1)
  expect(redeemed).toMatchObject({ deviceName: kept, platform: kept })
})

test('a device name of nothing that can be seen is refused', async () => {
  const { ticket } = await begin()
  const content = { ticket, device: { name: '\u001b\n\u202e', platform: 'Test' } }
  const { status, body } = await (await newPhone()).request('POST', '/device/v1/bind', content)
  expect([status, body.code]).toEqual([400, 'request-malformed'])
})

describe('what a stranger learns', () => {
  const words = ({ status, body }: PhoneAnswer) => ({ status, code: body.code, title: body.title })

  test('of a wrong ticket, a spent one and one whose time is over is one and the same', async () => {
    const { ticket } = await begin()
    const owner = await newPhone()
    await owner.bind({ ticket })
    const spent = words(await (await newPhone()).bind({ ticket }))
    const invented = words(await (await newPhone()).bind({ ticket: 'A'.repeat(22) }))
    const code = words(await (await newPhone()).bind({ code: 'AAAA-AAAA-AAAA' }))
    const late = await begin()
    countersign.clock.leap(241_000)
    const over = words(await (await newPhone()).bind({ ticket: late.ticket }))
    expect([invented, code, over]).toEqual([spent, spent, spent])
    expect(spent).toMatchObject({ status: 404, code: 'code-refused' })
  })

  test('of the number on the page is nothing, in any answer', async () => {
    const { page, browser, ticket } = await begin()
    const phone = await newPhone()
    const bound = await phone.bind({ ticket })
    const digits = digitsOn(await browser.get(page.url)) ?? ''
    expect(digits).toMatch(/^\d{6}$/)
    const pending = await phone.pending()
    const wrong = await phone.approve(bound.body.pending[0], digits === '000000' ? '000001' : '000000')
    for (const { body } of [bound, pending, wrong]) expect(JSON.stringify(body)).not.toContain(digits)
    expect(wrong).toMatchObject({ status: 422, body: { code: 'wrong-number', triesLeft: 2 } })
  })

  test('with a key of no device is that it is unknown', async () => {
    expect((await (await newPhone()).pending()).body.code).toBe('device-unknown')
  })
})

test('another phone’s approval is worth nothing, even in a proven request', async () => {
  const { page, browser, ticket } = await begin()
  const [owner, thief] = [await newPhone(), await newPhone()]
  const bound = await owner.bind({ ticket })
  await thief.bind({ ticket: (await begin()).ticket })
  const digits = digitsOn(await browser.get(page.url)) ?? ''
  const approval = await owner.sign(bound.body.pending[0].shown, 'approve', digits)
  expect((await thief.request('POST', '/device/v1/decide', { approval })).body.code).toBe('proof-refused')
})

describe('a proof', () => {
  const path = '/device/v1/bind'
  const device = { name: 'Phone', platform: 'Test' }
  /** Sends a body under a proof with this `jti`. */
  async function under(phone: Phone, to: string, content: object, jti: string): Promise<PhoneAnswer> {
    const body = JSON.stringify(content)
    return phone.sendOnce('POST', to, body, await phone.prove('POST', to, body, { jti }))
  }

  test('that bound a phone serves no other request; the same one again is answered as the first time', async () => {
    const { ticket } = await begin()
    const [phone, jti] = [await newPhone(), crypto.randomUUID()]
    await phone.fetchNonce()
    const body = JSON.stringify({ ticket, device })
    const proof = await phone.prove('POST', path, body, { jti })
    const [first, again] = [
      await phone.sendOnce('POST', path, body, proof),
      await phone.sendOnce('POST', path, body, proof),
    ]
    expect(first.status).toBe(200)
    expect(again.body.account).toEqual(first.body.account)
    const another = { ticket, device: { ...device, name: 'Another' } }
    expect(await under(phone, path, another, jti)).toMatchObject({ status: 401, body: { code: 'proof-refused' } })
  })

  test('is used by a decision that could not be read, too', async () => {
    const { ticket } = await begin()
    const [phone, jti] = [await newPhone(), crypto.randomUUID()]
    await phone.bind({ ticket })
    const nothing = await under(phone, '/device/v1/decide', { approval: 'no.jws.atall' }, jti)
    expect([nothing.status, nothing.body.code]).toEqual([401, 'proof-refused'])
    const shown = (await phone.pending()).body.pending[0].shown
    const approval = await phone.sign(shown, 'cancel')
    const told = await under(phone, '/device/v1/decide', { approval }, jti)
    expect([told.status, told.body.code]).toEqual([401, 'proof-refused'])
    expect((await phone.pending()).body.pending).toHaveLength(1)
  })

  test('of a removal serves no other', async () => {
    const { ticket } = await begin()
    const [phone, jti] = [await newPhone(), crypto.randomUUID()]
    await phone.bind({ ticket })
    expect((await under(phone, path, { ticket, device: { ...device, name: 'Test phone' } }, jti)).status).toBe(200)
    expect(await under(phone, '/device/v1/remove', {}, jti)).toMatchObject({ body: { code: 'proof-refused' } })
    expect((await phone.pending()).status).toBe(200)
  })
})

test('a phone whose integration was removed is told that it was, too', async () => {
  const { page, browser, ticket } = await begin()
  const phone = await newPhone()
  const bound = await phone.bind({ ticket })
  await phone.approve(bound.body.pending[0], digitsOn(await browser.get(page.url)) ?? '')
  expect((await phone.pending()).body.account.integrationName).toBe('Contoso')
  const { integrations } = countersign.service.capabilities
  await integrations.remove(countersign.integration.id, 'command-line')
  expect(await phone.pending()).toMatchObject({ status: 403, body: { code: 'device-removed' } })
})

test('everything the door answers to is described in the OpenAPI document', async () => {
  const { paths } = (await (await fetch(`${countersign.url}/openapi.json`)).json()) as { paths: object }
  expect(Object.keys(paths)).toEqual(expect.arrayContaining(['/device/v1/nonce', ...every]))
})
