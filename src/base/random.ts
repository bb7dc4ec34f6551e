import { randomBytes, randomInt } from 'node:crypto'

/** Chance, as an argument. The one place that asks the machine for randomness. */
export type Random = {
  bytes(length: number): Buffer
  /** A whole number from 0 up to, and not including, `end`. Every value is equally likely. */
  below(end: number): number
}

export const systemRandom: Random = { bytes: (length) => randomBytes(length), below: (end) => randomInt(end) }

/** An identifier of 128 bits, in hex: it can be typed behind a command, where one that begins with a dash could not. */
export const randomId = (random: Random): string => random.bytes(16).toString('hex')

/** A number to be typed, with leading zeros: six digits carry the 20 bits of NIST SP 800-63B-4 section 3.1.3. */
export const randomDigits = (random: Random, digits: number): string =>
  String(random.below(10 ** digits)).padStart(digits, '0')

// Crockford's base 32: no I, L, O, U, so that a code can be read aloud and typed.
const ALPHABET = '0123456789ABCDEFGHJKMNPQRSTVWXYZ'

/** Writes the first `length` times 5 bits of `bytes` in Crockford's base 32. */
export function crockford(bytes: Buffer, length: number): string {
  let bits = 0n
  for (const byte of bytes) bits = (bits << 8n) | BigInt(byte)
  const spare = BigInt(bytes.length * 8 - length * 5)
  if (spare < 0n) throw new RangeError(`${bytes.length} bytes are too few for ${length} characters`)
  bits >>= spare
  let text = ''
  for (let i = 0; i < length; i++) {
    text = ALPHABET[Number(bits & 31n)] + text
    bits >>= 5n
  }
  return text
}

/** What a person typed, as the code that was shown: no spaces or dashes, upper case, O as 0, I and L as 1. */
export const normalizeCode = (typed: string): string =>
  typed
    .toUpperCase()
    .replace(/[\s\-–—]/g, '')
    .replace(/O/g, '0')
    .replace(/[IL]/g, '1')

/** `ABCD1234EFGH` as `ABCD-1234-EFGH`. */
export const groupCode = (code: string): string => (code.match(/.{1,4}/g) ?? []).join('-')
