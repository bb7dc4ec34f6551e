// The deliveries to one destination, while this process is who delivers: chain by chain, each in its order.
import type { AuditRecord } from '../audit/events.ts'
import type { Clock } from '../base/clock.ts'
import type { Log } from '../base/log.ts'
import type { Random } from '../base/random.ts'
import type { Carrier } from './carrier.ts'
import type { DeliveryResult, Destination, Letter, Mark, Sent, Trouble } from './destination.ts'
import type { ForwardingStore } from './forwarding-store.ts'
import { createLooking } from './looking.ts'
import { asksAnother, asksAnotherNow, isTimeFor, waitAfter } from './waits.ts'

export type CourseMeans = {
  store: ForwardingStore
  clock: Clock
  random: Random
  log: Log
  /** A signal that aborts when a receiver has had its time. */
  deadline: () => AbortSignal
  /** Once it aborts, nothing more is sent. */
  closing: AbortSignal
  /** Told of every delivery. */
  count: (kind: Carrier['kind'], result: DeliveryResult) => void
  /** Its receiver said that it is gone. */
  turnOff: (destination: Destination) => Promise<unknown>
}

/** So many deliveries, at most, are done again when the process dies in between. */
const SAVED_EVERY = 25
/** Records that are read of a chain at a time. */
const PORTION = 200
const LETTERS_AT_ONCE = 25
/** Written, connected, and not ended by the receiver: after so many times it is one that never does. */
const MOST_UNCONFIRMED = 3

export type Course = ReturnType<typeof createCourse>

