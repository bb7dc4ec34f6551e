import type { CryptoKey } from 'jose'
import type { PublicKey } from '../../device-api/contract.ts'

/** A key pair of one account. Only the browser's key store ever holds the private half: it cannot be read out. */
export type DeviceKey = { privateKey: CryptoKey; publicKey: PublicKey }

export async function makeDeviceKey(): Promise<DeviceKey> {
  const pair = await crypto.subtle.generateKey({ name: 'ECDSA', namedCurve: 'P-256' }, false, ['sign', 'verify'])
  const { x, y } = await crypto.subtle.exportKey('jwk', pair.publicKey)
  // Only what the contract names: the service refuses a key with further members.
  return { privateKey: pair.privateKey, publicKey: { kty: 'EC', crv: 'P-256', x: x!, y: y! } }
}
