import { createHash, createPrivateKey, generateKeyPairSync, type JsonWebKey, randomUUID } from 'node:crypto'
import { beforeAll, beforeEach, describe, expect, test } from '@jest/globals'
import { CompactSign } from 'jose'
import { isRefusal } from '../../src/base/refusal.ts'
import { createNonces, NONCE_LIFE } from '../../src/devices/nonce.ts'
import { createProofVerifier, type ProofStore } from '../../src/devices/proof.ts'
import { createTestClock, type TestClock } from '../support/clock.ts'
import { aKey, type TestKey } from './a-key.ts'

const URL_OF = 'https://mfa.example/device/v1/decide'
const BODY = Buffer.from('{"approval":"x"}')
const digest = (body: Buffer) => createHash('sha256').update(body).digest('base64url')

let key: TestKey
let other: TestKey
let clock: TestClock
let nonces: ReturnType<typeof createNonces>
let verify: ReturnType<typeof createProofVerifier>
let remembered: Map<string, { digest: string; expiresAt: number }>

beforeAll(async () => {
  key = await aKey()
  other = await aKey()
})
beforeEach(() => {
  clock = createTestClock()
  nonces = createNonces(Buffer.alloc(32, 1), clock)
  remembered = new Map()
  const store: ProofStore = {
    async remember(id, digest, expiresAt) {
      const known = remembered.get(id)
      if (!known) remembered.set(id, { digest, expiresAt })
      return known ? (known.digest === digest ? 'same' : 'other') : 'first'
    },
  }
  verify = createProofVerifier({ store, nonces, clock })
})

type Bend = { header?: Record<string, unknown>; payload?: Record<string, unknown>; by?: TestKey; body?: Buffer | null }

/** A right proof of a POST with BODY, but for what is bent. */
const prove = ({ header, payload, by = key, body = BODY }: Bend = {}): Promise<string> =>
  by.sign(
    { typ: 'dpop+jwt', jwk: by.jwk, ...header },
    {
      jti: randomUUID(),
      htm: body ? 'POST' : 'GET',
      htu: URL_OF,
      iat: 1,
      nonce: nonces.issue(),
      ...(body && { bod: digest(body) }),
      ...payload,
    },
  )
const check = (proof: string | undefined, body: Buffer | null = BODY) =>
  verify({ proof, method: body ? 'POST' : 'GET', url: URL_OF, body })
const codeOf = async (bend: Bend, body: Buffer | null = BODY) => {
  const proven = await check(await prove({ body, ...bend }), body)
  return isRefusal(proven) ? proven.code : 'proven'
}

