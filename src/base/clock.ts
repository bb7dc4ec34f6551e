/** The time, as an argument: milliseconds since 1970. The one place that reads the machine's clock. */
export type Clock = { now(): number }

export const systemClock: Clock = { now: () => Date.now() }

/** An instant in words that people and programs read alike (RFC 3339, UTC). */
export const instant = (milliseconds: number): string => new Date(milliseconds).toISOString()

/** Reads an RFC 3339 instant back to milliseconds; NaN when it is none. */
export const millisecondsOf = (text: string): number => Date.parse(text)
