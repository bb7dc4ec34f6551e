// What is measured, where somebody may ask for it: the figures of metric-list.ts, and how each comes about.
import type { Clock } from './base/clock.ts'
import type { ClockSkew } from './base/clock-skew.ts'
import type { Log } from './base/log.ts'
import type { RefusalCode } from './base/refusal.ts'
import type { DeliveryKind, DeliveryResult } from './forwarding/destination.ts'
import type { Forwarding } from './forwarding/open-forwarding.ts'
import { createMetrics, observeRequests } from './http/metrics.ts'
import { type Contract, contracts } from './integrations/integration.ts'
import type { Keys } from './keys/keys.ts'
import { ownMetrics, processMetrics } from './metric-list.ts'
import type { PushPurpose } from './push/deliver.ts'
import type { Provider } from './push/provider.ts'
import type { PushResult } from './push/sender.ts'
import { phases } from './signin/phases.ts'
import type { Phase, SignIn } from './signin/sign-in.ts'
import type { Took } from './store/took.ts'

export type Measured = ReturnType<typeof openMeasured>

const decided: readonly Phase[] = ['approved', 'denied', 'reported']
const levels = ['warn', 'error'] as const

/** Begins to measure, for whoever shows `token`. */
export function openMeasured(token: string) {
  const metrics = createMetrics(ownMetrics, { token, ofProcess: Object.keys(processMetrics) })
  // What rises seldom is there from the start: an alert sees no rise in a series that begins with it.
  for (const contract of contracts) for (const phase of phases) metrics.count('sign_ins_total', { phase, contract }, 0)
  for (const level of levels) metrics.count('log_lines_total', { level }, 0)
  for (const outcome of decided) metrics.begin('prompt_to_decision_seconds', { outcome })
  for (const result of ['done', 'failed']) {
    metrics.begin('store_write_seconds', { result })
    metrics.begin('store_read_seconds', { result })
  }

  return {
    serve: metrics.serve,
    observeRequests: observeRequests((labels, seconds) => metrics.observe('http_request_seconds', labels, seconds)),

    /** Takes a sign-in that was opened, or came to another phase. */
    countSignIn({ phase, asked: { contract }, prompt, decision }: SignIn): void {
      metrics.count('sign_ins_total', { phase, contract })
      if (decided.includes(phase) && prompt && decision)
        metrics.observe('prompt_to_decision_seconds', { outcome: phase }, (decision.at - prompt.openedAt) / 1000)
    },

    countPush(provider: Provider, purpose: PushPurpose, result: PushResult): void {
      metrics.count('pushes_total', { provider, purpose, result })
    },

    countDelivery(kind: DeliveryKind, result: DeliveryResult): void {
      metrics.count('audit_deliveries_total', { kind, result })
    },

    countRefusal(code: RefusalCode | 'internal', contract: Contract | 'none'): void {
      metrics.count('hint_refusals_total', { code, contract })
    },

    storeTook: ((kind, milliseconds, failed) => {
      const result = failed ? 'failed' : 'done'
      metrics.observe(kind === 'read' ? 'store_read_seconds' : 'store_write_seconds', { result }, milliseconds / 1000)
    }) as Took,

    /** The same log, whose warnings and errors are counted. */
    countingLog: ({ info, warn, error }: Log): Log => ({
      info,
      warn(facts, message) {
        metrics.count('log_lines_total', { level: 'warn' })
        warn(facts, message)
      },
      error(facts, message) {
        metrics.count('log_lines_total', { level: 'error' })
        error(facts, message)
      },
    }),

    /** What is looked at when somebody asks. */
    look(at: {
      keys: Pick<Keys, 'timetable'>
      skew: Pick<ClockSkew, 'current'>
      clock: Clock
      forwarding: Pick<Forwarding, 'oldestUndelivered' | 'deadLetters'>
      openWaits: () => number
      isReady: () => Promise<boolean>
    }): void {
      metrics.read(
        [
          ...(['signing_key_age_seconds', 'signing_key_ends_seconds'] as const),
          ...(['signing_key_certificate_ends_seconds', 'announced_key_signs_seconds'] as const),
        ],
        async () => {
          const timetable = await at.keys.timetable()
          const signing = timetable.find(({ phase }) => phase === 'signing')
          const announced = timetable.find(({ phase }) => phase === 'announced')
          const now = at.clock.now()
          const until = (instant: number | null | undefined) =>
            typeof instant === 'number' ? (instant - now) / 1000 : undefined
          return {
            signing_key_age_seconds: signing && (now - signing.key.signsFrom) / 1000,
            signing_key_ends_seconds: until(signing?.signsUntil),
            signing_key_certificate_ends_seconds: until(signing?.certificateUntil),
            announced_key_signs_seconds: until(announced?.key.signsFrom),
          }
        },
      )
      metrics.read(['clock_skew_seconds'], async () => {
        const skew = at.skew.current()
        return { clock_skew_seconds: skew && skew.milliseconds / 1000 }
      })
      metrics.read(
        ['audit_webhook_oldest_undelivered_seconds', 'audit_syslog_oldest_undelivered_seconds'],
        async () => ({
          audit_webhook_oldest_undelivered_seconds: await at.forwarding.oldestUndelivered('webhook'),
          audit_syslog_oldest_undelivered_seconds: await at.forwarding.oldestUndelivered('syslog'),
        }),
      )
      metrics.read(['audit_dead_letters'], async () => ({ audit_dead_letters: await at.forwarding.deadLetters() }))
      metrics.read(['open_waits'], async () => ({ open_waits: at.openWaits() }))
      metrics.read(['ready'], async () => ({ ready: (await at.isReady()) ? 1 : 0 }))
    },
  }
}
