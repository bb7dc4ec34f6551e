import type { Response } from 'express'
import type { z } from 'zod'
import { Refusal } from '../../base/refusal.ts'
import { statusOf } from '../../http/errors.ts'
import { eventOf } from '../../http/request-event.ts'

/** A request that is not as described: the machine's author is told which part of it, and why. */
export class WrongRequest extends Refusal {
  readonly field: string
  readonly problem: string
  constructor(field: string, problem: string) {
    super('api.request', `${field}: ${problem}`)
    this.field = field
    this.problem = problem
  }
}

/** The first thing that is wrong with what was given. What is not known is refused too: it may be a mistyped filter. */
export function wrongOf({ issues }: z.ZodError, whole: string): WrongRequest {
  const issue = issues[0]
  const path = issue?.path.map(String) ?? []
  if (issue?.code === 'unrecognized_keys')
    return new WrongRequest([...path, issue.keys[0]].join('.'), 'there is no such parameter here')
  return new WrongRequest(path.join('.') || whole, issue?.message ?? 'not as described')
}

/** RFC 6750 section 3: what a client is told about its token, beside the status. */
const challenges: Partial<Record<Refusal['code'], string>> = {
  'token.missing': 'Bearer realm="Countersign"',
  'token.refused': 'Bearer realm="Countersign", error="invalid_token"',
  'token.scope': 'Bearer realm="Countersign", error="insufficient_scope"',
}

/** Answers a refusal as problem+json (RFC 9457). */
export function sendProblem(response: Response, refusal: Refusal): void {
  const event = eventOf(response)
  const { code, reason, sentence } = refusal
  // The reason of what is wrong with a request may hold what was sent in it: that is not for the log.
  const wrong = refusal instanceof WrongRequest ? { field: refusal.field, detail: refusal.problem } : undefined
  Object.assign(event, { code, reason: wrong ? 'a parameter or member is not as described' : reason })
  const status = statusOf(code)
  const challenge = challenges[code]
  if (challenge) response.set('WWW-Authenticate', challenge)
  response
    .status(status)
    .type('application/problem+json')
    .send(JSON.stringify({ title: sentence, status, code, ...wrong, reference: event.reference }))
}
