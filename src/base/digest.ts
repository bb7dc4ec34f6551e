import { createHash, timingSafeEqual } from 'node:crypto'

/** SHA-256, base64url. */
export const sha256 = (data: string | Buffer): string => createHash('sha256').update(data).digest('base64url')

/** Compares two texts without telling by its duration where they differ. */
export function sameText(a: string, b: string): boolean {
  const [left, right] = [Buffer.from(a), Buffer.from(b)]
  return left.length === right.length && timingSafeEqual(left, right)
}
