// A real MongoDB for tests: three members on loopback, as one replica set. TEST USAGE ONLY.
//
//   whereMongoIs('what is tested', (start) => {
//     beforeAll: mongo = await start()
//     mongo.uri('name')     the address of a database of this name
//     mongo.members()       their processes
//
// COUNTERSIGN_TEST_MONGODB_URI names a replica set that is there already (its databases named countersign-test-… are written
// to); else mongod is looked for on the PATH, and where scripts/mongod.sh puts it.
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { MongoMemoryReplSet } from 'mongodb-memory-server-core'
import { type Program, program, whereInstalled } from '../../support/installed.ts'

export type ReplicaSet = {
  uri(database: string): string
  members(): { port: number; pid: number }[]
  close(): Promise<void>
}

const FETCHED = fileURLToPath(new URL('../../../.cache/mongod', import.meta.url))
const onPath = program('MongoDB', '', 'mongod')
const fetched = join(FETCHED, 'mongod')
const given = process.env.COUNTERSIGN_TEST_MONGODB_URI

/** The program, where one was found. */
export const mongodPath = (): string => onPath.find() ?? fetched

const mongod: Program = {
  title: 'MongoDB',
  package:
    'mongodb-org-server" of mongodb.com, run "scripts/mongod.sh", or set COUNTERSIGN_TEST_MONGODB_URI to "mongodb://…',
  find: () => given ?? onPath.find() ?? (existsSync(fetched) ? fetched : undefined),
}

/** Runs the tests of `body` where a MongoDB can be started, or is. */
export function whereMongoIs(name: string, body: (start: () => Promise<ReplicaSet>) => void): void {
  whereInstalled(name, [mongod], (path = '') => body(() => (given ? Promise.resolve(onGiven(given)) : startOn(path))))
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
