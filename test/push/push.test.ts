// Rings on a real store, to push services that do as they are told: within limits, once, in order.
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { createAudit } from '../../src/audit/audit.ts'
import { silentLog } from '../../src/base/log.ts'
import { systemRandom } from '../../src/base/random.ts'
import { isRefusal, refuse } from '../../src/base/refusal.ts'
import { type Call, createPush, type Push } from '../../src/push/push.ts'
import { personRings, QUIET, UNWANTED_WINDOW } from '../../src/push/ring.ts'
import type { PushMessage, Sent } from '../../src/push/sender.ts'
import type { Subscription, WebSubscription } from '../../src/push/subscription.ts'
import { createLocalChanges } from '../../src/signin/changes.ts'
import { openSqliteStores } from '../../src/store/sqlite/sqlite-stores.ts'
import type { Stores } from '../../src/store/stores.ts'
import { ADA, activateOne, aDevice, GRACE, openOne } from '../store/contract/material.ts'
import { recorded } from '../store/contract/opened-store.ts'
import { temporaryFile } from '../store/temporary-file.ts'
import { createTestClock, type TestClock } from '../support/clock.ts'

const ACCEPTED: Sent = { result: 'accepted', detail: 'status 201' }
type Sending = { endpoint: string; signal: AbortSignal } & Omit<PushMessage, 'body'> & { body: Record<string, unknown> }

let clock: TestClock
let stores: Stores
let push: Push
let sent: Sending[]
let answer: (sending: Sending) => Promise<Sent>
let logged: string[]
let cleanUp: () => void
beforeEach(() => {
  const { file, remove } = temporaryFile()
  cleanUp = remove
  clock = createTestClock()
  clock.hold()
  sent = []
  logged = []
  answer = async () => ACCEPTED
  stores = openSqliteStores({ file, clock, random: systemRandom, changes: createLocalChanges() })
  push = open()
})
afterEach(async () => {
  await push.close(0)
  await stores.close()
  cleanUp()
})

function open(rings = stores.rings): Push {
  const send = (to: WebSubscription, message: PushMessage, signal: AbortSignal): Promise<Sent> => {
    const sending = { ...message, body: JSON.parse(message.body), endpoint: to.endpoint, signal }
    sent.push(sending)
    return answer(sending)
  }
  return createPush({
    store: stores.subscriptions,
    rings,
    senders: { web: { send }, fcm: null },
    vapidPublicKey: 'our-key',
    lookup: async () => [{ address: '142.250.1.1', family: 4 }],
    trustedHosts: [],
    audit: createAudit({ store: stores.audit, clock }),
    clock,
    log: { ...silentLog, error: (facts: { message: string }) => void logged.push(facts.message) } as typeof silentLog,
  })
}

/** A device that can be woken. */
async function aSubscribed(person = ADA): Promise<string> {
  const { id: deviceId } = await activateOne(stores, aDevice(person))
  const subscription: Subscription = { kind: 'web', endpoint: `https://push.example/${deviceId}`, p256dh: '', auth: '' }
  const kept = { deviceId, subscription, vapidKey: 'our-key', since: 0 }
  const event = { ...person, type: 'push.subscribed', deviceId, integrationId: 'integration-1', via: 'web' } as const
  await stores.subscriptions.keep(kept, event)
  return deviceId
}

const aCall = (change: Partial<Call> = {}): Call => ({
  ...ADA,
  signInId: 'sign-in-1',
  promptNumber: 1,
  integrationId: 'integration-1',
  integrationName: 'Contoso',
  person: null,
  promptedAt: clock.now(),
  expiresAt: clock.now() + 90_000,
  isAsked: async () => true,
  ...change,
})

const codeOf = (result: unknown): unknown => (isRefusal(result) ? result.code : result)
const afterAWhile = (seconds: number): void => clock.leap(seconds * 1000)
/** Lets everything that is under way come to its end. */
async function settled(): Promise<void> {
  await push.close()
  push = open()
}
/** Says nothing until it is cut off. */
const untilCut = ({ signal }: Sending): Promise<Sent> =>
  new Promise((resolve) => {
    signal.addEventListener('abort', () => resolve({ result: 'unreachable', detail: 'no answer in time' }))
  })
const kinds = (): unknown[] => sent.map(({ body }) => body.kind)

