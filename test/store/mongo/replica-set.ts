// A real MongoDB for tests: three members on loopback, as one replica set. TEST USAGE ONLY.
//
//   const mongo = await startReplicaSet()
//   mongo.uri('name')     the address of a database of this name
//   mongo.members()       their processes
//
// COUNTERSIGN_TEST_MONGODB_URI names a replica set that is there already (its databases named countersign-test-… are written
// to); else mongod is looked for on the PATH, and where scripts/mongod.sh puts it. Tests: see where-mongo-is.ts.
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { MongoMemoryReplSet } from 'mongodb-memory-server-core'
import { createConnection } from 'mongoose'
import { freePort } from '../../support/free-port.ts'

export type ReplicaSet = {
  uri(database: string): string
  members(): { port: number; pid: number }[]
  close(): Promise<void>
}

const FETCHED = fileURLToPath(new URL('../../../.cache/mongod', import.meta.url))

/** The address of one that is there already. */
export const givenUri = (): string | undefined => process.env.COUNTERSIGN_TEST_MONGODB_URI || undefined

/** The program, if it is there. */
export const mongodPath = (): string | undefined =>
  [...(process.env.PATH ?? '').split(delimiter), FETCHED].map((folder) => join(folder, 'mongod')).find(existsSync)

/** Throws when there is neither. */
export async function startReplicaSet(): Promise<ReplicaSet> {
  const given = givenUri()
  if (given) return onGiven(given)
  const path = mongodPath()
  if (!path) throw new Error('MongoDB is missing: run scripts/mongod.sh')
  return startOn(path)
}

/** The member that is written to. */
export async function primaryOf(mongo: ReplicaSet): Promise<{ port: number; pid: number }> {
  const connection = await createConnection(mongo.uri('admin')).asPromise()
  const { primary } = (await connection.db?.admin().command({ hello: 1 })) ?? {}
  await connection.close()
  const found = mongo.members().find(({ port }) => String(primary).endsWith(`:${port}`))
  if (!found) throw new Error('no primary')
  return found
}

/** A set of our own, of which members can be stopped. */
export type OwnSet = ReplicaSet & {
  /** Stops a member that is not the primary, as an operator does. Gives the folder of its files. */
  stopMember(): Promise<string>
}

/** The address of a set of one member. */
export const ownMember = (port: number, database: string): string =>
  `mongodb://127.0.0.1:${port}/${database}?replicaSet=countersign`

function onGiven(uri: string): ReplicaSet {
  return {
    uri(database) {
      const address = new URL(uri)
      address.pathname = `/${database}`
      return address.href
    },
    members: () => [],
    close: async () => undefined,
  }
}

/** A set of its own, also where one was named. */
export async function startOn(systemBinary: string): Promise<OwnSet> {
  const ports = await Promise.all([freePort(), freePort(), freePort()])
  const set = await MongoMemoryReplSet.create({
    replSet: {
      ...{ count: ports.length, name: 'countersign', storageEngine: 'wiredTiger' },
      // What expires is looked for by the tests themselves: their clocks are not the server's.
      args: ['--setParameter', 'ttlMonitorEnabled=false', '--setParameter', 'enableTestCommands=1'],
      configSettings: { electionTimeoutMillis: 1000, heartbeatIntervalMillis: 250 },
    },
    // A machine that does much else takes its time.
    instanceOpts: ports.map((port) => ({ port, launchTimeout: 45_000 })),
    binary: { systemBinary, version: '6.0.5' },
  })
  return {
    uri: (database) => set.getUri(database),
    members: () =>
      set.servers.map(({ instanceInfo }) => ({
        port: instanceInfo?.port ?? 0,
        pid: instanceInfo?.instance.mongodProcess?.pid ?? 0,
      })),
    async stopMember() {
      for (const server of set.servers) {
        const { port = 0, dbPath = '' } = server.instanceInfo ?? {}
        const direct = await createConnection(`mongodb://127.0.0.1:${port}/?directConnection=true`).asPromise()
        const { isWritablePrimary } = await direct.getClient().db('admin').command({ hello: 1 })
        if (isWritablePrimary) {
          await direct.close()
          continue
        }
        const child = server.instanceInfo?.instance.mongodProcess
        const ended = child && once(child, 'exit')
        // It answers by going away.
        const gone = direct.getClient().db('admin').command({ shutdown: 1 })
        await gone.catch(() => undefined)
        await direct.close()
        await ended
        return dbPath
      }
      throw new Error('every member is the primary')
    },
    close: async () => {
      await set.stop()
    },
  }
}