/** `mine` tells, before every delivery, whether this process is still who delivers. */
export function createCourse(means: CourseMeans) {
  const { store, clock, random, log, deadline, closing, count, turnOff } = means
  const { look, marks, waiting } = createLooking(means)
  let unconfirmed = 0

  return async function run(destination: Destination, carrier: Carrier, mine: () => Promise<boolean>): Promise<void> {
    const { id, kind } = destination

    /** Sends; undefined when it was cut off by our own end, which says nothing of the receiver. */
    async function send(records: readonly AuditRecord[]): Promise<Sent | undefined> {
      const sent = await carrier.send(records, AbortSignal.any([closing, deadline()]))
      if (closing.aborted && sent.result !== 'delivered') return undefined
      count(kind, sent.result)
      unconfirmed = sent.result === 'unconfirmed' ? unconfirmed + 1 : 0
      if (unconfirmed < MOST_UNCONFIRMED) return sent
      unconfirmed = 0
      log.warn(
        { destination: id, records: records.length, detail: sent.detail },
        'the syslog receiver does not end connections in order: records are taken for delivered that may be lost',
      )
      return { result: 'delivered', detail: 'not confirmed' }
    }

    const lastOf = ({ result, detail }: Sent) => ({ at: clock.now(), result, detail })

    async function advance(mark: Mark, sent: Sent | null): Promise<void> {
      await store.advance(id, [mark], sent && lastOf(sent))
      marks.set(mark.writer, mark.seq)
    }

    /** Notes that a record was not taken. */
    async function fail({ writer, seq }: Mark, tries: number, sent: Sent): Promise<void> {
      if (sent.result === 'gone') return void (await turnOff(destination))
      const wait = waitAfter(tries, carrier.givesUp, random) ?? 0
      if (tries === 1) log.warn({ destination: id, kind, ...sent }, 'audit record not delivered: it is tried again')
      await store.keepTrouble(id, { writer, seq, tries, nextAt: clock.now() + wait }, lastOf(sent))
    }

    async function bury(record: AuditRecord, tries: number, sent: Sent, beside: Mark[]): Promise<void> {
      const { writer, seq, at, event } = record
      const { result, detail } = sent
      const letter: Letter = {
        ...{ destinationId: id, writer, seq, type: event.type, at, failedAt: clock.now() },
        ...{ tries, result, detail, again: false },
      }
      await store.bury(letter, beside, lastOf(sent))
      for (const mark of [{ writer, seq }, ...beside]) marks.set(mark.writer, mark.seq)
      log.warn({ destination: id, record: `${writer}:${seq}`, ...sent }, 'audit record put to the dead letters')
    }

    /** Another record that is wanted: the next of the chain, or of another one. */
    async function another({ writer, seq }: Trouble): Promise<AuditRecord | undefined> {
      for (const chain of [writer, ...[...waiting].filter((each) => each !== writer)]) {
        const after = chain === writer ? seq : marks.get(chain)
        if (after === undefined) continue
        const found = (await store.records(chain, after, PORTION)).find(carrier.wants)
        if (found) return found
      }
      return undefined
    }

    /** Tries what was not taken once more; false when the way is still not free. */
    async function tryAgain(trouble: Trouble): Promise<boolean> {
      const records = (await store.records(trouble.writer, trouble.seq - 1, carrier.most)).filter(carrier.wants)
      const [first] = records
      // Delivered by somebody else meanwhile, or not wanted any more.
      if (first?.seq !== trouble.seq || (marks.get(trouble.writer) ?? trouble.seq) >= trouble.seq) {
        await store.advance(id, [], null)
        return true
      }
      const sent = await send(records)
      if (!sent) return false
      if (sent.result === 'delivered') {
        await advance(records.at(-1) ?? first, sent)
        return true
      }
      const tries = trouble.tries + 1
      if (carrier.givesUp && sent.result !== 'gone') {
        if (waitAfter(tries, true, random) === undefined) {
          await bury(first, tries, sent, [])
          return true
        }
        const beside = asksAnother(tries) ? await another(trouble) : undefined
        if (beside && (await mine())) {
          const other = await send([beside])
          if (other?.result === 'delivered') {
            await bury(first, tries, sent, [beside])
            return true
          }
        }
      }
      await fail(first, tries, sent)
      return false
    }

    /** Asks with another record, before it is time for the one that was not taken; false when the way is still not free. */
    async function askAnother(trouble: Trouble): Promise<boolean> {
      const beside = await another(trouble)
      const other = beside && (await mine()) ? await send([beside]) : undefined
      if (!beside || !other) return false
      if (other.result !== 'delivered') {
        if (other.result === 'gone') await turnOff(destination)
        else await store.keepTrouble(id, trouble, lastOf(other))
        return false
      }
      const [first] = await store.records(trouble.writer, trouble.seq - 1, 1)
      const sent = first && (await send([first]))
      if (first && sent && sent.result !== 'delivered') await bury(first, trouble.tries + 1, sent, [beside])
      else if (sent) {
        await store.advance(id, [trouble, beside], lastOf(sent))
        for (const { writer, seq } of [trouble, beside]) marks.set(writer, seq)
      }
      return sent !== undefined
    }

    /** The way is free, or is now: what was not taken is taken, or put aside. */
    async function isFree(trouble: Trouble): Promise<boolean> {
      const now = clock.now()
      const lastAt = destination.last?.at ?? 0
      if (isTimeFor(trouble, lastAt, now)) return (await mine()) && (await tryAgain(trouble))
      const isAsked = carrier.givesUp && asksAnotherNow(trouble.tries, lastAt, now)
      return isAsked && (await askAnother(trouble))
    }

    /** Delivers a portion of a chain; false when the way is not free. */
    async function deliver(records: readonly AuditRecord[]): Promise<boolean> {
      let [reached, told]: [AuditRecord | undefined, Sent | null] = [undefined, null]
      let unsaved = 0
      const save = async (): Promise<void> => {
        if (reached) await advance(reached, told)
        unsaved = 0
      }
      for (let i = 0; i < records.length; i += carrier.most) {
        const together = records.slice(i, i + carrier.most)
        const wanted = together.filter(carrier.wants)
        const [first] = wanted
        if (first) {
          const sent = (await mine()) ? await send(wanted) : undefined
          if (sent?.result !== 'delivered') {
            await save()
            if (sent) await fail(first, 1, sent)
            return false
          }
          told = sent
          unsaved++
        }
        reached = together.at(-1)
        if (unsaved >= SAVED_EVERY) await save()
      }
      await save()
      return true
    }

    async function resend(): Promise<void> {
      for (const letter of await store.letters(id, LETTERS_AT_ONCE, true)) {
        if (!(await mine())) return
        const [record] = await store.records(letter.writer, letter.seq - 1, 1)
        const gone: Sent = { result: 'failed', detail: 'its record is not in the log' }
        const sent = record?.seq === letter.seq ? await send([record]) : gone
        if (!sent) return
        if (sent.result === 'delivered') await store.taken(letter)
        else if (sent.result === 'gone') return void (await turnOff(destination))
        else await store.returned({ ...letter, ...sent, again: false, tries: letter.tries + 1, failedAt: clock.now() })
      }
    }

    await look(destination)
    const { trouble } = destination
    if (trouble && !(await isFree(trouble))) return
    await resend()
    // Round after round, so that no chain waits for the end of a long one.
    while (waiting.size > 0) {
      for (const writer of [...waiting]) {
        const mark = marks.get(writer)
        const records = mark === undefined ? [] : await store.records(writer, mark, PORTION)
        if (records.length === 0) waiting.delete(writer)
        else if (!(await deliver(records))) return
      }
    }
  }
}
