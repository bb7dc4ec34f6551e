import { calculateJwkThumbprint, compactVerify } from 'jose'
import { isRefusal, type Refusal, refuse } from '../base/refusal.ts'
import type { DevicePublicKey } from './device.ts'

/**
 * Verifies a device's signed decision and gives its payload, still unread. It checks that
 * - it is a compact JWS, ES256, typ countersign-approval+jwt, with a kid and nothing else in its header,
 * - kid is the thumbprint of the device that proved the request,
 * - the signature is that device's.
 * What was decided, and about what, is for signin to compare with what it showed.
 */
export async function verifyApproval(
  approval: string,
  device: { thumbprint: string; publicKey: DevicePublicKey },
): Promise<unknown | Refusal> {
  try {
    const { payload, protectedHeader } = await compactVerify(approval, device.publicKey, { algorithms: ['ES256'] })
    const { alg: _alg, typ, kid, ...others } = protectedHeader
    if (typ !== 'countersign-approval+jwt') return refuse('proof.refused', 'approval has another typ')
    if (kid !== device.thumbprint) return refuse('proof.refused', 'approval names another key')
    if (Object.keys(others).length > 0)
      return refuse('proof.refused', 'approval has members in its header that we do not know')
    return JSON.parse(new TextDecoder().decode(payload))
  } catch (error) {
    return refuse('proof.refused', `approval: ${(error as Error).message}`)
  }
}

/** The same of an approval on record, by a public key that is on record too, a JWK as JSON; undefined when it does not verify. */
export async function openRecordedApproval(approval: string, key: string): Promise<unknown> {
  const publicKey = JSON.parse(key) as DevicePublicKey
  const payload = await verifyApproval(approval, { publicKey, thumbprint: await calculateJwkThumbprint(publicKey) })
  return isRefusal(payload) ? undefined : payload
}