describe('a ring', () => {
  test('wakes each of these devices, with what it may know and no more', async () => {
    const devices = [await aSubscribed(), await aSubscribed()]
    expect(await push.ring(aCall(), devices)).toBe(true)
    expect(sent.map(({ body }) => body.deviceId).sort()).toEqual([...devices].sort())
    for (const { body, topic, urgency, ttl } of sent) {
      expect({ topic, urgency, ttl }).toEqual({ topic: 'sign-in-1', urgency: 'high', ttl: 90 })
      const millisecondsLeft = expect.any(Number)
      expect(body).toEqual({
        ...{ kind: 'prompt', tag: 'sign-in-1', integrationName: 'Contoso', millisecondsLeft },
        deviceId: expect.any(String),
      })
    }
  })

  test('names the person only when it may', async () => {
    const device = await aSubscribed()
    await push.ring(aCall({ person: 'ada@contoso.example' }), [device])
    expect(sent[0]?.body.person).toBe('ada@contoso.example')
  })

  test('has the life that the prompt has left', async () => {
    const device = await aSubscribed()
    await push.ring(aCall({ expiresAt: clock.now() + 12_300 }), [device])
    expect(sent[0]?.ttl).toBe(13)
  })

  test('that wakes nobody is not counted', async () => {
    expect(await push.ring(aCall(), [])).toEqual(refuse('push.nowhere', 'no device of the person has a subscription'))
    expect(codeOf(await push.ring(aCall(), ['unknown']))).toBe('push.nowhere')
    const device = await aSubscribed()
    expect(await push.ring(aCall(), [device])).toBe(true)
  })

  test('is tried again while its prompt asks, and not when that was decided meanwhile, at whichever node', async () => {
    const device = await aSubscribed()
    answer = async () => ({ result: 'limited', detail: 'status 429', retryAfterSeconds: 0 })
    const over = Promise.withResolvers<void>()
    const asked = [true, false]
    const isAsked = async () => {
      if (asked.length === 1) over.resolve()
      return asked.shift() ?? true
    }
    await push.ring(aCall({ isAsked }), [device])
    await over.promise
    await settled()
    expect(sent).toHaveLength(2)
  })

  test('is answered before any push service is', async () => {
    answer = untilCut
    const device = await aSubscribed()
    expect(await push.ring(aCall(), [device])).toBe(true)
  })
})

describe('the limits', () => {
  let device: string
  beforeEach(async () => {
    device = await aSubscribed()
  })
  const ring = async (change: Partial<Call> = {}, through = push) => codeOf(await through.ring(aCall(change), [device]))

  test('20 seconds lie between two, whatever they are for', async () => {
    expect(await ring()).toBe(true)
    expect(await ring()).toBe('push.too-soon')
    expect(await ring({ signInId: 'sign-in-2' })).toBe('push.too-soon')
    afterAWhile(20)
    expect(await ring({ signInId: 'sign-in-2' })).toBe(true)
    expect(sent).toHaveLength(2)
  })

  test('say when', async () => {
    await ring()
    afterAWhile(7)
    const refusal = await push.ring(aCall(), [device])
    expect(refusal).toEqual(refuse('push.too-soon', 'rung for lately', { retryAfterSeconds: 13 }))
  })

  test('five in ten minutes, over all sign-ins', async () => {
    for (let i = 0; i < 5; i++) {
      expect(await ring({ signInId: `sign-in-${i}` })).toBe(true)
      afterAWhile(30)
    }
    expect(await ring({ signInId: 'sign-in-6' })).toBe('push.too-soon')
    afterAWhile(600 - 150 - 1)
    expect(await ring({ signInId: 'sign-in-7' })).toBe('push.too-soon')
    afterAWhile(1)
    expect(await ring({ signInId: 'sign-in-8' })).toBe(true)
  })

  test('hold for many at once', async () => {
    const answers = await Promise.all(Array.from({ length: 50 }, (_, i) => ring({ signInId: `sign-in-${i}` })))
    expect(answers.filter((each) => each === true)).toHaveLength(1)
    expect(sent).toHaveLength(1)
  })

  test('hold after a start, and for every process on the store', async () => {
    await ring()
    const other = open()
    expect(await ring({}, other)).toBe('push.too-soon')
    await other.close()
  })

  test('are each person’s own', async () => {
    await ring()
    const grace = await aSubscribed(GRACE)
    expect(await push.ring(aCall({ ...GRACE }), [grace])).toBe(true)
  })

  test('hold for as long as what they rest on is kept', async () => {
    for (let i = 0; i < 5; i++) {
      await ring()
      afterAWhile(30)
    }
    await push.tidy()
    expect(await ring()).toBe('push.too-soon')
  })
})

