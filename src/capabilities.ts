// What Countersign can do, on its store and without any door: what the service opens, and what the command line works with.
import { existsSync, mkdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { connect } from 'node:tls'
import { type Administrators, createAdministrators } from './administrators/administrators.ts'
import { type Audit, createAudit } from './audit/audit.ts'
import { type AuditReading, createAuditReading } from './audit/audit-reading.ts'
import { type Checkpoints, createCheckpoints } from './audit/checkpoints.ts'
import { createLogVerification, type LogVerification } from './audit/verify-whole-log.ts'
import type { Lookup } from './base/addresses.ts'
import type { Dial } from './base/checked-agent.ts'
import { type Clock, systemClock } from './base/clock.ts'
import { firstMasterKey } from './base/first-master-key.ts'
import { createLog, type Log } from './base/log.ts'
import { createResolve, systemLookup } from './base/lookup.ts'
import { type Random, systemRandom } from './base/random.ts'
import { deriveKey, type MasterKey } from './base/seal.ts'
import type { Config } from './config.ts'
import { openRecordedApproval } from './devices/approval.ts'
import { createDevices, type Devices } from './devices/devices.ts'
import { createPeople, type People } from './devices/people.ts'
import type { Fetch } from './entra/entra-keys.ts'
import { type Forwarding, openForwarding } from './forwarding/open-forwarding.ts'
import { createIntegrations, type Integrations } from './integrations/integrations.ts'
import { createLastHints, type LastHints } from './integrations/last-hints.ts'
import { makeRsaPair } from './keys/certificate.ts'
import { createKeys, type Keys } from './keys/keys.ts'
import { createLocalChanges } from './signin/changes.ts'
import { createSignInHistory, type SignInHistory } from './signin/history.ts'
import { createLocks, type Locks } from './signin/locks.ts'
import type { Copied as CopiedStore, Destination } from './store/copy/copy-store.ts'
import { type BackedUp, backUpFile } from './store/sqlite/backup.ts'
import { refuseUnfinished } from './store/sqlite/held-file.ts'
import type { Restored } from './store/sqlite/restore.ts'
import { openSqliteStores } from './store/sqlite/sqlite-stores.ts'
import type { Stores } from './store/stores.ts'
import type { Took } from './store/took.ts'

export const VERSION: string = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')).version

/** What a test, and nobody else, may put in the place of the world. */
export type World = {
  clock: Clock
  random: Random
  fetch: Fetch
  lookup: Lookup
  resolve: Lookup
  dial: Dial
  log: Log
}

export const theWorld = (config: Config): World => ({
  clock: systemClock,
  random: systemRandom,
  fetch: (url, init) => fetch(url, init),
  lookup: systemLookup,
  resolve: createResolve(),
  dial: connect,
  log: createLog(config.logLevel),
})

export type Capabilities = {
  stores: Stores
  /** The time that all nodes agree on. */
  clock: Clock
  audit: Audit
  integrations: Integrations
  devices: Devices
  keys: Keys
  administrators: Administrators
  signInHistory: SignInHistory
  auditReading: AuditReading
  checkpoints: Checkpoints
  logVerification: LogVerification
  forwarding: Forwarding
  people: People
  locks: Locks
  lastHints: LastHints
  master: MasterKey
  /** The key that device nonces are made with. */
  nonceKey: Buffer
}

/** The embedded store of this configuration, whether or not it is there yet. MongoDB: see `mongodbUri`. */
export const storeFile = (config: Config): string => join(config.dataDir, 'countersign.sqlite')

/** Copies the store of this configuration to another file, beside a running service or not. */
export const backUpStore = (config: Config, to: string): Promise<BackedUp> => backUpFile(storeFile(config), to)

/** Puts a backup in the place of the embedded store. Throws StartRefused when it may not be. */
export const restoreStore = async (
  config: Config,
  from: string,
  options: { replace: boolean; stamp: string },
): Promise<Restored> => {
  const { restoreFile } = await import('./store/sqlite/restore.ts')
  return restoreFile(from, storeFile(config), options)
}

/** Copies the store from one engine of this configuration to the other. Throws StartRefused when it may not be. */
export async function copyStore(config: Config, { clock }: World, to: Destination): Promise<CopiedStore> {
  const copy = await import('./store/copy/copy-store.ts')
  return copy.copyStore({ to, file: storeFile(config), uri: config.mongodbUri ?? '', clock })
}
export type { BackedUp, CopiedStore, Destination, Restored }

/** The store of this configuration, with its time and what opens its secrets. Throws StartRefused when it cannot be used. */
async function openStores(
  config: Config,
  { clock, random, log }: World,
  took: Took | undefined,
): Promise<{ stores: Stores; clock: Clock; master: MasterKey }> {
  const changes = createLocalChanges()
  const { mongodbUri: uri, masterKey } = config
  if (uri && masterKey) {
    // Loaded only where it is used: it takes time and memory.
    const { openMongoStores } = await import('./store/mongo/mongo-stores.ts')
    const streamFailed = ({ message }: Error): void =>
      log.warn({ message }, 'the stream of changes broke off, and is opened again: waiting browsers ask by themselves')
    const stores = await openMongoStores({ uri, clock, random, changes, streamFailed, took })
    return { stores, clock: stores.clock, master: masterKey }
  }
  mkdirSync(config.dataDir, { recursive: true, mode: 0o700 })
  const file = storeFile(config)
  refuseUnfinished(file)
  const master = masterKey ?? firstMasterKey(config.dataDir, existsSync(file), random)
  return { stores: openSqliteStores({ file, clock, random, changes, took }), clock, master }
}

/** The capabilities on their store, without any door: what the command line works with. `took` measures the store. */
export async function openCapabilities(config: Config, world: World, took?: Took): Promise<Capabilities> {
  const { random } = world
  const { stores, clock, master } = await openStores(config, world, took)
  const devices = createDevices({ store: stores.devices, invitations: stores.invitations, clock, random })
  const audit = createAudit({ store: stores.audit, clock })
  const checkpoints = createCheckpoints({ store: stores.checkpoints, master, clock, random })
  const keys = createKeys({
    ...{ store: stores.keys, master, clock, random },
    ...{ makePair: makeRsaPair, rotateAfter: config.keyRotation },
  })
  return {
    stores,
    clock,
    devices,
    audit,
    administrators: createAdministrators({
      stores: stores.administration,
      record: audit.record,
      publicUrl: config.publicUrl,
      ...{ master, clock, random },
    }),
    integrations: createIntegrations({ store: stores.integrations, clock, random }),
    keys,
    signInHistory: createSignInHistory({ store: stores.signInHistory, clock }),
    auditReading: createAuditReading({ store: stores.auditReading }),
    checkpoints,
    logVerification: createLogVerification({
      ...{ audit: stores.audit, checkpoints: stores.checkpoints, publicKey: checkpoints.publicKey },
      openApproval: openRecordedApproval,
      deviceKey: async (id) => {
        const device = await devices.find(id)
        return device && JSON.stringify(device.publicKey)
      },
    }),
    forwarding: openForwarding({
      store: stores.forwarding,
      settings: config,
      version: VERSION,
      world: { ...world, clock },
      master,
      proveMaster: keys.proveMaster,
    }),
    locks: createLocks({ store: stores.signIns }),
    people: createPeople({ store: stores.people, invitations: stores.invitations, clock }),
    lastHints: createLastHints({ store: stores.lastHints }),
    master,
    nonceKey: deriveKey(master, 'device-nonce'),
  }
}
