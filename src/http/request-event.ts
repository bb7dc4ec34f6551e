import { performance } from 'node:perf_hooks'
import type { Request, RequestHandler, Response } from 'express'
import type { Log } from '../base/log.ts'
import { type Random, randomId } from '../base/random.ts'

/** What is known of a request by its end: one line in the log. Never a parameter, a cookie or a body. */
export type RequestEvent = {
  reference: string
  /** Entra's name for its request: the same in its sign-in log, and in every line of this sign-in's browser. */
  clientRequestId?: string
  signInId?: string
  integrationId?: string
  /** Who is signed in to the console. */
  administratorId?: string
  /** The token that a machine came with: its id, never its secret. */
  tokenId?: string
  /** What came of a decision: `reported` is worth an alarm. */
  outcome?: string
  /** The code and reason of a refusal. */
  code?: string
  reason?: string
}

/** The event of this request, to be filled as facts become known. */
export const eventOf = (response: Response): RequestEvent => response.locals.event as RequestEvent

/** Gives every request a reference, and logs it once, when it is answered. */
export function logRequests(log: Log, random: Random): RequestHandler {
  return (request: Request, response, next) => {
    const began = performance.now()
    const event: RequestEvent = { reference: randomId(random) }
    response.locals.event = event
    response.once('close', () => {
      const milliseconds = Math.round((performance.now() - began) * 10) / 10
      const facts = {
        ...event,
        method: request.method,
        route: routeOf(request),
        status: response.statusCode,
        milliseconds,
      }
      log.info(response.writableFinished ? facts : { ...facts, dropped: true }, 'request')
    })
    next()
  }
}

/** The pattern that the path fits, and never the path: a mistyped address may carry a secret. null: there is none. */
const routeOf = ({ route }: Request): string | null => (typeof route?.path === 'string' ? route.path : null)
