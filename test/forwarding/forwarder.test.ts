// Who delivers, in which order, and what becomes of what is not taken.
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import type { AuditEvent } from '../../src/audit/events.ts'
import { silentLog } from '../../src/base/log.ts'
import { systemRandom } from '../../src/base/random.ts'
import { refuse } from '../../src/base/refusal.ts'
import type { Destination } from '../../src/forwarding/destination.ts'
import { createForwarder, type Forwarder } from '../../src/forwarding/forwarder.ts'
import { createLocalChanges } from '../../src/signin/changes.ts'
import { openSqliteStores } from '../../src/store/sqlite/sqlite-stores.ts'
import type { Stores } from '../../src/store/stores.ts'
import { temporaryFile } from '../store/temporary-file.ts'
import { createTestClock, type TestClock } from '../support/clock.ts'
import { type FakeCarrier, fakeCarrier } from './fake-carrier.ts'

const SECOND = 1000
const MINUTE = 60 * SECOND
const HOUR = 60 * MINUTE
const ID = 'w'
const made: AuditEvent = { type: 'webhook.created', webhookId: ID, receiver: 'https://r', events: 'all', by: 'service' }
const numbers = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, i) => String(from + i))

let place: ReturnType<typeof temporaryFile>
let clock: TestClock
let stores: Stores
let beside: Stores
let carrier: FakeCarrier
let forwarder: Forwarder
let turnedOff: string[]
const opened: Stores[] = []

const open = (): Stores => {
  const store = openSqliteStores({ file: place.file, clock, random: systemRandom, changes: createLocalChanges() })
  opened.push(store)
  return store
}
const forwarderOn = ({ forwarding }: Stores, to: FakeCarrier = carrier): Forwarder =>
  createForwarder({
    ...{ store: forwarding, clock, random: systemRandom, log: silentLog, count: () => {} },
    carrierOf: () => to,
    deadline: () => new AbortController().signal,
    turnOff: async ({ id }) => turnedOff.push(id),
  })
const record = ({ audit }: Stores, ...versions: string[]): Promise<void> =>
  audit.append(versions.map((version) => ({ type: 'service.started', version })))

beforeEach(async () => {
  place = temporaryFile()
  clock = createTestClock()
  turnedOff = []
  carrier = fakeCarrier()
  stores = open()
  beside = open()
  forwarder = forwarderOn(stores)
  await addDestination()
})
afterEach(async () => {
  await forwarder.close()
  await Promise.all(opened.splice(0).map((store) => store.close()))
  place.remove()
})

async function addDestination(change: Partial<Destination> = {}): Promise<void> {
  const { since, marks } = await stores.forwarding.standing()
  const webhook = { url: 'https://r/', events: null, sealedSecrets: '', on: true }
  const place = { trouble: null, last: null, holder: null, heldUntil: 0, createdAt: clock.now() }
  await stores.forwarding.add({ id: ID, kind: 'webhook', webhook, since, ...place, ...change }, marks, 20, made)
}
/** Tends as often as the service does, in so much time. */
async function pass(milliseconds: number, step = MINUTE, tended = forwarder): Promise<void> {
  for (let passed = 0; passed < milliseconds; passed += step) {
    clock.leap(step)
    await tended.tend()
  }
}
const letters = async () =>
  (await stores.forwarding.letters(ID, 100)).map(({ seq, tries, result }) => ({ seq, tries, result }))

