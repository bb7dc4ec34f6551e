import { generateKeyPairSync } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { connect } from 'node:tls'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, jest, test } from '@jest/globals'
import type { Dial } from '../../src/base/checked-agent.ts'
import { createFcmSender } from '../../src/push/fcm-sender.ts'
import type { PushMessage, Sender } from '../../src/push/sender.ts'
import type { FcmSubscription } from '../../src/push/subscription.ts'
import { type FakeFcm, fcmAnswers, startFakeFcm } from './fake-fcm.ts'

const NOW = Date.parse('2026-11-23T08:00:00Z')
const clock = { now: () => NOW }
const TOKEN = 'registration-token:APA91bSecretOfThePhone'
const to: FcmSubscription = { kind: 'fcm', token: TOKEN }
const prompt: PushMessage = { body: '{"type":"prompt"}', ttl: 90, topic: 'c2lnbi1pbg', urgency: 'high' }

let folder: string
let accounts = 0
let google: FakeFcm
// firebase-admin uses an option of its own library that is on the way out, and that library says so each time.
const warnings = jest.spyOn(console, 'warn').mockImplementation(() => undefined)
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'countersign-fcm-'))
})
afterAll(() => {
  rmSync(folder, { recursive: true, force: true })
  const others = warnings.mock.calls.filter(
    ([text]) => !String(text).startsWith('The `keyFilename` option is deprecated'),
  )
  expect(others).toEqual([])
})
beforeEach(async () => {
  google = await startFakeFcm()
})
afterEach(() => google.close())

/** A sender with a credentials file of its own. */
function senderWith(account: object = google.account, dial: Dial = google.dial): Promise<Sender<FcmSubscription>> {
  const credentialsFile = join(folder, `account-${++accounts}.json`)
  writeFileSync(credentialsFile, JSON.stringify(account))
  return createFcmSender({ credentialsFile, dial, clock })
}
const patient = () => new AbortController().signal
const tokenRequests = () => google.requests.filter((path) => path.startsWith('oauth2.'))
const sendRequests = () => google.requests.filter((path) => path.startsWith('fcm.'))

describe('a message', () => {
  test('reaches FCM as data only, urgent, for its time, in the place of an earlier one', async () => {
    const sender = await senderWith()
    expect(await sender.send(to, prompt, patient())).toEqual({ result: 'accepted', detail: 'status 200' })
    expect(google.messages).toEqual([
      {
        token: TOKEN,
        data: { countersign: prompt.body },
        android: { priority: 'high', ttl: '90s', collapse_key: prompt.topic },
        apns: {
          headers: {
            'apns-push-type': 'background',
            'apns-priority': '5',
            'apns-expiration': String(NOW / 1000 + 90),
            'apns-collapse-id': prompt.topic,
          },
          payload: { aps: { 'content-available': 1 } },
        },
      },
    ])
  })

  test('that is not urgent or not to be kept says so', async () => {
    const sender = await senderWith()
    await sender.send(to, { ...prompt, ttl: 0, urgency: 'normal' }, patient())
    expect(google.messages).toMatchObject([
      { android: { priority: 'normal', ttl: '0s' }, apns: { headers: { 'apns-expiration': '0' } } },
    ])
  })

  test('goes with the same access token and over the same connection as the one before', async () => {
    const sender = await senderWith()
    for (let i = 0; i < 3; i++) expect(await sender.send(to, prompt, patient())).toMatchObject({ result: 'accepted' })
    expect(google.messages).toHaveLength(3)
    expect(tokenRequests()).toHaveLength(1)
    expect(google.connections()).toBe(2)
  })

  test('of several at once needs one access token', async () => {
    const sender = await senderWith()
    const sent = await Promise.all([1, 2, 3, 4].map(() => sender.send(to, prompt, patient())))
    expect(sent.map(({ result }) => result)).toEqual(Array(4).fill('accepted'))
    expect(tokenRequests()).toHaveLength(1)
  })
})

