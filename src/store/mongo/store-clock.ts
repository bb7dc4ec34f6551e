// The store's time: nodes whose clocks differ agree on what has expired.
import type { Connection } from 'mongoose'
import type { Clock } from '../../base/clock.ts'

export type StoreClock = Clock & {
  /** Looks at the primary's clock again. */
  look(): Promise<void>
}

/**
 * The machine's clock, corrected to that of MongoDB's primary. Of several looks the one that came back fastest says most: its
 * error is at most half of the time that it took.
 */
export async function createStoreClock(connection: Connection, machine: Clock): Promise<StoreClock> {
  let correction = 0

  async function look(): Promise<void> {
    let best = Number.POSITIVE_INFINITY
    for (let i = 0; i < LOOKS; i++) {
      const [asked, began] = [machine.now(), performance.now()]
      const answer = await connection.db?.admin().command({ hello: 1 })
      const took = performance.now() - began
      if (took >= best || !(answer?.localTime instanceof Date)) continue
      best = took
      correction = Math.round(answer.localTime.getTime() - (asked + took / 2))
    }
  }

  await look()
  return { now: () => machine.now() + correction, look }
}

const LOOKS = 3
