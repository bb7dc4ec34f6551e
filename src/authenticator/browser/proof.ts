import { base64url, SignJWT } from 'jose'
import type { ProofClaims } from '../../device-api/contract.ts'
import type { DeviceKey } from './device-key.ts'

export type ProvenRequest = { method: 'GET' | 'POST'; url: string; nonce: string; body?: string }

/** The value of the `DPoP` header (RFC 9449 section 4.2): this key makes this request now, with exactly this body. */
export async function makeProof(key: DeviceKey, request: ProvenRequest): Promise<string> {
  const claims: ProofClaims = {
    jti: base64url.encode(crypto.getRandomValues(new Uint8Array(16))),
    htm: request.method,
    htu: request.url,
    // The phone's clock may be wrong; the nonce is what shows that the proof is fresh.
    iat: Math.floor(Date.now() / 1000),
    nonce: request.nonce,
  }
  if (request.body !== undefined) claims.bod = await digest(request.body)
  return await new SignJWT(claims)
    .setProtectedHeader({ typ: 'dpop+jwt', alg: 'ES256', jwk: key.publicKey })
    .sign(key.privateKey)
}

async function digest(body: string): Promise<string> {
  return base64url.encode(new Uint8Array(await crypto.subtle.digest('SHA-256', new TextEncoder().encode(body))))
}
