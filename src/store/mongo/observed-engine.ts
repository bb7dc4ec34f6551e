import { type Took, timed } from '../took.ts'
import type { Engine } from './engine.ts'

/** The same engine, which tells how long each write took, and lets what reads beside it (reading.ts) tell the same. */
export const observedEngine = (engine: Engine, took: Took): Engine => ({
  ...engine,
  took,
  // Whatever they take is handed on, also what they will take one day.
  write: <T>(...asked: Parameters<typeof engine.write<T>>) => timed(took, 'write', () => engine.write<T>(...asked)),
  alone: <T>(...asked: Parameters<typeof engine.alone<T>>) => timed(took, 'write', () => engine.alone<T>(...asked)),
})
