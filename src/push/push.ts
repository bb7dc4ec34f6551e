// Wakes devices. A push is a doorbell: it carries no number and no decision, and a sign-in goes on without it.
import type { Audit } from '../audit/audit.ts'
import type { Lookup } from '../base/addresses.ts'
import type { Clock } from '../base/clock.ts'
import type { Log } from '../base/log.ts'
import { type PersonKey, personKeyOf } from '../base/person.ts'
import { isRefusal, type Refusal, refuse } from '../base/refusal.ts'
import { createBackground } from './background.ts'
import { createDeliver, type PushPurpose, type PushSubject, type Senders } from './deliver.ts'
import { type Provider, providerOf } from './provider.ts'
import * as rules from './ring.ts'
import type { PushResult } from './sender.ts'
import type { DeviceSubscription } from './subscription.ts'
import { createSubscriptions, type Owner, type PushKind, type SubscriptionStore } from './subscriptions.ts'
import { createUnderWay } from './under-way.ts'

/** A sign-in whose devices are to be woken: what the push says, and until when it matters. */
export type Call = PersonKey & {
  signInId: string
  promptNumber: number
  integrationId: string
  integrationName: string
  /** The account's label, when the integration lets a push name it; else null. */
  person: string | null
  promptedAt: number
  expiresAt: number
  /** Whether the prompt still asks. Looked up before a push service is tried again: it may have been decided at another node. */
  isAsked: () => Promise<boolean>
}

/** How a prompt's ringing stands, for the page that waits for it. */
export type RingStanding = {
  /** Whether any of the person's devices can be woken. */
  reachable: boolean
  rung: boolean
  /** Milliseconds until it may ring again; 0 when it may now. */
  againAfter: number
  /** Whether nobody is rung for because of sign-ins that the person did not want. */
  quiet: boolean
}

export type PushHealth = { since: number; results: Record<PushKind, Partial<Record<PushResult, number>>> }

export type Push = ReturnType<typeof createPush>

/** A prompt that was opened this long ago and may ring is being rung for: the ring is written behind the page's back. */
const JUST_NOW = 5000
/** A push service is asked so often for one prompt. */
const MOST_TRIES = 3
/** What replaces a notification matters for as long as the notification may stand there. */
const OVER_LIFE = 60_000
const TEST_LIFE = 60_000
/** A push service that answers at all has done so by then: who is being woken when the service stops is woken. */
const LAST_PATIENCE = 1500
const TEST_LIMIT = { gap: 5000, most: 5, window: rules.RING_WINDOW }

