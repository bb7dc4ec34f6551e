// A certificate authority that lives as long as a test, and one certificate of it for all the emulated hosts.
import 'reflect-metadata'
import { createHash, randomBytes, webcrypto } from 'node:crypto'
import * as x509 from '@peculiar/x509'

export type Certificate = {
  /** The authority's certificate, PEM: what a client has to trust. */
  ca: string
  /** The hosts' certificate and its private key, PEM. */
  certificate: string
  key: string
  /** SHA-256 of the hosts' public key (SubjectPublicKeyInfo), base64: for Chromium’s --ignore-certificate-errors-spki-list. */
  spkiHash: string
}

const ECDSA = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' }
const DAY = 24 * 3_600_000

/** Makes an authority, and a certificate for these host names, for `localhost` and for 127.0.0.1. */
export async function makeCertificate(hosts: readonly string[]): Promise<Certificate> {
  const crypto = webcrypto as unknown as Parameters<typeof x509.X509CertificateGenerator.create>[1]
  const [authorityKeys, keys] = await Promise.all([makeKeys(), makeKeys()])
  const lifetime = { notBefore: new Date(Date.now() - DAY), notAfter: new Date(Date.now() + 7 * DAY) }
  const authority = await x509.X509CertificateGenerator.createSelfSigned(
    {
      ...lifetime,
      serialNumber: serialNumber(),
      name: 'CN=Test authority',
      signingAlgorithm: ECDSA,
      keys: authorityKeys,
      extensions: [
        new x509.BasicConstraintsExtension(true, undefined, true),
        new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign, true),
      ],
    },
    crypto,
  )
  const leaf = await x509.X509CertificateGenerator.create(
    {
      ...lifetime,
      serialNumber: serialNumber(),
      subject: 'CN=localhost',
      issuer: authority.subject,
      signingAlgorithm: ECDSA,
      signingKey: authorityKeys.privateKey,
      publicKey: keys.publicKey,
      extensions: [
        new x509.SubjectAlternativeNameExtension([
          ...['localhost', ...hosts].map((value) => ({ type: 'dns' as const, value })),
          { type: 'ip', value: '127.0.0.1' },
        ]),
        new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.serverAuth]),
      ],
    },
    crypto,
  )
  const spki = Buffer.from(await webcrypto.subtle.exportKey('spki', keys.publicKey))
  const pkcs8 = await webcrypto.subtle.exportKey('pkcs8', keys.privateKey)
  return {
    ca: authority.toString('pem'),
    certificate: leaf.toString('pem'),
    key: x509.PemConverter.encode(pkcs8, 'PRIVATE KEY'),
    spkiHash: createHash('sha256').update(spki).digest('base64'),
  }
}

const makeKeys = (): Promise<webcrypto.CryptoKeyPair> => webcrypto.subtle.generateKey(ECDSA, true, ['sign', 'verify'])

/** A leading 0 keeps the number positive (RFC 5280 section 4.1.2.2). */
const serialNumber = (): string => `00${randomBytes(15).toString('hex')}`
