import { type Clock, millisecondsOf } from '../base/clock.ts'

/** Retry-After in seconds: a number, or a date (RFC 9110 section 10.2.3). Undefined when it is neither. */
export function retryAfterSeconds(value: unknown, clock: Clock): number | undefined {
  if (typeof value !== 'string') return undefined
  if (/^\d{1,6}$/.test(value)) return Number(value)
  const at = millisecondsOf(value)
  return Number.isNaN(at) ? undefined : Math.max(0, Math.ceil((at - clock.now()) / 1000))
}
