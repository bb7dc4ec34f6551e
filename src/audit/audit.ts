import type { Clock } from '../base/clock.ts'
import type { AuditEvent, AuditRecord, RefusalCount } from './events.ts'
import { networkOf } from './network.ts'

/** Where a record stands in its chain. Two of one number are told apart by their position: an intact log has none. */
export type ChainPlace = { writer: string; seq: number; position: number }

/** A record in its chain. `agrees`: what the store keeps beside the record, to find it by, says the same as the record. */
export type ChainEntry = { position: number; record: AuditRecord; agrees: boolean }

/**
 * Where events are kept. Events that describe a move are not written here: the store of the move takes them as an
 * argument, so that both become durable together or not at all (docs/decisions/0007-once-only-moves.md).
 */
export type AuditStore = {
  /** Resolves when the events are durable. */
  append(events: AuditEvent[]): Promise<void>
  /**
   * Counts a refusal that came before a verified hint, by minute, code and address. A minute has about `most` counts: what
   * comes beyond them is counted under the address `*`.
   */
  count(event: AuditEvent & { type: 'request.refused' | 'hint.refused' }, minute: number, most: number): Promise<void>
  /** Records in the order in which they became durable, after position `after`; at most `limit`. */
  read(after: number, limit: number): Promise<{ position: number; record: AuditRecord }[]>
  /** The same chain by chain, each in the order of its numbers, after a place in that order; at most `limit`. */
  chains(after: ChainPlace | null, limit: number): Promise<ChainEntry[]>
  counts(): Promise<RefusalCount[]>
  /** Counts of minutes before this one lose their address: those of an hour, type and code become one, under `*`. */
  foldCounts(before: number): Promise<void>
  /** Forgets counts of minutes before this one. */
  forgetCounts(before: number): Promise<void>
}

export type Audit = ReturnType<typeof createAudit>

const MINUTE = 60_000
/** A flood from everywhere must not fill the disk. */
const MOST_COUNTS = 1000
/** A thousand networks a minute for ninety days would be gigabytes: who asked is of use for a day. */
const WHOLE_COUNTS = 24 * 60 * MINUTE
const KEEP_COUNTS = 90 * 24 * 60 * MINUTE

/** Records what happened. What cannot be recorded did not happen: a failing append fails the act. */
export function createAudit({ store, clock }: { store: AuditStore; clock: Clock }) {
  let foldedBefore = 0
  return {
    record: (...events: AuditEvent[]): Promise<void> => store.append(events),
    /** Folds counts that are older than WHOLE_COUNTS, forgets those older than KEEP_COUNTS. The records themselves are kept. */
    async tidy(): Promise<void> {
      const now = clock.now()
      await store.forgetCounts(Math.floor((now - KEEP_COUNTS) / MINUTE))
      const hour = Math.floor((now - WHOLE_COUNTS) / (60 * MINUTE))
      if (hour === foldedBefore) return
      await store.foldCounts(hour * 60)
      foldedBefore = hour
    },
    /** Counts a refusal that came before a verified hint. */
    count: (event: AuditEvent & { type: 'request.refused' | 'hint.refused' }): Promise<void> =>
      store.count({ ...event, address: networkOf(event.address) }, Math.floor(clock.now() / MINUTE), MOST_COUNTS),
  }
}
