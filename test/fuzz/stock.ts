// What is at hand to be bent or shot at. It is replaced, oldest first, as it wears: nothing of it outlives its time.
import type { Chance } from './chance.ts'

/** One piece is replaced after so many were taken. */
const WORN = 60

export type Stock<T> = Awaited<ReturnType<typeof createStock<T>>>

/** `make` is what honest people do: where it fails, `told` hears of it. */
export async function createStock<T>(
  chance: Chance,
  size: number,
  make: () => Promise<T>,
  told: (error: unknown) => void,
) {
  const pieces: T[] = []
  while (pieces.length < size) pieces.push(await make())
  let taken = 0
  let oldest = 0
  let making: Promise<void> | undefined

  async function replace(): Promise<void> {
    try {
      pieces[oldest++ % size] = await make()
    } catch (error) {
      told(error)
    } finally {
      making = undefined
    }
  }

  return {
    take(): T {
      if (++taken % WORN === 0) making ??= replace()
      return chance.pick(pieces)
    },
    /** What is left when nobody takes any more. */
    async rest(): Promise<readonly T[]> {
      await making
      return pieces
    },
  }
}
