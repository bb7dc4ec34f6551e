import { calculateJwkThumbprint, SignJWT } from 'jose'
import type { ApprovalClaims, Decision, Shown } from '../../device-api/contract.ts'
import type { DeviceKey } from './device-key.ts'

/** Signs the decision over what the person was shown, exactly as it was received. `number` belongs to `approve` only. */
export async function signApproval(key: DeviceKey, shown: Shown, decision: Decision, number?: string): Promise<string> {
  const claims: ApprovalClaims = { shown, decision, deviceTime: new Date().toISOString() }
  if (decision === 'approve') claims.number = number ?? ''
  const kid = await calculateJwkThumbprint(key.publicKey, 'sha256')
  return await new SignJWT(claims)
    .setProtectedHeader({ alg: 'ES256', typ: 'countersign-approval+jwt', kid })
    .sign(key.privateKey)
}
