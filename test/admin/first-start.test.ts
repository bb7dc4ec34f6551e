import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, expect, test } from '@jest/globals'
import { systemClock } from '../../src/base/clock.ts'
import { systemRandom } from '../../src/base/random.ts'
import { createLocalChanges } from '../../src/signin/changes.ts'
import { openSqliteStores } from '../../src/store/sqlite/sqlite-stores.ts'
import { admit } from '../store/contract/administrator-material.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))
let dataDir: string
beforeEach(() => {
  dataDir = mkdtempSync(join(tmpdir(), 'countersign-first-'))
})
afterEach(() => rmSync(dataDir, { recursive: true, force: true }))

/** Starts the service, stops it, and gives what it logged. */
async function logOfOneRun(more: Record<string, string> = {}): Promise<string> {
  const child: ChildProcess = spawn(process.execPath, ['src/start.js'], {
    cwd: root,
    env: { PATH: process.env.PATH, COUNTERSIGN_DATA_DIR: dataDir, COUNTERSIGN_PORT: '0', ...more },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  let said = ''
  for await (const part of child.stdout ?? []) {
    said += part
    if (said.includes('"ready"')) child.kill('SIGTERM')
  }
  return said
}

test('a start without an owner prints the command that makes a link, never the link; one with an owner does not', async () => {
  const first = await logOfOneRun()
  expect(first).toContain('"command":"npm run -s countersign -- admin link"')
  expect(first).not.toContain('/admin/enter')
  expect(await logOfOneRun({ COUNTERSIGN_COMMAND: 'countersign' })).toContain('"command":"countersign admin link"')
  const file = join(dataDir, 'countersign.sqlite')
  const stores = openSqliteStores({ file, clock: systemClock, random: systemRandom, changes: createLocalChanges() })
  await admit(stores)
  await stores.close()
  expect(await logOfOneRun()).not.toContain('admin link')
})
