import { describe, expect, test } from '@jest/globals'
import express, { type RequestHandler } from 'express'
import request from 'supertest'
import { noStore, postsToEntra, securityHeaders } from '../../src/http/headers.ts'

async function headersOf(...handlers: RequestHandler[]): Promise<Record<string, string | undefined>> {
  const app = express()
  app.get('/', ...handlers, (_request, response) => void response.send('page'))
  return (await request(app).get('/')).headers
}
const policyOf = (headers: Record<string, string | undefined>) => headers['content-security-policy'] ?? ''

describe.each([true, false])('the headers of every answer (https: %s)', (https) => {
  test('let a page run its own script and nothing else, framed by nobody, posting only to us', async () => {
    const policy = policyOf(await headersOf(securityHeaders(https)))
    for (const directive of [
      "default-src 'none'",
      "script-src 'self'",
      "base-uri 'none'",
      "frame-ancestors 'none'",
      "form-action 'self'",
    ])
      expect(policy).toContain(directive)
    expect(policy).not.toMatch(/unsafe|\*|https?:/)
  })

  test('forbid framing and guessing of types the old way too', async () => {
    expect(await headersOf(securityHeaders(https))).toMatchObject({
      'x-frame-options': 'DENY',
      'x-content-type-options': 'nosniff',
    })
  })

  test('keep what a sign-in over three sites needs: no opener policy, a referrer that is not “no-referrer”', async () => {
    const headers = await headersOf(securityHeaders(https))
    expect(headers['cross-origin-opener-policy']).toBeUndefined()
    expect(headers['referrer-policy']).toBe('strict-origin')
  })

  test('ask for https only where there is https', async () => {
    const headers = await headersOf(securityHeaders(https))
    expect(headers['strict-transport-security']).toBe(https ? 'max-age=63072000' : undefined)
    expect(policyOf(headers).includes('upgrade-insecure-requests')).toBe(https)
  })

  test('of the page that posts to Entra differ in form-action alone', async () => {
    const [plain, posting] = [
      policyOf(await headersOf(securityHeaders(https))),
      policyOf(await headersOf(securityHeaders(https), postsToEntra(https))),
    ]
    const directives = (policy: string) => policy.split(';').sort()
    expect(directives(posting)).toEqual(directives(plain).filter((each) => !each.startsWith('form-action')))
  })
})

test('what is personal is kept by nobody', async () => {
  expect((await headersOf(noStore))['cache-control']).toBe('no-store')
})
