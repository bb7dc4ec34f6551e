// One line of an exported log, as the console and the command line write it.
import { instant } from '../base/clock.ts'
import type { AuditRecord, RefusalCount } from './events.ts'

const MINUTE = 60_000

/** A record: when, what, and where it stands in its writer's chain. */
export const recordLine = ({ writer, seq, at, event, digest }: AuditRecord): object => ({
  at: instant(at),
  ...event,
  writer,
  seq,
  digest,
})

/** Refusals of one kind in one minute. */
export const countLine = ({ minute, ...count }: RefusalCount): object => ({ at: instant(minute * MINUTE), ...count })
