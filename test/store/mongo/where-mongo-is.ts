import { whereInstalled } from '../../support/installed.ts'
import type { Program } from '../../support/programs.ts'
import { givenUri, mongodPath, type OwnSet, type ReplicaSet, startOn, startReplicaSet } from './replica-set.ts'

export const mongod: Program = {
  title: 'MongoDB',
  package:
    'mongodb-org-server" of mongodb.com, run "scripts/mongod.sh", or set COUNTERSIGN_TEST_MONGODB_URI to "mongodb://…',
  find: () => givenUri() ?? mongodPath(),
}

/** Runs the tests of `body` where a MongoDB can be started, or is. */
export const whereMongoIs = (name: string, body: (start: () => Promise<ReplicaSet>) => void): void =>
  whereInstalled(name, [mongod], () => body(startReplicaSet))

/** The same where a mongod can be started; a set that is there already is left alone. */
export const whereMongodIs = (name: string, body: (start: () => Promise<OwnSet>, mongod: string) => void): void =>
  whereInstalled(name, [{ ...mongod, find: mongodPath }], (path = '') => body(() => startOn(path), path))
