import { createSecretKey, timingSafeEqual } from 'node:crypto'
import type { Clock } from '../base/clock.ts'
import { mac } from '../base/seal.ts'

/** How long a proof may carry a nonce after it was given. Longer than any request takes; shorter than a stolen proof keeps. */
export const NONCE_LIFE = 5 * 60_000

export type Nonces = ReturnType<typeof createNonces>

/**
 * Nonces for proofs (RFC 9449 section 8): an instant of ours and its MAC, so nothing is stored and every node knows them.
 * They stand for freshness in place of the phone's clock, which is often wrong.
 */
export function createNonces(key: Buffer, clock: Clock) {
  const secret = createSecretKey(key)
  const tag = (time: Buffer): Buffer => mac(secret, time.toString('hex')).subarray(0, 16)
  return {
    issue(): string {
      const time = Buffer.alloc(6)
      time.writeUIntBE(clock.now(), 0, 6)
      return Buffer.concat([time, tag(time)]).toString('base64url')
    },
    /** Whether `nonce` is one of ours and younger than NONCE_LIFE. */
    fresh(nonce: string): boolean {
      const bytes = Buffer.from(nonce, 'base64url')
      if (bytes.length !== 22) return false
      const time = bytes.subarray(0, 6)
      if (!timingSafeEqual(bytes.subarray(6), tag(time))) return false
      const age = clock.now() - time.readUIntBE(0, 6)
      // Nodes agree on time to within seconds; a little future is another node's nonce.
      return age >= -60_000 && age <= NONCE_LIFE
    },
  }
}
