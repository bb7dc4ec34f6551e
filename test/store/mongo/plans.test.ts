// What is read among what grows is found by an index: MongoDB itself says which readings were not.
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { type Connection, createConnection } from 'mongoose'
import { systemClock } from '../../../src/base/clock.ts'
import { systemRandom } from '../../../src/base/random.ts'
import { createLocalChanges } from '../../../src/signin/changes.ts'
import { openMongoStores } from '../../../src/store/mongo/mongo-stores.ts'
import { collections } from '../../../src/store/mongo/schemas.ts'
import type { Stores } from '../../../src/store/stores.ts'
import { ADA, NOW } from '../contract/material.ts'
import { fill } from '../copy/filled-store.ts'
import { emptied } from './database.ts'
import type { ReplicaSet } from './replica-set.ts'
import { whereMongoIs } from './where-mongo-is.ts'

/** There are few of these, however large the store: they are read whole. */
const FEW = [
  ...['administrator', 'administrator_entra', 'administrator_session', 'forward_destination', 'integration'],
  ...['key_book', 'setting'],
]
const PAGE = 50

type Profiled = { ns: string; command: object; originatingCommand?: { pipeline?: object[] } }

whereMongoIs('readings', (start) => {
  let mongo: ReplicaSet
  let beside: Connection
  let stores: Stores
  /** How often each collection was looked through before. */
  let before: Map<string, number>
  const open = (uri: string): Promise<Stores> => {
    const streamFailed = (error: Error): void => void expect(error).toBeUndefined()
    return openMongoStores({
      ...{ uri, clock: systemClock, random: systemRandom, changes: createLocalChanges(), streamFailed },
    })
  }
  beforeAll(async () => {
    mongo = await start()
    const uri = mongo.uri('countersign-test-plans')
    // The store is there and somebody wrote to it before, as on every day but the first.
    await emptied(uri)
    const first = await open(uri)
    await first.audit.append([{ type: 'service.started', version: '1' }])
    await first.close()
    beside = await createConnection(uri).asPromise()
    await beside.db?.createCollection('system.profile', { capped: true, size: 16_000_000 }).catch(() => undefined)
    await beside.db?.command({ profile: 1, filter: { planSummary: 'COLLSCAN' } })
    stores = await open(uri)
    before = await scans()
  })
  afterAll(async () => {
    await stores?.close()
    await beside?.db?.command({ profile: 0 })
    await beside?.close()
    await mongo?.close()
  })

  /** How often each collection that grows was looked through from end to end, inside of a $lookup too. */
  async function scans(): Promise<Map<string, number>> {
    const counts = new Map<string, number>()
    for (const collection of collections.filter((name) => !FEW.includes(name))) {
      const pipeline = [{ $collStats: { queryExecStats: {} } }]
      const [told] = (await beside.db?.collection(collection).aggregate(pipeline).toArray()) ?? []
      counts.set(collection, Number(told?.queryExecStats.collectionScans.total ?? 0))
    }
    return counts
  }

  /** Which of them were looked through since. */
  async function scannedAnywhere(): Promise<string[]> {
    return [...(await scans())].filter(([name, count]) => count > (before.get(name) ?? 0)).map(([name]) => name)
  }

  /** Which collections were looked through from end to end, and for what, as the profiler tells: nothing of a $lookup. */
  async function scanned(): Promise<string[]> {
    const profiled = (await beside.db?.collection('system.profile').find().toArray()) as unknown as Profiled[]
    return profiled
      .filter(({ originatingCommand }) => !JSON.stringify(originatingCommand ?? '').includes('$changeStream'))
      .map(({ ns, command }) => ({ collection: ns.slice(ns.indexOf('.') + 1), command }))
      .filter(({ collection }) => !FEW.includes(collection) && collection !== 'system.profile')
      .map(({ collection, command }) => {
        const { filter, q, pipeline, sort } = command as Record<string, unknown>
        return `${collection} ${JSON.stringify({ filter, q, pipeline, sort })}`
      })
  }

  test('that are made to write look through nothing that grows', async () => {
    await fill(stores)
    expect([await scanned(), await scannedAnywhere()]).toEqual([[], []])
  })

  test('of the way of a sign-in, of the console and of what is forgotten look through nothing that grows', async () => {
    const { signIns, devices, invitations, subscriptions, rings, limits, audit, auditReading, checkpoints } = stores
    const { forwarding, people, signInHistory, lastHints, administration, proofs, integrations } = stores
    const [integrationId, from, to] = ['integration-1', NOW - 1, NOW + 1]
    const [device] = await devices.ofPerson(ADA)
    await Promise.all([
      ...[signIns.find('x'), signIns.findByHint('x'), signIns.findByTicket('x'), signIns.findByPendingDevice('x')],
      ...[signIns.openOf(ADA, NOW), signIns.due(NOW, PAGE), signIns.failures(ADA, 'number')],
      ...[devices.find('x'), devices.findByThumbprint('x'), devices.list('tenant-1')],
      ...[invitations.findOpen(ADA, NOW), invitations.isHeld('x', 'y')],
      ...[subscriptions.ofDevices([device?.id ?? 'x', 'x']), rings.since('x', NOW), rings.unwanted(ADA, NOW)],
      ...[integrations.find('x'), integrations.findByClientId('x'), lastHints.of(integrationId)],
      ...[people.find(ADA), people.devicesOf(ADA), people.search({ prefix: 'ada' }, null, PAGE)],
      ...[people.search({ prefix: '', integrationId }, null, PAGE), people.search({ objectId: 'x' }, null, PAGE)],
      ...[signInHistory.find('x'), signInHistory.countByOutcome(NOW), signInHistory.list({}, null, PAGE)],
      signInHistory.list({ integrationId, from, to }, { openedAt: NOW, id: 'x' }, PAGE),
      ...[signInHistory.list({ person: ADA }, null, PAGE), signInHistory.list({ outcome: 'denied' }, null, PAGE)],
      ...[audit.read(0, PAGE), audit.chains({ writer: 'x', seq: 1, position: 1 }, PAGE)],
      ...[auditReading.newest({}, { at: NOW, position: 1 }, PAGE), auditReading.oldest({ from, to }, null, PAGE)],
      ...[auditReading.newest({ type: 'signin.opened' }, null, PAGE), auditReading.newest({ person: ADA }, null, PAGE)],
      ...[auditReading.newest({ integrationId }, null, PAGE), auditReading.newest({ signInId: 'x' }, null, PAGE)],
      auditReading.refusals({ integrationId, from, to }, PAGE),
      ...[checkpoints.last(), checkpoints.read(0, PAGE), checkpoints.unsigned(NOW)],
      ...[forwarding.standing(), forwarding.moved(0), forwarding.marks('w'), forwarding.records('x', 1, PAGE)],
      ...[forwarding.letters('w', PAGE), forwarding.letters('w', PAGE, true), forwarding.countLetters()],
      ...[
        forwarding.oldest('w'),
        forwarding.hold('w', 'node', { now: NOW, until: NOW, furthest: NOW }),
        forwarding.forget('w'),
      ],
    ])
    await forwarding.track('w', ['one that goes on', 'new'], 1)
    await forwarding.advance('w', [{ writer: 'one that goes on', seq: 9 }], null)
    await forwarding.sendAgain('w', 'all', { type: 'service.started', version: '1' })
    await forwarding.drop('w', 'all', { type: 'service.started', version: '1' })
    await forwarding.remove('w', { type: 'service.started', version: '1' })
    await Promise.all([signIns.forget(NOW, NOW), signInHistory.forget(NOW), rings.forget(NOW), limits.forget(NOW)])
    await Promise.all([
      administration.forget({ now: NOW, startedBefore: NOW, seenBefore: NOW }),
      audit.forgetCounts(1),
      proofs.remember('p', 'd', NOW),
    ])
    expect([await scanned(), await scannedAnywhere()]).toEqual([[], []])
  })

  test('and whoever looks through one is noticed', async () => {
    await beside.db?.collection('audit').find({ digest: 'nobody’s' }).toArray()
    expect(await scanned()).toEqual(['audit {"filter":{"digest":"nobody’s"}}'])
    const pipeline = [{ $match: { browser: 'nobody’s' } }]
    await beside.db
      ?.collection('writer')
      .aggregate([{ $lookup: { from: 'sign_in', as: 'of', pipeline } }])
      .toArray()
    expect(await scannedAnywhere()).toEqual(['sign_in', 'audit', 'writer'])
  })
})
