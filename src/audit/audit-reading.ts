// What the administrator reads of the audit log. The log itself is read in its own order by verifyAudit (audit.ts).
import { z } from 'zod'
import { cursorOf, MOST_ROWS, type Page, pageOf, pageSize, readCursor } from '../base/page.ts'
import type { PersonKey } from '../base/person.ts'
import type { Actor, AuditEventType, AuditRecord, RefusalCount } from './events.ts'

/** A record, and where it stands in the order in which records became durable. */
export type AuditEntry = { position: number; record: AuditRecord }

/** All that is given must hold. `from` is the first instant, `to` the first one after. */
export type AuditFilter = {
  type?: AuditEventType | undefined
  /** Who did it, in events that say so. */
  by?: Actor | undefined
  signInId?: string | undefined
  integrationId?: string | undefined
  person?: PersonKey | undefined
  from?: number | undefined
  to?: number | undefined
}

/** Refusals before a verified hint, counted by the minute. */
export type RefusalFilter = {
  integrationId?: string | undefined
  from?: number | undefined
  to?: number | undefined
}

/** Where a record stands in the order of time. Clocks may be set back: positions tell apart what has one time. */
export type AuditPlace = { at: number; position: number }

export type AuditReadingStore = {
  /** Newest first, those before a place when it is given; at most `limit`. */
  newest(filter: AuditFilter, before: AuditPlace | null, limit: number): Promise<AuditEntry[]>
  /** Oldest first, those after a place when it is given; at most `limit`. */
  oldest(filter: AuditFilter, after: AuditPlace | null, limit: number): Promise<AuditEntry[]>
  /** Newest minute first; at most `limit`. */
  refusals(filter: RefusalFilter, limit: number): Promise<RefusalCount[]>
}

/** What a cursor of `list` carries. */
export const AuditCursor = z.tuple([z.number().int(), z.number().int()])
const Minute = z.tuple([z.number().int()])
const MINUTE = 60_000
/** A minute has some thousand counts at most (audit.ts): all of them. */
const ALL_OF_A_MINUTE = 100_000
const EXPORTED_AT_ONCE = 1000
/** A sign-in has far fewer events than this. */
const LONGEST_TIMELINE = 1000

const placeOf = ({ position, record }: AuditEntry): AuditPlace => ({ at: record.at, position })

export type AuditReading = ReturnType<typeof createAuditReading>

/**
 * Reads the audit log by the page. A sign-in's own events are found as long as the sign-in's record is kept
 * (signin/history.ts); the log itself is kept for good, and is read by time or person.
 */
export function createAuditReading({ store }: { store: AuditReadingStore }) {
  async function refusalPage({
    cursor,
    limit,
    ...filter
  }: RefusalFilter & { cursor?: string | undefined; limit: number }): Promise<Page<RefusalCount>> {
    const size = pageSize(limit)
    const [before = Number.MAX_SAFE_INTEGER] = readCursor(cursor, Minute) ?? []
    const { to = Number.MAX_SAFE_INTEGER } = filter
    const found = await store.refusals({ ...filter, to: Math.min(to, before * MINUTE) }, size + 1)
    const last = found[size]
    if (!last) return { rows: found, next: null }
    const whole = found.filter(({ minute }) => minute > last.minute)
    if (whole.length > 0) return { rows: whole, next: cursorOf([last.minute + 1]) }
    const [begin, end] = [last.minute * MINUTE, (last.minute + 1) * MINUTE]
    const [rows, older] = await Promise.all([
      store.refusals({ ...filter, from: begin, to: end }, ALL_OF_A_MINUTE),
      store.refusals({ ...filter, to: begin }, 1),
    ])
    return { rows, next: older.length > 0 ? cursorOf([last.minute]) : null }
  }

  return {
    /** Newest first, by the page. */
    async list(filter: AuditFilter & { cursor?: string | undefined; limit: number }): Promise<Page<AuditEntry>> {
      const size = pageSize(filter.limit)
      const place = readCursor(filter.cursor, AuditCursor)
      const found = await store.newest(filter, place && { at: place[0], position: place[1] }, size + 1)
      return pageOf(found, size, ({ position, record }) => [record.at, position])
    },

    /** All that happened in one sign-in, in the order in which it became durable. */
    async timeline(signInId: string): Promise<AuditEntry[]> {
      const entries = await store.oldest({ signInId }, null, LONGEST_TIMELINE)
      return entries.sort((a, b) => a.position - b.position)
    },

    /** All that fits, oldest first, some at a time: as much memory as one of these takes, however long the log is. */
    async *export(filter: AuditFilter): AsyncGenerator<AuditEntry[]> {
      let after: AuditPlace | null = null
      for (;;) {
        const entries: AuditEntry[] = await store.oldest(filter, after, EXPORTED_AT_ONCE)
        const last = entries.at(-1)
        if (!last) return
        yield entries
        if (entries.length < EXPORTED_AT_ONCE) return
        after = placeOf(last)
      }
    },

    /** Newest minute first, by the page. A page has whole minutes: it may be longer than was asked for, in a flood. */
    refusalPage,

    /** All refusals that fit, newest minute first, some at a time. */
    async *exportRefusals(filter: RefusalFilter): AsyncGenerator<RefusalCount[]> {
      let cursor: string | undefined
      do {
        const page: Page<RefusalCount> = await refusalPage({ ...filter, cursor, limit: MOST_ROWS })
        yield page.rows
        cursor = page.next ?? undefined
      } while (cursor)
    },

    refusals: ({ limit, ...filter }: RefusalFilter & { limit: number }): Promise<RefusalCount[]> =>
      store.refusals(filter, pageSize(limit)),
  }
}
