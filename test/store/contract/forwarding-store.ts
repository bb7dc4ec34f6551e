import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import type { AuditEvent } from '../../../src/audit/events.ts'
import type { Destination, Letter, Mark } from '../../../src/forwarding/destination.ts'
import type { Stores } from '../../../src/store/stores.ts'
import { NOW } from './material.ts'
import { type OpenedStore, type OpenStore, race, recorded } from './opened-store.ts'

const started = (version: string): AuditEvent => ({ type: 'service.started', version })
const by = 'command-line' as const
const made: AuditEvent = { type: 'webhook.created', webhookId: 'w', receiver: 'https://r', events: 'all', by }
const removed: AuditEvent = { type: 'webhook.removed', webhookId: 'w', receiver: 'https://r', by }
const last = { at: NOW, result: 'delivered', detail: '' } as const

const aWebhook = (id: string, change: Partial<Destination> = {}): Destination => ({
  ...{ id, kind: 'webhook', createdAt: NOW, since: 0, trouble: null, last: null, holder: null, heldUntil: 0 },
  webhook: { url: 'https://r/hook', events: ['device.*'], sealedSecrets: 'v1.a', on: true },
  ...change,
})
const aLetter = (seq: number, change: Partial<Letter> = {}): Letter => ({
  ...{ destinationId: 'w', writer: 'x', seq, type: 'service.started', at: NOW, failedAt: NOW + seq, tries: 7 },
  ...{ result: 'refused', detail: 'status 400', again: false },
  ...change,
})