describe('after sign-ins that were not wanted', () => {
  let device: string
  beforeEach(async () => {
    device = await aSubscribed()
  })
  const unwanted = async (kind: 'denied' | 'reported'): Promise<number> => {
    const what = { at: clock.now(), kind }
    const until = await push.quietAfter(ADA, what)
    const signIn = await openOne(stores)
    const next = { ...signIn, version: signIn.version + 1 }
    await stores.signIns.move(signIn, next, { events: [], recordUnwanted: { ...ADA, ...what } })
    return until
  }
  const ring = async () => codeOf(await push.ring(aCall(), [device]))

  test('one that was reported begins 15 quiet minutes', async () => {
    expect((await unwanted('reported')) - clock.now()).toBe(QUIET)
    expect(await push.ring(aCall(), [device])).toEqual(
      refuse('push.too-soon', 'quiet after unwanted sign-ins', { retryAfterSeconds: QUIET / 1000 }),
    )
    expect(await push.standing(aCall(), [device])).toMatchObject({ quiet: true, rung: false, reachable: true })
    afterAWhile(15 * 60)
    expect(await ring()).toBe(true)
  })

  test('so do two that were cancelled; one does not', async () => {
    expect(await unwanted('denied')).toBe(0)
    expect(await ring()).toBe(true)
    afterAWhile(14 * 60)
    expect((await unwanted('denied')) - clock.now()).toBe(QUIET)
    expect(await ring()).toBe('push.too-soon')
  })

  test('they last as long as was said, though the first of the two is older by then', async () => {
    await unwanted('denied')
    afterAWhile(14 * 60)
    const until = await unwanted('denied')
    afterAWhile(10 * 60)
    await push.tidy()
    expect(await ring()).toBe('push.too-soon')
    clock.leap(until - clock.now())
    expect(await ring()).toBe(true)
  })

  test('they are begun once: what follows begins none', async () => {
    expect(await unwanted('reported')).toBeGreaterThan(0)
    expect(await unwanted('reported')).toBe(0)
    expect(await unwanted('denied')).toBe(0)
  })

  test('a push service that wants to be asked again is not, in them', async () => {
    answer = async () => {
      if (sent.length === 1) await unwanted('reported')
      return { result: 'limited', detail: 'status 429', retryAfterSeconds: 0 }
    }
    const looked = Promise.withResolvers<void>()
    let looks = 0
    const careful = open({
      ...stores.rings,
      async unwanted(...which) {
        const found = await stores.rings.unwanted(...which)
        if (++looks === 2) looked.resolve()
        return found
      },
    })
    expect(await careful.ring(aCall(), [device])).toBe(true)
    await looked.promise
    await careful.close()
    expect(sent).toHaveLength(1)
  })

  test('they are this person’s', async () => {
    await unwanted('reported')
    const grace = await aSubscribed(GRACE)
    expect(await push.ring(aCall({ ...GRACE }), [grace])).toBe(true)
  })
})

