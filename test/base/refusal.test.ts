import { describe, expect, test } from '@jest/globals'
import { isRefusal, type RefusalCode, refuse, sentences } from '../../src/base/refusal.ts'
import { statusOf } from '../../src/http/errors.ts'

describe('a refusal', () => {
  test('is a value, known from every other', () => {
    expect(isRefusal(refuse('hint.key', 'reason'))).toBe(true)
    for (const other of [undefined, null, {}, { code: 'hint.key', reason: 'x' }, new Error('x'), 'hint.key'])
      expect(isRefusal(other)).toBe(false)
  })

  test('has a sentence for the person that says nothing of its reason', () => {
    const { sentence } = refuse('hint.key', 'kid 7 is not among the keys')
    expect(sentence).toBe(sentences['hint.key'])
    expect(sentence).not.toContain('kid')
  })

  test('carries the facts that the person may have', () => {
    expect(refuse('decision.wait', 'x', { retryAfterSeconds: 30 }).facts).toEqual({ retryAfterSeconds: 30 })
    expect(refuse('decision.wait', 'x').facts).toEqual({})
  })
})

describe.each(Object.entries(sentences))('%s', (code, sentence) => {
  test('is said in a plain sentence, without protocol words', () => {
    expect(sentence).toMatch(/^[A-Z].*\.$/)
    // Who meets these writes a program with an API token, and knows the word.
    const words = code.startsWith('token.') ? sentence.replace(/\btoken\b/gi, '') : sentence
    expect(words).not.toMatch(/\b(JWT|JWS|kid|iss|aud|token|claim|hint|redirect_uri|client_id|oid|tid)\b/i)
  })

  test('is no success, and no bug', () => {
    expect(statusOf(code as RefusalCode)).toBeGreaterThanOrEqual(400)
    expect([500, 501, 502]).not.toContain(statusOf(code as RefusalCode))
  })
})
