import { compactVerify, decodeProtectedHeader } from 'jose'
import type { Clock } from '../base/clock.ts'
import { sameText, sha256 } from '../base/digest.ts'
import { isRefusal, type Refusal, refuse } from '../base/refusal.ts'
import type { DevicePublicKey } from './device.ts'
import { createKnownKeys, type KnownKey } from './known-keys.ts'
import { NONCE_LIFE, type Nonces } from './nonce.ts'

/** A proof as it is remembered: what was proven under this id, until `expiresAt`. */
export type UsedProof = { id: string; digest: string; expiresAt: number }

export type ProofStore = {
  /** Remembers what was proven under `id` until `expiresAt`; when `id` was used before, says whether for the same or other. */
  remember(id: string, digest: string, expiresAt: number): Promise<'first' | 'same' | 'other'>
}

export type ProvenRequest = {
  thumbprint: string
  publicKey: DevicePublicKey
  /**
   * Remembers the proof of a request that writes; called once the key, or the ticket, is known to be somebody's, so that
   * strangers cannot fill the store. Refuses a `jti` that was used for another request. For this very request it was used
   * when a browser repeats it by itself: such a repeat is answered as the first was.
   */
  remember(): Promise<true | Refusal>
  /** The proof for a write that remembers it by the way, under the same condition (signin/sign-in-store.ts, `useProof`). */
  used(): UsedProof
}

type Request = { proof: string | undefined; method: string; url: string; body: Buffer | null }

const MAX_PROOF = 2048
/** Some 2 KB each. */
const MOST_KNOWN = 5000
/** 32 bytes in base64url, spelt in the one canonical way: else one key would have several thumbprints. */
const COORDINATE = /^[A-Za-z0-9_-]{42}[AEIMQUYcgkosw048]$/

/** The key in a proof's header, if it is a bare public P-256 key and the header says nothing else (RFC 9449 section 4.2). */
function keyOfHeader(header: Record<string, unknown>): DevicePublicKey | Refusal {
  if (header.alg !== 'ES256' || header.typ !== 'dpop+jwt')
    return refuse('proof.refused', 'header is not ES256 and dpop+jwt')
  if (Object.keys(header).some((name) => !['alg', 'typ', 'jwk'].includes(name))) {
    return refuse('proof.refused', 'header has members beside alg, typ and jwk')
  }
  const jwk = header.jwk as Record<string, unknown> | null
  if (typeof jwk !== 'object' || jwk === null) return refuse('proof.refused', 'header has no jwk')
  if ('d' in jwk) return refuse('proof.refused', 'jwk carries a private key')
  const { kty, crv, x, y } = jwk
  if (kty !== 'EC' || crv !== 'P-256' || typeof x !== 'string' || typeof y !== 'string') {
    return refuse('proof.refused', 'jwk is not a P-256 key')
  }
  if (!COORDINATE.test(x) || !COORDINATE.test(y)) return refuse('proof.refused', 'jwk has malformed coordinates')
  return { kty, crv, x, y }
}

/**
 * Makes the verifier of device proofs (RFC 9449 section 4.3, with a nonce of ours for freshness). A request is proven when
 * - it carries one proof, a compact JWS of at most 2 KB,
 * - its header is ES256, typ dpop+jwt, with a public P-256 key and nothing else,
 * - the signature is that key's,
 * - `htm` is the method and `htu` our public URL of the resource, to the character,
 * - `nonce` is one of ours, at most five minutes old (else `proof.nonce`, and the device repeats with a new one),
 * - with a body: `bod` is its SHA-256,
 * - with a body: its `jti` was not used for another request (`remember`).
 * `iat` is evidence only: phones' clocks are wrong. Which device has this key is for the caller to know.
 */
export function createProofVerifier(options: { store: ProofStore; nonces: Nonces; clock: Clock }) {
  const { store, nonces, clock } = options
  const known = createKnownKeys(MOST_KNOWN)
  return async function verifyProof({ proof, method, url, body }: Request): Promise<ProvenRequest | Refusal> {
    if (!proof) return refuse('proof.refused', 'no proof')
    if (proof.length > MAX_PROOF || !/^[\w-]+\.[\w-]+\.[\w-]+$/.test(proof))
      return refuse('proof.refused', 'not one compact JWS')

    let key: KnownKey
    let payload: Record<string, unknown>
    try {
      const named = keyOfHeader(decodeProtectedHeader(proof))
      if (isRefusal(named)) return named
      key = await known(named)
      const verified = await compactVerify(proof, key.publicKey, { algorithms: ['ES256'] })
      payload = JSON.parse(new TextDecoder().decode(verified.payload))
    } catch (error) {
      return refuse('proof.refused', `signature: ${(error as Error).message}`)
    }
    if (typeof payload !== 'object' || payload === null) return refuse('proof.refused', 'payload is not an object')

    const { htm, htu, jti, nonce, bod } = payload
    if (htm !== method) return refuse('proof.refused', 'htm is another method')
    if (htu !== url) return refuse('proof.refused', 'htu is another resource')
    if (typeof jti !== 'string' || jti.length < 16 || jti.length > 64)
      return refuse('proof.refused', 'jti is too short or too long')
    if (typeof nonce !== 'string' || !nonces.fresh(nonce))
      return refuse('proof.nonce', 'nonce is missing, foreign or too old')
    if (body && (typeof bod !== 'string' || !sameText(bod, sha256(body))))
      return refuse('proof.refused', 'bod is not the digest of the body')

    const used = (): UsedProof => ({
      id: sha256(`${key.thumbprint}.${jti}`),
      // What was signed is compared, not the signature: an ECDSA signature can be rewritten without the key.
      digest: sha256(JSON.stringify(payload)),
      expiresAt: clock.now() + 2 * NONCE_LIFE,
    })
    return {
      ...key,
      used,
      async remember() {
        const { id, digest, expiresAt } = used()
        const memory = await store.remember(id, digest, expiresAt)
        return memory === 'other' ? refuse('proof.refused', 'jti was used for another request') : true
      },
    }
  }
}
