// One message to one device, with push services that do as they are told.
import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals'
import type { AuditEvent } from '../../src/audit/events.ts'
import { silentLog } from '../../src/base/log.ts'
import { createDeliver, type PushSubject } from '../../src/push/deliver.ts'
import type { PushMessage, PushResult, Sent } from '../../src/push/sender.ts'
import type { DeviceSubscription } from '../../src/push/subscription.ts'
import { createTestClock, type TestClock } from '../support/clock.ts'

const PERSON = { integrationId: 'integration-1', tenantId: 'tenant-1', objectId: 'ada' }
const SUBJECT: PushSubject = { ...PERSON, purpose: 'prompt', signInId: 'sign-in-1' }
const BROWSER: DeviceSubscription = {
  deviceId: 'device-1',
  subscription: { kind: 'web', endpoint: 'https://push.example/secret', p256dh: 'p', auth: 'a' },
  vapidKey: 'v',
  since: 0,
}
const APP: DeviceSubscription = { ...BROWSER, subscription: { kind: 'fcm', token: 'secret' }, vapidKey: null }

type Step = Sent | 'throw' | ((message: PushMessage, signal: AbortSignal) => Promise<Sent>)

let clock: TestClock
let sent: PushMessage[]
let recorded: AuditEvent[]
let retired: [DeviceSubscription, AuditEvent][]
let counted: [string, string, PushResult][]
let logged: string[]
beforeEach(() => {
  clock = createTestClock()
  clock.hold()
  sent = []
  recorded = []
  retired = []
  counted = []
  logged = []
})

/** Delivers to services that answer so, in turn. */
function deliver(
  steps: Step[],
  {
    to = BROWSER,
    life = 60_000,
    mostTries = 3,
    wanted = new AbortController().signal,
    stillWanted = async () => true,
    record = async (...events: AuditEvent[]): Promise<void> => {
      recorded.push(...events)
    },
    fcm = true,
    closing = new AbortController().signal,
  } = {},
): Promise<PushResult> {
  const write = (facts: object, words: string): void => void logged.push(`${JSON.stringify(facts)} ${words}`)
  const send = async (_to: unknown, message: PushMessage, signal: AbortSignal): Promise<Sent> => {
    sent.push(message)
    const step = steps.shift()
    if (step === undefined) throw new Error('asked once too often')
    if (step === 'throw') throw new Error('a bug')
    return typeof step === 'function' ? step(message, signal) : step
  }
  const go = createDeliver({
    senders: { web: { send }, fcm: fcm ? { send } : null },
    audit: { record },
    retire: async (...what) => retired.push(what) > 0,
    clock,
    log: { ...silentLog, warn: write, error: write },
    count: ({ kind }, ...what) => void counted.push([kind, ...what]),
    closing,
  })
  const message = (millisecondsLeft: number) => ({
    body: String(millisecondsLeft),
    topic: 'sign-in-1',
    urgency: 'high' as const,
  })
  return go(to, SUBJECT, message, { until: clock.now() + life, wanted, stillWanted, mostTries })
}

const says = (result: PushResult, retryAfterSeconds?: number): Sent => ({
  result,
  detail: 'status 1',
  ...(retryAfterSeconds !== undefined && { retryAfterSeconds }),
})

describe('a result', () => {
  test.each([
    ['accepted', 'web', BROWSER],
    ['rejected', 'web', BROWSER],
    ['unreachable', 'fcm', APP],
    ['forbidden', 'web', BROWSER],
  ] as [PushResult, 'web' | 'fcm', DeviceSubscription][])(
    '%s is counted and on record, by its kind (%s)',
    async (result, via, to) => {
      expect(await deliver([says(result)], { to })).toBe(result)
      expect(counted).toEqual([[via, 'prompt', result]])
      expect(recorded).toEqual([{ ...SUBJECT, type: 'push.sent', deviceId: 'device-1', via, result }])
      expect(retired).toEqual([])
    },
  )

  test('that is not what was hoped for is logged, without the address and its secrets', async () => {
    await deliver([says('rejected')])
    expect(logged).toEqual([
      '{"via":"web","deviceId":"device-1","result":"rejected","detail":"status 1"} push not accepted',
    ])
    await deliver([says('accepted')])
    expect(logged).toHaveLength(1)
  })

  test('of a kind that is not configured any more is one too', async () => {
    expect(await deliver([], { to: APP, fcm: false })).toBe('rejected')
    expect(counted).toEqual([['fcm', 'prompt', 'rejected']])
    expect(logged.join()).toContain('Firebase Cloud Messaging is not configured')
  })

  test.each(['gone', 'mismatched'] as const)(
    '%s retires this very subscription, once, with its reason',
    async (result) => {
      expect(await deliver([says(result, 0)])).toBe(result)
      expect(sent).toHaveLength(1)
      expect(retired).toEqual([
        [BROWSER, { ...PERSON, type: 'push.retired', deviceId: 'device-1', via: 'web', reason: result }],
      ])
    },
  )
})