export function describeForwardingStore(name: string, open: OpenStore): void {
  describe(`forwarding on ${name}`, () => {
    let store: OpenedStore
    beforeEach(async () => {
      store = await open()
    })
    afterEach(() => store.close())

    const add = async (id = 'w', change: Partial<Destination> = {}, { forwarding }: Stores = store.stores) => {
      const { since, marks } = await forwarding.standing()
      return forwarding.add(aWebhook(id, { since, ...change }), marks, 20, made)
    }
    const headOf = async (version: string): Promise<Mark> => {
      const all = await store.stores.audit.read(0, 1000)
      const found = all.find(
        ({ record }) => record.event.type === 'service.started' && record.event.version === version,
      )
      return { writer: found!.record.writer, seq: found!.record.seq }
    }
    /** Closes the chain of a process that is gone. */
    async function close(head: Mark): Promise<void> {
      const heads = [{ ...head, digest: 'd', closed: true as const }]
      const checkpoint = { number: 1, at: NOW, through: 0, jws: 'j', heads }
      expect(await store.stores.checkpoints.keep(checkpoint)).toBe(true)
    }
    /** Takes everything new, as one who delivers does. */
    async function take(id = 'w'): Promise<string[]> {
      const { forwarding } = store.stores
      const { since } = (await forwarding.find(id))!
      const { writers, settled } = await forwarding.moved(since)
      await forwarding.track(id, writers, settled)
      const taken: string[] = []
      for (const mark of await forwarding.marks(id)) {
        const records = await forwarding.records(mark.writer, mark.seq, 100)
        for (const { event } of records) if (event.type === 'service.started') taken.push(event.version)
        const seq = records.at(-1)?.seq
        if (seq) await forwarding.advance(id, [{ ...mark, seq }], last)
      }
      return taken.sort()
    }

    test('a destination is read as it was kept, and is there once', async () => {
      expect(await store.stores.forwarding.list()).toEqual([])
      expect(await add()).toBe(true)
      expect(await add()).toBe(false)
      expect(await store.beside.forwarding.list()).toEqual([
        { ...aWebhook('w'), since: (await store.beside.forwarding.find('w'))?.since },
      ])
      expect(await store.stores.forwarding.find('x')).toBeUndefined()
      expect(await recorded(store.stores)).toEqual([made])
    })

    test('there are never more than are allowed, however many are made at once', async () => {
      const told = await race(store, ({ forwarding }, caller) => forwarding.add(aWebhook(`w${caller}`), [], 3, made))
      expect(told.filter(Boolean)).toHaveLength(3)
      expect(await store.stores.forwarding.list()).toHaveLength(3)
      expect(await recorded(store.stores)).toHaveLength(3)
    })

    test('a destination gets what comes after it was made, of every chain, and nothing from before', async () => {
      await store.stores.audit.append([started('1'), started('2')])
      await store.beside.audit.append([started('3')])
      await add()
      await store.stores.audit.append([started('4')])
      await store.beside.audit.append([started('5')])
      expect(await take()).toEqual(['4', '5'])
      expect(await take()).toEqual([])
      await store.beside.audit.append([started('6')])
      expect(await take()).toEqual(['6'])
    })

    test('a chain that was quiet for long, and one that begins later, are begun with what is new', async () => {
      await store.beside.audit.append([started('1')])
      const { forwarding } = store.stores
      // Made when everything so far was long ago: nothing has a mark.
      const { since } = await forwarding.standing()
      const end = Math.max(since, (await store.stores.audit.read(0, 10)).at(-1)!.position)
      await forwarding.add(aWebhook('w', { since: end }), [], 20, made)
      await store.beside.audit.append([started('2')])
      expect(await take()).toEqual(['2'])
      await store.stores.audit.append([started('3')])
      expect(await take()).toEqual(['3'])
    })

    test('marks go forward only, and what is told of a destination that is gone leaves nothing', async () => {
      await store.stores.audit.append([started('1')])
      const { writer } = await headOf('1')
      const { forwarding } = store.stores
      await forwarding.add(aWebhook('w'), [{ writer, seq: 4 }], 20, made)
      await forwarding.advance('w', [{ writer, seq: 9 }], last)
      await forwarding.advance('w', [{ writer, seq: 7 }], last)
      expect(await forwarding.marks('w')).toEqual([{ writer, seq: 9 }])
      await forwarding.track('w', [writer], 0)
      expect(await store.beside.forwarding.marks('w')).toEqual([{ writer, seq: 9 }])
      expect(await forwarding.remove('w', removed)).toBe(true)
      expect(await forwarding.remove('w', removed)).toBe(false)
      await forwarding.track('w', [writer], 5)
      await forwarding.advance('w', [{ writer, seq: 12 }], last)
      await forwarding.keepTrouble('w', { writer, seq: 1, tries: 1, nextAt: 1 }, last)
      await forwarding.bury(aLetter(1), [], last)
      expect(await forwarding.marks('w')).toEqual([])
      expect(await forwarding.list()).toEqual([])
      expect(await forwarding.letters('w', 10)).toEqual([])
    })

    test('one delivers at a time, and another when that one is silent or gives it up', async () => {
      await add()
      const hold = (through: Stores, holder: string, now: number) =>
        through.forwarding.hold('w', holder, { now, until: now + 10, furthest: now + 20 })
      expect(await hold(store.stores, 'a', 100)).toBe(true)
      expect(await hold(store.beside, 'b', 105)).toBe(false)
      expect(await hold(store.stores, 'a', 105)).toBe(true)
      expect(await hold(store.beside, 'b', 114)).toBe(false)
      expect(await hold(store.beside, 'b', 115)).toBe(true)
      await store.stores.forwarding.release('w', 'a')
      expect(await hold(store.stores, 'a', 116)).toBe(false)
      await store.beside.forwarding.release('w', 'b')
      expect(await store.stores.forwarding.find('w')).toMatchObject({ holder: null })
      const told = await race(store, (through, caller) => hold(through, String(caller), 200))
      expect(told.filter(Boolean)).toHaveLength(1)
      const nowhere = { now: 0, until: 1, furthest: 2 }
      expect(await store.stores.forwarding.hold('nowhere', 'a', nowhere)).toBe(false)
    })

    test('whose time lies further ahead than anybody may take it, by a clock that was wrong, is followed at once', async () => {
      await add()
      const hold = (holder: string, now: number, until: number) =>
        store.stores.forwarding.hold('w', holder, { now, until, furthest: now + 20 })
      expect(await hold('ahead', 1000, 1010)).toBe(true)
      expect(await hold('next', 990, 1000)).toBe(false)
      expect(await hold('next', 989, 999)).toBe(true)
      expect(await store.stores.forwarding.find('w')).toMatchObject({ holder: 'next', heldUntil: 999 })
    })

    test('what is in the way is kept until something was delivered', async () => {
      await add()
      const trouble = { writer: 'x', seq: 3, tries: 2, nextAt: NOW }
      await store.stores.forwarding.keepTrouble('w', trouble, { at: NOW, result: 'failed', detail: 'status 500' })
      expect(await store.beside.forwarding.find('w')).toMatchObject({ trouble, last: { result: 'failed' } })
      await store.beside.forwarding.advance('w', [], last)
      expect(await store.stores.forwarding.find('w')).toMatchObject({ trouble: null, last })
    })

    test('another receiver of syslog is noted with its event once, whoever tells it and how often', async () => {
      await add('syslog', { kind: 'syslog', webhook: null, receiver: 'old:6514' })
      const begun = (receiver: string): AuditEvent => ({ type: 'syslog.begun', receiver, by: 'service' })
      const tell = (through: Stores, receiver: string) =>
        through.forwarding.readdress('syslog', receiver, begun(receiver))
      expect(await tell(store.stores, 'old:6514')).toBe(false)
      const told = await race(store, (through) => tell(through, 'new:6514'))
      expect(told.filter(Boolean)).toHaveLength(1)
      expect(await store.beside.forwarding.find('syslog')).toMatchObject({ kind: 'syslog', receiver: 'new:6514' })
      expect((await recorded(store.stores)).filter(({ type }) => type === 'syslog.begun')).toEqual([begun('new:6514')])
      expect(await store.stores.forwarding.readdress('nowhere', 'new:6514', begun('new:6514'))).toBe(false)
    })

    test('a webhook is changed with its event, or not at all', async () => {
      await add()
      const { forwarding } = store.stores
      const off: AuditEvent = { type: 'webhook.turned-off', webhookId: 'w', receiver: 'https://r', reason: 'gone', by }
      const turnOff = () =>
        forwarding.change('w', (webhook) => (webhook.on ? { ...webhook, on: false } : undefined), off)
      expect(await turnOff()).toBe(true)
      expect(await turnOff()).toBe(false)
      expect(await forwarding.change('x', (webhook) => webhook, off)).toBe(false)
      expect((await store.beside.forwarding.find('w'))?.webhook).toMatchObject({ on: false, url: 'https://r/hook' })
      expect(await recorded(store.stores)).toEqual([made, off])
    })

    test('a mark is forgotten when its chain is closed, delivered and behind; not before', async () => {
      await add()
      const { forwarding } = store.stores
      await store.beside.audit.append([started('1')])
      const one = await headOf('1')
      await forwarding.track('w', [one.writer], 0)
      await forwarding.advance('w', [one], last)
      const hasMark = async () => (await forwarding.marks('w')).some(({ writer }) => writer === one.writer)
      await forwarding.track('w', [], Number.MAX_SAFE_INTEGER)
      await forwarding.forget('w')
      expect(await hasMark()).toBe(true)
      await store.beside.close()
      await close(one)
      await forwarding.forget('w')
      expect(await hasMark()).toBe(false)
    })

    test('a mark of a closed chain is kept while something of it is undelivered, or may be found again', async () => {
      await add()
      const { forwarding } = store.stores
      await store.beside.audit.append([started('1'), started('2')])
      const [one, two] = [await headOf('1'), await headOf('2')]
      await store.beside.close()
      await close(two)
      await forwarding.track('w', [one.writer], 0)
      await forwarding.advance('w', [one], last)
      await forwarding.forget('w')
      expect(await forwarding.marks('w')).toContainEqual(one)
      // Its end stands behind `since`: whoever looks from there would find it, and take it for new.
      await forwarding.advance('w', [two], last)
      await forwarding.forget('w')
      expect(await forwarding.marks('w')).toContainEqual(two)
    })

    test('the oldest record that is not delivered tells its age', async () => {
      await add()
      expect(await store.stores.forwarding.oldest('w')).toBeUndefined()
      await store.stores.audit.append([started('1'), started('2')])
      const [one, two] = [await headOf('1'), await headOf('2')]
      await store.stores.forwarding.track('w', [one.writer], 0)
      const at = (await store.stores.audit.read(0, 100)).find(({ record }) => record.seq === one.seq)?.record.at
      await store.stores.forwarding.advance('w', [{ ...one, seq: one.seq - 1 }], last)
      expect(await store.stores.forwarding.oldest('w')).toBe(at)
      await store.stores.forwarding.advance('w', [two], last)
      expect(await store.stores.forwarding.oldest('w')).toBeUndefined()
    })

    test('a dead letter is put aside with the mark behind it, and the trouble over', async () => {
      const { forwarding } = store.stores
      await forwarding.add(aWebhook('w'), [{ writer: 'x', seq: 4 }], 20, made)
      await forwarding.keepTrouble('w', { writer: 'x', seq: 5, tries: 6, nextAt: NOW }, last)
      await forwarding.bury(aLetter(5), [{ writer: 'x', seq: 6 }], last)
      await forwarding.bury(aLetter(5), [], last)
      expect(await store.beside.forwarding.letters('w', 10)).toEqual([aLetter(5)])
      expect(await forwarding.marks('w')).toEqual([{ writer: 'x', seq: 6 }])
      expect(await forwarding.find('w')).toMatchObject({ trouble: null, last })
      expect(await forwarding.countLetters()).toEqual([{ id: 'w', count: 1 }])
    })

    test('dead letters are asked for again or dropped, some or all, with one event', async () => {
      const { forwarding } = store.stores
      await forwarding.add(aWebhook('w'), [], 20, made)
      await forwarding.add(aWebhook('other'), [], 20, made)
      for (const seq of [3, 1, 2]) await forwarding.bury(aLetter(seq), [], last)
      await forwarding.bury(aLetter(1, { destinationId: 'other' }), [], last)
      expect((await forwarding.letters('w', 2)).map(({ seq }) => seq)).toEqual([1, 2])
      expect(
        await forwarding.sendAgain(
          'w',
          [
            { writer: 'x', seq: 2 },
            { writer: 'x', seq: 9 },
          ],
          removed,
        ),
      ).toBe(1)
      expect(await forwarding.letters('w', 10, true)).toEqual([aLetter(2, { again: true })])
      await forwarding.returned(aLetter(2, { failedAt: NOW + 50, tries: 8 }))
      expect(await forwarding.letters('w', 10, true)).toEqual([])
      expect((await forwarding.letters('w', 10)).at(-1)).toEqual(aLetter(2, { failedAt: NOW + 50, tries: 8 }))
      expect(await forwarding.sendAgain('w', 'all', removed)).toBe(3)
      await forwarding.taken(aLetter(1))
      expect(await forwarding.drop('w', [{ writer: 'x', seq: 1 }], removed)).toBe(0)
      expect(await forwarding.drop('w', 'all', removed)).toBe(2)
      expect(await forwarding.countLetters()).toEqual([{ id: 'other', count: 1 }])
      expect((await recorded(store.stores)).filter(({ type }) => type === 'webhook.removed')).toHaveLength(3)
    })
  })
}
