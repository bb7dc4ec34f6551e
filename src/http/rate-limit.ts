import type { Request, RequestHandler, Response } from 'express'
import { rateLimit } from 'express-rate-limit'
import type { Clock } from '../base/clock.ts'
import type { LimitStore } from '../base/limit-store.ts'
import { refuse } from '../base/refusal.ts'
import { answerRefusal } from './errors.ts'
import type { Views } from './views.ts'

/** So many requests of one kind, in so many milliseconds, from one `keyOf`. */
export type Limit<Kind extends string> = {
  kind: Kind
  most: number
  windowMs: number
  keyOf: (request: Request) => string
  /** What it is refused with; without it, as what comes from a network too often. */
  code?: 'admin.too-many' | 'token.too-many'
}

/** Told once for each window of a limit that is reached: by the first request that is one too many. */
export type Reached<Kind extends string> = (
  kind: Kind,
  until: number,
  request: Request,
  response: Response,
) => Promise<void>

/**
 * Makes limits that are counted in the store: they hold across nodes and restarts. What is beyond one is answered 429 with
 * Retry-After (RFC 6585 section 4). When the store cannot count, the request fails: a limit never fails open.
 */
export function createRateLimits<Kind extends string>(deps: {
  store: LimitStore
  clock: Clock
  views: Views
  reached: Reached<Kind>
}) {
  const { store, clock, views, reached } = deps
  return ({ kind, most, windowMs, keyOf, code = 'admin.too-many' }: Limit<Kind>): RequestHandler =>
    rateLimit({
      windowMs,
      limit: most,
      // Refusals tell how long to wait; nobody else is told how much is left.
      legacyHeaders: false,
      standardHeaders: false,
      // Its checks of our configuration write to the console, and one of them at a stranger's header.
      validate: false,
      keyGenerator: (request) => `${kind}:${keyOf(request)}`,
      store: {
        async increment(key) {
          const { hits, resetAt } = await store.hit(key, windowMs, clock.now())
          return { totalHits: hits, resetTime: new Date(resetAt) }
        },
        // Every request counts, whatever came of it; a window ends by time alone.
        decrement() {},
        resetKey() {},
      },
      async handler(request, response) {
        const { used, resetTime } = (request as Request & { rateLimit: { used: number; resetTime: Date } }).rateLimit
        if (used === most + 1) await reached(kind, resetTime.getTime(), request, response)
        response.set('Retry-After', String(Math.max(1, Math.ceil((resetTime.getTime() - clock.now()) / 1000))))
        answerRefusal(views, request, response, refuse(code, `more than ${most} of ${kind}`))
      },
    })
}