describe('once more', () => {
  test.each(['limited', 'unavailable', 'too-large'] as const)(
    'after %s, when the service says when',
    async (result) => {
      expect(await deliver([says(result, 0), says('accepted')])).toBe('accepted')
      expect(counted.map(([, , each]) => each)).toEqual([result, 'accepted'])
      expect(recorded).toHaveLength(2)
    },
  )

  test.each(['limited', 'unavailable', 'too-large'] as const)('not after %s, when it does not', async (result) => {
    expect(await deliver([says(result)])).toBe(result)
  })

  test.each(['rejected', 'unreachable', 'forbidden', 'accepted'] as const)(
    'not after %s, whatever it says',
    async (result) => {
      expect(await deliver([says(result, 0)])).toBe(result)
    },
  )

  describe('and not sooner', () => {
    beforeEach(() => void jest.useFakeTimers({ doNotFake: ['nextTick', 'setImmediate', 'queueMicrotask'] }))
    afterEach(() => void jest.useRealTimers())

    test('than the service says', async () => {
      const delivering = deliver([says('limited', 50), says('accepted')])
      for (let turn = 0; turn < 50 && jest.getTimerCount() === 0; turn++) await new Promise(setImmediate)
      jest.advanceTimersByTime(49_999)
      await new Promise(setImmediate)
      expect(sent).toHaveLength(1)
      jest.advanceTimersByTime(1)
      expect(await delivering).toBe('accepted')
    })
  })

  test('not when nobody wanted it when the answer came', async () => {
    const abort = new AbortController()
    const first = async (): Promise<Sent> => {
      abort.abort()
      return says('limited', 0)
    }
    expect(await deliver([first], { wanted: abort.signal })).toBe('limited')
  })

  test('not without end', async () => {
    expect(await deliver([says('limited', 0), says('limited', 0), says('limited', 0)])).toBe('limited')
    expect(sent).toHaveLength(3)
  })

  test('not when that is after the prompt', async () => {
    expect(await deliver([says('limited', 60)], { life: 60_000 })).toBe('limited')
    expect(await deliver([says('limited', 999_999)], { life: 60_000 })).toBe('limited')
  })

  test('with the life that the prompt then has left', async () => {
    const slow = async (): Promise<Sent> => {
      clock.leap(20_000)
      return says('unavailable', 0)
    }
    await deliver([slow, says('accepted')], { life: 60_000 })
    expect(sent.map(({ ttl }) => ttl)).toEqual([60, 40])
    const [first, second] = sent.map(({ body }) => Number(body))
    expect([first, second]).toEqual([60_000, 40_000])
  })

  test('not when it is not wanted by then, which is asked before each try but the first', async () => {
    const answers = [true, false]
    const stillWanted = async () => answers.shift() ?? true
    expect(await deliver([says('limited', 0), says('unavailable', 0)], { stillWanted })).toBe('unavailable')
    expect(answers).toEqual([])
  })

  test('not when nobody wants it any more, which is known at once', async () => {
    const abort = new AbortController()
    const first = async (): Promise<Sent> => {
      setImmediate(() => abort.abort())
      return says('limited', 50)
    }
    expect(await deliver([first], { wanted: abort.signal })).toBe('limited')
  })
})

describe('at the end of the service', () => {
  test('nothing is tried again, and what waited for it ends at once', async () => {
    const end = new AbortController()
    const first = async (): Promise<Sent> => {
      setImmediate(() => end.abort())
      return says('limited', 50)
    }
    expect(await deliver([first], { closing: end.signal })).toBe('limited')
  })

  test('what is being sent is, and is on record', async () => {
    const end = new AbortController()
    const first = async (): Promise<Sent> => {
      end.abort()
      return says('accepted')
    }
    expect(await deliver([first], { closing: end.signal })).toBe('accepted')
    expect([counted.length, recorded.length]).toEqual([1, 1])
  })
})

describe('what is cut off', () => {
  const untilAborted = (_message: PushMessage, signal: AbortSignal): Promise<Sent> =>
    new Promise((resolve) => signal.addEventListener('abort', () => resolve(says('unreachable'))))

  test('by us says nothing of the push service', async () => {
    const abort = new AbortController()
    const delivering = deliver([untilAborted], { wanted: abort.signal })
    abort.abort()
    expect(await delivering).toBe('unreachable')
    expect([counted, recorded]).toEqual([[], []])
  })

  test('too late was a result all the same', async () => {
    const abort = new AbortController()
    const gone = async (): Promise<Sent> => {
      abort.abort()
      return says('gone')
    }
    expect(await deliver([gone], { wanted: abort.signal })).toBe('gone')
    expect([counted.length, recorded.length, retired.length]).toEqual([1, 1, 1])
  })
})

describe('what goes wrong', () => {
  test('in a sender costs a push, and nothing else', async () => {
    expect(await deliver(['throw'])).toBe('unreachable')
    expect(logged).toEqual([expect.stringMatching(/^{"message":"a bug","stack":"Error: a bug.*} push failed$/)])
  })

  test('in the store costs a record, and nothing else', async () => {
    const record = async (): Promise<void> => {
      throw new Error('the store is full')
    }
    expect(await deliver([says('accepted')], { record })).toBe('accepted')
    expect(logged.join()).toContain('the store is full')
  })
})

test('a prompt that is over already is offered to whoever is connected now', async () => {
  await deliver([says('accepted')], { life: -5000 })
  expect(sent).toMatchObject([{ ttl: 0, body: '0' }])
})
