// The words of the device API for what is refused: a phone acts by them.
import { describe, expect, test } from '@jest/globals'
import type { Response } from 'express'
import { type RefusalCode, refuse, sentences } from '../../src/base/refusal.ts'
import { DeviceProblem } from '../../src/device-api/contract.ts'
import { sendProblem } from '../../src/device-api/problems.ts'
import { statusOf } from '../../src/http/errors.ts'

function told(code: RefusalCode, facts?: Record<string, number>) {
  const headers: Record<string, string> = {}
  let body = ''
  let status = 0
  const response = {
    locals: { event: { reference: 'f00d' } },
    set(name: string, value: string) {
      headers[name] = value
    },
    status(is: number) {
      status = is
      return response
    },
    type(is: string) {
      headers['Content-Type'] = is
      return response
    },
    send(text: string) {
      body = text
    },
  }
  sendProblem(response as unknown as Response, refuse(code, 'a reason for the log', facts))
  return { status, headers, body: DeviceProblem.parse(JSON.parse(body)), event: response.locals.event }
}

const all = Object.keys(sentences) as RefusalCode[]
const passing = all.filter((code) => statusOf(code) === 503)

describe('a phone is told', () => {
  test.each(passing)('to come again after %s, in one way', (code) => {
    expect(told(code)).toMatchObject({ status: 503, body: { status: 503, code: 'stopping' } })
  })

  test('to come again after nothing else', () => {
    expect(passing).toEqual(expect.arrayContaining(['service.busy', 'service.stopping', 'store.unavailable']))
    const others = all.filter((code) => !passing.includes(code))
    expect(others.filter((code) => told(code).body.code === 'stopping' || statusOf(code) >= 500)).toEqual([])
  })

  test('the sentence, the facts and the reference, and not the reason', () => {
    const { headers, body, event } = told('decision.wait', { retryAfterSeconds: 30 })
    const title = sentences['decision.wait']
    expect(body).toEqual({ title, status: 429, code: 'wait', retryAfterSeconds: 30, reference: 'f00d' })
    expect(headers).toEqual({ 'Retry-After': '30', 'Content-Type': 'application/problem+json' })
    expect(event).toEqual({ reference: 'f00d', code: 'decision.wait', reason: 'a reason for the log' })
  })
})