describe('when a prompt is over', () => {
  let one: string
  let two: string
  beforeEach(async () => {
    one = await aSubscribed()
    two = await aSubscribed()
  })
  const others =
    (...ids: string[]) =>
    async () =>
      ids

  test('what stands on the other devices is replaced, by the same topic, without haste', async () => {
    await push.ring(aCall(), [one, two])
    await settled()
    push.over(aCall(), others(two), 'decided')
    await settled()
    const [over, ...more] = sent.slice(2)
    expect(more).toEqual([])
    expect(over).toMatchObject({ topic: 'sign-in-1', urgency: 'normal', endpoint: expect.stringContaining(two) })
    // For as long as the notification may stand there.
    expect(over?.ttl).toBe(90)
    const recordedLast = (await recorded(stores)).at(-1)
    expect(recordedLast).toEqual({
      ...{ ...ADA, type: 'push.sent', purpose: 'over', signInId: 'sign-in-1', integrationId: 'integration-1' },
      ...{ deviceId: two, via: 'web', result: 'accepted' },
    })
    expect(over?.body).toEqual({
      ...{ kind: 'over', tag: 'sign-in-1', integrationName: 'Contoso', outcome: 'decided' },
      deviceId: two,
    })
  })

  test('it lives a minute at least, and longer when the prompt would have', async () => {
    for (const [life, ttl] of [
      [1000, 60],
      [-1000, 60],
      [61_000, 61],
    ] as const) {
      sent.length = 0
      await push.ring(aCall({ signInId: `of ${life}` }), [one])
      push.over(aCall({ signInId: `of ${life}`, expiresAt: clock.now() + life }), others(one), 'ended')
      await settled()
      expect(sent.at(-1)).toMatchObject({ ttl, body: { kind: 'over' } })
      afterAWhile(30)
    }
  })

  test('that did not ring, nothing is sent', async () => {
    push.over(aCall(), others(one, two), 'ended')
    await settled()
    await push.ring(aCall({ signInId: 'another' }), [one])
    push.over(aCall(), others(one, two), 'ended')
    await settled()
    expect(kinds()).toEqual(['prompt'])
  })

  test('it comes after what is still being sent, and that is stopped', async () => {
    const cut: string[] = []
    answer = async (sending) => {
      if (sending.body.kind === 'over') return ACCEPTED
      const ended = await untilCut(sending)
      cut.push(`cut while there were: ${kinds().join()}`)
      return ended
    }
    await push.ring(aCall(), [one])
    push.over(aCall(), others(one), 'ended')
    await settled()
    expect(cut).toEqual(['cut while there were: prompt'])
    expect(kinds()).toEqual(['prompt', 'over'])
  })

  test('a ring that was being written down is not sent after all', async () => {
    await push.ring(aCall(), [one])
    afterAWhile(20)
    const again = push.ring(aCall(), [one])
    push.over(aCall(), others(one), 'ended')
    await again
    await settled()
    expect(kinds()).toEqual(['prompt', 'over'])
  })

  test('nothing is tried again any more', async () => {
    const asked = Promise.withResolvers<void>()
    answer = async ({ body }) => {
      if (body.kind === 'over') return ACCEPTED
      asked.resolve()
      return { result: 'limited', detail: 'status 429', retryAfterSeconds: 60 }
    }
    await push.ring(aCall(), [one])
    await asked.promise
    push.over(aCall(), others(one), 'ended')
    await settled()
    expect(kinds()).toEqual(['prompt', 'over'])
  })

  test('who cannot tell which devices there are costs a push, and nothing else', async () => {
    await push.ring(aCall(), [one])
    push.over(
      aCall(),
      async () => {
        throw new Error('the store is gone')
      },
      'ended',
    )
    await settled()
    expect(kinds()).toEqual(['prompt'])
  })
})

describe('what the page is told', () => {
  let device: string
  beforeEach(async () => {
    device = await aSubscribed()
  })

  test('nothing can be rung', async () => {
    expect(await push.standing(aCall(), [])).toEqual({ reachable: false, rung: false, againAfter: 0, quiet: false })
  })

  test('it rang, and when it may again', async () => {
    await push.ring(aCall(), [device])
    afterAWhile(5)
    const { rung, againAfter } = await push.standing(aCall({ promptedAt: clock.now() - 5000 }), [device])
    expect(rung).toBe(true)
    expect(againAfter).toBe(15_000)
  })

  test('it is about to ring: the ring is not written yet, and the next one is 20 seconds off all the same', async () => {
    const { rung, againAfter } = await push.standing(aCall(), [device])
    expect(rung).toBe(true)
    expect(againAfter).toBe(20_000)
  })

  test('it is not about to ring when it was opened five seconds ago, or may not', async () => {
    const opened = (ago: number) => push.standing(aCall({ promptedAt: clock.now() - ago }), [device])
    expect(await opened(4999)).toMatchObject({ rung: true, againAfter: 15_001 })
    expect(await opened(5000)).toMatchObject({ rung: false, againAfter: 0 })
    await push.ring(aCall({ signInId: 'another' }), [device])
    afterAWhile(20)
    // Twenty seconds later it may, to the very moment.
    expect(await opened(0)).toMatchObject({ rung: true, againAfter: 20_000 })
  })

  test('it did not ring: another prompt did a moment ago', async () => {
    await push.ring(aCall({ signInId: 'another' }), [device])
    const { rung, againAfter } = await push.standing(aCall(), [device])
    expect(rung).toBe(false)
    expect(againAfter).toBe(20_000)
  })

  test('a new prompt of the same sign-in has not rung because the last one did', async () => {
    await push.ring(aCall(), [device])
    expect(await push.standing(aCall({ promptNumber: 2 }), [device])).toMatchObject({ rung: false })
  })
})

