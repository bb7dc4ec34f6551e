import { createHash, webcrypto } from 'node:crypto'

const YEAR = 365 * 24 * 3_600_000
/** How long the certificate of a key is valid, from when the key was made. */
export const CERTIFICATE_LIFE = 2 * YEAR
/** It is valid from this long before, for those whose clock is behind ours. */
export const CERTIFIED_BEFORE = 24 * 3_600_000
const RSA = {
  name: 'RSASSA-PKCS1-v1_5',
  hash: 'SHA-256',
  modulusLength: 2048,
  publicExponent: new Uint8Array([1, 0, 1]),
}

/** Makes a pair of keys, which may be exported. */
export type MakeKeyPair = () => Promise<webcrypto.CryptoKeyPair>

/** A new RSA-2048 pair for RS256. Takes a tenth of a second of a core, and sometimes half of one. */
export const makeRsaPair: MakeKeyPair = () => webcrypto.subtle.generateKey(RSA, true, ['sign', 'verify'])

export type KeyMaterial = { kid: string; n: string; e: string; certificate: string; privateKey: string }

/**
 * Makes a key pair and the self-signed certificate that Entra wants beside it (x5c).
 * The private key is given as PKCS #8 PEM; `kid` is the certificate's SHA-1 thumbprint, base64url, as in Microsoft's sample.
 */
export async function makeKeyMaterial(now: number, serialNumber: Buffer, makePair: MakeKeyPair): Promise<KeyMaterial> {
  // Loaded only when a key is made: a running service has no use for it.
  await import('reflect-metadata')
  const x509 = await import('@peculiar/x509')
  const keys = await makePair()
  const certificate = await x509.X509CertificateGenerator.createSelfSigned(
    {
      // A leading 0 keeps the number positive (RFC 5280 section 4.1.2.2).
      serialNumber: `00${serialNumber.toString('hex')}`,
      name: 'CN=Countersign claim signing',
      notBefore: new Date(now - CERTIFIED_BEFORE),
      notAfter: new Date(now + CERTIFICATE_LIFE),
      signingAlgorithm: RSA,
      keys,
      extensions: [new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true)],
    },
    webcrypto as unknown as Parameters<typeof x509.X509CertificateGenerator.createSelfSigned>[1],
  )
  const der = Buffer.from(certificate.rawData)
  const jwk = await webcrypto.subtle.exportKey('jwk', keys.publicKey)
  const pkcs8 = Buffer.from(await webcrypto.subtle.exportKey('pkcs8', keys.privateKey)).toString('base64')
  return {
    kid: createHash('sha1').update(der).digest('base64url'),
    n: jwk.n!,
    e: jwk.e!,
    certificate: der.toString('base64'),
    privateKey: `-----BEGIN PRIVATE KEY-----\n${pkcs8.replace(/.{64}/g, '$&\n')}\n-----END PRIVATE KEY-----\n`,
  }
}
