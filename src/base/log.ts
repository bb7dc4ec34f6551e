import { pino } from 'pino'

/** The operational log: one JSON line an event, on standard output. Never a secret, a hint, a claim or a number. */
export type Log = {
  info(facts: object, message: string): void
  warn(facts: object, message: string): void
  error(facts: object, message: string): void
}

export type LogLevel = 'silent' | 'error' | 'warn' | 'info'

export const createLog = (level: LogLevel): Log =>
  pino({
    level,
    base: null,
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: (label) => ({ level: label }) },
  })

export const silentLog: Log = { info: () => {}, warn: () => {}, error: () => {} }