describe('a test push', () => {
  const owner = (deviceId: string) => ({
    ...{ ...ADA, deviceId, integrationId: 'integration-1', integrationName: 'Contoso' },
  })

  test('says what became of it', async () => {
    const device = await aSubscribed()
    expect(await push.test(owner(device))).toBe('accepted')
    expect(sent[0]?.body).toEqual({
      ...{ kind: 'test', tag: `test-${device}`, deviceId: device, integrationName: 'Contoso' },
    })
    expect(sent[0]).toMatchObject({ ttl: 60, topic: device, urgency: 'high' })
    expect((await recorded(stores)).at(-1)).toEqual({
      ...{ ...ADA, type: 'push.sent', purpose: 'test', signInId: null, integrationId: 'integration-1' },
      ...{ deviceId: device, via: 'web', result: 'accepted' },
    })
    expect(await push.test(owner('unknown'))).toBe('not-subscribed')
  })

  test('has limits of its own: it uses up no ring', async () => {
    const device = await aSubscribed()
    for (let i = 0; i < 5; i++) {
      expect(await push.test(owner(device))).toBe('accepted')
      expect(await push.test(owner(device))).toEqual(
        refuse('push.too-soon', 'tested lately', { retryAfterSeconds: i < 4 ? 5 : 580 }),
      )
      afterAWhile(5)
    }
    expect(await push.test(owner(device))).toEqual(refuse('push.too-soon', 'tested lately', { retryAfterSeconds: 575 }))
    expect(await push.ring(aCall(), [device])).toBe(true)
  })

  test('is tried once', async () => {
    answer = async () => ({ result: 'limited', detail: 'status 429', retryAfterSeconds: 0 })
    expect(await push.test(owner(await aSubscribed()))).toBe('limited')
    expect(sent).toHaveLength(1)
  })
})

test('what is older than any limit looks back is forgotten', async () => {
  const device = await aSubscribed()
  await push.ring(aCall(), [device])
  const rungAt = clock.now()
  const kept = () => stores.rings.since(personRings(ADA), 0)
  clock.leap(UNWANTED_WINDOW)
  await push.tidy()
  expect(await kept()).toEqual([{ at: rungAt, prompt: 'sign-in-1#1' }])
  clock.leap(1)
  await push.tidy()
  expect(await kept()).toEqual([])
})

describe('in the end', () => {
  test('every result stands in the health, and on record', async () => {
    const device = await aSubscribed()
    answer = async () => ({ result: 'gone', detail: 'status 410' })
    await push.ring(aCall(), [device])
    while ((await stores.subscriptions.ofDevices([device])).length > 0) await new Promise(setImmediate)
    expect(push.health().results).toEqual({ web: { gone: 1 }, fcm: {} })
    expect((await recorded(stores)).map(({ type }) => type)).toEqual(['push.subscribed', 'push.sent', 'push.retired'])
  })

  test('what hangs is cut off, and then nothing is under way', async () => {
    answer = untilCut
    await push.ring(aCall(), [await aSubscribed()])
    await push.close(0)
    expect(sent[0]?.signal.aborted).toBe(true)
  })

  test('what is being sent at the end of the service is waited for', async () => {
    let accept = (_sent: Sent): void => undefined
    answer = () =>
      new Promise((resolve) => {
        accept = resolve
      })
    await push.ring(aCall(), [await aSubscribed()])
    while (sent.length === 0) await new Promise((resolve) => setImmediate(resolve))
    const closed = push.close(60_000)
    accept(ACCEPTED)
    await closed
    expect(push.health().results.web).toEqual({ accepted: 1 })
  })

  test('a store that fails is told to who asked, and to nobody else', async () => {
    const failing = open({ ...stores.rings, ring: () => Promise.reject(new Error('the store is full')) })
    const device = await aSubscribed()
    await expect(failing.ring(aCall(), [device])).rejects.toThrow('the store is full')
    await failing.close()
    expect([sent, logged]).toEqual([[], []])
    failing.ringLater(aCall(), [device])
    await failing.close()
    expect([sent, logged]).toEqual([[], ['the store is full']])
  })
})
