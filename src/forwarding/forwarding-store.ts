import type { AuditEvent, AuditRecord } from '../audit/events.ts'
import type { Destination, Letter, Mark, Trouble, Webhook } from './destination.ts'

/** Chains that have records behind a position. */
export type Moved = {
  writers: string[]
  /** Where to look from next time, for what is new. */
  soon: number
  /** Nothing becomes durable at or before this position any more. */
  settled: number
}

/** Which dead letters: some of one destination, by their names, or all. */
export type WhichLetters = readonly Mark[] | 'all'

export type ForwardingStore = {
  list(): Promise<Destination[]>
  find(id: string): Promise<Destination | undefined>
  /** Where the log stands now: a destination that is made now gets what comes after. */
  standing(): Promise<{ since: number; marks: Mark[] }>
  /** Keeps a new destination; false when there is one of this name, or `most` of its kind. */
  add(destination: Destination, marks: readonly Mark[], most: number, event: AuditEvent): Promise<boolean>
  /** Changes a webhook to what `change` gives; false when it is not there, or that gives nothing. */
  change(id: string, change: (webhook: Webhook) => Webhook | undefined, event: AuditEvent): Promise<boolean>
  /** Notes another receiver of syslog; false when it went there already, or there is no such destination. */
  readdress(id: string, receiver: string, event: AuditEvent): Promise<boolean>
  /** Forgets a destination, with all that is known of it; false when it is not there. */
  remove(id: string, event: AuditEvent): Promise<boolean>

  /**
   * Lets `holder` deliver until then, unless another one does; false when that is so, or there is no such destination. Whose
   * time would end behind `furthest` took it by a clock that was wrong: it is over.
   */
  hold(id: string, holder: string, times: { now: number; until: number; furthest: number }): Promise<boolean>
  /** Lets another one deliver at once. */
  release(id: string, holder: string): Promise<void>

  moved(after: number): Promise<Moved>
  marks(id: string): Promise<Mark[]>
  /**
   * Gives these chains a mark, where they have none, from where the destination begins (`since`). Then `since` grows to
   * the given one.
   */
  track(id: string, writers: readonly string[], since: number): Promise<void>
  /** The records of a chain after a number, in order; at most `limit`. */
  records(writer: string, after: number, limit: number): Promise<AuditRecord[]>
  /** What was delivered. A mark never goes back: who delivered slowly may tell it after another one went on. */
  advance(id: string, marks: readonly Mark[], last: Destination['last']): Promise<void>
  /** What was not delivered, and is tried again. */
  keepTrouble(id: string, trouble: Trouble, last: Destination['last']): Promise<void>
  /** Puts a record aside that is not tried any more by itself, and goes on: both, or neither. */
  bury(letter: Letter, marks: readonly Mark[], last: Destination['last']): Promise<void>
  /** Forgets marks of chains that are closed and were delivered, where nobody looks for them again (`since`). */
  forget(id: string): Promise<void>
  /** When the oldest record was made that stands after a mark; undefined when there is none. */
  oldest(id: string): Promise<number | undefined>

  /** Dead letters in the order in which they failed; with `again`, those that are to be sent again. */
  letters(id: string, limit: number, again?: boolean): Promise<Letter[]>
  countLetters(): Promise<{ id: string; count: number }[]>
  /** A letter was tried again and was not taken. */
  returned(letter: Letter): Promise<void>
  /** A letter was tried again, and was taken. */
  taken(letter: Letter): Promise<void>
  /** Asks to send letters again; gives how many, and records the event when there are any. */
  sendAgain(id: string, which: WhichLetters, event: AuditEvent): Promise<number>
  drop(id: string, which: WhichLetters, event: AuditEvent): Promise<number>
}