export function createPush(options: {
  store: SubscriptionStore
  rings: rules.RingStore
  senders: Senders
  vapidPublicKey: string
  lookup: Lookup
  /** Hosts of push services that may lie inside the operator's network. */
  trustedHosts: readonly string[]
  audit: Pick<Audit, 'record'>
  clock: Clock
  log: Log
  /** Told of every result, for the metrics. */
  observe?: (provider: Provider, purpose: PushPurpose, result: PushResult) => void
}) {
  const { store, rings, senders, vapidPublicKey, audit, clock, log } = options
  const kinds: PushKind[] = senders.fcm ? ['web', 'fcm'] : ['web']
  const subscriptions = createSubscriptions({ ...options, kinds })
  const health: PushHealth = { since: clock.now(), results: { web: {}, fcm: {} } }
  const closing = new AbortController()
  const deliver = createDeliver({
    ...{ senders, audit, clock, log, retire: store.retire },
    count(to, purpose, result) {
      const results = health.results[to.kind]
      results[result] = (results[result] ?? 0) + 1
      options.observe?.(providerOf(to), purpose, result)
    },
    closing: closing.signal,
  })
  const background = createBackground(log)
  const ended = new AbortController()
  const underWay = createUnderWay()

  async function quietUntil(person: PersonKey): Promise<number> {
    const now = clock.now()
    return rules.quietUntil(await rings.unwanted(person, now - rules.UNWANTED_WINDOW), now)
  }

  /** Writes the ring down, if the person may be rung for. */
  async function admit(call: Call): Promise<true | Refusal> {
    const now = clock.now()
    const tooSoon = (reason: string, retryAfterSeconds: number): Refusal =>
      refuse('push.too-soon', reason, { retryAfterSeconds })
    const quiet = await quietUntil(call)
    if (quiet > now) return tooSoon('quiet after unwanted sign-ins', rules.secondsUntil(quiet, now))
    const prompt = rules.promptOf(call.signInId, call.promptNumber)
    const taken = await rules.takeRing(rings, rules.personRings(call), prompt, now, rules.PERSON_LIMIT)
    return taken === true ? true : tooSoon('rung for lately', taken)
  }

  /** Who is to be woken, once the ring is written down. */
  async function prepare(call: Call, deviceIds: readonly string[]): Promise<DeviceSubscription[] | Refusal> {
    const to = await subscriptions.ofDevices(deviceIds)
    if (to.length === 0) return refuse('push.nowhere', 'no device of the person has a subscription')
    const admitted = await admit(call)
    return isRefusal(admitted) ? admitted : to
  }

  async function callOut(call: Call, to: DeviceSubscription[], wanted: AbortSignal): Promise<void> {
    const { signInId, integrationName, person, expiresAt } = call
    const named = { kind: 'prompt', tag: signInId, integrationName, ...(person !== null && { person }) }
    const sendings = to.map((subscription) => {
      const { deviceId } = subscription
      const message = (millisecondsLeft: number) => ({
        body: JSON.stringify({ ...named, deviceId, millisecondsLeft }),
        topic: signInId,
        urgency: 'high' as const,
      })
      const stillWanted = async () => (await quietUntil(call)) <= clock.now() && call.isAsked()
      const times = { until: expiresAt, wanted, stillWanted, mostTries: MOST_TRIES }
      return deliver(subscription, subjectOf(call, 'prompt'), message, times)
    })
    await Promise.all(sendings)
  }

  async function ring(call: Call, deviceIds: readonly string[]): Promise<true | Refusal> {
    const prepared = prepare(call, deviceIds)
    background.run(
      underWay.add(call.signInId, async (stopped, stopOthers) => {
        const to = await prepared.catch(() => [])
        // The prompt may have ended while the ring was written down.
        if (isRefusal(to) || stopped.aborted) return
        stopOthers()
        await callOut(call, to, AbortSignal.any([stopped, ended.signal]))
      }),
    )
    const admitted = await prepared
    return isRefusal(admitted) ? admitted : true
  }

  async function replace(
    call: Call,
    devices: () => Promise<readonly string[]>,
    outcome: 'decided' | 'ended',
  ): Promise<void> {
    const { signInId, integrationName } = call
    // After what is still being sent: the other way round, the prompt would stand there for nothing.
    await underWay.stop(signInId)
    const heard = await rings.since(rules.personRings(call), clock.now() - rules.RING_WINDOW)
    if (!heard.some((ring) => rules.isRingOf(signInId, ring))) return
    const to = await subscriptions.ofDevices(await devices())
    const until = Math.max(call.expiresAt, clock.now() + OVER_LIFE)
    const times = { until, wanted: ended.signal, mostTries: MOST_TRIES }
    await Promise.all(
      to.map((subscription) => {
        const { deviceId } = subscription
        const body = JSON.stringify({ kind: 'over', tag: signInId, deviceId, integrationName, outcome })
        const message = () => ({ body, topic: signInId, urgency: 'normal' as const })
        return deliver(subscription, subjectOf(call, 'over'), message, times)
      }),
    )
  }

  return {
    vapidPublicKey,
    kinds,
    health: (): PushHealth => health,
    subscribe: subscriptions.subscribe,
    standingOf: subscriptions.standingOf,

    /**
     * Wakes a person's devices for a prompt, within the limits of ring.ts. Answers as soon as that is decided; the push
     * services are not waited for. Refuses `push.nowhere` and `push.too-soon`; the sign-in goes on all the same.
     */
    ring,

    /** The same, for those who have a sign-in to go on with: nothing that goes wrong here reaches them. */
    ringLater: (call: Call, deviceIds: readonly string[]): void => background.run(ring(call, deviceIds)),

    /** A prompt is over: what stands on these devices is replaced. Nobody waits for it. */
    over: (call: Call, devices: () => Promise<readonly string[]>, outcome: 'decided' | 'ended'): void =>
      background.run(replace(call, devices, outcome)),

    /** Until when nobody is rung for because of this, with what came before; 0 when that changes nothing. */
    async quietAfter(person: PersonKey, unwanted: rules.Unwanted): Promise<number> {
      const now = unwanted.at
      const earlier = await rings.unwanted(person, now - rules.UNWANTED_WINDOW)
      if (rules.quietUntil(earlier, now) > now) return 0
      return rules.quietUntil([...earlier, unwanted], now)
    },

    async standing(call: Call, deviceIds: readonly string[]): Promise<RingStanding> {
      const now = clock.now()
      const [to, heard, quiet] = await Promise.all([
        subscriptions.ofDevices(deviceIds),
        rings.since(rules.personRings(call), now - rules.RING_WINDOW),
        quietUntil(call),
      ])
      const next = Math.max(rules.nextRing(heard, now, rules.PERSON_LIMIT), quiet)
      const reachable = to.length > 0
      const written = heard.some(({ prompt }) => prompt === rules.promptOf(call.signInId, call.promptNumber))
      const awaited = !written && reachable && next <= now && now - call.promptedAt < JUST_NOW
      const again = awaited ? call.promptedAt + rules.RING_GAP : next
      // What rang only for subscriptions that turned out to be gone rang for nobody.
      return {
        reachable,
        rung: reachable && (written || awaited),
        againAfter: Math.max(0, again - now),
        quiet: quiet > now,
      }
    },

    /** Sends the push that the person asked for in the app, and waits for what becomes of it. Refuses `push.too-soon`. */
    async test(owner: Owner): Promise<PushResult | 'not-subscribed' | Refusal> {
      const { deviceId, integrationId, integrationName } = owner
      const [to] = await subscriptions.ofDevices([deviceId])
      if (!to) return 'not-subscribed'
      const now = clock.now()
      const taken = await rules.takeRing(rings, rules.testRings(deviceId), 'test', now, TEST_LIMIT)
      if (taken !== true) return refuse('push.too-soon', 'tested lately', { retryAfterSeconds: taken })
      const body = JSON.stringify({ kind: 'test', tag: `test-${deviceId}`, deviceId, integrationName })
      const subject = { ...personKeyOf(owner), purpose: 'test' as const, signInId: null, integrationId }
      // One try: the person is looking, and can press again.
      const times = { until: now + TEST_LIFE, wanted: ended.signal, mostTries: 1 }
      return deliver(to, subject, () => ({ body, topic: deviceId, urgency: 'high' }), times)
    },

    tidy: (): Promise<void> => rings.forget(clock.now() - Math.max(rules.RING_WINDOW, rules.UNWANTED_WINDOW)),

    /** Tries nothing again, lets what is under way end within `patience` milliseconds, and then cuts it off. */
    async close(patience = LAST_PATIENCE): Promise<void> {
      closing.abort()
      const cut = setTimeout(() => ended.abort(), patience)
      await background.end()
      clearTimeout(cut)
      ended.abort()
    },
  }
}

const subjectOf = (call: Call, purpose: PushPurpose): PushSubject => ({
  ...personKeyOf(call),
  purpose,
  signInId: call.signInId,
  integrationId: call.integrationId,
})
