// What holds for every history of keys, and over many years.
import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { publishedUntil } from '../../src/keys/rotation.ts'
import { certificateUntil } from '../../src/keys/schedule.ts'
import { createWorld, DAY, HOUR, MINUTE } from './world.ts'

const ROTATION = 90 * DAY

describe('the schedule', () => {
  test('goes on for years, one key after another, each for 90 days', () => {
    const world = createWorld(ROTATION)
    world.serve(10 * 365 * DAY)
    const starts = world.book().keys.map(({ signsFrom }) => signsFrom)
    expect(starts.length).toBeGreaterThan(40)
    // A step of the model is twelve hours.
    for (const [i, at] of starts.entries())
      if (i > 0) expect(Math.abs(at - (starts[i - 1] ?? 0) - ROTATION)).toBeLessThanOrEqual(12 * HOUR)
    expect(world.faults).toEqual([])
  })

  test('lets no certificate run out, even if keys were to sign for longer', () => {
    const world = createWorld(10_000 * DAY)
    world.serve(3 * 365 * DAY, () => expect(world.certificates()).toEqual([]))
    expect(world.book().keys.length).toBeGreaterThan(1)
  })
})

describe('whatever happens', () => {
  const time = fc.oneof(
    fc.integer({ min: MINUTE, max: 59 * MINUTE }),
    fc.integer({ min: HOUR, max: 100 * HOUR }),
    fc.integer({ min: 5 * DAY, max: 100 * DAY }),
  )
  const jump = fc
    .tuple(fc.oneof(time, fc.integer({ min: DAY, max: 4000 * DAY })), fc.boolean())
    .map(([by, isBack]) => (isBack ? -by : by))
  const event = fc.oneof(
    { weight: 3, arbitrary: time.map((of) => ['serve', of] as const) },
    time.map((of) => ['down', of] as const),
    jump.map((of) => ['jump', of] as const),
    fc.constant(['announce', 0] as const),
    fc.constant(['replaceAtOnce', 0] as const),
  )
  const days = fc.constantFrom(7, 30, 90, 365)

  test('one key signs, and none that Entra had no 48 hours to read, but the first and those of an emergency', () => {
    fc.assert(
      fc.property(days, fc.array(event, { maxLength: 14 }), (rotation, events) => {
        const world = createWorld(rotation * DAY)
        for (const [what, of] of events) world[what](of)
        expect(world.faults).toEqual([])
        // ... and it comes right by itself, once the clock is: within a rotation and its announcement.
        world.serve((rotation + 5) * DAY)
        expect(world.faults).toEqual([])
        expect(world.certificates()).toEqual([])
        const { signsFrom } = world.signing()
        expect(signsFrom).toBeLessThanOrEqual(world.now())
        expect(signsFrom).toBeGreaterThan(world.now() - (rotation + 1) * DAY)
      }),
      {
        numRuns: 100,
        // Announced by a clock that had just gone back, and down at once for more than an hour: was 47.9 hours.
        examples: [
          [
            7,
            [
              ['jump', -290_038],
              ['announce', 0],
              ['down', 3_890_039],
              ['serve', 34_211_186],
              ['down', 1_498_776],
            ],
          ],
        ],
      },
    )
  })

  test('with a right clock no published certificate has ended, and what stops signing stays published for 48 hours and a claim’s life', () => {
    const quiet = fc.oneof(
      { weight: 3, arbitrary: time.map((of) => ['serve', of] as const) },
      fc.integer({ min: MINUTE, max: 60 * DAY }).map((of) => ['down', of] as const),
      fc.constant(['announce', 0] as const),
    )
    fc.assert(
      fc.property(days, fc.array(quiet, { maxLength: 14 }), (rotation, events) => {
        const world = createWorld(rotation * DAY)
        const wrong: string[] = []
        const look = (): void => {
          for (const { key, phase, signsUntil } of world.placed()) {
            const mustBe = world.now() < publishedUntil(signsUntil ?? Number.POSITIVE_INFINITY)
            if (mustBe !== (phase !== 'retired')) wrong.push(`${key.kid} is ${phase}`)
            if (mustBe && world.now() >= certificateUntil(key)) wrong.push(`${key.kid} has outlived its certificate`)
          }
        }
        for (const [what, of] of events) {
          world[what](of, look)
          look()
        }
        expect([...wrong, ...world.faults]).toEqual([])
      }),
      { numRuns: 60 },
    )
  })
})
