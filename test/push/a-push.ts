// Push on a real store, with push services that do as a test tells them. The time stands still but for leaps.
import { afterEach, beforeEach } from '@jest/globals'
import { createAudit } from '../../src/audit/audit.ts'
import { silentLog } from '../../src/base/log.ts'
import { systemRandom } from '../../src/base/random.ts'
import { isRefusal } from '../../src/base/refusal.ts'
import { type Call, createPush, type Push } from '../../src/push/push.ts'
import type { PushMessage, Sent } from '../../src/push/sender.ts'
import type { Subscription, WebSubscription } from '../../src/push/subscription.ts'
import { createLocalChanges } from '../../src/signin/changes.ts'
import { openSqliteStores } from '../../src/store/sqlite/sqlite-stores.ts'
import type { Stores } from '../../src/store/stores.ts'
import { ADA, activateOne, aDevice } from '../store/contract/material.ts'
import { temporaryFile } from '../store/temporary-file.ts'
import { createTestClock, type TestClock } from '../support/clock.ts'

export const ACCEPTED: Sent = { result: 'accepted', detail: 'status 201' }
export type Sending = { endpoint: string; signal: AbortSignal } & Omit<PushMessage, 'body'> & {
    body: Record<string, unknown>
  }

export let clock: TestClock
export let stores: Stores
export let push: Push
/** What was sent, and what was logged as an error. */
export let sent: Sending[]
export let logged: string[]
let answer: (sending: Sending) => Promise<Sent>
let cleanUp: () => void

/** What push services answer from now on; before, they accept everything. */
export function answers(how: (sending: Sending) => Promise<Sent>): void {
  answer = how
}

/** Gives each test of a file a push and a store of its own. */
export function withPush(): void {
  beforeEach(() => {
    const { file, remove } = temporaryFile()
    cleanUp = remove
    clock = createTestClock()
    clock.hold()
    sent = []
    logged = []
    answer = async () => ACCEPTED
    stores = openSqliteStores({ file, clock, random: systemRandom, changes: createLocalChanges() })
    push = open()
  })
  afterEach(async () => {
    await push.close(0)
    await stores.close()
    cleanUp()
  })
}

/** Another process on the same store. */
export function open(rings = stores.rings): Push {
  const send = (to: WebSubscription, message: PushMessage, signal: AbortSignal): Promise<Sent> => {
    const sending = { ...message, body: JSON.parse(message.body), endpoint: to.endpoint, signal }
    sent.push(sending)
    return answer(sending)
  }
  return createPush({
    store: stores.subscriptions,
    rings,
    senders: { web: { send }, fcm: null },
    vapidPublicKey: 'our-key',
    lookup: async () => [{ address: '142.250.1.1', family: 4 }],
    trustedHosts: [],
    audit: createAudit({ store: stores.audit, clock }),
    clock,
    log: { ...silentLog, error: (facts: { message: string }) => void logged.push(facts.message) } as typeof silentLog,
  })
}

/** A device that can be woken. */
export async function aSubscribed(person = ADA): Promise<string> {
  const { id: deviceId } = await activateOne(stores, aDevice(person))
  const subscription: Subscription = { kind: 'web', endpoint: `https://push.example/${deviceId}`, p256dh: '', auth: '' }
  const kept = { deviceId, subscription, vapidKey: 'our-key', since: 0 }
  const event = { ...person, type: 'push.subscribed', deviceId, integrationId: 'integration-1', via: 'web' } as const
  await stores.subscriptions.keep(kept, event)
  return deviceId
}

export const aCall = (change: Partial<Call> = {}): Call => ({
  ...ADA,
  signInId: 'sign-in-1',
  promptNumber: 1,
  integrationId: 'integration-1',
  integrationName: 'Contoso',
  person: null,
  promptedAt: clock.now(),
  expiresAt: clock.now() + 90_000,
  isAsked: async () => true,
  ...change,
})

export const codeOf = (result: unknown): unknown => (isRefusal(result) ? result.code : result)
export const afterAWhile = (seconds: number): void => clock.leap(seconds * 1000)
/** Lets everything that is under way come to its end. */
export async function settled(): Promise<void> {
  await push.close()
  push = open()
}
/** Says nothing until it is cut off. */
export const untilCut = ({ signal }: Sending): Promise<Sent> =>
  new Promise((resolve) => {
    signal.addEventListener('abort', () => resolve({ result: 'unreachable', detail: 'no answer in time' }))
  })
export const kinds = (): unknown[] => sent.map(({ body }) => body.kind)
