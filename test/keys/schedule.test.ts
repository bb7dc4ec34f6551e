import { describe, expect, test } from '@jest/globals'
import { ANNOUNCED_FOR, publishedUntil, RETIRING_FOR, TOKEN_LIFE } from '../../src/keys/rotation.ts'
import { isDue, settled, timetableAt } from '../../src/keys/schedule.ts'
import type { SigningKey } from '../../src/keys/signing-key.ts'
import { createWorld, DAY, HOUR, MINUTE, START, type World } from './world.ts'

const ROTATION = 90 * DAY
const kids = (world: World, phase: string) =>
  world
    .placed()
    .filter((each) => each.phase === phase)
    .map(({ key }) => key.kid)

describe('the schedule', () => {
  test('announces the next key two days before the present one has signed for 90, and no sooner', () => {
    const world = createWorld(ROTATION)
    world.serve(ROTATION - ANNOUNCED_FOR - HOUR)
    expect(kids(world, 'announced')).toEqual([])
    world.serve(HOUR)
    expect([kids(world, 'signing'), kids(world, 'announced')]).toEqual([['k1'], ['k2']])
    expect(world.book().keys[1]?.signsFrom).toBe(START + ROTATION)
    world.serve(ANNOUNCED_FOR)
    expect([kids(world, 'signing'), kids(world, 'retiring')]).toEqual([['k2'], ['k1']])
    world.serve(RETIRING_FOR + TOKEN_LIFE)
    expect([kids(world, 'signing'), kids(world, 'retired')]).toEqual([['k2'], ['k1']])
  })

  test('counts from the last rotation, whoever made it', () => {
    const world = createWorld(ROTATION)
    world.serve(50 * DAY)
    expect(world.announce()).toBe(true)
    expect(world.announce()).toBe(false)
    world.serve(ANNOUNCED_FOR + ROTATION - ANNOUNCED_FOR - HOUR)
    expect(kids(world, 'announced')).toEqual([])
    world.serve(2 * HOUR)
    expect(kids(world, 'announced')).toEqual(['k3'])
  })

  test('announces at the start what became due while the service was down', () => {
    const world = createWorld(ROTATION)
    world.down(200 * DAY)
    expect([kids(world, 'signing'), kids(world, 'announced')]).toEqual([['k1'], ['k2']])
  })

  test('is held by a shorter setting at once', () => {
    const world = createWorld(ROTATION)
    world.serve(30 * DAY)
    expect(isDue(world.book(), world.now(), ROTATION)).toBe(false)
    expect(isDue(world.book(), world.now(), 7 * DAY)).toBe(true)
  })
})

describe('a service that was down', () => {
  test('publishes an old key no more when its 48 hours are over by the clock', () => {
    const world = createWorld(ROTATION)
    world.announce()
    world.serve(ANNOUNCED_FOR)
    expect(kids(world, 'retiring')).toEqual(['k1'])
    world.down(RETIRING_FOR + TOKEN_LIFE)
    expect([kids(world, 'signing'), kids(world, 'retired')]).toEqual([['k2'], ['k1']])
  })

  test('for longer than 48 hours after the announcement publishes the new key first: Entra has not read it', () => {
    const world = createWorld(ROTATION)
    world.announce()
    world.down(60 * HOUR)
    expect([kids(world, 'signing'), kids(world, 'announced')]).toEqual([['k1'], ['k2']])
    world.serve(ANNOUNCED_FOR - HOUR)
    expect(kids(world, 'signing')).toEqual(['k1'])
    world.serve(HOUR)
    expect(kids(world, 'signing')).toEqual(['k2'])
    expect(world.faults).toEqual([])
  })

  test('every night loses only the nights', () => {
    const world = createWorld(ROTATION)
    world.announce()
    for (let day = 0; day < 4; day++) {
      world.serve(10 * HOUR)
      expect(kids(world, 'signing')).toEqual(['k1'])
      world.down(14 * HOUR)
    }
    world.serve(9 * HOUR)
    expect(kids(world, 'signing')).toEqual(['k2'])
    expect(world.faults).toEqual([])
  })

  test('for a few minutes, as for an upgrade, changes nothing', () => {
    const world = createWorld(ROTATION)
    world.announce()
    world.serve(10 * HOUR)
    world.down(5 * MINUTE)
    expect(world.book().keys[1]?.signsFrom).toBe(START + ANNOUNCED_FOR)
  })

  test('after a switch does not undo it', () => {
    const world = createWorld(ROTATION)
    world.announce()
    world.serve(ANNOUNCED_FOR)
    world.down(30 * DAY)
    expect([kids(world, 'signing'), kids(world, 'retired')]).toEqual([['k2'], ['k1']])
  })
})

