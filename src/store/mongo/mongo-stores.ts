import type { Connection } from 'mongoose'
import type { Clock } from '../../base/clock.ts'
import { type Random, randomId } from '../../base/random.ts'
import { StartRefused } from '../../base/start-refused.ts'
import type { Changes } from '../../signin/changes.ts'
import type { Stores } from '../stores.ts'
import type { Took } from '../took.ts'
import { createAdministratorStore, createPasskeyStore } from './administrator-store.ts'
import { createAuditReadingStore, createAuditStore } from './audit-store.ts'
import { createCheckpointStore } from './checkpoint-store.ts'
import { connect } from './connection.ts'
import { createPersonStore, createSignInHistoryStore } from './console-store.ts'
import { copyInTheWay } from './copy-marks.ts'
import { createDeviceStore, createInvitationStore, createProofStore } from './device-store.ts'
import { type Engine, openEngine } from './engine.ts'
import { createEntraStore, createKeptFormStore, createTokenStore } from './entra-store.ts'
import { createForwardingStore } from './forwarding-store.ts'
import { createIntegrationStore, createLastHintStore } from './integration-store.ts'
import { createKeyStore, createSealedStore, createVapidStore } from './key-store.ts'
import { migrate, SCHEMA } from './migrate.ts'
import { type Models, modelsOn } from './models.ts'
import { observedEngine } from './observed-engine.ts'
import { createRingStore, createSubscriptionStore } from './push-store.ts'
import { createReading, whileThere } from './reading.ts'
import { createChallengeStore, createLimitStore, createSessionStore, forgetAdministration } from './session-store.ts'
import { watchSignIns } from './sign-in-changes.ts'
import { createSignInStore } from './sign-in-store.ts'
import { createStoreClock, type StoreClock } from './store-clock.ts'

export type MongoStores = Stores & { clock: Clock }

type Options = {
  uri: string
  clock: Clock
  random: Random
  changes: Changes
  /** Told when the stream of changes breaks off; it comes back by itself. */
  streamFailed: (error: Error) => void
  /** Told how long reads and writes take. */
  took?: Took | undefined
}

/** A database that is up to date, and its time. */
export type Prepared = { connection: Connection; models: Models; clock: StoreClock }

/** Every port on one MongoDB, and its time. Throws StartRefused when it cannot be used. */
export async function openMongoStores(options: Options): Promise<MongoStores> {
  const prepared = await prepareDatabase(options)
  try {
    const stores = await openStoresOn(prepared, options)
    return {
      ...stores,
      async close() {
        await stores.close()
        await prepared.connection.close()
      },
    }
  } catch (error) {
    await prepared.connection.close()
    throw error
  }
}

/** Connects, and brings the database up to date. Throws StartRefused when it cannot be used. */
export async function prepareDatabase({ uri, clock: ofProcess }: Pick<Options, 'uri' | 'clock'>): Promise<Prepared> {
  const connection = await connect(uri)
  try {
    const models = modelsOn(connection)
    const clock = await createStoreClock(connection, ofProcess)
    const inTheWay = await copyInTheWay(models, clock.now())
    if (inTheWay) throw new StartRefused(inTheWay)
    await migrate(connection, models)
    return { connection, models, clock }
  } catch (error) {
    await connection.close()
    throw error
  }
}

/** Every port, with a chain of its own. To close it leaves the connection open. */
export async function openStoresOn(
  { connection, models, clock }: Prepared,
  { uri, random, took, ...options }: Options,
): Promise<MongoStores> {
  const engine = await openEngine({
    models,
    startSession: () => connection.startSession(),
    now: clock.now,
    newWriter: () => randomId(random),
    chance: () => random.bytes(1).readUInt8() / 255,
  })
  const changes = watchSignIns(await connect(uri), options.changes, options.streamFailed)
  const stay = setInterval(() => {
    // What fails here fails wherever it is needed, and is told there.
    void Promise.all([engine.stay(), clock.look()]).catch(() => undefined)
  }, STAY_EVERY)
  stay.unref()
  return {
    ...storesOn(took ? observedEngine(engine, took) : engine, connection),
    changes,
    clock,
    async close() {
      clearInterval(stay)
      await Promise.all([engine.close(), changes.close()])
    },
  }
}

const STAY_EVERY = 30_000
const PUBLIC_URL = 'public-url'

function storesOn(engine: Engine, connection: Connection): Omit<Stores, 'changes' | 'close'> {
  const { models } = engine
  const { one } = createReading(engine)
  return {
    signIns: createSignInStore(engine),
    devices: createDeviceStore(engine),
    invitations: createInvitationStore(engine),
    proofs: createProofStore(engine),
    integrations: createIntegrationStore(engine),
    keys: createKeyStore(engine),
    sealed: createSealedStore(engine),
    subscriptions: createSubscriptionStore(engine),
    rings: createRingStore(engine),
    vapid: createVapidStore(engine),
    administration: {
      administrators: createAdministratorStore(engine),
      passkeys: createPasskeyStore(engine),
      sessions: createSessionStore(engine),
      challenges: createChallengeStore(engine),
      entra: createEntraStore(engine),
      keptForms: createKeptFormStore(engine),
      tokens: createTokenStore(engine),
      forget: (before) => forgetAdministration(models, before),
    },
    limits: createLimitStore(engine),
    audit: createAuditStore(engine),
    auditReading: createAuditReadingStore(engine),
    checkpoints: createCheckpointStore(engine),
    forwarding: createForwardingStore(engine),
    signInHistory: createSignInHistoryStore(engine),
    people: createPersonStore(engine),
    lastHints: createLastHintStore(engine),
    publicUrl: {
      note: async (url) => {
        if ((await one('setting', { _id: PUBLIC_URL }))?.value === url) return
        const wanted = { $set: { value: url } }
        await whileThere(() => models.setting.updateOne({ _id: PUBLIC_URL }, wanted, { upsert: true }))
      },
      last: async () => (await one('setting', { _id: PUBLIC_URL }))?.value,
    },
    facts: async () => {
      const { version } = (await connection.db?.admin().serverInfo()) ?? {}
      const { dataSize } = (await connection.db?.stats()) ?? {}
      return { engine: `MongoDB ${version}`, schema: SCHEMA, bytes: Number(dataSize) }
    },
    reachable: async () => {
      await connection.db?.admin().command({ ping: 1 })
      return engine.writable()
    },
  }
}
