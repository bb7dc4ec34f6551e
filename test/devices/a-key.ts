import { webcrypto } from 'node:crypto'
import { CompactSign, calculateJwkThumbprint, exportJWK } from 'jose'
import type { DevicePublicKey } from '../../src/devices/device.ts'

export type TestKey = Awaited<ReturnType<typeof aKey>>

/** A device key as a phone makes one, able to sign anything under any header. */
export async function aKey() {
  const pair = await webcrypto.subtle.generateKey({ name: 'ECDSA', namedCurve: 'P-256' }, true, ['sign', 'verify'])
  const { kty, crv, x, y } = (await exportJWK(pair.publicKey)) as DevicePublicKey
  const jwk = { kty, crv, x, y }
  return {
    jwk,
    privateJwk: await exportJWK(pair.privateKey),
    thumbprint: await calculateJwkThumbprint(jwk),
    sign: (header: Record<string, unknown>, payload: unknown): Promise<string> =>
      new CompactSign(Buffer.from(JSON.stringify(payload)))
        .setProtectedHeader({ alg: 'ES256', ...header })
        .sign(pair.privateKey),
  }
}
