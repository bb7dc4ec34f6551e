import { createHash, createPrivateKey, createPublicKey, sign, verify, X509Certificate } from 'node:crypto'
import { beforeAll, beforeEach, describe, expect, test } from '@jest/globals'
import {
  CERTIFICATE_LIFE,
  CERTIFIED_BEFORE,
  type KeyMaterial,
  makeKeyMaterial,
  makeRsaPair,
} from '../../src/keys/certificate.ts'

const NOW = Date.UTC(2026, 10, 23)
const SERIAL = Buffer.alloc(16, 0xff)

let pair: Awaited<ReturnType<typeof makeRsaPair>>
let made: KeyMaterial
let certificate: X509Certificate
beforeAll(async () => {
  pair = await makeRsaPair()
})
beforeEach(async () => {
  made = await makeKeyMaterial(NOW, SERIAL, async () => pair)
  certificate = new X509Certificate(Buffer.from(made.certificate, 'base64'))
})

describe('key material', () => {
  test('is an RSA-2048 key whose halves belong together', () => {
    const publicKey = createPublicKey({ key: { kty: 'RSA', n: made.n, e: made.e }, format: 'jwk' })
    expect(publicKey.asymmetricKeyDetails).toMatchObject({ modulusLength: 2048, publicExponent: 65_537n })
    const text = Buffer.from('text')
    expect(verify('sha256', text, publicKey, sign('sha256', text, createPrivateKey(made.privateKey)))).toBe(true)
  })

  test('has a certificate for that very key, signed by it', () => {
    expect(certificate.publicKey.export({ format: 'jwk' })).toEqual({ kty: 'RSA', n: made.n, e: made.e })
    expect(certificate.verify(certificate.publicKey)).toBe(true)
    expect(certificate.ca).toBe(false)
  })

  test('has a certificate that is good now and for years', () => {
    expect(Date.parse(certificate.validFrom)).toBe(NOW - CERTIFIED_BEFORE)
    expect(Date.parse(certificate.validTo)).toBe(NOW + CERTIFICATE_LIFE)
    expect([CERTIFIED_BEFORE, CERTIFICATE_LIFE].map((time) => time / 86_400_000)).toEqual([1, 730])
  })

  test('has a certificate that names what it is for, and says as a critical part that it may sign', () => {
    expect([certificate.subject, certificate.issuer]).toEqual(Array(2).fill('CN=Countersign claim signing'))
    // keyUsage, critical, digitalSignature alone (RFC 5280 section 4.2.1.3): its whole DER.
    expect(certificate.raw.includes(Buffer.from('300e0603551d0f0101ff040403020780', 'hex'))).toBe(true)
  })

  test('has a positive serial number, whatever chance gave', () => {
    expect(certificate.serialNumber).toBe('FF'.repeat(16))
  })

  test('is named by the thumbprint of its certificate, in base64url', () => {
    expect(made.kid).toBe(createHash('sha1').update(certificate.raw).digest('base64url'))
    expect(made.kid).toMatch(/^[\w-]{27}$/)
  })

  test('is another each time', async () => {
    expect((await makeKeyMaterial(NOW, SERIAL, makeRsaPair)).n).not.toBe(made.n)
  })
})