describe('a clock that is set', () => {
  const YEARS = 10 * 365 * DAY

  test('forward by years makes no announced key sign, and when it is back the rest of its time is as it was', () => {
    const world = createWorld(ROTATION)
    world.announce()
    world.serve(10 * HOUR)
    world.jump(40 * DAY)
    expect(kids(world, 'signing')).toEqual(['k1'])
    world.jump(-40 * DAY)
    const [, next] = world.book().keys
    expect((next?.signsFrom ?? 0) - world.now()).toBeGreaterThanOrEqual(38 * HOUR)
    expect((next?.signsFrom ?? 0) - world.now()).toBeLessThanOrEqual(39 * HOUR)
    expect(world.faults).toEqual([])
  })

  test('back does not take its turn from the key that signs', () => {
    const world = createWorld(ROTATION)
    world.announce()
    world.serve(60 * HOUR)
    world.jump(-YEARS)
    expect(kids(world, 'signing')).toEqual(['k2'])
    expect(world.faults).toEqual([])
  })

  test('back from a wrong future, in which a key was announced: that one is dropped, and blocks nothing', () => {
    const world = createWorld(ROTATION)
    world.jump(YEARS)
    expect(kids(world, 'announced')).toEqual(['k2'])
    world.jump(-YEARS)
    expect(world.book().keys[1]?.withdrawnAt).toBe(world.now())
    expect(kids(world, 'signing')).toEqual(['k1'])
    expect(world.announce()).toBe(true)
    world.serve(ANNOUNCED_FOR)
    expect(kids(world, 'signing')).toEqual(['k3'])
  })

  test('right again after a first start in 1970: that key, whose certificate has ended, gets a successor', () => {
    const world = createWorld(ROTATION)
    world.jump(YEARS)
    expect([kids(world, 'signing'), kids(world, 'announced')]).toEqual([['k1'], ['k2']])
    world.serve(ANNOUNCED_FOR)
    expect(kids(world, 'signing')).toEqual(['k2'])
  })

  test('right again after a first start in the future: the same, for its certificate has not begun', () => {
    const world = createWorld(ROTATION)
    world.jump(-YEARS)
    expect([kids(world, 'signing'), kids(world, 'announced')]).toEqual([['k1'], ['k2']])
    world.serve(ANNOUNCED_FOR)
    expect(kids(world, 'signing')).toEqual(['k2'])
    // When the false time comes at last, nothing happens.
    world.serve(ROTATION)
    expect(kids(world, 'signing')).toEqual(['k3'])
  })

  test('back by less than an hour does not undo a switch either, not even when a key is announced then', () => {
    const world = createWorld(ROTATION)
    world.announce()
    world.serve(ANNOUNCED_FOR + 10 * MINUTE)
    world.jump(-30 * MINUTE)
    expect(world.announce()).toBe(true)
    expect([kids(world, 'signing'), kids(world, 'announced')]).toEqual([['k2'], ['k3']])
  })

  test('leaves no announced key a longer wait than 48 hours', () => {
    const world = createWorld(ROTATION)
    world.announce()
    const [first, next] = world.book().keys as [SigningKey, SigningKey]
    const odd = { ...world.book(), keys: [first, { ...next, signsFrom: START + YEARS }] }
    expect(settled(odd, START + DAY).book.keys[1]?.signsFrom).toBe(START + DAY + ANNOUNCED_FOR)
  })

  test('a little, as time servers do, changes nothing', () => {
    const world = createWorld(ROTATION)
    world.announce()
    const before = world.book()
    world.jump(-30_000)
    world.jump(60_000)
    expect(world.book()).toBe(before)
  })
})

describe('the timetable', () => {
  test('tells what is planned while no successor is announced, and what is settled once one is', () => {
    const world = createWorld(ROTATION)
    const [planned] = timetableAt(world.book(), START, ROTATION)
    expect(planned).toMatchObject({
      ...{ phase: 'signing', isPlanned: true },
      ...{ signsUntil: START + ROTATION, publishedUntil: publishedUntil(START + ROTATION) },
      certificateUntil: START + 730 * DAY,
    })
    world.announce()
    const [settledOne, next] = timetableAt(world.book(), START, ROTATION)
    expect(settledOne).toMatchObject({ signsUntil: START + ANNOUNCED_FOR, isPlanned: false })
    expect(next).toMatchObject({ phase: 'announced', signsUntil: START + ANNOUNCED_FOR + ROTATION, isPlanned: true })
  })

  test('plans nothing for a time that has passed', () => {
    const world = createWorld(ROTATION)
    const late = START + 200 * DAY
    expect(timetableAt(world.book(), late, ROTATION)[0]).toMatchObject({ signsUntil: late + ANNOUNCED_FOR })
  })
})

test('nothing is written while nothing is announced', () => {
  const world = createWorld(ROTATION)
  for (const later of [MINUTE, HOUR, 80 * DAY]) expect(settled(world.book(), START + later).book).toBe(world.book())
})
