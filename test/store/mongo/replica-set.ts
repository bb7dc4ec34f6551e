// A real MongoDB for tests: three members on loopback, as one replica set. TEST USAGE ONLY.
//
//   const mongo = await startReplicaSet()
//   mongo.uri('name')     the address of a database of this name
//   mongo.members()       their processes
//
// COUNTERSIGN_TEST_MONGODB_URI names a replica set that is there already (its databases named countersign-test-… are written
// to); else mongod is looked for on the PATH, and where scripts/mongod.sh puts it. Tests: see where-mongo-is.ts.
import { existsSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { MongoMemoryReplSet } from 'mongodb-memory-server-core'
import { createConnection } from 'mongoose'

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

async function startOn(systemBinary: string): Promise<ReplicaSet> {
  const set = await MongoMemoryReplSet.create({
    replSet: {
      ...{ count: 3, name: 'countersign', storageEngine: 'wiredTiger' },
      // What expires is looked for by the tests themselves: their clocks are not the server's.
      args: ['--setParameter', 'ttlMonitorEnabled=false', '--setParameter', 'enableTestCommands=1'],
      configSettings: { electionTimeoutMillis: 1000, heartbeatIntervalMillis: 250 },
    },
    // A machine that does much else takes its time.
    instanceOpts: Array.from({ length: 3 }, () => ({ launchTimeout: 45_000 })),
    binary: { systemBinary, version: '6.0.5' },
  })
  return {
    uri: (database) => set.getUri(database),
    members: () =>
      set.servers.map(({ instanceInfo }) => ({
        port: instanceInfo?.port ?? 0,
        pid: instanceInfo?.instance.mongodProcess?.pid ?? 0,
      })),
    close: async () => {
      await set.stop()
    },
  }
}
