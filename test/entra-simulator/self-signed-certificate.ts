import { createPublicKey, type KeyObject, sign } from 'node:crypto'

/** One DER element: tag, length, content. ITU-T X.690 section 8.1. */
function element(tag: number, ...content: Buffer[]): Buffer {
  const body = Buffer.concat(content)
  const { length } = body
  const size = length < 128 ? [length] : length < 256 ? [0x81, length] : [0x82, length >> 8, length & 255]
  return Buffer.concat([Buffer.from([tag, ...size]), body])
}

const sequence = (...content: Buffer[]) => element(0x30, ...content)
const utcTime = (text: string) => element(0x17, Buffer.from(text))
const sha256WithRsa = sequence(Buffer.from('06092a864886f70d01010b', 'hex'), Buffer.from('0500', 'hex'))

/** The smallest self-signed RSA certificate: nameless, version 1. RFC 5280 section 4.1. For x5c in tests only. */
export function selfSignedCertificate(privateKey: KeyObject): Buffer {
  const spki = createPublicKey(privateKey).export({ type: 'spki', format: 'der' })
  const validity = sequence(utcTime('250101000000Z'), utcTime('490101000000Z'))
  const serial = element(0x02, Buffer.from([1]))
  const nobody = sequence()
  const toSign = sequence(serial, sha256WithRsa, nobody, validity, nobody, spki)
  const signature = element(0x03, Buffer.from([0]), sign('sha256', toSign, privateKey))
  return sequence(toSign, sha256WithRsa, signature)
}