describe('the records', () => {
  test('arrive once each, those of a chain in their order, and those of other processes too', async () => {
    await record(stores, ...numbers(1, 60))
    await record(beside, ...numbers(101, 130))
    await forwarder.tend()
    await record(stores, ...numbers(61, 70))
    await forwarder.tend()
    await forwarder.tend()
    const mine = carrier.taken.filter((name) => Number(name) < 100)
    expect(mine).toEqual(numbers(1, 70))
    expect(carrier.taken.filter((name) => Number(name) > 100)).toEqual(numbers(101, 130))
  })

  test('go on with a process that begins later, or has ended before anybody looked', async () => {
    const brief = open()
    await record(brief, '1')
    await brief.close()
    await forwarder.tend()
    const later = open()
    await record(later, '2')
    await forwarder.tend()
    expect(carrier.taken).toEqual(['1', '2'])
  })

  test('that the destination does not want are passed over, and hold up nobody', async () => {
    carrier.wants = ({ event }) => event.type === 'service.started' && Number(event.version) % 2 === 0
    await record(stores, ...numbers(1, 9))
    await forwarder.tend()
    expect(carrier.taken).toEqual(['2', '4', '6', '8'])
    expect(await stores.forwarding.oldest(ID)).toBeUndefined()
  })

  test('go together where the destination takes many', async () => {
    const sizes: number[] = []
    const many = fakeCarrier({ most: 20 })
    const { send } = many
    many.send = (records, signal) => {
      sizes.push(records.length)
      return send(records, signal)
    }
    await forwarder.close()
    forwarder = forwarderOn(stores, many)
    await record(stores, ...numbers(1, 50))
    await forwarder.tend()
    expect(many.taken).toEqual(numbers(1, 50))
    expect(Math.max(...sizes)).toBeGreaterThan(10)
    expect(sizes.length).toBeLessThan(10)
  })

  test('make the marks of closed chains go: what is kept does not grow with every process there ever was', async () => {
    for (let i = 1; i <= 5; i++) {
      const brief = open()
      await record(brief, String(i))
      await brief.close()
    }
    await forwarder.tend()
    expect((await stores.forwarding.marks(ID)).length).toBeGreaterThan(5)
    const { heads, through } = await stores.checkpoints.unsigned(Number.MAX_SAFE_INTEGER)
    const signed = heads.map(({ ended, ...head }) => ({ ...head, ...(ended && { closed: true as const }) }))
    await stores.checkpoints.keep({ number: 1, at: clock.now(), through, jws: 'a.b.c', heads: signed })
    await pass(12 * MINUTE)
    expect((await stores.forwarding.marks(ID)).length).toBeLessThanOrEqual(1)
    await record(stores, '6')
    await forwarder.tend()
    expect(carrier.taken.toSorted()).toEqual(numbers(1, 6))
  })

  test('of a chain that was forgotten do not come again, also when it was forgotten while others waited', async () => {
    const brief = open()
    await record(brief, '1', '2')
    await brief.close()
    await forwarder.tend()
    carrier.judge = () => 'failed'
    await record(stores, '3')
    await forwarder.tend()
    const { heads, through } = await stores.checkpoints.unsigned(Number.MAX_SAFE_INTEGER)
    const signed = heads.map(({ ended, ...head }) => ({ ...head, ...(ended && { closed: true as const }) }))
    await stores.checkpoints.keep({ number: 1, at: clock.now(), through, jws: 'a.b.c', heads: signed })
    await pass(12 * MINUTE, SECOND * 20)
    const writers = (await stores.forwarding.marks(ID)).map(({ writer }) => writer)
    expect(writers).not.toContain(signed.find(({ closed }) => closed)?.writer)
    carrier.judge = () => 'delivered'
    await pass(12 * MINUTE, SECOND * 20)
    expect(carrier.taken).toEqual(['1', '2', '3'])
  })

  test('wait for a store that is away, and come when it is back', async () => {
    const { list } = stores.forwarding
    const lines: string[] = []
    const log = { ...silentLog, warn: (_: object, line: string) => lines.push(line), error: () => lines.push('bug') }
    const away = refuse('store.unavailable', 'no primary')
    let isAway = true
    const patient = createForwarder({
      store: { ...stores.forwarding, list: () => (isAway ? Promise.reject(away) : list()) },
      ...{ clock, random: systemRandom, log, count: () => {}, carrierOf: () => carrier },
      ...{ deadline: () => new AbortController().signal, turnOff: async () => undefined },
    })
    await record(stores, '1')
    await patient.tend()
    expect(lines).toEqual(['forwarding the audit log waits for the store'])
    isAway = false
    await patient.tend()
    expect(carrier.taken).toEqual(['1'])
    await patient.close()
  })
})

