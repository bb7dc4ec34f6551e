// How ringing ends: for a prompt, and with the service; and how it stands meanwhile.
import { beforeEach, describe, expect, test } from '@jest/globals'
import type { Sent } from '../../src/push/sender.ts'
import { ADA } from '../store/contract/material.ts'
import { recorded } from '../store/contract/opened-store.ts'
import {
  ACCEPTED,
  aCall,
  afterAWhile,
  answers,
  aSubscribed,
  clock,
  kinds,
  logged,
  open,
  push,
  sent,
  settled,
  stores,
  untilCut,
  withPush,
} from './a-push.ts'

withPush()

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
    answers(async (sending) => {
      if (sending.body.kind === 'over') return ACCEPTED
      const ended = await untilCut(sending)
      cut.push(`cut while there were: ${kinds().join()}`)
      return ended
    })
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
    answers(async ({ body }) => {
      if (body.kind === 'over') return ACCEPTED
      asked.resolve()
      return { result: 'limited', detail: 'status 429', retryAfterSeconds: 60 }
    })
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

describe('in the end', () => {
  test('every result stands in the health, and on record', async () => {
    const device = await aSubscribed()
    answers(async () => ({ result: 'gone', detail: 'status 410' }))
    await push.ring(aCall(), [device])
    while ((await stores.subscriptions.ofDevices([device])).length > 0) await new Promise(setImmediate)
    expect(push.health().results).toEqual({ web: { gone: 1 }, fcm: {} })
    expect((await recorded(stores)).map(({ type }) => type)).toEqual(['push.subscribed', 'push.sent', 'push.retired'])
  })

  test('what hangs is cut off, and then nothing is under way', async () => {
    answers(untilCut)
    await push.ring(aCall(), [await aSubscribed()])
    await push.close(0)
    expect(sent[0]?.signal.aborted).toBe(true)
  })

  test('what is being sent at the end of the service is waited for', async () => {
    let accept = (_sent: Sent): void => undefined
    answers(
      () =>
        new Promise((resolve) => {
          accept = resolve
        }),
    )
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
