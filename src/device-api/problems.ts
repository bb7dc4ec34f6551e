import type { Response } from 'express'
import type { Refusal, RefusalCode } from '../base/refusal.ts'
import { statusOf } from '../http/errors.ts'
import { eventOf } from '../http/request-event.ts'
import type { DeviceProblem } from './contract.ts'

/** The codes of the device API for each refusal that can meet a phone. The log knows more than the phone is told. */
const codes: Partial<Record<RefusalCode, DeviceProblem['code']>> = {
  'proof.nonce': 'use-nonce',
  'proof.refused': 'proof-refused',
  'device.unknown': 'device-unknown',
  'device.removed': 'device-removed',
  'code.refused': 'code-refused',
  'code.too-many': 'wait',
  'decision.nothing': 'nothing-to-decide',
  'decision.ended': 'prompt-ended',
  'decision.wrong-number': 'wrong-number',
  'decision.wait': 'wait',
  'decision.locked': 'locked',
  'push.too-soon': 'wait',
  'push.changed-often': 'wait',
  'push.refused': 'push-refused',
}

/** Whoever cannot be served now comes again, whatever the reason. */
const codeOf = (refusal: Refusal, status: number): DeviceProblem['code'] =>
  status === 503 ? 'stopping' : (codes[refusal.code] ?? 'request-malformed')

/** Answers a refusal as problem+json (RFC 9457). */
export function sendProblem(response: Response, refusal: Refusal): void {
  const event = eventOf(response)
  Object.assign(event, { code: refusal.code, reason: refusal.reason })
  const status = statusOf(refusal.code)
  const problem = {
    title: refusal.sentence,
    status,
    code: codeOf(refusal, status),
    ...refusal.facts,
    reference: event.reference,
  }
  if (refusal.facts.retryAfterSeconds) response.set('Retry-After', String(refusal.facts.retryAfterSeconds))
  // RFC 9449 section 8: the new nonce travels in DPoP-Nonce, set on every answer.
  if (refusal.code === 'proof.nonce') response.set('WWW-Authenticate', 'DPoP error="use_dpop_nonce"')
  response.status(status).type('application/problem+json').send(JSON.stringify(problem))
}
