// The composition root: builds each capability once, and gives it only what it needs.
import { fileURLToPath } from 'node:url'
import { createAdminDoor } from './admin/routes.ts'
import { createApp, type Health } from './app.ts'
import { createAuthenticator } from './authenticator/routes.ts'
import { type ClockSkew, createClockSkew } from './base/clock-skew.ts'
import type { Log } from './base/log.ts'
import { deriveKey } from './base/seal.ts'
import { type Capabilities, openCapabilities, VERSION, type World } from './capabilities.ts'
import type { Config } from './config.ts'
import { createDeviceApi } from './device-api/routes.ts'
import { createTypedCodes } from './device-api/typed-codes.ts'
import { createNonces } from './devices/nonce.ts'
import { createProofVerifier } from './devices/proof.ts'
import { createClouds } from './entra/clouds.ts'
import { createEntraKeys } from './entra/entra-keys.ts'
import { createFirstTime } from './entra/first-time.ts'
import { createEntraDoor } from './entra/routes.ts'
import { createStrangers } from './entra/strangers.ts'
import { bundleScript, endBundler, fileAsset, hashedAsset, styleAsset } from './http/assets.ts'
import { createCookies } from './http/cookies.ts'
import { noPlaces, openPlaces } from './http/places.ts'
import { createViews } from './http/views.ts'
import { createKeyKeeper } from './keys/keep-keys.ts'
import type { Keys } from './keys/keys.ts'
import { openapi } from './openapi.ts'
import { openPush } from './push/open-push.ts'
import type { Push } from './push/push.ts'
import { settingsShown } from './settings-shown.ts'
import { countedSignIns } from './signin/counted.ts'
import { createSignIns, type SignIns } from './signin/sign-ins.ts'
import type { Stores } from './store/stores.ts'

export type Service = {
  app: ReturnType<typeof createApp>
  capabilities: Capabilities & { push: Push; signIns: SignIns }
  log: Log
  /** From now on it says that it is not ready, so that a balancer sends people elsewhere, and serves whoever still comes. */
  announceStop(): void
  /** From now on no new sign-in is taken, and waiting browsers are sent away; what is under way finishes. */
  beginStop(): void
  /** Writes what is left and closes the store. */
  close(): Promise<void>
}

const TIDY_EVERY = 5000
const FORWARD_EVERY = 1000

