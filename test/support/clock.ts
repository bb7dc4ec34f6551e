import { type Clock, systemClock } from '../../src/base/clock.ts'

/** The real clock, moved by hand: real time passes in it, and a test may leap. */
export type TestClock = Clock & { leap(milliseconds: number): void }

export function createTestClock(): TestClock {
  let ahead = 0
  return {
    now: () => systemClock.now() + ahead,
    leap: (milliseconds) => {
      ahead += milliseconds
    },
  }
}