describe('a receiver that is away', () => {
  test('gets everything in order when it is back, and is asked with growing waits', async () => {
    carrier.judge = () => 'unreachable'
    await record(stores, '1', '2', '3')
    await forwarder.tend()
    expect(carrier.offered).toEqual(['1'])
    await pass(4 * SECOND, SECOND)
    expect(carrier.offered).toHaveLength(1)
    await pass(3 * SECOND, SECOND)
    expect(carrier.offered).toEqual(['1', '1'])
    await pass(20 * SECOND, SECOND)
    expect(carrier.offered).toHaveLength(2)
    await pass(20 * SECOND, SECOND)
    expect(carrier.offered).toEqual(['1', '1', '1'])
    carrier.judge = () => 'delivered'
    await pass(3 * MINUTE)
    expect(carrier.taken).toEqual(['1', '2', '3'])
    expect(await letters()).toEqual([])
  })

  test('is found again within minutes, however long it was away', async () => {
    carrier.judge = () => 'failed'
    await record(stores, ...numbers(1, 30))
    await pass(5 * HOUR)
    expect(carrier.taken).toEqual([])
    carrier.judge = () => 'delivered'
    await pass(4 * MINUTE)
    // What it was asked with came first, and is not sent again.
    expect(carrier.taken.toSorted((a, b) => Number(a) - Number(b))).toEqual(numbers(1, 30))
    expect(await letters()).toEqual([])
  })

  test('is asked again at once when the clock by which it was to wait was ahead, and is put right', async () => {
    carrier.judge = () => 'unreachable'
    clock.leap(24 * HOUR)
    await record(stores, '1', '2')
    await forwarder.tend()
    clock.leap(-24 * HOUR)
    carrier.judge = () => 'delivered'
    await forwarder.tend()
    expect(carrier.taken).toEqual(['1', '2'])
  })

  test('has its waits by the right time once a clock that was ahead is put right', async () => {
    carrier.judge = () => 'unreachable'
    clock.leap(HOUR)
    await record(stores, '1')
    await forwarder.tend()
    clock.leap(-HOUR)
    await forwarder.tend()
    await pass(20 * SECOND, SECOND)
    expect(carrier.offered).toEqual(['1', '1'])
    await pass(20 * SECOND, SECOND)
    expect(carrier.offered).toEqual(['1', '1', '1'])
  })

  test('is not asked again by who comes next before it is time', async () => {
    carrier.judge = () => 'unreachable'
    await record(stores, '1')
    await pass(10 * SECOND, SECOND)
    const before = carrier.offered.length
    await forwarder.close()
    forwarder = forwarderOn(beside)
    await pass(20 * SECOND, SECOND)
    expect(before).toBe(2)
    expect(carrier.offered).toHaveLength(before)
  })

  test('costs its first record after seven hours, which is kept and can be sent again; the next has its own time', async () => {
    carrier.judge = () => 'failed'
    await record(stores, '1')
    await pass(9 * HOUR)
    expect(carrier.offered).toHaveLength(7)
    expect(await letters()).toEqual([expect.objectContaining({ tries: 7, result: 'failed' })])
    expect(await stores.forwarding.oldest(ID)).toBeUndefined()
    await record(stores, '2')
    carrier.judge = () => 'delivered'
    await forwarder.tend()
    expect(carrier.taken).toEqual(['2'])
  })
})

describe('a record that is never taken', () => {
  test('holds up those behind it for some minutes, is put aside, and the others come in order', async () => {
    carrier.judge = (name) => (name === '3' ? 'refused' : 'delivered')
    await record(stores, ...numbers(1, 6))
    await forwarder.tend()
    expect(carrier.taken).toEqual(['1', '2'])
    await pass(4 * MINUTE, 5 * SECOND)
    expect(carrier.taken).toEqual(['1', '2', '4', '5', '6'])
    expect(await letters()).toEqual([expect.objectContaining({ tries: 4, result: 'refused' })])
  })

  test('does so too when others come only hours later', async () => {
    carrier.judge = (name) => (name === '1' ? 'refused' : 'delivered')
    await record(stores, '1')
    await pass(2 * HOUR)
    expect(await letters()).toEqual([])
    await record(beside, '2')
    await pass(3 * MINUTE)
    expect(carrier.taken).toEqual(['2'])
    expect(await letters()).toHaveLength(1)
  })

  test('is taken after all when the receiver was mended between two looks', async () => {
    let isMended = false
    carrier.judge = (name) => (name === '1' && !isMended ? 'failed' : 'delivered')
    await record(stores, '1')
    await pass(20 * MINUTE)
    isMended = true
    await record(stores, '2', '3')
    await pass(3 * MINUTE)
    expect(carrier.taken.toSorted()).toEqual(['1', '2', '3'])
    expect(await letters()).toEqual([])
  })

  test('is put aside one by one when there are many', async () => {
    carrier.judge = (name) => (Number(name) % 2 === 1 ? 'refused' : 'delivered')
    await record(stores, ...numbers(1, 7))
    await pass(30 * MINUTE, 10 * SECOND)
    expect(carrier.taken).toEqual(['2', '4', '6'])
    // Behind the last one nobody waits: it has its seven hours.
    expect(await letters()).toHaveLength(3)
  })
})

describe('dead letters', () => {
  const resent: AuditEvent = {
    type: 'webhook.letters-resent',
    webhookId: ID,
    receiver: 'r',
    which: 'all',
    by: 'service',
  }
  beforeEach(async () => {
    carrier.judge = (name) => (name === '1' ? 'refused' : 'delivered')
    await record(stores, '1', '2')
    await pass(4 * MINUTE, 10 * SECOND)
  })

  test('are sent again when somebody asks, and are gone when they are taken', async () => {
    carrier.judge = () => 'delivered'
    await pass(MINUTE, 10 * SECOND)
    expect(carrier.taken).toEqual(['2'])
    expect(await stores.forwarding.sendAgain(ID, 'all', resent)).toBe(1)
    await forwarder.tend()
    expect(carrier.taken).toEqual(['2', '1'])
    expect(await letters()).toEqual([])
  })

  test('come back when they are not taken, and hold up nobody', async () => {
    await stores.forwarding.sendAgain(ID, 'all', resent)
    await record(stores, '3')
    await forwarder.tend()
    expect(carrier.taken).toEqual(['2', '3'])
    expect(await letters()).toEqual([expect.objectContaining({ tries: 5, result: 'refused' })])
    const offered = carrier.offered.length
    await pass(MINUTE, 10 * SECOND)
    expect(carrier.offered).toHaveLength(offered)
  })
})

