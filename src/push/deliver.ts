// One message to one device: sent, tried again where the push service says when, written down, and retired when it is gone.
import type { Audit } from '../audit/audit.ts'
import type { AuditEvent } from '../audit/events.ts'
import type { Clock } from '../base/clock.ts'
import type { Log } from '../base/log.ts'
import type { PushMessage, PushResult, Sender, Sent } from './sender.ts'
import type { DeviceSubscription, FcmSubscription, Subscription, WebSubscription } from './subscription.ts'

export type Senders = { web: Sender<WebSubscription>; fcm: Sender<FcmSubscription> | null }

export type PushPurpose = 'prompt' | 'over' | 'test'

/** What a push is about, for the audit log. */
export type PushSubject = {
  purpose: PushPurpose
  signInId: string | null
  integrationId: string
  tenantId: string
  objectId: string
}

/** A push service that says nothing is not waited for. */
const PATIENCE = 10_000
const RETIRE: readonly PushResult[] = ['gone', 'mismatched']
const TRY_AGAIN: readonly PushResult[] = ['limited', 'unavailable', 'too-large']

/** Until when a message matters, and how often its push service is asked. `stillWanted` is asked before each try but the first. */
type Times = { until: number; wanted: AbortSignal; stillWanted?: () => Promise<boolean>; mostTries: number }

export type Deliver = ReturnType<typeof createDeliver>

export function createDeliver(options: {
  senders: Senders
  audit: Pick<Audit, 'record'>
  retire: (subscription: DeviceSubscription, event: AuditEvent) => Promise<boolean>
  clock: Clock
  log: Log
  /** Told of every result, for the metrics. */
  count: (to: Subscription, purpose: PushPurpose, result: PushResult) => void
  /** Once it aborts, nothing is tried again. */
  closing: AbortSignal
}) {
  const { senders, audit, retire, clock, log, count, closing } = options

  async function attempt(to: DeviceSubscription, message: PushMessage, signal: AbortSignal): Promise<Sent> {
    const { subscription } = to
    if (subscription.kind === 'web') return senders.web.send(subscription, message, signal)
    if (!senders.fcm) return { result: 'rejected', detail: 'Firebase Cloud Messaging is not configured' }
    return senders.fcm.send(subscription, message, signal)
  }

  /**
   * Sends one message, made anew for each try, and says what became of it. A service that asks us to come back later is asked again, `mostTries`
   * times in all, if that is before `until`, nobody aborted `wanted` or `closing`, and it is `stillWanted` by then. It never throws: nothing
   * that a push service does may touch a sign-in.
   */
  return async function deliver(
    to: DeviceSubscription,
    subject: PushSubject,
    message: (millisecondsLeft: number) => Omit<PushMessage, 'ttl'>,
    { until, wanted, stillWanted, mostTries }: Times,
  ): Promise<PushResult> {
    const { kind: via } = to.subscription
    const { deviceId } = to
    let result: PushResult = 'unreachable'
    try {
      for (let tries = 1; ; tries++) {
        const left = Math.max(0, until - clock.now())
        const signal = AbortSignal.any([wanted, AbortSignal.timeout(PATIENCE)])
        const sent = await attempt(to, { ...message(left), ttl: Math.ceil(left / 1000) }, signal)
        result = sent.result
        // Cut off by us: that says nothing of the push service.
        if (wanted.aborted && result === 'unreachable') return result
        count(to.subscription, subject.purpose, result)
        await audit.record({ ...subject, type: 'push.sent', deviceId, via, result })
        if (result !== 'accepted') log.warn({ via, deviceId, result, detail: sent.detail }, 'push not accepted')
        if (RETIRE.includes(result)) {
          const { integrationId, tenantId, objectId } = subject
          const event = {
            type: 'push.retired',
            deviceId,
            integrationId,
            tenantId,
            objectId,
            via,
            reason: result,
          } as const
          await retire(to, event)
          return result
        }
        const wait = (sent.retryAfterSeconds ?? Number.POSITIVE_INFINITY) * 1000
        if (!TRY_AGAIN.includes(result) || tries >= mostTries || clock.now() + wait >= until) return result
        if (!(await waited(wait, AbortSignal.any([wanted, closing])))) return result
        if (stillWanted && !(await stillWanted())) return result
      }
    } catch (error) {
      // A store that fails is told by what needs it; here it costs a push.
      log.error({ message: (error as Error).message, stack: (error as Error).stack }, 'push failed')
      return result
    }
  }
}

/** True after so many milliseconds; false as soon as nobody wants it any more. */
function waited(milliseconds: number, wanted: AbortSignal): Promise<boolean> {
  return new Promise((resolve) => {
    if (wanted.aborted) return resolve(false)
    const stop = (): void => {
      clearTimeout(timer)
      resolve(false)
    }
    const timer = setTimeout(() => {
      wanted.removeEventListener('abort', stop)
      resolve(true)
    }, milliseconds)
    wanted.addEventListener('abort', stop, { once: true })
  })
}
