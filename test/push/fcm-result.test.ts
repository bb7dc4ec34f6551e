// What an error of firebase-admin says of the phone, where the library itself need not be asked (fcm-sender.test.ts does).
import { describe, expect, test } from '@jest/globals'
import { fcmFailure } from '../../src/push/fcm-result.ts'

const NOW = Date.parse('2026-11-23T08:00:00Z')
const failure = (error: unknown) => fcmFailure(error, { now: () => NOW })

const FCM_ERROR = 'type.googleapis.com/google.firebase.fcm.v1.FcmError'
const BAD_REQUEST = 'type.googleapis.com/google.rpc.BadRequest'
type Said = { code?: string; message?: string; status?: string; field?: string; type?: string }
/** FCM's answer of this status. */
const answer = (httpStatus: number, { code, message, status, field, type = FCM_ERROR }: Said = {}, headers = {}) => ({
  code: 'messaging/some-code',
  httpResponse: {
    ...{ status: httpStatus, headers },
    data: {
      error: {
        ...{ ...(message && { message }), ...(status && { status }) },
        details: [
          ...(code ? [{ '@type': type, errorCode: code }] : []),
          ...(field ? [{ '@type': BAD_REQUEST, fieldViolations: [{ field }] }] : []),
        ],
      },
    },
  },
})

describe('an error', () => {
  test.each([[undefined], [null], ['text'], [7]])('that is none is a rejection: %j', (error) => {
    expect(failure(error)).toEqual({ result: 'rejected', detail: 'unknown' })
  })

  test('without an answer is told by its code; of the network it is no rejection', () => {
    expect(failure({ code: 'app/network-timeout' })).toEqual({ result: 'unreachable', detail: 'app/network-timeout' })
    expect(failure({ code: 'messaging/invalid-payload' })).toEqual({
      result: 'rejected',
      detail: 'messaging/invalid-payload',
    })
    expect(failure({ code: 'a word that is none' })).toEqual({ result: 'rejected', detail: 'unknown' })
    expect(failure({ code: 'app/network-error', httpResponse: { status: 'no' } })).toEqual({
      result: 'unreachable',
      detail: 'app/network-error',
    })
  })
})

describe('an answer', () => {
  test.each<[string, ReturnType<typeof answer>, string, string]>([
    ['unregistered', answer(404, { code: 'UNREGISTERED' }), 'gone', 'status 404 UNREGISTERED'],
    ['another sender’s', answer(403, { code: 'SENDER_ID_MISMATCH' }), 'mismatched', 'status 403 SENDER_ID_MISMATCH'],
    ['too often, by its code', answer(400, { code: 'QUOTA_EXCEEDED' }), 'limited', 'status 400 QUOTA_EXCEEDED'],
    ['too often, by its status', answer(429, { status: 'EXHAUSTED' }), 'limited', 'status 429 EXHAUSTED'],
    ['their fault', answer(500), 'unavailable', 'status 500'],
    [
      'their fault, with a code',
      answer(503, { code: 'INVALID_ARGUMENT' }),
      'unavailable',
      'status 503 INVALID_ARGUMENT',
    ],
    ['no fault of theirs', answer(499), 'rejected', 'status 499'],
    ['too large', answer(413), 'too-large', 'status 413'],
    ['a code of somebody else', answer(404, { code: 'UNREGISTERED', type: 'x' }), 'rejected', 'status 404'],
  ])('that says %s', (_what, error, result, detail) => {
    expect(failure(error)).toEqual({ result, detail })
  })

  const invalid = (more: Said) => failure(answer(400, { code: 'INVALID_ARGUMENT', ...more })).result
  test('of a bad argument retires the phone only when that is its token', () => {
    expect(invalid({ field: 'message.token' })).toBe('gone')
    expect(invalid({ message: 'The registration token is not a valid FCM registration token' })).toBe('gone')
    expect(invalid({ message: 'Android message is too big' })).toBe('too-large')
    expect(invalid({ message: 'The message is too large' })).toBe('too-large')
    expect(invalid({ field: 'message.data' })).toBe('rejected')
    expect(invalid({ message: 'Invalid value' })).toBe('rejected')
    expect(invalid({})).toBe('rejected')
    // Without the code these words are not FCM's of a token.
    expect(failure(answer(400, { field: 'message.token' })).result).toBe('rejected')
    expect(failure(answer(400, { message: 'message is too big', code: 'OTHER' })).result).toBe('rejected')
  })

  test('says when to come back, when it does', () => {
    expect(failure(answer(429, {}, { 'retry-after': '30' }))).toEqual({
      ...{ result: 'limited', detail: 'status 429', retryAfterSeconds: 30 },
    })
    expect(failure(answer(429, {}, { 'retry-after': 30 }))).toEqual({ result: 'limited', detail: 'status 429' })
  })

  test('of another shape is told by its status', () => {
    const httpResponse = { status: 502, headers: {}, data: '<html>' }
    expect(failure({ code: 'x', httpResponse })).toEqual({ result: 'unavailable', detail: 'status 502' })
  })
})

describe('no access token', () => {
  const token = (cause: unknown) => failure({ code: 'app/invalid-credential', cause })
  test.each<[string, unknown, string, string]>([
    ['nothing is known', undefined, 'rejected', 'unknown'],
    ['it failed before a request', { code: 'ERR_KEY' }, 'rejected', 'ERR_KEY'],
    ['the request failed', { code: 'ECONNRESET', config: {} }, 'unreachable', 'ECONNRESET'],
    ['the request failed in another way', { config: {} }, 'unreachable', 'unknown'],
    [
      'it was refused',
      { config: {}, response: { status: 400, data: { error: 'invalid_grant' } } },
      'rejected',
      'invalid_grant',
    ],
    ['it was refused without a word', { config: {}, response: { status: 403 } }, 'rejected', 'status 403'],
    ['it was refused with a page', { response: { status: 401, data: '<html>' } }, 'rejected', 'status 401'],
    ['it was too often', { response: { status: 429 } }, 'limited', 'status 429'],
    ['it was their fault', { response: { status: 500 } }, 'unavailable', 'status 500'],
    ['it was nobody’s', { response: { status: 499 } }, 'rejected', 'status 499'],
  ])('because %s', (_why, cause, result, detail) => {
    expect(token(cause)).toEqual({ result, detail: `no access token: ${detail}` })
  })
})
