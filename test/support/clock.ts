import { type Clock, systemClock } from '../../src/base/clock.ts'

/** The real clock, moved by hand: real time passes in it, and a test may leap. */
export type TestClock = Clock & {
  leap(milliseconds: number): void
  /** From here only leaps move it; it stands at the beginning of a second. For what is said to the second. */
  hold(): void
}

export function createTestClock(): TestClock {
  let ahead = 0
  let held: number | undefined
  return {
    now: () => (held ?? systemClock.now()) + ahead,
    leap: (milliseconds) => {
      ahead += milliseconds
    },
    hold() {
      held = Math.ceil((systemClock.now() + ahead) / 1000) * 1000 - ahead
    },
  }
}
