// Chance that can be repeated: the same seed, the same run (mulberry32, by Tommy Ettinger, public domain).
export type Chance = ReturnType<typeof createChance>

export function createChance(seed: number) {
  let state = seed >>> 0
  function next(): number {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
  const below = (limit: number): number => Math.floor(next() * limit)
  return {
    below,
    /** True so often of one. */
    is: (share: number): boolean => next() < share,
    pick: <T>(values: readonly T[]): T => values[below(values.length)] as T,
  }
}
