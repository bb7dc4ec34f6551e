import { calculateJwkThumbprint } from 'jose'
import type { DevicePublicKey } from './device.ts'

/** A key, always as the same object: jose imports a JWK once for each object that it is given (its `prepareKey`). */
export type KnownKey = { publicKey: DevicePublicKey; thumbprint: string }

/**
 * The keys that proved something lately. To import a key and to take its thumbprint (RFC 7638) takes longer than to verify
 * with it, and a phone comes three times in every sign-in. When there are more than `most`, the one that was asked for
 * longest ago is forgotten, so that strangers' keys take no more room.
 */
export function createKnownKeys(most: number) {
  const known = new Map<string, KnownKey>()
  return async (jwk: DevicePublicKey): Promise<KnownKey> => {
    const name = `${jwk.x}.${jwk.y}`
    const found = known.get(name) ?? { publicKey: jwk, thumbprint: await calculateJwkThumbprint(jwk) }
    known.delete(name)
    known.set(name, found)
    if (known.size > most) known.delete(known.keys().next().value as string)
    return found
  }
}