describe('of several nodes', () => {
  test('one delivers, and another goes on when that one is silent: nothing is left out', async () => {
    let died: () => void = () => {}
    const dead = new Promise<never>((_, reject) => {
      died = () => reject(new Error('the process died'))
    })
    dead.catch(() => undefined)
    // The first dies within its third delivery: nobody hears what became of it, and nothing of it is saved.
    const first = fakeCarrier({ judge: (name) => (name === '3' ? dead : 'delivered') })
    const dying = forwarderOn(stores, first)
    const next = forwarderOn(beside)
    await record(stores, ...numbers(1, 8))
    const hanging = dying.tend()
    await until(() => first.offered.includes('3'))
    await next.tend()
    expect(carrier.offered).toEqual([])
    clock.leap(MINUTE)
    await next.tend()
    expect([...new Set([...first.taken, ...carrier.taken])]).toEqual(numbers(1, 8))
    expect(carrier.taken.slice(-6)).toEqual(numbers(3, 8))
    died()
    await hanging
    await next.close()
  })

  test('who was away for too long sends nothing more once it sees that it was followed', async () => {
    let go: () => void = () => {}
    const slow = new Promise<void>((resolve) => {
      go = resolve
    })
    const first = fakeCarrier({ judge: (name) => (name === '2' ? slow.then(() => 'delivered' as const) : 'delivered') })
    const away = forwarderOn(stores, first)
    const next = forwarderOn(beside)
    await record(stores, ...numbers(1, 5))
    const hanging = away.tend()
    await until(() => first.offered.includes('2'))
    clock.leap(MINUTE)
    await next.tend()
    expect(carrier.taken.slice(-3)).toEqual(['3', '4', '5'])
    go()
    await hanging
    expect(first.offered).toEqual(['1', '2'])
    await record(stores, '6')
    await Promise.all([away.tend(), next.tend()])
    expect([first.taken.includes('6'), carrier.taken.includes('6')]).toEqual([false, true])
    await Promise.all([away.close(), next.close()])
  })

  test('one that died while its clock was ahead is followed once that is put right', async () => {
    const first = fakeCarrier()
    const dies = forwarderOn(stores, first)
    clock.leap(24 * HOUR)
    await record(stores, '1')
    await dies.tend()
    clock.leap(-24 * HOUR)
    await record(stores, '2')
    await forwarder.tend()
    expect([first.taken, carrier.taken]).toEqual([['1'], ['2']])
    await dies.close()
  })

  test('one whose clock is a little ahead is followed by nobody', async () => {
    const first = fakeCarrier()
    const ahead = forwarderOn(stores, first)
    clock.leap(30 * SECOND)
    await ahead.tend()
    clock.leap(-30 * SECOND)
    await record(stores, '1')
    await forwarder.tend()
    expect(carrier.offered).toEqual([])
    await ahead.close()
  })

  test('one that stops in order lets another go on at once', async () => {
    await record(stores, '1')
    await forwarder.tend()
    await forwarder.close()
    await record(stores, '2')
    forwarder = forwarderOn(beside)
    await forwarder.tend()
    expect(carrier.taken).toEqual(['1', '2'])
  })

  test('a destination that is slow holds up no other', async () => {
    await addDestination({ id: 'slow' })
    const hanging = fakeCarrier({ judge: () => new Promise(() => {}) })
    const both = createForwarder({
      ...{ store: stores.forwarding, clock, random: systemRandom, log: silentLog, count: () => {} },
      carrierOf: ({ id }) => (id === 'slow' ? hanging : carrier),
      deadline: () => new AbortController().signal,
      turnOff: async () => undefined,
    })
    await record(stores, '1')
    void both.tend()
    await until(() => carrier.taken.length === 1)
    await record(stores, '2')
    void both.tend()
    await until(() => carrier.taken.length === 2)
    expect(hanging.offered).toHaveLength(1)
  })
})

describe('a receiver that says that it is gone', () => {
  test('is turned off, and keeps its place', async () => {
    carrier.judge = (name) => (name === '2' ? 'gone' : 'delivered')
    await record(stores, '1', '2')
    await forwarder.tend()
    expect(turnedOff).toEqual([ID])
    carrier.judge = () => 'delivered'
    await forwarder.tend()
    expect(carrier.taken).toEqual(['1', '2'])
  })
})

/** Until something is so, turn by turn: the store answers when it has written. */
async function until(isSo: () => boolean): Promise<void> {
  while (!isSo()) await new Promise((resolve) => setImmediate(resolve))
}
