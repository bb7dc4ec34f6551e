import type { AuditRecord } from '../audit/events.ts'
import type { DeliveryKind, Sent } from './destination.ts'

/** Carries records to one destination. */
export type Carrier = {
  kind: DeliveryKind
  /** How many records go together: they arrive all, or none is taken for delivered. */
  most: number
  /** Whether a record that is not taken is put aside at last; else it is tried for ever. */
  givesUp: boolean
  /** Whether the destination gets such a record. */
  wants(record: AuditRecord): boolean
  /** Answers whatever happens; it never throws, and ends soon after `signal` does. */
  send(records: readonly AuditRecord[], signal: AbortSignal): Promise<Sent>
}

/** The name of a record, by which a receiver knows what it got twice. */
export const recordName = ({ writer, seq }: Pick<AuditRecord, 'writer' | 'seq'>): string => `${writer}:${seq}`
