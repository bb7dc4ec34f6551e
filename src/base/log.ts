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
    byTurn(pino.destination({ sync: false })),
  )

/**
 * The lines of one turn of the event loop are written at its end, together; those of a process that ends, before it does. Who
 * reads them slowly holds up nobody: what cannot be written yet waits in memory.
 */
function byTurn(out: { write(lines: string): void; flushSync(): void }): { write(line: string): void } {
  let waiting = ''
  function writeAll(): void {
    process.off('exit', writeLast)
    const lines = waiting
    waiting = ''
    if (lines !== '') out.write(lines)
  }
  function writeLast(): void {
    writeAll()
    out.flushSync()
  }
  return {
    write(line) {
      if (waiting === '') {
        setImmediate(writeAll)
        process.on('exit', writeLast)
      }
      waiting += line
    },
  }
}

export const silentLog: Log = { info: () => {}, warn: () => {}, error: () => {} }
