// A browser has one push subscription, however many accounts: the service is told of it for each of them, by that
// account's key. The page and the service worker both do this.
import { base64url } from 'jose'
import type { PushRequest, PushStanding } from '../../device-api/contract.ts'
import type { StoredAccount } from './account-store.ts'
import type { DeviceClient } from './device-client.ts'
import { DeviceRefusal } from './device-errors.ts'
import { inTime } from './in-time.ts'

/**
 * When to begin with a new subscription although the browser has one. `when-forgotten`: the service knows none for an
 * account that it was told of, since its push service called it dead. `never`: there is a new account, of which the
 * service was not told yet.
 */
export type Renewal = 'never' | 'when-forgotten' | 'always'
type Standing = { account: StoredAccount; standing: PushStanding }

/** A push service may never answer; people do not wait longer. */
const PATIENCE = 10_000

/** The browser gave no subscription: its push service cannot be reached, or permission is missing. */
export class NoSubscription extends Error {
  constructor(cause: unknown) {
    super('The browser gave no push subscription', { cause })
    this.name = 'NoSubscription'
  }
}

/** Sees to it that the service reaches this browser for each of these accounts. Repeating it changes nothing. */
export async function registerForPush(options: {
  accounts: StoredAccount[]
  client: DeviceClient
  manager: PushManager
  renewal: Renewal
}): Promise<'registered' | 'not-offered'> {
  const { accounts, client, manager, renewal } = options
  const standings = await Promise.all(accounts.map((account) => standingOf(client, account)))
  const known = standings.filter((one) => one !== undefined)
  const offer = known[0]?.standing
  if (!offer?.kinds.includes('web')) return 'not-offered'
  const forgotten = known.some(({ standing }) => standing.subscribed === 'none')
  const anew = renewal === 'always' || (renewal === 'when-forgotten' && forgotten)
  const subscription = await subscribe(manager, offer.vapidPublicKey, anew)
  const digest = await digestOf(subscription.endpoint)
  const others = known.filter(({ standing }) => standing.addressDigest !== digest)
  await Promise.all(others.map(({ account }) => client.setPush(account.key, requestFor(subscription))))
  return 'registered'
}

/** Nothing for an account whose key the service does not take (any more). */
async function standingOf(client: DeviceClient, account: StoredAccount): Promise<Standing | undefined> {
  try {
    return { account, standing: (await client.push(account.key)).body }
  } catch (error) {
    if (error instanceof DeviceRefusal && /^device-/.test(error.problem.code)) return undefined
    throw error
  }
}

async function subscribe(manager: PushManager, vapidPublicKey: string, anew: boolean): Promise<PushSubscription> {
  try {
    const present = await inTime(manager.getSubscription(), PATIENCE)
    if (present && !anew && isGood(present, vapidPublicKey)) return present
    // A browser refuses a second subscription for another key.
    if (present) await inTime(present.unsubscribe(), PATIENCE)
    const wanted = manager.subscribe({ userVisibleOnly: true, applicationServerKey: vapidPublicKey })
    return await inTime(wanted, PATIENCE)
  } catch (error) {
    throw new NoSubscription(error)
  }
}

function isGood({ options, expirationTime }: PushSubscription, vapidPublicKey: string): boolean {
  const { applicationServerKey: key } = options
  if (expirationTime !== null && expirationTime <= Date.now()) return false
  return key !== null && base64url.encode(new Uint8Array(key)) === vapidPublicKey
}

async function digestOf(endpoint: string): Promise<string> {
  return base64url.encode(new Uint8Array(await crypto.subtle.digest('SHA-256', new TextEncoder().encode(endpoint))))
}

function requestFor(subscription: PushSubscription): PushRequest {
  const { p256dh, auth } = subscription.toJSON().keys ?? {}
  return { kind: 'web', endpoint: subscription.endpoint, keys: { p256dh: p256dh!, auth: auth! } }
}
