import { createHash, timingSafeEqual } from 'node:crypto'

/** SHA-256, base64url. */
export const sha256 = (data: string | Buffer): string => createHash('sha256').update(data).digest('base64url')

/**
 * Digest of what a compact JWS says: header and payload as they were signed. Its signature is left out, because one
 * signature can be spelt in several ways (spare bits of base64url; ECDSA's two values of s).
 */
export function jwsDigest(jws: string): string {
  const signature = jws.lastIndexOf('.')
  return sha256(signature < 0 ? jws : jws.slice(0, signature))
}

/** Compares two texts without telling by its duration where they differ. */
export function sameText(a: string, b: string): boolean {
  const [left, right] = [Buffer.from(a), Buffer.from(b)]
  return left.length === right.length && timingSafeEqual(left, right)
}