describe('a proof', () => {
  test('says whose key it is, whatever the phone’s clock says', async () => {
    const expected = { thumbprint: key.thumbprint, publicKey: key.jwk }
    expect(await check(await prove({ payload: { iat: 4_000_000_000 } }))).toMatchObject(expected)
    expect(await check(await prove({ body: null }), null)).toMatchObject(expected)
  })

  test.each([undefined, '', 'a.b', 'a.b.c.d', ' a.b.c', 'a.b.c, d.e.f', 'x'.repeat(3000), `a.${'b'.repeat(2048)}.c`])(
    'is refused when it is %.20s',
    async (proof) => {
      expect(await check(proof)).toMatchObject({ code: 'proof.refused' })
    },
  )

  test.each<[string, Bend]>([
    ['typ JWT', { header: { typ: 'JWT' } }],
    ['no typ', { header: { typ: undefined } }],
    ['a kid beside the key', { header: { kid: 'x' } }],
    ['a jku beside the key', { header: { jku: 'https://evil.example' } }],
    ['no key', { header: { jwk: undefined } }],
    ['a key that is text', { header: { jwk: 'x' } }],
    ['a key that is a list', { header: { jwk: [] } }],
    ['a key of RSA', { header: { jwk: { kty: 'RSA', n: 'AQAB', e: 'AQAB' } } }],
    ['a key of another curve', { header: { jwk: { kty: 'EC', crv: 'P-384', x: 'A'.repeat(43), y: 'A'.repeat(43) } } }],
    ['a symmetric key', { header: { jwk: { kty: 'oct', k: 'AAAA' } } }],
    [
      'a point that is not on the curve',
      { header: { jwk: { kty: 'EC', crv: 'P-256', x: 'A'.repeat(43), y: 'A'.repeat(43) } } },
    ],
  ])('is refused with %s in its header', async (_what, bend) => {
    expect(await codeOf(bend)).toBe('proof.refused')
  })

  test('is refused when it carries its private key, or another’s key', async () => {
    expect(await codeOf({ header: { jwk: key.privateJwk } })).toBe('proof.refused')
    expect(await codeOf({ header: { jwk: other.jwk } })).toBe('proof.refused')
  })

  test('is refused with a coordinate spelt another way: one key has one thumbprint', async () => {
    const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'
    // The last two bits of a coordinate’s last character mean nothing: this decodes to the very same number.
    const respelt = (coordinate: string) =>
      coordinate.slice(0, -1) + ALPHABET[ALPHABET.indexOf(coordinate.at(-1) ?? '') + 1]
    expect(Buffer.from(respelt(key.jwk.x), 'base64url')).toEqual(Buffer.from(key.jwk.x, 'base64url'))
    expect(await codeOf({ header: { jwk: { ...key.jwk, x: respelt(key.jwk.x) } } })).toBe('proof.refused')
    expect(await codeOf({ header: { jwk: { ...key.jwk, y: respelt(key.jwk.y) } } })).toBe('proof.refused')
  })

  test('is refused with an algorithm other than ES256, and without one', async () => {
    const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
    const payload = Buffer.from(JSON.stringify({ htm: 'POST', htu: URL_OF }))
    const rsa = await new CompactSign(payload)
      .setProtectedHeader({ alg: 'RS256', typ: 'dpop+jwt', jwk: key.jwk })
      .sign(privateKey)
    expect(await check(rsa)).toMatchObject({ code: 'proof.refused' })
    const none = `${Buffer.from(JSON.stringify({ alg: 'none', typ: 'dpop+jwt', jwk: key.jwk })).toString('base64url')}.${payload.toString('base64url')}`
    for (const signature of ['', 'AA'])
      expect(await check(`${none}.${signature}`)).toMatchObject({ code: 'proof.refused' })
  })

  test('is refused with a bit of its payload turned', async () => {
    const [header, payload = '', signature] = (await prove()).split('.')
    const claims = { ...JSON.parse(Buffer.from(payload, 'base64url').toString()), more: 1 }
    const turned = `${header}.${Buffer.from(JSON.stringify(claims)).toString('base64url')}.${signature}`
    expect(await check(turned)).toMatchObject({ code: 'proof.refused' })
  })

  test.each<[string, Record<string, unknown>]>([
    ['another method', { htm: 'GET' }],
    ['the method in small letters', { htm: 'post' }],
    ['another path', { htu: 'https://mfa.example/device/v1/remove' }],
    ['another host', { htu: 'https://evil.example/device/v1/decide' }],
    ['a slash behind the URL', { htu: `${URL_OF}/` }],
    ['a query behind the URL', { htu: `${URL_OF}?x` }],
    ['no URL', { htu: undefined }],
    ['no jti', { jti: undefined }],
    ['a jti that can be guessed', { jti: 'short' }],
    ['a jti without end', { jti: 'x'.repeat(65) }],
    ['no digest of its body', { bod: undefined }],
    ['the digest of another body', { bod: digest(Buffer.from('{}')) }],
    ['a digest that is a list', { bod: [digest(BODY)] }],
  ])('is refused with %s', async (_what, payload) => {
    expect(await codeOf({ payload })).toBe('proof.refused')
  })

  test.each(['null', '7', '"text"', 'no JSON'])('is refused when what it signs is %s', async (text) => {
    const raw = await new CompactSign(Buffer.from(text))
      .setProtectedHeader({ alg: 'ES256', typ: 'dpop+jwt', jwk: key.jwk })
      .sign(createPrivateKey({ key: key.privateJwk as JsonWebKey, format: 'jwk' }))
    expect(await check(raw)).toMatchObject({ code: 'proof.refused' })
  })

  test('asks for a new nonce when its own is missing, invented or old', async () => {
    const nonce = nonces.issue()
    expect(await codeOf({ payload: { nonce: undefined } })).toBe('proof.nonce')
    expect(await codeOf({ payload: { nonce: 'invented' } })).toBe('proof.nonce')
    expect(await codeOf({ payload: { nonce: 7 } })).toBe('proof.nonce')
    clock.leap(NONCE_LIFE + 1000)
    expect(await codeOf({ payload: { nonce } })).toBe('proof.nonce')
  })
})

/** What remembering a proof gives: true, or the code of a refusal. */
async function rememberedAs(proof: string, body: Buffer = BODY): Promise<unknown> {
  const proven = await check(proof, body)
  if (isRefusal(proven)) return proven.code
  const memory = await proven.remember()
  return isRefusal(memory) ? memory.code : memory
}

describe('a repeat', () => {
  test('of the very same request passes: a browser repeats it by itself', async () => {
    const proof = await prove()
    expect([await rememberedAs(proof), await rememberedAs(proof)]).toEqual([true, true])
  })

  test('signed anew over the same words is the same request', async () => {
    const payload = { jti: randomUUID(), nonce: nonces.issue() }
    expect(await rememberedAs(await prove({ payload }))).toBe(true)
    expect(await rememberedAs(await prove({ payload }))).toBe(true)
    expect(remembered.size).toBe(1)
  })

  test('of a jti for another request is refused', async () => {
    const jti = randomUUID()
    await rememberedAs(await prove({ payload: { jti } }))
    const body = Buffer.from('{"approval":"other"}')
    expect(await rememberedAs(await prove({ payload: { jti }, body }), body)).toBe('proof.refused')
  })

  test('of a jti by another key is that key’s own', async () => {
    const jti = randomUUID()
    await rememberedAs(await prove({ payload: { jti } }))
    expect(await rememberedAs(await prove({ payload: { jti }, by: other }))).toBe(true)
    expect(remembered.size).toBe(2)
  })

  test('is remembered for longer than its nonce is fresh, and nothing is before the caller is known', async () => {
    await check(await prove())
    expect(remembered.size).toBe(0)
    await rememberedAs(await prove())
    const [memory] = remembered.values()
    expect((memory?.expiresAt ?? 0) - clock.now()).toBeGreaterThan(NONCE_LIFE + 60_000)
  })

  test('of a refused proof leaves nothing behind', async () => {
    await codeOf({ payload: { htm: 'PUT' } })
    await codeOf({ payload: { nonce: 'old' } })
    expect(remembered.size).toBe(0)
  })
})
