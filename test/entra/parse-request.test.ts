import { describe, expect, test } from '@jest/globals'
import { isRefusal } from '../../src/base/refusal.ts'
import { checkProtocol, parseRequest } from '../../src/entra/parse-request.ts'

const honest = {
  scope: 'openid',
  response_type: 'id_token',
  response_mode: 'form_post',
  client_id: 'client',
  redirect_uri: 'https://login.microsoftonline.com/common/federation/externalauthprovider',
  nonce: 'nonce',
  state: 'state',
  id_token_hint: 'a.b.c',
  claims: '{}',
  'client-request-id': 'request',
}
/** The request with some parameters replaced; undefined deletes. */
const parse = (change: Record<string, string | undefined> = {}) => {
  const sent = Object.entries({ ...honest, ...change }).filter(
    (entry): entry is [string, string] => entry[1] !== undefined,
  )
  return parseRequest(String(new URLSearchParams(sent)))
}
const refused = (code: string, reason: string) => expect.objectContaining({ code, reason })

describe('a request of Entra', () => {
  test('is read as it was sent, and what is not in the list is left behind', () => {
    expect(parse({ canary: 'x', __proto__: 'y', constructor: 'z' } as Record<string, string>)).toEqual(honest)
  })

  test.each(['client_id', 'redirect_uri', 'state'])('is refused without %s', (name) => {
    const missing = refused('request.incomplete', `${name} is missing`)
    expect(parse({ [name]: undefined })).toEqual(missing)
    expect(parse({ [name]: '' })).toEqual(missing)
  })

  test.each(Object.keys(honest))('is refused with %s twice', (name) => {
    const body = new URLSearchParams(honest)
    body.append(name, '')
    expect(parseRequest(String(body))).toEqual(refused('request.repeated', `${name} stands 2 times`))
  })

  test('is refused with a double that hides behind an encoded name', () => {
    const body = `${new URLSearchParams(honest)}&st%61te=other`
    expect(parseRequest(body)).toEqual(refused('request.repeated', 'state stands 2 times'))
  })

  test('has nothing by a name that came without a value', () => {
    expect(parse({ claims: '', 'client-request-id': '' })).not.toHaveProperty('claims')
    expect(parse({ claims: '', 'client-request-id': '' })).not.toHaveProperty('client-request-id')
  })

  test.each([
    ['scope', 256],
    ['client_id', 256],
    ['redirect_uri', 512],
    ['nonce', 4096],
    ['state', 16_384],
    ['id_token_hint', 16_384],
    ['claims', 8192],
    ['client-request-id', 128],
  ])('may have a %s of %i characters, and not one more', (name, size) => {
    expect(isRefusal(parse({ [name]: 'x'.repeat(size) }))).toBe(false)
    // The reason repeats nothing of what was sent.
    const tooLong = refused('request.oversize', `${name} has ${size + 1} characters`)
    expect(parse({ [name]: 'x'.repeat(size + 1) })).toEqual(tooLong)
  })

  test('keeps state as it is, whatever it contains', () => {
    const state = `"><script>&amp;+%20 \u{1F511}`
    expect(parse({ state })).toMatchObject({ state })
  })

  test.each(['', '&&&', '=', '%', 'state'])('is refused, and never thrown at, when it is %j', (body) => {
    expect(parseRequest(body)).toEqual(refused('request.incomplete', 'client_id is missing'))
  })
})

describe('how Entra asks', () => {
  const check = (change: Record<string, string | undefined>) => {
    const request = parse(change)
    return isRefusal(request) ? request : checkProtocol(request)
  }

  test('gives nonce and hint', () => {
    expect(check({ response_type: 'Id_token', scope: 'profile openid' })).toEqual({ nonce: 'nonce', hint: 'a.b.c' })
  })

  test.each([
    ['response_type', 'code', 'request.protocol', 'response_type is not id_token'],
    ['response_type', undefined, 'request.protocol', 'response_type is not id_token'],
    ['response_mode', 'query', 'request.protocol', 'response_mode is not form_post'],
    ['response_mode', undefined, 'request.protocol', 'response_mode is not form_post'],
    ['scope', 'openid2', 'request.protocol', 'scope lacks openid'],
    ['scope', undefined, 'request.protocol', 'scope lacks openid'],
    ['nonce', undefined, 'request.incomplete', 'nonce is missing'],
    ['id_token_hint', undefined, 'hint.malformed', 'id_token_hint is missing'],
  ])('is refused with %s = %s', (name, value, code, reason) => {
    expect(check({ [name]: value })).toEqual(refused(code, reason))
  })
})
