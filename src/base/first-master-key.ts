import { existsSync, linkSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Random } from './random.ts'
import type { MasterKey } from './seal.ts'
import { StartRefused } from './start-refused.ts'

/**
 * The master key of a demo or a first run: read from the data directory, or made there, readable by its owner only.
 * A store without one was made with a key from outside: then none is made. Production gives one always: whoever steals this directory would have the key beside what it seals.
 */
export function firstMasterKey(dataDir: string, storeExists: boolean, random: Random): MasterKey {
  const file = join(dataDir, 'master.key')
  if (storeExists && !existsSync(file)) {
    throw new StartRefused(
      `The store in ${dataDir} was made with a master key that does not lie there. ` +
        'Give the same one (COUNTERSIGN_MASTER_KEY or COUNTERSIGN_MASTER_KEY_FILE), or put back the master.key that lay beside it.',
    )
  }
  // Written beside and linked into place: of two first starts at once one key wins, and nobody reads half of it.
  const draft = join(dataDir, `master.key.${random.bytes(8).toString('hex')}`)
  writeFileSync(draft, `${random.bytes(32).toString('base64')}\n`, { mode: 0o600, flag: 'wx' })
  try {
    linkSync(draft, file)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
  } finally {
    rmSync(draft)
  }
  const key = Buffer.from(readFileSync(file, 'utf8').trim(), 'base64')
  if (key.length !== 32) throw new Error(`${file} does not hold a master key of 32 bytes.`)
  return key
}
