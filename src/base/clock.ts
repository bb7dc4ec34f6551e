/** The time, as an argument: milliseconds since 1970. The one place that reads the machine's clock. */
export type Clock = { now(): number }

export const systemClock: Clock = { now: () => Date.now() }

/** An instant in words that people and programs read alike (RFC 3339, UTC). */
export const instant = (milliseconds: number): string => new Date(milliseconds).toISOString()

/** Whether this is a day such as 2026-11-30. One that its month does not have would be read as one of the next. */
export function isDay(text: string): boolean {
  const midnight = /^\d{4}-\d\d-\d\d$/.test(text) ? Date.parse(`${text}T00:00:00Z`) : Number.NaN
  return !Number.isNaN(midnight) && instant(midnight).startsWith(text)
}

/** Reads an RFC 3339 instant back to milliseconds; NaN when it is none. */
export const millisecondsOf = (text: string): number => Date.parse(text)
