import { sha256 } from './digest.ts'

/** What a record of a hash chain covers: everything in it, and through `previous` every record before it. */
export const recordDigest = (record: {
  writer: string
  seq: number
  at: number
  previous: string
  event: unknown
}): string => sha256(JSON.stringify([record.writer, record.seq, record.at, record.previous, record.event]))
