// Rings on a real store, to push services that do as they are told: within limits, once, in order.
import { beforeEach, describe, expect, test } from '@jest/globals'
import { refuse } from '../../src/base/refusal.ts'
import type { Call } from '../../src/push/push.ts'
import { personRings, QUIET, UNWANTED_WINDOW } from '../../src/push/ring.ts'
import { ADA, GRACE, openOne } from '../store/contract/material.ts'
import { recorded } from '../store/contract/opened-store.ts'
import {
  aCall,
  afterAWhile,
  answers,
  aSubscribed,
  clock,
  codeOf,
  open,
  push,
  sent,
  settled,
  stores,
  untilCut,
  withPush,
} from './a-push.ts'

withPush()

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
    answers(async () => ({ result: 'limited', detail: 'status 429', retryAfterSeconds: 0 }))
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
    answers(untilCut)
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
    answers(async () => {
      if (sent.length === 1) await unwanted('reported')
      return { result: 'limited', detail: 'status 429', retryAfterSeconds: 0 }
    })
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
    answers(async () => ({ result: 'limited', detail: 'status 429', retryAfterSeconds: 0 }))
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
