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

/** What is wrong with a value, for whoever reads no schema; undefined leaves it to the words that a shape has of its own. */
export const inPlainWords: z.core.$ZodErrorMap = (issue) => {
  switch (issue.code) {
    case 'invalid_type':
      return issue.input === undefined
        ? 'is missing'
        : `must be ${kinds[issue.expected] ?? `of the type ${issue.expected}`}`
    case 'too_big':
      return issue.origin === 'string'
        ? `must have at most ${issue.maximum} characters`
        : `must be at most ${issue.maximum}`
    case 'too_small':
      return issue.origin === 'string'
        ? `must have at least ${issue.minimum} characters`
        : `must be at least ${issue.minimum}`
    case 'invalid_value':
      return `must be one of: ${issue.values.join(', ')}`
    case 'invalid_format':
      return formats[issue.format] ?? 'is not as described'
    default:
      return 'is not as described'
  }
}

const kinds: Readonly<Record<string, string>> = {
  ...{ string: 'text', number: 'a number', int: 'a whole number', boolean: 'true or false' },
  ...{ object: 'an object', array: 'a list' },
}
const formats: Readonly<Record<string, string>> = {
  datetime: 'must be an instant such as 2026-11-23T12:00:00Z',
  guid: 'must be a GUID',
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
