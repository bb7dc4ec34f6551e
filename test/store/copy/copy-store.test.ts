import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { fileURLToPath } from 'node:url'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals'
import { verifyAudit } from '../../../src/audit/verify-chains.ts'
import { systemClock } from '../../../src/base/clock.ts'
import { systemRandom } from '../../../src/base/random.ts'
import { openCapabilities, theWorld } from '../../../src/capabilities.ts'
import { readConfig } from '../../../src/config.ts'
import { createLocalChanges } from '../../../src/signin/changes.ts'
import type { Target } from '../../../src/store/copy/copy-rows.ts'
import { type Copied, type Copying, copyStore, type Destination } from '../../../src/store/copy/copy-store.ts'
import { connect } from '../../../src/store/mongo/connection.ts'
import { anyModel, modelsOn } from '../../../src/store/mongo/models.ts'
import { openMongoStores } from '../../../src/store/mongo/mongo-stores.ts'
import { collections } from '../../../src/store/mongo/schemas.ts'
import { steps } from '../../../src/store/sqlite/schema.ts'
import { openSqliteStores } from '../../../src/store/sqlite/sqlite-stores.ts'
import { holdWholeFile } from '../../../src/store/sqlite/whole-file.ts'
import type { Stores } from '../../../src/store/stores.ts'
import { aSignIn, openOne } from '../contract/material.ts'
import { emptied } from '../mongo/database.ts'
import type { ReplicaSet } from '../mongo/replica-set.ts'
import { whereMongoIs } from '../mongo/where-mongo-is.ts'
import { fill } from './filled-store.ts'

