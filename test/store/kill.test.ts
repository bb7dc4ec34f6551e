import { spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { verifyAudit } from '../../src/audit/verify-chains.ts'
import { systemClock } from '../../src/base/clock.ts'
import { systemRandom } from '../../src/base/random.ts'
import { createLocalChanges } from '../../src/signin/changes.ts'
import { openSqliteStores } from '../../src/store/sqlite/sqlite-stores.ts'
import { recorded } from './contract/opened-store.ts'
import { temporaryFile } from './temporary-file.ts'

const ROUNDS = 4
const PROGRAM = fileURLToPath(new URL('./writing-program.ts', import.meta.url))

/** Lets the program write, kills it in the midst of that, and gives every line that it got out: what it was told is kept. */
function writeUntilKilled(file: string, lines: number): Promise<string[]> {
  const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', PROGRAM, file], {
    env: {},
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  let out = ''
  let count = 0
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    out += text
    count += text.split('\n').length - 1
    if (count >= lines) child.kill('SIGKILL')
  })
  return new Promise((resolve, reject) => {
    child.on('error', reject)
    child.on('close', (code, signal) => {
      if (signal !== 'SIGKILL') reject(new Error(`the program ended by itself with ${code}`))
      // The last line may be cut off: nobody read that one.
      else resolve(out.split('\n').slice(0, -1))
    })
  })
}

describe('a process that is killed while it writes', () => {
  let place: ReturnType<typeof temporaryFile>
  beforeEach(() => {
    place = temporaryFile()
  })
  afterEach(() => place.remove())

  test('loses nothing that it was told is kept, and leaves an audit log that verifies', async () => {
    const acknowledged: string[] = []
    for (let round = 1; round <= ROUNDS; round++) {
      acknowledged.push(...(await writeUntilKilled(place.file, 200 + 333 * round)))

      const stores = openSqliteStores({
        file: place.file,
        clock: systemClock,
        random: systemRandom,
        changes: createLocalChanges(),
      })
      const events = new Set(
        (await recorded(stores)).map((event) => `${event.type} ${'signInId' in event ? event.signInId : ''}`),
      )
      const lost: string[] = []
      for (const line of acknowledged) {
        const [what, id] = line.split(' ') as ['opened' | 'cancelled', string]
        const signIn = await stores.signIns.find(id)
        const kept = what === 'opened' ? signIn !== undefined : signIn?.phase === 'cancelled'
        if (!kept || !events.has(`signin.${what} ${id}`)) lost.push(line)
      }
      const { records, writers, faults } = await verifyAudit(stores.audit)
      await stores.close()

      expect(lost).toEqual([])
      expect(faults).toEqual([])
      expect(writers).toBe(round)
      expect(records).toBeGreaterThanOrEqual(acknowledged.length)
    }
  })
})