/** The whole service, ready to be listened with. */
export async function createService(config: Config, world: World): Promise<Service> {
  const { random } = world
  // What may be wrong is tried before anything is made.
  const places = config.geoDatabase ? await openPlaces(config.geoDatabase) : noPlaces
  const metrics = config.metricsToken ? await openMeasured(config.metricsToken) : null
  const log = metrics ? metrics.countingLog(world.log) : world.log
  const capabilities = await openCapabilities(config, { ...world, log }, metrics?.storeTook)
  const { stores, clock, integrations, devices, keys, administrators, audit } = capabilities
  const { auditReading, checkpoints, forwarding, people, locks, signInHistory, lastHints } = capabilities
  try {
    const { master } = capabilities
    const previous = config.previousMasterKey
    const keyKeeper = createKeyKeeper({ keys, sealed: stores.sealed, master, previous, random, log })
    await keyKeeper.start()
    await checkpoints.prepare()
    const skew = createClockSkew({ clock, log })
    const { lookup, resolve, dial } = world
    const push = await openPush({
      ...{ stores, settings: config, master, lookup, resolve, dial, audit, clock, random, log },
      observe: metrics?.countPush,
    })
    const signIns = createSignIns({
      store: metrics ? countedSignIns(stores.signIns, metrics.countSignIn) : stores.signIns,
      changes: stores.changes,
      ...{ devices, push, clock, random },
    })
    let leaving = false
    let stopping = false
    const isStopping = (): boolean => stopping
    const health = (): Promise<Health> => healthOf(stores, keys, skew, leaving)
    const { publicUrl, https } = config

    const assets = await pageAssets()
    const views = createViews({
      assets: Object.fromEntries(assets.map(({ name, asset }) => [name, asset.url])),
      publicUrl,
    })
    const clouds = createClouds(config.localAuthority)
    const entraKeys = createEntraKeys({
      fetch: skew.measuring(world.fetch),
      clock,
      log,
      foreignKeys: config.foreignKeys,
    })
    const keepEntraKeys = async (): Promise<void> => {
      const used = (await integrations.list()).filter(({ enabled }) => enabled).map(({ cloud }) => cloud)
      const urls = clouds.filter(({ name }) => used.includes(name)).map(({ v2 }) => v2.keysUrl)
      await entraKeys.keepFresh(urls, skew.trouble() !== undefined)
    }
    const entra = createEntraDoor({
      clouds,
      hintIssued: skew.hintIssued,
      strangers: createStrangers({ limits: stores.limits, audit, clock }),
      ...{ entraKeys, places },
      hintMaxAge: config.hintMaxAge,
      isFirstTime: createFirstTime(10_000),
      countRefusal: metrics?.countRefusal ?? (() => {}),
      cookies: createCookies(https),
      ...{ integrations, signIns, keys, audit, clock, log, views, publicUrl, https, isStopping },
    })
    const nonces = createNonces(capabilities.nonceKey, clock)
    const deviceApi = createDeviceApi({
      verifyProof: createProofVerifier({ store: stores.proofs, nonces, clock }),
      typedCodes: createTypedCodes({ limits: stores.limits, audit, clock }),
      integrationName: async (id) => (await integrations.find(id))?.name,
      ...{ signIns, devices, push, nonces, clock, publicUrl, isStopping },
    })
    const authenticator = await createAuthenticator({ publicUrl })
    const admin = await createAdminDoor({
      limits: stores.limits,
      cookies: createCookies(https),
      csrfKey: deriveKey(master, 'admin-csrf'),
      fetch: world.fetch,
      skew,
      authorities: Object.fromEntries(clouds.map(({ name, authority }) => [name, authority])),
      hasLocalCloud: Boolean(config.localAuthority),
      command: config.command,
      ...{ administrators, audit, devices, integrations, keys, push, clock, publicUrl },
      webhooks: forwarding.webhooks,
      ...{ auditReading, people, locks, signInHistory, lastHints },
      shown: shownService(config, stores),
    })
    await endBundler()

    const app = createApp({
      trustProxy: config.trustProxy,
      assets: assets.map(({ asset }) => asset),
      doors: [entra.router, deviceApi, authenticator, admin],
      openapi: openapi(publicUrl, VERSION),
      health,
      ...{ https, log, random, views, metrics },
    })
    const isReady = async (): Promise<boolean> => (await health()).troubles.length === 0
    metrics?.look({ keys, skew, clock, forwarding, openWaits: entra.openWaits, isReady })
    await stores.publicUrl.note(publicUrl)
    const forwarder = await forwarding.begin(metrics?.countDelivery)
    await audit.record({ type: 'service.started', version: VERSION })

    const tidy = (): void => {
      Promise.all([
        signIns.tidy(),
        keyKeeper.tend(),
        push.tidy(),
        audit.tidy(),
        checkpoints.tend(),
        administrators.tidy(),
        capabilities.signInHistory.tidy(),
        stores.limits.forget(clock.now()),
        keepEntraKeys(),
      ]).catch((error: Error) => log.error({ message: error.message, stack: error.stack }, 'tidying failed'))
    }
    tidy()
    const tidying = setInterval(tidy, TIDY_EVERY)
    const forwarded = setInterval(() => {
      // What goes wrong is logged there, and tried again.
      void forwarder.tend()
    }, FORWARD_EVERY)

    return {
      app,
      capabilities: { ...capabilities, push, signIns },
      log,
      announceStop() {
        leaving = true
      },
      beginStop() {
        leaving = true
        stopping = true
        clearInterval(tidying)
        entra.endWaits()
      },
      async close() {
        clearInterval(tidying)
        clearInterval(forwarded)
        await Promise.all([push.close(), keyKeeper.rest(), forwarder.close()])
        await audit.record({ type: 'service.stopped', version: VERSION })
        await checkpoints.make()
        await stores.close()
      },
    }
  } catch (error) {
    await stores.close()
    throw error
  }
}

const shownService = (config: Config, stores: Stores) => ({
  version: VERSION,
  nodeVersion: process.version,
  store: stores.facts,
  settings: settingsShown(config),
  madeMasterKey: config.masterKey === null,
  hasPreviousMasterKey: config.previousMasterKey !== null,
})

/** What is measured. Loaded only where somebody measures. */
const openMeasured = async (token: string) => (await import('./measured.ts')).openMeasured(token)

async function healthOf(stores: Stores, keys: Keys, skew: ClockSkew, leaving: boolean): Promise<Health> {
  const clock = skew.trouble()
  const warnings = clock && !clock.grave ? [clock.sentence] : []
  const unready = (...troubles: string[]): Health => ({ troubles, warnings })
  if (leaving) return unready('the service is stopping')
  const reachable = await stores.reachable().catch(() => false)
  if (!reachable) return unready('the store cannot be reached, or written to')
  const usable = await keys.usable().catch(() => false)
  if (!usable) return unready('no signing key is usable')
  return clock?.grave ? unready(clock.sentence) : unready()
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
