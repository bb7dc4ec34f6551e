const SECOND = 1000

/**
 * How long a person's devices must wait after `count` consecutive wrong numbers, in milliseconds: nothing for the first
 * two, then 30 seconds doubling up to an hour (NIST SP 800-63B-4 section 3.2.2 asks for growing waits).
 */
export const waitAfter = (count: number): number =>
  count < 3 ? 0 : Math.min(30 * SECOND * 2 ** Math.min(count - 3, 10), 3600 * SECOND)
