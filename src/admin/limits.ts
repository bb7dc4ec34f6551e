import type { RequestHandler } from 'express'
import type { ConsoleLimit } from '../audit/events.ts'
import { networkOf } from '../audit/network.ts'
import { instant } from '../base/clock.ts'
import { createRateLimits, type Limit } from '../http/rate-limit.ts'
import { eventOf } from '../http/request-event.ts'
import type { Views } from '../http/views.ts'
import { visitorOf } from '../http/visitor.ts'
import type { AdminDeps } from './wiring.ts'

/** Makes one limit, as a guard. */
export type MakeLimit = (limit: Limit<ConsoleLimit>) => RequestHandler

/** Makes the limits of the console and its API. That one was reached is on record, with whom it holds up. */
export const createConsoleLimits = (
  { limits, audit, clock }: Pick<AdminDeps, 'limits' | 'audit' | 'clock'>,
  views: Views,
): MakeLimit =>
  createRateLimits<ConsoleLimit>({
    ...{ store: limits, clock, views },
    reached(kind, until, request, response) {
      const { tokenId } = eventOf(response)
      return audit.record({
        ...{ type: 'limit.reached', of: kind, address: networkOf(visitorOf(request).address) },
        ...(kind === 'token' && tokenId !== undefined && { tokenId }),
        until: instant(until),
      })
    },
  })
