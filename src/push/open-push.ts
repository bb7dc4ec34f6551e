import type { Audit } from '../audit/audit.ts'
import type { Lookup } from '../base/addresses.ts'
import type { Dial } from '../base/checked-agent.ts'
import type { Clock } from '../base/clock.ts'
import type { Log } from '../base/log.ts'
import type { Random } from '../base/random.ts'
import type { MasterKey } from '../base/seal.ts'
import { StartRefused } from '../base/start-refused.ts'
import type { PushPurpose } from './deliver.ts'
import { createFcmSender } from './fcm-sender.ts'
import { isWellKnown, type Provider } from './provider.ts'
import { createPush, type Push } from './push.ts'
import type { RingStore } from './ring.ts'
import type { PushResult } from './sender.ts'
import type { SubscriptionStore } from './subscriptions.ts'
import { createVapidHeader, prepareVapidKey, type VapidStore, vapidKeyOf } from './vapid.ts'
import { createWebSender } from './web-sender.ts'

/** Push, with the key that was given or is kept, and a sender for each kind that is configured. Throws StartRefused. */
export async function openPush(options: {
  stores: { subscriptions: SubscriptionStore; rings: RingStore; vapid: VapidStore }
  settings: {
    vapidKey: string | null
    vapidSubject: string
    pushTrustedHosts: readonly string[]
    fcmCredentialsFile: string | null
  }
  master: MasterKey
  /** For the hosts of the well-known push services and those that the operator named; `resolve`: for any other, which a phone named. */
  lookup: Lookup
  resolve: Lookup
  dial: Dial
  audit: Audit
  clock: Clock
  random: Random
  log: Log
  observe?: ((provider: Provider, purpose: PushPurpose, result: PushResult) => void) | undefined
}): Promise<Push> {
  const { stores, settings, master, dial, audit, clock, random, log, observe } = options
  const { vapidSubject: subject, pushTrustedHosts: trustedHosts, fcmCredentialsFile: credentialsFile } = settings
  const given = settings.vapidKey ? vapidKeyOf(settings.vapidKey) : undefined
  if (settings.vapidKey && !given) throw new StartRefused('COUNTERSIGN_VAPID_PRIVATE_KEY is not a P-256 key.')
  const key = given ?? (await prepareVapidKey({ store: stores.vapid, master, random }))
  const lookup: Lookup = (host) =>
    isWellKnown(host) || trustedHosts.includes(host) ? options.lookup(host) : options.resolve(host)
  const vapidHeader = createVapidHeader({ key, subject, clock })
  return createPush({
    store: stores.subscriptions,
    rings: stores.rings,
    senders: {
      web: createWebSender({ vapidHeader, lookup, dial, trustedHosts, clock }),
      fcm: credentialsFile ? await createFcmSender({ credentialsFile, dial, clock }) : null,
    },
    vapidPublicKey: key.publicKey,
    ...(observe && { observe }),
    ...{ lookup, trustedHosts, audit, clock, log },
  })
}