describe('what FCM answers', () => {
  test.each([
    ['unregistered', 'gone', 'status 404 UNREGISTERED'],
    ['invalidToken', 'gone', 'status 400 INVALID_ARGUMENT'],
    ['invalidTokenField', 'gone', 'status 400 INVALID_ARGUMENT'],
    ['senderIdMismatch', 'mismatched', 'status 403 SENDER_ID_MISMATCH'],
    ['tooBig', 'too-large', 'status 400 INVALID_ARGUMENT'],
    ['quotaExceeded', 'limited', 'status 429 QUOTA_EXCEEDED'],
    ['internal', 'unavailable', 'status 500 INTERNAL'],
    ['invalidValue', 'rejected', 'status 400 INVALID_ARGUMENT'],
    ['apns', 'rejected', 'status 401 THIRD_PARTY_AUTH_ERROR'],
  ] as const)('%s is %s', async (answer, result, detail) => {
    const sender = await senderWith()
    google.answerNext('send', fcmAnswers[answer])
    expect(await sender.send(to, prompt, patient())).toEqual({ result, detail })
    expect(await sender.send(to, prompt, patient())).toMatchObject({ result: 'accepted' })
  })

  // The library calls the first a mismatched credential and the second an unregistered token: every phone would be retired.
  test.each([
    ['noPermission', 'status 403 PERMISSION_DENIED'],
    ['noProject', 'status 404 NOT_FOUND'],
  ] as const)('retires nothing when it is about our own account: %s', async (answer, detail) => {
    const sender = await senderWith()
    google.answerNext('send', fcmAnswers[answer])
    expect(await sender.send(to, prompt, patient())).toEqual({ result: 'rejected', detail })
  })

  test('is too large for what is larger than 4096 bytes', async () => {
    const sender = await senderWith()
    const largest = 'x'.repeat(4096 - 'countersign'.length)
    expect(await sender.send(to, { ...prompt, body: largest }, patient())).toMatchObject({ result: 'accepted' })
    expect(await sender.send(to, { ...prompt, body: `${largest}x` }, patient())).toMatchObject({ result: 'too-large' })
  })

  test.each([
    ['120', 120],
    ['Mon, 23 Nov 2026 08:01:30 GMT', 90],
    ['Mon, 23 Nov 2026 07:00:00 GMT', 0],
    ['soon', undefined],
  ])('says when to come back: %s', async (value, seconds) => {
    const sender = await senderWith()
    google.answerNext('send', { ...fcmAnswers.quotaExceeded, headers: { 'retry-after': value } })
    const sent = await sender.send(to, prompt, patient())
    expect(sent.result).toBe('limited')
    expect(sent.retryAfterSeconds).toBe(seconds)
  })

  test('is asked for once more when the service was unavailable for a moment', async () => {
    const sender = await senderWith()
    google.answerNext('send', fcmAnswers.unavailable)
    expect(await sender.send(to, prompt, patient())).toMatchObject({ result: 'accepted' })
    expect(sendRequests()).toHaveLength(2)
  })

  test('is unavailable at once when the service wants more time than the library waits', async () => {
    const sender = await senderWith()
    google.answerNext('send', { ...fcmAnswers.unavailable, headers: { 'retry-after': '61' } })
    expect(await sender.send(to, prompt, patient())).toEqual({
      result: 'unavailable',
      detail: 'status 503 UNAVAILABLE',
      retryAfterSeconds: 61,
    })
    expect(sendRequests()).toHaveLength(1)
  })

  test.each([
    ['a page of somebody in between', { status: 502, body: '<html>Bad gateway</html>' }, 'unavailable', 'status 502'],
    ['an error of another shape', { status: 400, body: { error: 'no' } }, 'rejected', 'status 400'],
    ['a success that is no JSON', { status: 200, body: 'ok' }, 'rejected', 'status 200'],
    ['a code that repeats the token', { status: 400, body: { error: { status: TOKEN } } }, 'rejected', 'status 400'],
  ])('may be nonsense: %s', async (_what, answer, result, detail) => {
    const sender = await senderWith()
    google.answerNext('send', answer)
    expect(await sender.send(to, prompt, patient())).toEqual({ result, detail })
  })

  test('never brings the token into the detail, whatever it repeats', async () => {
    const sender = await senderWith()
    for (const status of [400, 403, 404, 429, 500]) {
      const details = [
        { '@type': 'type.googleapis.com/google.firebase.fcm.v1.FcmError', errorCode: TOKEN },
        { '@type': TOKEN, fieldViolations: [{ field: TOKEN }] },
      ]
      const body = { error: { code: status, status: TOKEN, message: TOKEN, details } }
      google.answerNext('send', { status, body })
      expect((await sender.send(to, prompt, patient())).detail).toBe(`status ${status}`)
    }
  })
})

describe('the access token', () => {
  test('is not given to another key, and the phone is not blamed', async () => {
    const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
    const pem = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()
    const sender = await senderWith({ ...google.account, private_key: pem })
    expect(await sender.send(to, prompt, patient())).toEqual({
      result: 'rejected',
      detail: 'no access token: invalid_grant',
    })
    expect(sendRequests()).toEqual([])
  })

  test('can be had later, when it could not be had at first', async () => {
    const sender = await senderWith()
    google.answerNext('token', { status: 400, body: { error: 'invalid_grant' } })
    expect(await sender.send(to, prompt, patient())).toMatchObject({ result: 'rejected' })
    expect(await sender.send(to, prompt, patient())).toMatchObject({ result: 'accepted' })
  })

  test('that FCM does not believe is a rejection', async () => {
    const sender = await senderWith()
    google.answerNext('token', { status: 200, body: { access_token: 'x', expires_in: 3599, token_type: 'Bearer' } })
    expect(await sender.send(to, prompt, patient())).toEqual({
      result: 'rejected',
      detail: 'status 401 UNAUTHENTICATED',
    })
  })
})

