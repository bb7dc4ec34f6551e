import { describe, expect, test } from '@jest/globals'
import { createClockSkew } from '../../src/base/clock-skew.ts'
import { silentLog } from '../../src/base/log.ts'

const NOW = Date.parse('2026-11-23T12:00:00Z')
const HOUR = 3_600_000

function start() {
  let now = NOW
  const told: string[] = []
  const log = { ...silentLog, warn: (_facts: object, words: string) => void told.push(words) } as typeof silentLog
  const skew = createClockSkew({ clock: { now: () => now }, log })
  return {
    skew,
    pass(milliseconds: number): void {
      now += milliseconds
    },
    told: () => told.splice(0),
    /** An answer of Entra, dated `ahead` of our clock as it is when the answer comes, `took` after it was asked for. */
    answer: (ahead: number, took = 0, headers: Record<string, string> = {}) =>
      skew.measuring(async () => {
        now += took
        const date = new Date(Math.floor((now + ahead) / 1000) * 1000).toUTCString()
        return { headers: new Headers({ date, ...headers }) }
      })('https://entra.example/keys', {}),
  }
}

describe('by the date of an answer', () => {
  test('knows nothing before one came', () => {
    const { skew } = start()
    expect([skew.current(), skew.trouble()]).toEqual([undefined, undefined])
  })

  test('finds nothing wrong with a clock that is right, whatever the fraction of a second', async () => {
    const { skew, answer, pass } = start()
    for (let i = 0; i < 10; i++) {
      pass(101)
      await answer(0)
      expect(skew.current()?.milliseconds).toBe(0)
    }
  })

  test('counts a slow network as that', async () => {
    const { skew, answer } = start()
    await answer(-4000, 5000)
    expect(skew.current()?.milliseconds).toBe(0)
  })

  test.each([
    [29_000, undefined],
    [31_000, { sentence: 'the clock of this machine is at least 31 seconds behind Microsoft’s', grave: false }],
    [61_000, { sentence: 'the clock of this machine is at least 61 seconds behind Microsoft’s', grave: true }],
    [-31_000, { sentence: 'the clock of this machine is at least 30 seconds ahead of Microsoft’s', grave: false }],
    [-62_000, { sentence: 'the clock of this machine is at least 61 seconds ahead of Microsoft’s', grave: true }],
  ])('of an answer %d ms ahead of us says %j', async (ahead, trouble) => {
    const { skew, answer } = start()
    await answer(ahead)
    expect(skew.trouble()).toEqual(trouble)
  })

  test('adds the age of an answer that a cache kept', async () => {
    const { skew, answer } = start()
    await answer(-300_000, 0, { age: '300' })
    expect(skew.current()?.milliseconds).toBe(0)
  })

  test.each([[{ date: 'yesterday' }], [{ date: '' }]])('learns nothing of %j', async (headers) => {
    const { skew, answer } = start()
    await answer(90_000, 0, headers)
    expect(skew.current()).toBeUndefined()
  })

  test('forgets what is a day old, and what our own clock says lies ahead', async () => {
    const { skew, answer, pass } = start()
    await answer(90_000)
    pass(26 * HOUR)
    expect(skew.trouble()).toBeUndefined()
    await answer(90_000)
    pass(-HOUR)
    expect(skew.trouble()).toBeUndefined()
  })

  test('is told once in the log, and once more when it is over', async () => {
    const { answer, told } = start()
    await answer(45_000)
    await answer(46_000)
    expect(told()).toEqual(['the clock of this machine is at least 45 seconds behind Microsoft’s'])
    await answer(0)
    await answer(0)
    expect(told()).toEqual(['the clock agrees with Microsoft’s again'])
  })
})

describe('by verified hints', () => {
  test('one of the future proves that we are behind', () => {
    const { skew } = start()
    skew.hintIssued(NOW + 75_000)
    expect(skew.trouble()).toEqual({
      sentence: 'the clock of this machine is at least 75 seconds behind Microsoft’s',
      grave: true,
    })
  })

  test.each([
    [29_999, undefined],
    [30_000, false],
    [60_000, false],
    [60_001, true],
  ])('of one that lies %d ms ahead it is told, gravely: %j', (ahead, grave) => {
    const { skew } = start()
    skew.hintIssued(NOW + ahead)
    expect(skew.trouble()?.grave).toBe(grave)
  })

  test('an old one proves nothing: its person dawdled', () => {
    const { skew } = start()
    skew.hintIssued(NOW - 500_000)
    expect(skew.current()).toBeUndefined()
  })

  test('counts for ten minutes, and until an answer says otherwise', async () => {
    const { skew, pass, answer } = start()
    skew.hintIssued(NOW + 75_000)
    pass(601_000)
    expect(skew.trouble()).toBeUndefined()
    skew.hintIssued(NOW + 601_000 + 75_000)
    await answer(0)
    expect(skew.trouble()).toBeUndefined()
  })

  test('a smaller lead does not hide a larger fault', async () => {
    const { skew, answer } = start()
    await answer(-90_000)
    skew.hintIssued(NOW + 10_000)
    expect(skew.trouble()?.grave).toBe(true)
  })
})
