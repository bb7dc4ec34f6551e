import { pino } from 'pino'

/** The operational log: one JSON line an event, on standard output. Never a secret, a hint, a claim or a number. */
export type Log = {
  info(facts: object, message: string): void
  warn(facts: object, message: string): void
  error(facts: object, message: string): void
}

export type LogLevel = 'silent' | 'error' | 'warn' | 'info'

export const createLog = (level: LogLevel): Log =>
  pino(
    {
      level,
      base: null,
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
    },
    inGroups(pino.destination({ sync: false })),
  )

/** A busy service writes its log this often, in milliseconds, and many lines together. */
const EVERY = 20

/**
 * An idle service writes a line at the end of its turn of the event loop, a busy one those of the last EVERY milliseconds; one that
 * ends, what is left. Who reads them slowly holds up nobody: what cannot be written yet waits in memory.
 */
function inGroups(out: { write(lines: string): void; flushSync(): void }): { write(line: string): void } {
  let waiting = ''
  let writtenAt = Number.NEGATIVE_INFINITY
  function writeAll(): void {
    process.off('exit', writeLast)
    const lines = waiting
    waiting = ''
    writtenAt = performance.now()
    if (lines !== '') out.write(lines)
  }
  function writeLast(): void {
    writeAll()
    out.flushSync()
  }
  return {
    write(line) {
      if (waiting === '') {
        const wait = writtenAt + EVERY - performance.now()
        if (wait > 0) setTimeout(writeAll, wait)
        else setImmediate(writeAll)
        process.on('exit', writeLast)
      }
      waiting += line
    },
  }
}

export const silentLog: Log = { info: () => {}, warn: () => {}, error: () => {} }
