// As much of protocol buffers as the emulator of Google's services needs: https://protobuf.dev/programming-guides/encoding
// A message is written as a list of fields, and read as the values of each field number.

export type Field = [number: number, value: number | string | Buffer | { fixed64: bigint }]

const VARINT = 0
const FIXED64 = 1
const LENGTH = 2
const FIXED32 = 5

export const encode = (...fields: Field[]): Buffer => Buffer.concat(fields.map(encodeField))

function encodeField([number, value]: Field): Buffer {
  if (typeof value === 'number') return Buffer.concat([varint((number << 3) | VARINT), varint(value)])
  if (typeof value === 'object' && 'fixed64' in value) {
    const eight = Buffer.alloc(8)
    eight.writeBigUInt64LE(value.fixed64)
    return Buffer.concat([varint((number << 3) | FIXED64), eight])
  }
  const bytes = Buffer.from(value as string)
  return Buffer.concat([varint((number << 3) | LENGTH), varint(bytes.length), bytes])
}

export function varint(value: number): Buffer {
  const bytes: number[] = []
  // Divided, not shifted: times in milliseconds have more than 32 bits.
  for (let rest = value; ; rest = Math.floor(rest / 128)) {
    if (rest < 128) return Buffer.from([...bytes, rest])
    bytes.push((rest % 128) | 128)
  }
}

/** The number that begins at `offset`, and where the next thing does; undefined when it is not all there. */
export function readVarint(bytes: Buffer, offset: number): { value: number; end: number } | undefined {
  let value = 0
  for (let i = offset; i < bytes.length; i++) {
    const byte = bytes[i] ?? 0
    value += (byte & 127) * 128 ** (i - offset)
    if (byte < 128) return { value, end: i + 1 }
  }
  return undefined
}

/** What each field of a message holds. Numbers beyond 53 bits lose precision; nothing here reads such. */
export function decode(message: Buffer): Map<number, (number | Buffer)[]> {
  const fields = new Map<number, (number | Buffer)[]>()
  let offset = 0
  const number = (): number => {
    const found = readVarint(message, offset)
    if (!found) throw new Error('a message ends in the middle of a number')
    offset = found.end
    return found.value
  }
  const take = (length: number): Buffer => {
    offset += length
    return message.subarray(offset - length, offset)
  }
  while (offset < message.length) {
    const tag = number()
    const field = Math.floor(tag / 8)
    fields.set(field, [...(fields.get(field) ?? []), read(tag % 8)])
  }
  return fields

  function read(type: number): number | Buffer {
    if (type === VARINT) return number()
    if (type === LENGTH) return take(number())
    if (type === FIXED64) return take(8)
    if (type === FIXED32) return take(4)
    throw new Error(`a field of the unknown type ${type}`)
  }
}

/** The first text in a field; empty when there is none. */
export const textIn = (fields: Map<number, (number | Buffer)[]>, field: number): string =>
  String(fields.get(field)?.[0] ?? '')