whereMongoIs('copying a store', (start) => {
  let mongo: ReplicaSet
  let uri: string
  let folder: string
  let file: string
  beforeAll(async () => {
    mongo = await start()
    uri = mongo.uri('countersign-test-copy')
  })
  afterAll(() => mongo?.close())
  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), 'countersign-copy-'))
    file = join(folder, 'countersign.sqlite')
    await emptied(uri)
  })
  afterEach(() => rmSync(folder, { recursive: true, force: true }))

  const world = { clock: systemClock, random: systemRandom, changes: createLocalChanges() }
  const openFile = (at = file): Stores => openSqliteStores({ file: at, ...world })
  const openMongo = (): Promise<Stores> =>
    openMongoStores({ uri, ...world, streamFailed: (error) => expect(error).toBeUndefined() })
  const copy = (to: Destination, at = file, more: Partial<Copying> = {}): Promise<Copied> =>
    copyStore({ to, file: at, uri, clock: systemClock, ...more })

  async function filled(stores: Stores, people?: number): Promise<void> {
    await fill(stores, people)
    await stores.close()
  }
  const sums = ({ compared }: Copied) => Object.fromEntries(compared.map(({ collection, to }) => [collection, to]))

  /** Everything that is true of a store whatever its engine. */
  async function verified(stores: Stores): Promise<number> {
    const before = await verifyAudit(stores.audit)
    const newest = async () => (await stores.audit.read(0, 10_000)).at(-1)?.record.event
    await stores.audit.append([{ type: 'service.started', version: 'after the copy' }])
    const after = await verifyAudit(stores.audit)
    expect(await newest()).toEqual({ type: 'service.started', version: 'after the copy' })
    await stores.close()
    expect([before.faults, after.faults]).toEqual([[], []])
    expect(after).toMatchObject({ records: before.records + 1, writers: before.writers + 1 })
    return before.records
  }

  test('from SQLite to MongoDB and back: the same counts and digests three times, none of them of nothing', async () => {
    await filled(openFile(), 520)
    const there = await copy('mongodb')
    expect(there).toMatchObject({ same: true, removed: false })
    const back = await copy('embedded', join(folder, 'back', 'countersign.sqlite'))
    expect(back).toMatchObject({ same: true, removed: false })
    expect(sums(back)).toEqual(sums(there))
    expect(there.compared.filter(({ from }) => from.rows === 0)).toEqual([])
    expect(sums(there)).toMatchObject({
      device: { rows: 520 },
      // What has ended stays behind.
      used_proof: { rows: 1 },
      limit_window: { rows: 1 },
    })
    expect(statSync(join(folder, 'back', 'countersign.sqlite')).mode & 0o777).toBe(0o600)
    expect(readdirSync(join(folder, 'back'))).toEqual(['countersign.sqlite'])
  }, 120_000)

  test('what MongoDB gets is what it would have written itself: every document has the shape that it asks for', async () => {
    await filled(openFile())
    await copy('mongodb')
    const connection = await connect(uri)
    const models = modelsOn(connection)
    const faults: string[] = []
    for (const name of collections) {
      for (const row of await anyModel(models, name).find().lean()) {
        const fault = await new (anyModel(models, name))(row).validate().catch((error: Error) => error)
        if (fault) faults.push(`${name}: ${fault.message}`)
      }
    }
    await connection.close()
    expect(faults).toEqual([])
  })

  test('from MongoDB to SQLite and back: the same counts and digests three times', async () => {
    await filled(await openMongo())
    const there = await copy('embedded')
    expect(there.same).toBe(true)
    await emptied(uri)
    const back = await copy('mongodb')
    expect(back.same).toBe(true)
    expect(sums(back)).toEqual(sums(there))
    expect(there.compared.filter(({ from }) => from.rows === 0)).toEqual([])
  })

  test('the audit log verifies on the other side, and goes on behind what was copied', async () => {
    await filled(openFile())
    await copy('mongodb')
    const records = await verified(await openMongo())
    const back = join(folder, 'back.sqlite')
    await copy('embedded', back)
    expect(await verified(openFile(back))).toBe(records + 1)
    await emptied(uri)
    await copy('mongodb', back)
    expect(await verified(await openMongo())).toBe(records + 2)
  })

  test('what the ports read is the same on both sides', async () => {
    await filled(openFile())
    await copy('mongodb')
    const read = async (stores: Stores) => {
      const { devices, integrations, keys, people, lastHints, administration, sealed, auditReading, rings } = stores
      const list = await devices.list()
      const all = {
        devices: list.toSorted((a, b) => (a.id < b.id ? -1 : 1)),
        integrations: (await integrations.list()).toSorted((a, b) => (a.id < b.id ? -1 : 1)),
        keys: await keys.read(),
        people: await people.search({ prefix: '' }, null, 100),
        subscriptions: await stores.subscriptions.ofDevices(list.map(({ id }) => id)),
        hints: await lastHints.of('integration-1'),
        administrators: await administration.administrators.list(),
        tokens: await administration.tokens.list(),
        entra: await administration.entra.settings(),
        hasOwner: await administration.administrators.hasOwner(),
        sealed: (await sealed.list()).length,
        signIns: await stores.signInHistory.list({}, null, 100),
        open: await stores.signIns.findByTicket('code-digest'),
        newest: await auditReading.newest({}, null, 5),
        refusals: await auditReading.refusals({}, 5),
        rings: await rings.since('person:tenant-1/ada', 0),
        url: await stores.publicUrl.last(),
      }
      await stores.close()
      return all
    }
    expect(await read(await openMongo())).toEqual(await read(openFile()))
  })

  describe('is refused', () => {
    const refusal = (made: Promise<unknown>): Promise<string> =>
      made.then(
        () => 'it was made',
        ({ name, message }: Error) => `${name}: ${message}`,
      )
    const connected = async <T>(work: (models: ReturnType<typeof modelsOn>) => Promise<T>): Promise<T> => {
      const connection = await connect(uri)
      try {
        return await work(modelsOn(connection))
      } finally {
        await connection.close()
      }
    }

    test('into a MongoDB that is not empty, with what is in it; that is as it was, and can be started on', async () => {
      await filled(openFile())
      const stores = await openMongo()
      await openOne(stores, aSignIn())
      await stores.close()
      expect(await refusal(copy('mongodb'))).toMatch(/^StartRefused: .*not empty.*sign_in 1, .*person 1/)
      const again = await openMongo()
      expect(await again.signInHistory.list({}, null, 10)).toHaveLength(1)
      await again.close()
    })

    test('into a database that holds something else', async () => {
      await filled(openFile())
      const connection = await connect(uri)
      await connection.db?.collection('invoices').insertOne({ a: 1 })
      expect(await refusal(copy('mongodb'))).toContain('holds something else: invoices')
      await connection.db?.dropCollection('invoices')
      await connection.close()
    })

    test('into a folder that has a store', async () => {
      await filled(await openMongo())
      await openFile().close()
      expect(await refusal(copy('embedded'))).toContain('There is a store in')
      expect(readdirSync(folder)).toEqual(['countersign.sqlite'])
    })

    test('of nothing', async () => {
      expect(await refusal(copy('mongodb'))).toContain('There is no store to copy')
      expect(existsSync(file)).toBe(false)
      await connected((models) => models.setting.deleteMany({}))
      expect(await refusal(copy('embedded'))).toContain('There is no store to copy')
      expect(readdirSync(folder)).toEqual([])
    })

    test('while the embedded store is open, in whatever process', async () => {
      const stores = openFile()
      await fill(stores)
      expect(await refusal(copy('mongodb'))).toContain('is in use')
      await stores.close()
      expect(await copy('mongodb')).toMatchObject({ same: true })
    })

    test('while a process writes to MongoDB, on either side of the copy', async () => {
      const stores = await openMongo()
      await stores.audit.append([{ type: 'service.started', version: '1' }])
      expect(await refusal(copy('embedded'))).toContain('in use: 1 process')
      expect(readdirSync(folder)).toEqual([])
      await filled(openFile())
      expect(await refusal(copy('mongodb'))).toContain('in use: 1 process')
      // The one that was there is not disturbed.
      await stores.audit.append([{ type: 'service.stopped', version: '1' }])
      await stores.close()
    })

    test('of a store that an older Countersign wrote, until this one has brought it up to date', async () => {
      const older = new DatabaseSync(file)
      for (const step of steps.slice(0, 3)) older.exec(step)
      older.exec('PRAGMA user_version = 3')
      older.close()
      expect(await refusal(copy('mongodb'))).toContain('older Countersign (schema 3')
      await filled(openFile())
      expect(await copy('mongodb')).toMatchObject({ same: true })
    })
  })

  describe('nobody else works with either side meanwhile', () => {
    /** Does something at the first document that is read of a collection, on the side and the reading that is meant. */
    const at =
      (side: 'source' | 'target', collection: string, reading: number, work: () => Promise<unknown>) =>
      (of: Target, which: 'source' | 'target'): Target => {
        let readings = 0
        return {
          ...of,
          async *read(name) {
            if (side === which && name === collection && ++readings === reading) await work()
            yield* of.read(name)
          },
        }
      }
    const failure = (work: () => unknown): Promise<string> =>
      Promise.resolve()
        .then(work)
        .then(
          () => 'it was let in',
          ({ message }: Error) => message,
        )

    /** What was left to say that somebody was there is as old as that. */
    async function twoMinutesLater(): Promise<void> {
      const connection = await connect(uri)
      const models = modelsOn(connection)
      const [at, value] = [systemClock.now() - 120_000, String(systemClock.now() - 120_000)]
      await models.setting.updateMany({ _id: { $in: ['copy-target', 'copy-source'] } }, { $set: { value } })
      await models.writer.updateMany({}, { $set: { seenAt: new Date(at) } })
      await connection.close()
    }

    test('a service that starts on the embedded store is refused, with a sentence', async () => {
      await filled(openFile())
      let told = ''
      const through = at('source', 'audit', 1, async () => {
        told = await failure(() => openFile())
      })
      expect(await copy('mongodb', file, { through })).toMatchObject({ same: true })
      expect(told).toContain('held by somebody alone')
    })

    test.each(['mongodb', 'embedded'] as const)(
      'a node that starts on MongoDB is refused, with a sentence, and one that was there writes nothing (to %s)',
      async (to) => {
        await filled(to === 'mongodb' ? openFile() : await openMongo())
        // It has read only, so far, and was not noticed.
        const quiet = await openMongo()
        const told: string[] = []
        const through = at(to === 'mongodb' ? 'target' : 'source', 'audit', 1, async () => {
          told.push(await failure(openMongo))
          const written = quiet.audit.append([{ type: 'service.started', version: 'quiet' }])
          told.push(await written.then(String, ({ code }) => code))
        })
        expect(await copy(to, file, { through })).toMatchObject({ same: true })
        expect(told[0]).toMatch(/copy into this MongoDB is under way|is being copied to another store/)
        expect(told[1]).toBe('store.unavailable')
        await quiet.audit.append([{ type: 'service.started', version: 'quiet' }])
        await quiet.close()
      },
    )

    test('a second copy into the same place is refused', async () => {
      await filled(openFile())
      let told = ''
      const through = at('source', 'audit', 1, async () => {
        told = await failure(() => copy('mongodb', join(folder, 'other.sqlite')))
      })
      await copy('mongodb', file, { through })
      expect(told).toContain('Another copy works with this MongoDB')
      const into = join(folder, 'into.sqlite')
      const again = at('source', 'audit', 1, async () => {
        told = await failure(() => copy('embedded', into))
      })
      await copy('embedded', into, { through: again })
      expect(told).toContain('Another copy works with this MongoDB')
    })

    test('a document that is changed in MongoDB between copy and comparison is found, and nobody starts on it', async () => {
      await filled(openFile())
      const through = at('target', 'device', 1, async () => {
        const connection = await connect(uri)
        await modelsOn(connection).device.updateOne({}, { $set: { state: 'active', name: 'Mallory' } })
        await connection.close()
      })
      const made = await copy('mongodb', file, { through })
      expect(made.same).toBe(false)
      const different = made.compared.filter(({ from, to }) => from.digest !== to.digest)
      expect(different.map(({ collection }) => collection)).toEqual(['device'])
      expect(await failure(openMongo)).toContain('A copy into this MongoDB')
      // The source is as it was.
      holdWholeFile(file).close()
    })

    test('a row that is missing or too many in the file is found, and nothing of it is left', async () => {
      await filled(await openMongo())
      for (const change of ['lost', 'doubled'] as const) {
        const through = (of: Target, which: 'source' | 'target'): Target => {
          if (which === 'source') return of
          return {
            ...of,
            write: async (collection, rows) => {
              if (collection !== 'used_hint') return of.write(collection, rows)
              const [first] = rows as readonly { _id: unknown }[]
              await of.write(collection, change === 'lost' ? rows.slice(1) : rows)
              if (change === 'doubled') await of.write(collection, [{ ...first, _id: 'invented' }] as never)
            },
          }
        }
        const made = await copy('embedded', file, { through })
        expect(made.same).toBe(false)
        expect(made.compared.find(({ collection }) => collection === 'used_hint')).toMatchObject({
          to: {
            rows:
              (made.compared.find(({ collection }) => collection === 'used_hint')?.from.rows ?? 0) +
              (change === 'lost' ? -1 : 1),
          },
        })
        expect(readdirSync(folder)).toEqual([])
      }
    })

    test('a copy that fails in the middle leaves a MongoDB that nobody starts on; the next one begins anew', async () => {
      await filled(openFile())
      const through = at('source', 'audit', 1, () => Promise.reject(new Error('the disk is gone')))
      expect(await failure(() => copy('mongodb', file, { through }))).toBe('the disk is gone')
      expect(await failure(openMongo)).toContain('A copy into this MongoDB')
      expect(await failure(() => copy('mongodb'))).toContain('Another copy works with this MongoDB')
      await twoMinutesLater()
      expect(await failure(openMongo)).toContain('broken off, so that only a part of a store is there')
      expect(await copy('mongodb')).toMatchObject({ same: true, removed: true })
      await verified(await openMongo())
    })

    test.each(['mongodb', 'embedded'] as const)(
      'a copy that is killed in the middle leaves nothing that anybody starts on (to %s)',
      async (to) => {
        await filled(to === 'mongodb' ? openFile() : await openMongo())
        const program = fileURLToPath(new URL('./copying-program.ts', import.meta.url))
        const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', program, to, file, uri], {
          env: {},
          stdio: ['ignore', 'pipe', 'inherit'],
        })
        await once(child.stdout, 'data')
        const ended = once(child, 'close')
        child.kill('SIGKILL')
        expect(await ended).toEqual([null, 'SIGKILL'])
        expect(await failure(openMongo)).toMatch(/A copy into this MongoDB|is being copied/)
        // The machine forgets the lock with the process, MongoDB two minutes later.
        await twoMinutesLater()
        if (to === 'mongodb') {
          holdWholeFile(file).close()
          expect(await failure(openMongo)).toContain('only a part of a store is there')
        } else {
          const config = readConfig({ COUNTERSIGN_DATA_DIR: folder })
          expect(await failure(() => openCapabilities(config, theWorld(config)))).toContain('was broken off')
          expect(readdirSync(folder)).toContain('countersign.sqlite.part')
          await (await openMongo()).close()
        }
        expect(await copy(to)).toMatchObject({ same: true, removed: true })
        await verified(to === 'mongodb' ? await openMongo() : openFile())
      },
    )

    test('what MongoDB says when it is in the way of a copy is told, as a sentence', async () => {
      await filled(openFile())
      const through = (of: Target, which: 'source' | 'target'): Target =>
        which === 'source'
          ? of
          : {
              ...of,
              write: async (collection, rows) => {
                await of.write(collection, rows)
                await of.write(collection, rows)
              },
            }
      expect(await failure(() => copy('mongodb', file, { through }))).toMatch(/^The copy was broken off, .*E11000/)
      expect(await failure(openMongo)).toContain('A copy into this MongoDB')
    })

    test('a file that a broken-off copy left is removed by the next one', async () => {
      await filled(await openMongo())
      writeFileSync(`${file}.part`, 'half a store')
      expect(await copy('embedded')).toMatchObject({ same: true, removed: true })
      expect(readdirSync(folder)).toEqual(['countersign.sqlite'])
    })
  })
})
