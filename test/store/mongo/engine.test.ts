// What the contract suites cannot see: groups, repeats after an unknown outcome, chains, and who may not start.
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals'
import { MongoMemoryServer } from 'mongodb-memory-server-core'
import { type Connection, createConnection } from 'mongoose'
import { verifyAudit } from '../../../src/audit/verify-chains.ts'
import { systemClock } from '../../../src/base/clock.ts'
import { randomId, systemRandom } from '../../../src/base/random.ts'
import { createLocalChanges, type Standing } from '../../../src/signin/changes.ts'
import type { SignIn } from '../../../src/signin/sign-in.ts'
import { connect } from '../../../src/store/mongo/connection.ts'
import { openEngine } from '../../../src/store/mongo/engine.ts'
import { migrate } from '../../../src/store/mongo/migrate.ts'
import { modelsOn } from '../../../src/store/mongo/models.ts'
import { type MongoStores, openMongoStores } from '../../../src/store/mongo/mongo-stores.ts'
import { freePort } from '../../support/free-port.ts'
import { aHint, anIntegration, aSignIn, integrationEvent, NOW } from '../contract/material.ts'
import { recorded } from '../contract/opened-store.ts'
import { emptied } from './database.ts'
import { mongodPath, type ReplicaSet } from './replica-set.ts'
import { whereMongoIs } from './where-mongo-is.ts'

const STOPPED = { type: 'service.stopped', version: '1' } as const

/** What opens a sign-in, with its hint; the same hint each time. */
const opening = (signIn: SignIn): Parameters<MongoStores['signIns']['open']> => {
  const { id: signInId, integrationId, tenantId, objectId } = signIn
  const event = { type: 'ticket.issued', signInId, integrationId, tenantId, objectId } as const
  return [signIn, { ...aHint(), digest: `hint of ${signInId}` }, 3, NOW, [event]]
}

