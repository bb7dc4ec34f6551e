import { createHash, createPrivateKey, createPublicKey, sign, verify, X509Certificate } from 'node:crypto'
import { beforeAll, describe, expect, test } from '@jest/globals'
import { type KeyMaterial, makeKeyMaterial } from '../../src/keys/certificate.ts'

const NOW = Date.UTC(2026, 10, 23)
const SERIAL = Buffer.alloc(16, 0xff)

let made: KeyMaterial
let certificate: X509Certificate
beforeAll(async () => {
  made = await makeKeyMaterial(NOW, SERIAL)
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
    expect(Date.parse(certificate.validFrom)).toBeLessThan(NOW)
    expect(Date.parse(certificate.validTo)).toBeGreaterThan(NOW + 700 * 24 * 3_600_000)
  })

  test('has a positive serial number, whatever chance gave', () => {
    expect(certificate.serialNumber).toBe('FF'.repeat(16))
  })

  test('is named by the thumbprint of its certificate, in base64url', () => {
    expect(made.kid).toBe(createHash('sha1').update(certificate.raw).digest('base64url'))
    expect(made.kid).toMatch(/^[\w-]{27}$/)
  })

  test('is another each time', async () => {
    expect((await makeKeyMaterial(NOW, SERIAL)).n).not.toBe(made.n)
  })
})