describe('a service that does not answer', () => {
  test.each(['token', 'send'] as const)('ends with the signal, and its connection too: %s', async (what) => {
    const sender = await senderWith()
    const hanging = google.hangNext(what)
    const patience = new AbortController()
    const sending = sender.send(to, prompt, patience.signal)
    await hanging.arrived
    patience.abort()
    expect(await sending).toEqual({ result: 'unreachable', detail: 'no answer in time' })
    await hanging.cut
    expect(google.messages).toEqual([])
  })

  test('on a connection that was kept ends with the signal, and the next push makes a new one', async () => {
    const sender = await senderWith()
    await sender.send(to, prompt, patient())
    const hanging = google.hangNext('send')
    const patience = new AbortController()
    const sending = sender.send(to, prompt, patience.signal)
    await hanging.arrived
    patience.abort()
    expect(await sending).toMatchObject({ result: 'unreachable' })
    await hanging.cut
    expect(await sender.send(to, prompt, patient())).toMatchObject({ result: 'accepted' })
    // The library tries again what was cut: it gets no connection for it.
    expect(google.messages).toHaveLength(2)
    expect(sendRequests()).toHaveLength(3)
  })

  test('leaves alone the push of somebody else', async () => {
    let dialled = 0
    const sender = await senderWith(google.account, (options) => {
      dialled++
      return google.dial(options)
    })
    const [mine, theirs] = [new AbortController(), new AbortController()]
    const hanging = [google.hangNext('send'), google.hangNext('send')]
    const sending = [mine, theirs].map(({ signal }) => sender.send(to, prompt, signal))
    await Promise.all(hanging.map(({ arrived }) => arrived))
    mine.abort()
    expect(await sending[0]).toMatchObject({ result: 'unreachable' })
    expect(await sender.send(to, prompt, patient())).toMatchObject({ result: 'accepted' })
    // One for the access token, one for each push: nobody had to dial again.
    expect(dialled).toBe(4)
    theirs.abort()
    expect(await sending[1]).toMatchObject({ result: 'unreachable' })
    expect(google.messages).toHaveLength(1)
  })

  test('is not asked at all when the time is over before', async () => {
    const sender = await senderWith()
    expect(await sender.send(to, prompt, AbortSignal.abort())).toMatchObject({ result: 'unreachable' })
    expect(google.requests).toEqual([])
  })

  test('is not feigned by the signal of an earlier push, whose connection is used again', async () => {
    const sender = await senderWith()
    const earlier = new AbortController()
    await sender.send(to, prompt, earlier.signal)
    earlier.abort()
    expect(await sender.send(to, prompt, patient())).toMatchObject({ result: 'accepted' })
    expect(google.connections()).toBe(2)
  })
})

describe('no connection', () => {
  /** Dials `host` where nobody listens. */
  const refusing =
    (refused: string): Dial =>
    (options) =>
      options.host === refused ? connect({ host: '127.0.0.1', port: 1 }) : google.dial(options)

  test.each(['oauth2.googleapis.com', 'fcm.googleapis.com'])('to %s is unreachable', async (host) => {
    const sender = await senderWith(google.account, refusing(host))
    const sent = await sender.send(to, prompt, patient())
    expect(sent.result).toBe('unreachable')
    expect(sent.detail).not.toContain(TOKEN)
  })

  test('to somebody who only claims to be Google is unreachable, and gets nothing', async () => {
    const stranger = await startFakeFcm()
    // The names in its certificate are right; who signed it is not believed.
    const sender = await senderWith(google.account, (options) =>
      connect({ ...options, host: '127.0.0.1', port: stranger.port, servername: options.host! }),
    )
    expect(await sender.send(to, prompt, patient())).toMatchObject({ result: 'unreachable' })
    expect(stranger.requests).toEqual([])
    await stranger.close()
  })
})

describe('what the library itself refuses', () => {
  test('is rejected without a request', async () => {
    const sender = await senderWith()
    expect(await sender.send({ kind: 'fcm', token: '' }, prompt, patient())).toEqual({
      result: 'rejected',
      detail: 'messaging/invalid-payload',
    })
    expect(google.requests).toEqual([])
  })

  test('a file that is no service account makes no sender', async () => {
    await expect(senderWith({ type: 'service_account' })).rejects.toThrow('project_id')
    await expect(createFcmSender({ credentialsFile: join(folder, 'no'), dial: google.dial, clock })).rejects.toThrow()
  })
})
