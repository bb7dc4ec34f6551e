// The way in, in plain JavaScript: what takes the types out of the source at a start takes some 20 MiB for as long as the process
// lives, and a third of a second. It is needed once: compiled code is kept in the data directory, which nobody else can write.
import { mkdirSync } from 'node:fs'
import { enableCompileCache } from 'node:module'
import { join } from 'node:path'

const dataDir = process.env.COUNTERSIGN_DATA_DIR || 'data'
try {
  mkdirSync(dataDir, { recursive: true, mode: 0o700 })
  enableCompileCache(join(dataDir, 'compile-cache'))
} catch {
  // What is wrong with the data directory is said, in words, by whoever needs it.
}
await import('./main.ts')
