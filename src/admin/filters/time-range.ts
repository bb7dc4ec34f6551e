// From when to when, as the fields of a filter say it. Their texts are UTC: the page's script shows the reader's own time.
import { instant, millisecondsOf } from '../../base/clock.ts'
import type { Asked } from './asked.ts'

/** A local date and time (WHATWG HTML section 2.3.5.5), seconds or not. */
const LOCAL = /^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d{1,3})?)?$/

/** `from` is the first instant, `to` the first one after. */
export type TimeRange = { from?: number; to?: number }
export type TimeFaults = { from?: string; to?: string }

const NOT_A_TIME = 'This is not a date and time, such as 2026-11-23T14:05.'

/** The range, and what is wrong with what was typed. A field that is wrong limits nothing. */
export function readTimes(asked: Asked): { range: TimeRange; faults: TimeFaults } {
  const range: TimeRange = {}
  const faults: TimeFaults = {}
  for (const name of ['from', 'to'] as const) {
    const typed = asked(name)
    if (!typed) continue
    const at = LOCAL.test(typed) ? millisecondsOf(`${typed}Z`) : Number.NaN
    if (Number.isNaN(at)) faults[name] = NOT_A_TIME
    else range[name] = at
  }
  if (range.from !== undefined && range.to !== undefined && range.to <= range.from) {
    faults.to = 'This is not after the beginning.'
  }
  return { range, faults }
}

/** An instant as such a field takes it, to the minute. */
export const timeField = (milliseconds: number): string => instant(milliseconds).slice(0, 16)