whereMongoIs('the MongoDB engine', (start) => {
  let mongo: ReplicaSet
  let uri: string
  let direct: Connection
  let stores: MongoStores
  const open = () =>
    openMongoStores({
      ...{ uri, clock: systemClock, random: systemRandom, changes: createLocalChanges() },
      streamFailed: () => undefined,
    })
  beforeAll(async () => {
    mongo = await start()
    uri = mongo.uri('countersign-test-engine')
    direct = await createConnection(uri).asPromise()
  })
  beforeEach(async () => {
    await emptied(uri)
    stores = await open()
  })
  afterEach(async () => {
    await failing('off')
    await stores.close()
  })
  afterAll(async () => {
    await direct?.close()
    await mongo?.close()
  })

  /** Makes the server fail commands (https://github.com/mongodb/mongo/wiki/The-failCommand-fail-point). */
  const failing = (mode: 'off' | { times: number }, data: object = { failCommands: [] }) =>
    direct.db?.admin().command({ configureFailPoint: 'failCommand', mode, data })
  const writers = () => direct.collection('writer').find().toArray()

  describe('a group', () => {
    test('is one transaction, in which a write that throws fails alone, and leaves nothing', async () => {
      const connection = await connect(uri)
      const engine = await openEngine({
        ...{ models: modelsOn(connection), startSession: () => connection.startSession(), now: systemClock.now },
        ...{ newWriter: () => randomId(systemRandom), chance: () => 0 },
      })
      const put = (name: string, value: string, fails = false) =>
        engine.write({ setting: [{ _id: name }] }, (transaction) => {
          const before = transaction.get('setting', name)?.value
          transaction.put('setting', { _id: name, value })
          transaction.audit([{ ...STOPPED, version: value }])
          if (fails) throw new Error('on purpose')
          return before
        })
      const told = await Promise.allSettled([put('a', '1'), put('a', '2', true), put('b', '3', true), put('a', '4')])
      expect(told.map((each) => (each.status === 'fulfilled' ? each.value : each.reason.message))).toEqual([
        undefined,
        'on purpose',
        'on purpose',
        '1',
      ])
      expect((await writers()).map(({ batch, seq }) => [batch, seq])).toEqual([[1, 2]])
      expect(
        await direct
          .collection('setting')
          .countDocuments({ _id: { $ne: 'schema' as never }, value: { $in: ['2', '3'] } }),
      ).toBe(0)
      await engine.close()
      await connection.close()
    })

    test('of which one write breaks what is unique in the store: that one fails, its neighbours are in, once', async () => {
      const one = anIntegration()
      const same = anIntegration({ tenantId: 'another', clientId: one.clientId })
      const told = await Promise.allSettled([
        stores.integrations.insert(one, integrationEvent(one)),
        stores.integrations.insert(same, integrationEvent(same)),
        stores.audit.append([STOPPED]),
      ])
      expect(told.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled'])
      expect((await recorded(stores)).map(({ type }) => type)).toEqual(['integration.created', 'service.stopped'])
      expect((await verifyAudit(stores.audit)).faults).toEqual([])
    })
  })

  describe('an outcome that nobody knows', () => {
    test.each([
      ['the connection breaks before the commit', { failCommands: ['commitTransaction'], closeConnection: true }],
      [
        'the commit is in, and the member goes down before it says so',
        { failCommands: ['commitTransaction'], writeConcernError: { code: 91, errmsg: 'shutting down' } },
      ],
      [
        'the commit is in, and no majority says so in time',
        { failCommands: ['commitTransaction'], writeConcernError: { code: 64, errmsg: 'waiting timed out' } },
      ],
      ['the connection breaks in the middle', { failCommands: ['update'], closeConnection: true }],
      [
        'another transaction was faster',
        { failCommands: ['update'], errorCode: 112, errorLabels: ['TransientTransactionError'] },
      ],
    ])('%s: it is done, once', async (_, fault) => {
      await stores.audit.append([STOPPED])
      await failing({ times: 3 }, fault)
      const signIn = aSignIn()
      expect(await stores.signIns.open(...opening(signIn))).toEqual({ kind: 'opened' })
      await failing('off')
      expect((await recorded(stores)).filter(({ type }) => type === 'ticket.issued')).toHaveLength(1)
      expect((await verifyAudit(stores.audit)).faults).toEqual([])
      const again = await stores.signIns.open(...opening(signIn))
      expect(again.kind).toBe('repeat')
    })

    test('what lost is told so only when it is durable who won', async () => {
      await failing({ times: 1 }, { failCommands: ['commitTransaction'], closeConnection: true })
      const signIn = aSignIn()
      const told = await Promise.all([stores.signIns.open(...opening(signIn)), stores.signIns.open(...opening(signIn))])
      expect(told.map(({ kind }) => kind)).toEqual(['opened', 'repeat'])
    })
  })

  describe('a chain', () => {
    test('is begun with the first write: who only reads takes no place', async () => {
      expect(await stores.integrations.list()).toEqual([])
      expect(await writers()).toEqual([])
      await stores.audit.append([STOPPED])
      expect(await writers()).toMatchObject([{ slot: 0, seq: 1, batch: 1 }])
    })

    test('gives its place back at the end, and the next one takes it', async () => {
      await stores.audit.append([STOPPED])
      await stores.close()
      expect(await writers()).toMatchObject([{ slot: null }])
      stores = await open()
      await stores.audit.append([STOPPED])
      expect((await writers()).map(({ slot }) => slot).sort()).toEqual([0, null])
      expect(await verifyAudit(stores.audit)).toMatchObject({ records: 2, writers: 2, faults: [] })
    })

    test('that was ended while its process was away is followed by another; nothing is lost', async () => {
      await stores.audit.append([STOPPED])
      await direct.collection('writer').updateMany({}, { $set: { slot: null } })
      await stores.audit.append([STOPPED])
      expect(await verifyAudit(stores.audit)).toMatchObject({ records: 2, writers: 2, faults: [] })
    })

    test('of a process that was killed gives its place up after a while, and not before', async () => {
      const dead = (_id: string, slot: number, ago: number) => ({
        ...{ _id, slot, batch: 1, attempt: 1, seq: 0, digest: '', startedAt: new Date() },
        seenAt: new Date(Date.now() - ago),
      })
      const lost = [dead('long gone', 0, 101_000), dead('just now', 1, 90_000)]
      await direct.collection<{ _id: string }>('writer').insertMany(lost)
      await stores.audit.append([STOPPED])
      const bySlot = Object.fromEntries((await writers()).map(({ _id, slot }) => [_id as unknown as string, slot]))
      expect(bySlot).toMatchObject({ 'long gone': null, 'just now': 1 })
    })

    test('has its order in common with the others: what came later stands behind', async () => {
      const beside = await open()
      for (const [i, through] of [stores, beside, beside, stores, beside, stores].entries())
        await through.audit.append([{ ...STOPPED, version: String(i) }])
      await beside.close()
      const versions = (await recorded(stores)).map((event) => 'version' in event && event.version)
      expect(versions).toEqual(['0', '1', '2', '3', '4', '5'])
    })
  })

  test('a sign-in that moves through one connection wakes who listens at another', async () => {
    const beside = await open()
    const signIn = aSignIn()
    await stores.signIns.open(...opening(signIn))
    const woken = new Promise<Standing | null>((resolve) => {
      beside.changes.listen(signIn.id, resolve)
    })
    // The stream may not have begun: what moves goes on moving until it is heard.
    let from = signIn
    let heard = false
    void woken.then(() => {
      heard = true
    })
    while (!heard) {
      const to = { ...from, version: from.version + 1 }
      await stores.signIns.move(from, to, { events: [] })
      from = to
    }
    expect(await woken).toEqual({ version: expect.any(Number), phase: 'open', expiresAt: signIn.expiresAt })
    await beside.close()
  })

  test('its time is the store’s, whatever the machine’s clock says', async () => {
    const wrong = { now: () => systemClock.now() + 90_000 }
    const beside = await openMongoStores({
      ...{ uri, clock: wrong, random: systemRandom, changes: createLocalChanges() },
      streamFailed: () => undefined,
    })
    expect(Math.abs(beside.clock.now() - Date.now())).toBeLessThan(10_000)
    await beside.close()
  })

  describe('the migration', () => {
    test('may be done again, and by two at once; it makes what is unique and what expires', async () => {
      const connection = await connect(mongo.uri('countersign-test-migration'))
      await connection.dropDatabase()
      const models = modelsOn(connection)
      await Promise.all([migrate(connection, models), migrate(connection, models)])
      await migrate(connection, models)
      const indexes = await connection.collection('administrator_session').indexes()
      expect(indexes).toContainEqual(expect.objectContaining({ key: { digest: 1 }, unique: true }))
      const ending = await connection.collection('used_hint').indexes()
      expect(ending).toContainEqual(expect.objectContaining({ key: { endsAt: 1 }, expireAfterSeconds: 3600 }))
      await connection.dropDatabase()
      await connection.close()
    })

    test('an administrator of Entra of before is one whom it confirmed long ago; who was sent away stays so', async () => {
      const entra = direct.collection<{ _id: string }>('administrator_entra')
      const one = { tenantId: 't', objectId: 'ada', administratorId: 'a' }
      await entra.insertMany([
        { _id: 't/ada', ...one },
        { ...one, _id: 't/grace', objectId: 'grace', administratorId: 'b', confirmedAt: null } as { _id: string },
      ])
      await migrate(direct, modelsOn(direct))
      const confirmed = (await entra.find({}).sort({ _id: 1 }).toArray()).map((row) => Object(row).confirmedAt)
      expect(confirmed).toEqual([0, null])
    })

    test('a store that a newer version wrote is left alone', async () => {
      await direct.collection<{ _id: string }>('setting').updateOne({ _id: 'schema' }, { $set: { value: '1000' } })
      await expect(open()).rejects.toThrow('written by a newer Countersign (schema 1000')
    })
  })

  describe('a start is refused', () => {
    test('without a replica set, with what to do', async () => {
      const alone = await MongoMemoryServer.create({
        instance: { port: await freePort() },
        binary: { systemBinary: mongodPath() ?? '', version: '6.0.5' },
      })
      await expect(connect(alone.getUri('x'))).rejects.toThrow('is no replica set')
      await alone.stop()
    })

    test('where nobody answers, without the password that stands in the address', async () => {
      const nowhere = 'mongodb://ada:secret@127.0.0.1:1/x?serverSelectionTimeoutMS=200'
      const refused = await connect(nowhere).catch((error: Error) => error)
      expect(refused).toMatchObject({ name: 'StartRefused', message: expect.stringContaining('cannot be reached') })
      expect(String(refused)).not.toContain('secret')
    })
  })

  test('closing finishes what is queued, and refuses what comes after', async () => {
    const writes = Array.from({ length: 20 }, (_, i) => stores.limits.hit(`x${i}`, 1000, NOW))
    await stores.close()
    expect(await Promise.all(writes)).toHaveLength(20)
    await expect(stores.limits.hit('y', 1000, NOW)).rejects.toThrow('closed')
  })
})
