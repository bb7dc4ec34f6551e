// How a device is woken: it says where, asks how that stands, and may try it.
import type { RequestHandler, Router } from 'express'
import { z } from 'zod'
import { personKeyOf } from '../base/person.ts'
import { isRefusal, type Refusal, refuse } from '../base/refusal.ts'
import type { Push } from '../push/push.ts'
import type { Subscription } from '../push/subscription.ts'
import type { Owner } from '../push/subscriptions.ts'
import type { Caller } from '../signin/decide.ts'
import type { SignIns } from '../signin/sign-ins.ts'
import {
  type Account,
  type DeviceApiPath,
  PushRequest,
  type PushStanding,
  type PushTestAnswer,
  PushTestRequest,
} from './contract.ts'
import type { Proven } from './routes.ts'

const PUSH: DeviceApiPath = '/device/v1/push'
const TEST: DeviceApiPath = '/device/v1/push-test'

export function addPushRoutes(
  router: Router,
  deps: {
    proven: Proven
    readJson: RequestHandler
    signIns: Pick<SignIns, 'identify'>
    push: Push
    accountOf: (caller: Caller) => Promise<Account>
  },
): void {
  const { proven, readJson, signIns, push, accountOf } = deps

  /** The active device that proved a request: one that is being bound is in its person's hand, and is not woken. */
  async function ownerOf(thumbprint: string): Promise<Owner | Refusal> {
    const caller = await signIns.identify(thumbprint)
    if (isRefusal(caller)) return caller
    if (caller.status === 'pending') return refuse('device.request', 'a device that is being bound has no push')
    const { device } = caller
    const { integrationName } = await accountOf(caller)
    return { ...personKeyOf(device), deviceId: device.id, integrationId: device.integrationId, integrationName }
  }

  const standingOf = async (deviceId: string): Promise<PushStanding> => ({
    ...(await push.standingOf(deviceId)),
    kinds: push.kinds,
    vapidPublicKey: push.vapidPublicKey,
  })

  router.get(
    PUSH,
    proven(z.undefined(), async (_body, { thumbprint }): Promise<PushStanding | Refusal> => {
      const owner = await ownerOf(thumbprint)
      return isRefusal(owner) ? owner : standingOf(owner.deviceId)
    }),
  )

  router.post(
    PUSH,
    readJson,
    proven(PushRequest, async (wanted, { thumbprint, remember }): Promise<PushStanding | Refusal> => {
      const owner = await ownerOf(thumbprint)
      if (isRefusal(owner)) return owner
      const once = await remember()
      if (isRefusal(once)) return once
      const subscribed = await push.subscribe(owner, subscriptionOf(wanted))
      return isRefusal(subscribed) ? subscribed : standingOf(owner.deviceId)
    }),
  )

  router.post(
    TEST,
    readJson,
    proven(PushTestRequest, async (_body, { thumbprint, remember }): Promise<PushTestAnswer | Refusal> => {
      const owner = await ownerOf(thumbprint)
      if (isRefusal(owner)) return owner
      const once = await remember()
      if (isRefusal(once)) return once
      const result = await push.test(owner)
      if (isRefusal(result)) return result
      if (result === 'accepted' || result === 'not-subscribed' || result === 'gone') return { result }
      return { result: 'failed' }
    }),
  )
}

/** What is kept of a request to be woken; null: nothing. */
function subscriptionOf(wanted: PushRequest): Subscription | null {
  if (wanted.kind === 'none') return null
  if (wanted.kind === 'fcm') return { kind: 'fcm', token: wanted.token }
  const { endpoint, keys } = wanted
  // Written as we shall connect to it: one reading of an address, not two.
  return { kind: 'web', endpoint: new URL(endpoint).href, p256dh: keys.p256dh, auth: keys.auth }
}
