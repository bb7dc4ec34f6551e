// The composition root: builds each capability once, and gives it only what it needs.
import { existsSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { createApp } from './app.ts'
import { type Audit, createAudit } from './audit/audit.ts'
import { createAuthenticator } from './authenticator/routes.ts'
import { type Clock, systemClock } from './base/clock.ts'
import { firstMasterKey } from './base/first-master-key.ts'
import { createLog, type Log } from './base/log.ts'
import { type Random, systemRandom } from './base/random.ts'
import { deriveKey } from './base/seal.ts'
import type { Config } from './config.ts'
import { openapi } from './device-api/openapi.ts'
import { createDeviceApi } from './device-api/routes.ts'
import { createDevices, type Devices } from './devices/devices.ts'
import { createNonces } from './devices/nonce.ts'
import { createProofVerifier } from './devices/proof.ts'
import { createClouds } from './entra/clouds.ts'
import { createEntraKeys, type Fetch } from './entra/entra-keys.ts'
import { createFirstTime } from './entra/first-time.ts'
import { createEntraDoor } from './entra/routes.ts'
import { bundleScript, endBundler, fileAsset, hashedAsset, styleAsset } from './http/assets.ts'
import { createCookies } from './http/cookies.ts'
import { noPlaces, openPlaces } from './http/places.ts'
import { createViews } from './http/views.ts'
import { createIntegrations, type Integrations } from './integrations/integrations.ts'
import { createKeys, type Keys } from './keys/keys.ts'
import { createLocalChanges } from './signin/changes.ts'
import { createSignIns, type SignIns } from './signin/sign-ins.ts'
import { openSqliteStores } from './store/sqlite/sqlite-stores.ts'
import type { Stores } from './store/stores.ts'

/** What a test, and nobody else, may put in the place of the world. */
export type World = { clock: Clock; random: Random; fetch: Fetch; log: Log }

export const theWorld = (config: Config): World => ({
  clock: systemClock,
  random: systemRandom,
  fetch: (url, init) => fetch(url, init),
  log: createLog(config.logLevel),
})

export type Capabilities = {
  stores: Stores
  audit: Audit
  integrations: Integrations
  devices: Devices
  keys: Keys
  signIns: SignIns
  /** The key that device nonces are made with. */
  nonceKey: Buffer
}

/** The embedded store of this configuration, whether or not it is there yet. */
export const storeFile = (config: Config): string => join(config.dataDir, 'countersign.sqlite')

/** The capabilities on their store, without any door: what the command line works with. */
export function openCapabilities(config: Config, { clock, random }: World): Capabilities {
  mkdirSync(config.dataDir, { recursive: true, mode: 0o700 })
  const file = storeFile(config)
  const master = config.masterKey ?? firstMasterKey(config.dataDir, existsSync(file), random)
  const changes = createLocalChanges()
  const stores = openSqliteStores({ file, clock, random, changes })
  const devices = createDevices({ store: stores.devices, invitations: stores.invitations, clock, random })
  return {
    stores,
    devices,
    audit: createAudit({ store: stores.audit, clock }),
    integrations: createIntegrations({ store: stores.integrations, clock, random }),
    keys: createKeys({ store: stores.keys, master, clock, random }),
    signIns: createSignIns({ store: stores.signIns, devices, changes: stores.changes, clock, random }),
    nonceKey: deriveKey(master, 'device-nonce'),
  }
}

export type Service = {
  app: ReturnType<typeof createApp>
  capabilities: Capabilities
  log: Log
  /** From now on no new sign-in is taken, and waiting browsers are sent away; what is under way finishes. */
  beginStop(): void
  /** Writes what is left and closes the store. */
  close(): Promise<void>
}

const TIDY_EVERY = 5000
export const VERSION = '0.1.0'

/** The whole service, ready to be listened with. */
export async function createService(config: Config, world: World): Promise<Service> {
  const { clock, random, fetch, log } = world
  // What may be wrong is tried before anything is made.
  const places = config.geoDatabase ? await openPlaces(config.geoDatabase) : noPlaces
  const capabilities = openCapabilities(config, world)
  const { stores, integrations, devices, keys, signIns, audit } = capabilities
  try {
    await keys.prepare()
    let stopping = false
    const isStopping = (): boolean => stopping
    const { publicUrl, https } = config

    const assets = await pageAssets()
    const views = createViews({
      assets: Object.fromEntries(assets.map(({ name, asset }) => [name, asset.url])),
      publicUrl,
    })
    const entra = createEntraDoor({
      clouds: createClouds(config.localAuthority),
      entraKeys: createEntraKeys({ fetch, clock, log, foreignKeys: config.foreignKeys }),
      places,
      hintMaxAge: config.hintMaxAge,
      isFirstTime: createFirstTime(10_000),
      cookies: createCookies(https),
      ...{ integrations, signIns, keys, audit, clock, views, publicUrl, https, isStopping },
    })
    const nonces = createNonces(capabilities.nonceKey, clock)
    const deviceApi = createDeviceApi({
      verifyProof: createProofVerifier({ store: stores.proofs, nonces, clock }),
      integrationName: async (id) => (await integrations.find(id))?.name,
      ...{ signIns, devices, nonces, clock, publicUrl, isStopping },
    })
    const authenticator = await createAuthenticator({ publicUrl })
    await endBundler()

    const app = createApp({
      trustProxy: config.trustProxy,
      assets: assets.map(({ asset }) => asset),
      doors: [entra.router, deviceApi, authenticator],
      openapi: openapi(publicUrl, VERSION),
      troubles: () => troublesOf(stores, keys, stopping),
      ...{ https, log, random, views },
    })
    await stores.publicUrl.note(publicUrl)
    await audit.record({ type: 'service.started', version: VERSION })

    const tidying = setInterval(() => {
      Promise.all([signIns.tidy(), audit.tidy()]).catch((error: Error) =>
        log.error({ message: error.message, stack: error.stack }, 'tidying failed'),
      )
    }, TIDY_EVERY)

    return {
      app,
      capabilities,
      log,
      beginStop() {
        stopping = true
        clearInterval(tidying)
        entra.endWaits()
      },
      async close() {
        clearInterval(tidying)
        await audit.record({ type: 'service.stopped', version: VERSION })
        await stores.close()
      },
    }
  } catch (error) {
    await stores.close()
    throw error
  }
}

async function troublesOf(stores: Stores, keys: Keys, stopping: boolean): Promise<string[]> {
  if (stopping) return ['the service is stopping']
  const reachable = await stores.reachable().catch(() => false)
  if (!reachable) return ['the store cannot be reached']
  const usable = await keys.usable().catch(() => false)
  return usable ? [] : ['no signing key is usable']
}

/** Script and style of the server's own pages. */
async function pageAssets() {
  const file = (path: string): string => fileURLToPath(new URL(path, import.meta.url))
  const script = async (name: string) =>
    hashedAsset(
      '/assets',
      name,
      'js',
      'text/javascript; charset=utf-8',
      await bundleScript(file(`./entra/browser/${name}.ts`), 'es2017'),
    )
  return [
    {
      name: 'style',
      asset: await styleAsset('/assets', 'style', file('../views/entra/style.css')),
    },
    {
      name: 'icon',
      asset: await fileAsset('/assets', 'icon', 'svg', 'image/svg+xml', file('../views/entra/icon.svg')),
    },
    { name: 'signInPage', asset: await script('sign-in-page') },
    { name: 'formPost', asset: await script('form-post') },
  ]
}
