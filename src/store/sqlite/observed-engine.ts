import { type Took, timed } from '../took.ts'
import type { Engine } from './engine.ts'

/** The same engine, which tells how long each read and write took. What a write reads is part of it. */
export function observedEngine(engine: Engine, took: Took): Engine {
  /** A read is over when it returns: to wait for it would cost more than it does. */
  function read<T>(work: () => T): T {
    const began = performance.now()
    let failed = true
    try {
      const rows = work()
      failed = false
      return rows
    } finally {
      took('read', performance.now() - began, failed)
    }
  }
  return {
    ...engine,
    get: (sql, ...values) => read(() => engine.get(sql, ...values)),
    all: (sql, ...values) => read(() => engine.all(sql, ...values)),
    write: <T>(...asked: Parameters<typeof engine.write<T>>) => timed(took, 'write', () => engine.write<T>(...asked)),
  }
}
