import { createHash, createPrivateKey, generateKeyPairSync, type JsonWebKey, randomUUID } from 'node:crypto'
import { beforeAll, beforeEach, describe, expect, test } from '@jest/globals'
import { CompactSign } from 'jose'
import { isRefusal } from '../../src/base/refusal.ts'
import type { DevicePublicKey } from '../../src/devices/device.ts'
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
const bent = async (bend: Bend) => check(await prove(bend))
/** Refused with what the administrator reads in the log. */
const refused = (reason: unknown) => ({ code: 'proof.refused', reason })

describe('a proof', () => {
  test('says whose key it is, whatever the phone’s clock says', async () => {
    const expected = { thumbprint: key.thumbprint, publicKey: key.jwk }
    expect(await check(await prove({ payload: { iat: 4_000_000_000 } }))).toMatchObject(expected)
    expect(await check(await prove({ body: null }), null)).toMatchObject(expected)
  })

  test.each([undefined, ''])('is refused when there is none (%j)', async (proof) => {
    expect(await check(proof)).toMatchObject(refused('no proof'))
  })

  test.each([
    ['of two parts', 'a.b'],
    ['of four parts', 'a.b.c.d'],
    ['of empty parts', '..'],
    ['behind a space', ' a.b.c'],
    ['two in a list', 'a.b.c, d.e.f'],
    ['one long word', 'x'.repeat(3000)],
    ['of three parts and too long', `a.${'b'.repeat(2048)}.c`],
  ])('is refused when it is %s', async (_what, proof) => {
    expect(await check(proof)).toMatchObject(refused('not one compact JWS'))
  })

  test('is refused with anything before or behind it that the signature does not cover', async () => {
    const proof = await prove()
    for (const more of [
      ` ${proof}`,
      `${proof} `,
      `\n${proof}`,
      `${proof}\n`,
      `${proof}=`,
      `${proof}.`,
      `${proof}, ${proof}`,
    ])
      expect(await check(more)).toMatchObject(refused('not one compact JWS'))
  })

  test('may be 2 KB long and no longer, rightly signed as it may be', async () => {
    const bare = (await prove({ payload: { more: '' } })).length
    const longer = async (characters: number) => {
      const proof = await prove({ payload: { more: 'x'.repeat(characters) } })
      return { length: proof.length, proven: await check(proof) }
    }
    // Three characters of the payload are four of the proof.
    const most = Math.ceil(((2048 - bare) * 3) / 4)
    expect(await longer(most)).toMatchObject({ length: 2048, proven: { thumbprint: key.thumbprint } })
    expect(await longer(most + 1)).toMatchObject({ proven: refused('not one compact JWS') })
  })

  test.each<[string, Record<string, unknown>, string]>([
    ['typ JWT', { typ: 'JWT' }, 'header is not ES256 and dpop+jwt'],
    ['no typ', { typ: undefined }, 'header is not ES256 and dpop+jwt'],
    ['a kid beside the key', { kid: 'x' }, 'header has members beside alg, typ and jwk'],
    ['a jku beside the key', { jku: 'https://evil.example' }, 'header has members beside alg, typ and jwk'],
    ['no key', { jwk: undefined }, 'header has no jwk'],
    ['a key that is nothing', { jwk: null }, 'header has no jwk'],
    ['a key that is text', { jwk: 'x' }, 'header has no jwk'],
    ['a key that is a list', { jwk: [] }, 'jwk is not a P-256 key'],
    ['a key of RSA', { jwk: { kty: 'RSA', n: 'AQAB', e: 'AQAB' } }, 'jwk is not a P-256 key'],
    ['a symmetric key', { jwk: { kty: 'oct', k: 'AAAA' } }, 'jwk is not a P-256 key'],
  ])('is refused with %s in its header', async (_what, header, reason) => {
    expect(await bent({ header })).toMatchObject(refused(reason))
  })

  test.each<[string, (jwk: DevicePublicKey) => Record<string, unknown>, unknown]>([
    ['of another type', () => ({ kty: 'OKP' }), 'jwk is not a P-256 key'],
    ['of no type', () => ({ kty: undefined }), 'jwk is not a P-256 key'],
    ['of another curve', () => ({ crv: 'P-384' }), 'jwk is not a P-256 key'],
    ['of no curve', () => ({ crv: undefined }), 'jwk is not a P-256 key'],
    ['without x', () => ({ x: undefined }), 'jwk is not a P-256 key'],
    ['without y', () => ({ y: undefined }), 'jwk is not a P-256 key'],
    ['with x in a list', ({ x }) => ({ x: [x] }), 'jwk is not a P-256 key'],
    ['with y in a list', ({ y }) => ({ y: [y] }), 'jwk is not a P-256 key'],
    ['with x too short', ({ x }) => ({ x: x.slice(1) }), 'jwk has malformed coordinates'],
    ['with y too long', ({ y }) => ({ y: `A${y}` }), 'jwk has malformed coordinates'],
    ['that is no point of the curve', ({ x }) => ({ y: x }), expect.stringMatching(/^signature: ./)],
  ])('is refused with its own key spelt as one %s', async (_what, change, reason) => {
    expect(await bent({ header: { jwk: { ...key.jwk, ...change(key.jwk) } } })).toMatchObject(refused(reason))
  })

  test('is refused when it carries its private key, or another’s key', async () => {
    expect(await bent({ header: { jwk: key.privateJwk } })).toMatchObject(refused('jwk carries a private key'))
    expect(await bent({ header: { jwk: other.jwk } })).toMatchObject(
      refused('signature: signature verification failed'),
    )
  })

  test('is refused with a coordinate spelt another way: one key has one thumbprint', async () => {
    const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'
    // The last two bits of a coordinate’s last character mean nothing: this decodes to the very same number.
    const respelt = (coordinate: string) =>
      coordinate.slice(0, -1) + ALPHABET[ALPHABET.indexOf(coordinate.at(-1) ?? '') + 1]
    expect(Buffer.from(respelt(key.jwk.x), 'base64url')).toEqual(Buffer.from(key.jwk.x, 'base64url'))
    for (const change of [{ x: respelt(key.jwk.x) }, { y: respelt(key.jwk.y) }])
      expect(await bent({ header: { jwk: { ...key.jwk, ...change } } })).toMatchObject(
        refused('jwk has malformed coordinates'),
      )
  })

  test('is refused with an algorithm other than ES256, and without one', async () => {
    const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
    const payload = Buffer.from(JSON.stringify({ htm: 'POST', htu: URL_OF }))
    const rsa = await new CompactSign(payload)
      .setProtectedHeader({ alg: 'RS256', typ: 'dpop+jwt', jwk: key.jwk })
      .sign(privateKey)
    const notAllowed = refused('header is not ES256 and dpop+jwt')
    expect(await check(rsa)).toMatchObject(notAllowed)
    const none = `${Buffer.from(JSON.stringify({ alg: 'none', typ: 'dpop+jwt', jwk: key.jwk })).toString('base64url')}.${payload.toString('base64url')}`
    expect(await check(`${none}.AA`)).toMatchObject(notAllowed)
    expect(await check(`${none}.`)).toMatchObject(refused('not one compact JWS'))
  })

  test('is refused with a bit of its payload turned', async () => {
    const [header, payload = '', signature] = (await prove()).split('.')
    const claims = { ...JSON.parse(Buffer.from(payload, 'base64url').toString()), more: 1 }
    const turned = `${header}.${Buffer.from(JSON.stringify(claims)).toString('base64url')}.${signature}`
    expect(await check(turned)).toMatchObject(refused('signature: signature verification failed'))
  })

  test.each<[string, Record<string, unknown>, string]>([
    ['another method', { htm: 'GET' }, 'htm is another method'],
    ['the method in small letters', { htm: 'post' }, 'htm is another method'],
    ['another path', { htu: 'https://mfa.example/device/v1/remove' }, 'htu is another resource'],
    ['another host', { htu: 'https://evil.example/device/v1/decide' }, 'htu is another resource'],
    ['a slash behind the URL', { htu: `${URL_OF}/` }, 'htu is another resource'],
    ['a query behind the URL', { htu: `${URL_OF}?x` }, 'htu is another resource'],
    ['no URL', { htu: undefined }, 'htu is another resource'],
    ['no jti', { jti: undefined }, 'jti is too short or too long'],
    ['a jti that is a list', { jti: Array(20).fill('x') }, 'jti is too short or too long'],
    ['a jti that can be guessed', { jti: 'x'.repeat(15) }, 'jti is too short or too long'],
    ['a jti without end', { jti: 'x'.repeat(65) }, 'jti is too short or too long'],
    ['no digest of its body', { bod: undefined }, 'bod is not the digest of the body'],
    ['the digest of another body', { bod: digest(Buffer.from('{}')) }, 'bod is not the digest of the body'],
    ['a digest that is a list', { bod: [digest(BODY)] }, 'bod is not the digest of the body'],
  ])('is refused with %s', async (_what, payload, reason) => {
    expect(await bent({ payload })).toMatchObject(refused(reason))
  })

  test.each([16, 64])('may have a jti of %d characters', async (length) => {
    expect(await bent({ payload: { jti: 'x'.repeat(length) } })).toMatchObject({ thumbprint: key.thumbprint })
  })

  test.each<[string, unknown]>([
    ['null', 'payload is not an object'],
    ['7', 'payload is not an object'],
    ['"text"', 'payload is not an object'],
    ['[]', 'htm is another method'],
    ['no JSON', expect.stringMatching(/^signature: .*JSON/)],
  ])('is refused when what it signs is %s', async (text, reason) => {
    const raw = await new CompactSign(Buffer.from(text))
      .setProtectedHeader({ alg: 'ES256', typ: 'dpop+jwt', jwk: key.jwk })
      .sign(createPrivateKey({ key: key.privateJwk as JsonWebKey, format: 'jwk' }))
    expect(await check(raw)).toMatchObject(refused(reason))
  })

  test('asks for a new nonce when its own is missing, invented or old', async () => {
    const again = { code: 'proof.nonce', reason: 'nonce is missing, foreign or too old' }
    const old = nonces.issue()
    for (const nonce of [undefined, 'invented', 7]) expect(await bent({ payload: { nonce } })).toMatchObject(again)
    clock.leap(NONCE_LIFE + 1000)
    expect(await bent({ payload: { nonce: old } })).toMatchObject(again)
  })
})

/** What remembering a proof gives: true, or a refusal. */
async function rememberedAs(proof: string, body: Buffer = BODY): Promise<unknown> {
  const proven = await check(proof, body)
  return isRefusal(proven) ? proven : proven.remember()
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
    expect(await rememberedAs(await prove({ payload: { jti }, body }), body)).toMatchObject(
      refused('jti was used for another request'),
    )
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
    await bent({ payload: { htm: 'PUT' } })
    await bent({ payload: { nonce: 'old' } })
    expect(remembered.size).toBe(0)
  })
})
