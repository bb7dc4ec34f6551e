import { randomBytes } from 'node:crypto'
import { connect } from 'node:net'
import { gzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { createPhone } from '../phone-simulator/phone.ts'
import { createBrowser, type Page, stageOf } from '../support/browser.ts'
import { type Countersign, startCountersign } from '../support/countersign.ts'
import { begin, eventsOf, reload } from '../support/stories.ts'

const FORM = 'application/x-www-form-urlencoded'
const LIMIT = 64 * 1024
const BUGS: object[] = []

let countersign: Countersign
beforeAll(async () => {
  const log = { info: () => {}, warn: () => {}, error: (facts: object) => void BUGS.push(facts) }
  countersign = await startCountersign({ world: { log } })
})
afterAll(async () => {
  await countersign.close()
  // Bad input is expected: none of it may look like a bug of ours.
  expect(BUGS).toEqual([])
})

function expectNoInsides(text: string): void {
  expect(text).not.toMatch(/\n\s*at |node_modules|\.ts\b|\/src\/|SQLITE|Error:/)
}

/** A refusal that a person can read. */
function expectPage(page: Page, status: number): void {
  expect(page.status).toBe(status)
  expect(page.headers.get('content-type')).toBe('text/html; charset=utf-8')
  expect(page.text).toMatch(/<h1>[^<]+<\/h1>/)
  expect(page.text).toMatch(/Reference <code>[\w-]{22,}<\/code>/)
  expectNoInsides(page.text)
}

/** A refusal that a program can read (RFC 9457). */
function expectProblem(page: Page, status: number): void {
  expect(page.status).toBe(status)
  expect(page.headers.get('content-type')).toBe('application/problem+json; charset=utf-8')
  expect(JSON.parse(page.text)).toMatchObject({
    status,
    title: expect.any(String),
    code: expect.any(String),
    reference: expect.stringMatching(/^[\w-]{22,}$/),
  })
  expectNoInsides(page.text)
}

const ask = (path: string, init: RequestInit = {}): Promise<Page> =>
  createBrowser().request(`${countersign.url}${path}`, init)
const askAsProgram = (path: string, init: RequestInit = {}): Promise<Page> =>
  ask(path, { ...init, headers: { ...init.headers, accept: 'application/json' } })

describe('an address that is none', () => {
  test.each([
    ['/nowhere', 404],
    ['/entra/', 404],
    ['/entra/AUTHORIZE', 404],
    ['/entra/authorize/', 404],
    ['/entra/sign-in/', 404],
    ['/entra/sign-in/nobodys', 404],
    ['/entra/sign-in/nobodys/nothing', 404],
    ['/entra/sign-in/%00', 404],
    ['/entra/sign-in/..%2f..%2fpackage.json', 404],
    ['/entra/nobodys/.well-known/openid-configuration', 404],
    ['/assets/%2e%2e%2fpackage.json', 404],
    ['/authenticator/nowhere', 404],
    ['/%E0%A4%A', 404],
    ['/entra/sign-in/%E0%A4%A', 400],
    ['/entra/%ff/.well-known/openid-configuration', 400],
    ['/?a=%E0%A4%A&a[b]=c&__proto__[x]=y', 200],
  ])('%s is answered plainly (%i)', async (path, status) => {
    if (status === 200) expect((await ask(path)).status).toBe(200)
    else {
      expectPage(await ask(path), status)
      expectProblem(await askAsProgram(path), status)
    }
  })

  test('in the device API is a problem for a program, whatever it accepts', async () => {
    expectProblem(await ask('/device/v1/nowhere'), 404)
    expectProblem(await ask('/device/v1/%E0%A4%A'), 404)
    expectProblem(await ask('/device/v1/pending/'), 404)
  })
})

describe('a method that an address does not have', () => {
  test.each([
    ['PUT', '/entra/authorize', 'GET, POST'],
    ['DELETE', '/entra/authorize', 'GET, POST'],
    ['POST', '/entra/sign-in/x', 'GET'],
    ['POST', '/entra/sign-in/x/version', 'GET'],
    ['POST', '/entra/sign-in/x/events', 'GET'],
    ['GET', '/entra/sign-in/x/answer', 'POST'],
    ['GET', '/entra/sign-in/x/give-up', 'POST'],
    ['GET', '/entra/sign-in/x/ask-again', 'POST'],
    ['GET', '/entra/sign-in/x/invitation', 'POST'],
    ['POST', '/healthz', 'GET'],
    ['PATCH', '/openapi.json', 'GET'],
    ['DELETE', '/', 'GET'],
  ])('%s %s is refused, and told what it has', async (method, path, allowed) => {
    const page = await ask(path, { method })
    expectPage(page, 405)
    expect(page.headers.get('allow')).toBe(allowed)
    expectProblem(await askAsProgram(path, { method }), 405)
  })

  test.each([
    ['GET', '/device/v1/bind', 'POST'],
    ['PUT', '/device/v1/decide', 'POST'],
    ['POST', '/device/v1/pending', 'GET'],
    ['DELETE', '/device/v1/nonce', 'GET'],
  ])('%s %s is a problem', async (method, path, allowed) => {
    const page = await ask(path, { method })
    expectProblem(page, 405)
    expect(page.headers.get('allow')).toBe(allowed)
  })
})

describe('a body that Entra would not send', () => {
  const post = (body: RequestInit['body'], headers: Record<string, string>) => ({
    method: 'POST',
    headers,
    ...(body !== undefined && { body }),
  })
  test.each([
    ['JSON', post('{"state":"x"}', { 'content-type': 'application/json' }), 415],
    ['plain text', post('state=x', { 'content-type': 'text/plain' }), 415],
    ['a multipart form', post('--x--', { 'content-type': 'multipart/form-data; boundary=x' }), 415],
    ['no type', post(Buffer.from('state=x'), {}), 415],
    ['nothing', post(undefined, {}), 415],
    ['an unknown character set', post('state=x', { 'content-type': `${FORM}; charset=klingon` }), 415],
    ['an unknown encoding', post('state=x', { 'content-type': FORM, 'content-encoding': 'klingon' }), 415],
    ['a broken encoding', post('state=x', { 'content-type': FORM, 'content-encoding': 'gzip' }), 400],
    ['an empty form', post('', { 'content-type': FORM }), 400],
    ['%-garbage', post('state=%E0%A4%A&client_id=%', { 'content-type': FORM }), 400],
    ['binary garbage', post(randomBytes(4096), { 'content-type': FORM }), 400],
    ['one byte too many', post('a'.repeat(LIMIT + 1), { 'content-type': FORM }), 413],
    [
      'a bomb',
      post(new Uint8Array(gzipSync('a'.repeat(10 * LIMIT))), { 'content-type': FORM, 'content-encoding': 'gzip' }),
      413,
    ],
  ])('%s is refused on a page (%#)', async (_what, init, status) => {
    expectPage(await ask('/entra/authorize', init), status)
    expectProblem(await askAsProgram('/entra/authorize', init), status)
  })

  test('is no bigger problem as an invitation code', async () => {
    const begun = await begin(countersign)
    const url = `${begun.page.url}/invitation`
    const send = (body: string, type: string) =>
      begun.browser.request(url, { method: 'POST', body, headers: { 'content-type': type } })
    expectPage(await send('{}', 'application/json'), 415)
    expectPage(await send(`code=${'a'.repeat(LIMIT)}`, FORM), 413)
    for (const body of ['', 'code', 'code=%E0%A4%A', 'code=a&code=b', `code=${'a'.repeat(LIMIT / 2)}`]) {
      expect((await send(body, FORM)).status).toBe(200)
    }
    expect(stageOf(await reload(begun))).toBe('ticket')
  })

  test('an error page keeps the guard of all pages', async () => {
    const { headers } = await ask('/nowhere')
    expect(headers.get('content-security-policy')).toContain("default-src 'none'")
    expect(headers.get('x-content-type-options')).toBe('nosniff')
    expect(headers.get('x-powered-by')).toBeNull()
    expect(headers.get('cache-control')).toBe('no-store')
  })
})

describe('a broken cookie header', () => {
  test.each([
    ';;==;,',
    'cs-=; =; cs-x',
    'cs-%E0%A4%A=%E0%A4%A',
    '__proto__=x; constructor=y',
    `cs-x=${'a'.repeat(4000)}`,
    'cs-nobodys="; \\"',
  ])('%p is as good as none', async (cookie) => {
    expectPage(await ask('/entra/sign-in/nobodys', { headers: { cookie } }), 404)
    expectPage(await ask('/entra/sign-in/__proto__', { headers: { cookie } }), 404)
  })

  test('beside the right cookie does not hide it', async () => {
    const begun = await begin(countersign)
    begun.browser.cookies.set('broken', '%E0%A4%A')
    begun.browser.cookies.set('odd', '"')
    expect((await reload(begun)).status).toBe(200)
  })
})

describe('what no phone would send', () => {
  const DECIDE = '/device/v1/decide'

  test.each([
    ['malformed JSON', '{"approval":'],
    ['nothing', ''],
    ['null', 'null'],
    ['a list', '[]'],
    ['a number for the approval', '{"approval":1}'],
    ['a member too many', '{"approval":"x","more":1}'],
    ['a prototype', '{"__proto__":{"approval":"x"}}'],
    ['an approval too long', JSON.stringify({ approval: 'a'.repeat(8193) })],
    ['no UTF-8', '\ud800'],
  ])('%s, well proven, is a problem', async (_what, body) => {
    const phone = await createPhone({ url: countersign.url })
    await phone.fetchNonce()
    const {
      status,
      body: problem,
      headers,
    } = await phone.sendOnce('POST', DECIDE, body, await phone.prove('POST', DECIDE, body))
    expect([400, 401]).toContain(status)
    expect(headers.get('content-type')).toContain('application/problem+json')
    expectNoInsides(JSON.stringify(problem))
  })

  test.each([
    ['no proof', undefined],
    ['an empty one', ''],
    ['rubbish', 'rubbish'],
    ['three dots', '...'],
    ['three parts of rubbish', 'a.b.c'],
    ['a long one', `${'a'.repeat(3000)}.b.c`],
  ])('%s proves nothing', async (_what, proof) => {
    const headers: Record<string, string> = { 'content-type': 'application/json' }
    if (proof !== undefined) headers.dpop = proof
    expectProblem(await ask(DECIDE, { method: 'POST', body: '{}', headers }), 401)
    expectProblem(await ask('/device/v1/pending', { headers }), 401)
  })

  test('a body too large or of another type is a problem before any proof', async () => {
    const send = (body: string, type: string) =>
      ask(DECIDE, { method: 'POST', body, headers: { 'content-type': type } })
    expectProblem(await send(`"${'a'.repeat(LIMIT)}"`, 'application/json'), 413)
    expectProblem(await send('approval=x', FORM), 415)
    expectProblem(await send('{}', 'text/plain'), 415)
  })
})

describe('what is hardly HTTP', () => {
  /** Sends bytes, and gives all that comes back. */
  const raw = (bytes: string): Promise<string> =>
    new Promise((resolve, reject) => {
      let text = ''
      const socket = connect(Number(new URL(countersign.url).port), '127.0.0.1', () => socket.end(bytes))
      socket.on('data', (data) => {
        text += data
      })
      socket.on('close', () => resolve(text))
      socket.on('error', reject)
    })

  test.each([
    ['an unknown method', 'BREW /entra/authorize HTTP/1.1\r\nHost: x\r\n\r\n'],
    ['a header without end', `GET / HTTP/1.1\r\nHost: x\r\nX: ${'a'.repeat(20_000)}\r\n\r\n`],
    ['a NUL in the path', 'GET /\0 HTTP/1.1\r\nHost: x\r\n\r\n'],
    ['no host', 'GET / HTTP/1.1\r\n\r\n'],
    ['two lengths', 'POST /entra/authorize HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab'],
  ])('%s is answered with 4xx', async (_what, bytes) => {
    const answer = await raw(bytes)
    expect(answer).toMatch(/^HTTP\/1\.1 4\d\d /)
    expectNoInsides(answer)
  })

  test('a host header of somebody else changes no link and no redirect', async () => {
    const begun = await begin(countersign)
    const cookie = [...begun.browser.cookies].map(([name, value]) => `${name}=${value}`).join('; ')
    const path = new URL(begun.page.url).pathname
    const answer = await raw(
      `GET ${path} HTTP/1.1\r\nHost: evil.example\r\nCookie: ${cookie}\r\nConnection: close\r\n\r\n`,
    )
    expect(answer).toMatch(/^HTTP\/1\.1 200 /)
    expect(answer).toContain(`${countersign.url}/authenticator/#ticket=`)
    expect(answer).not.toContain('evil.example')
  })
})

test('after all of this nothing was signed, and the log has only counted it', async () => {
  expect(await eventsOf(countersign, 'claim.signing')).toEqual([])
  expect(await eventsOf(countersign, 'request.refused')).toEqual([])
  const counts = await countersign.service.capabilities.stores.audit.counts()
  expect(counts.length).toBeGreaterThan(0)
  expect(counts.length).toBeLessThan(20)
})
