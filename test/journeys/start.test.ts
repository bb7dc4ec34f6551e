// What stops a start, and what an operator reads then.
import { spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { fileURLToPath } from 'node:url'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals'

const ROOT = fileURLToPath(new URL('../..', import.meta.url))
const MASTER_KEY = Buffer.alloc(32, 7).toString('base64')

let dataDir: string
beforeEach(() => {
  dataDir = mkdtempSync(join(tmpdir(), 'countersign-start-'))
})
afterEach(() => rmSync(dataDir, { recursive: true, force: true }))

// A taken port ends every start that gets that far, so that none of these runs on.
let taken: Server
beforeAll(async () => {
  taken = createServer()
  await new Promise<void>((resolve) => taken.listen(0, '127.0.0.1', resolve))
})
afterAll(() => new Promise((resolve) => taken.close(resolve)))

function start(environment: Record<string, string>) {
  const port = String((taken.address() as AddressInfo).port)
  const { status, stderr, stdout } = spawnSync(process.execPath, ['src/start.js'], {
    cwd: ROOT,
    encoding: 'utf8',
    env: { PATH: process.env.PATH, COUNTERSIGN_PORT: port, COUNTERSIGN_DATA_DIR: dataDir, ...environment },
  })
  return { status, stderr, stdout, port }
}

describe('a start is refused, exit 1', () => {
  test('with every mistake of the configuration at once, each by its name', () => {
    const { status, stderr } = start({
      COUNTERSIGN_PORT: 'many',
      COUNTERSIGN_PUBLIC_URL: 'http://mfa.contoso.example',
      COUNTERSIGN_TRUST_PROXY: 'all',
      COUNTERSIGN_COLOUR: 'green',
      COUNTERSIGN_MASTER_KEY: 'short',
    })
    expect(status).toBe(1)
    for (const name of ['PORT', 'PUBLIC_URL', 'TRUST_PROXY', 'COLOUR', 'MASTER_KEY'])
      expect(stderr).toContain(`COUNTERSIGN_${name}:`)
    expect(stderr).not.toContain('    at ')
    expect(existsSync(join(dataDir, 'countersign.sqlite'))).toBe(false)
  })

  test('in production: http, the simulator’s cloud, and a master key of our own making', () => {
    const { status, stderr } = start({ NODE_ENV: 'production', COUNTERSIGN_ENTRA_AUTHORITY: 'http://127.0.0.1:8090' })
    expect(status).toBe(1)
    for (const name of ['PUBLIC_URL', 'ENTRA_AUTHORITY', 'MASTER_KEY']) expect(stderr).toContain(`COUNTERSIGN_${name}:`)
    expect(existsSync(join(dataDir, 'master.key'))).toBe(false)
  })

  test('with a database of places that is missing or none, before anything is made', () => {
    const missing = start({ COUNTERSIGN_GEO_DATABASE: join(dataDir, 'none.mmdb'), COUNTERSIGN_PORT: 'x' })
    expect(missing.status).toBe(1)
    for (const name of ['GEO_DATABASE', 'PORT']) expect(missing.stderr).toContain(`COUNTERSIGN_${name}:`)
    const none = start({ COUNTERSIGN_GEO_DATABASE: join(ROOT, 'package.json') })
    expect({ status: none.status, stderr: none.stderr }).toEqual({
      status: 1,
      stderr: expect.stringContaining('no database in MaxMind'),
    })
    expect(none.stderr).not.toContain('    at ')
    expect(readdirSync(dataDir).filter((file) => file !== 'compile-cache')).toEqual([])
  })

  test('when the port is taken, and says which', () => {
    const { status, stderr, port } = start({ COUNTERSIGN_MASTER_KEY: MASTER_KEY })
    expect({ status, stderr }).toEqual({ status: 1, stderr: expect.stringContaining(`Port ${port} is taken`) })
  })

  test('when the master key does not open the stored keys, and makes no new ones', () => {
    start({ COUNTERSIGN_MASTER_KEY: MASTER_KEY })
    const { status, stderr } = start({ COUNTERSIGN_MASTER_KEY: Buffer.alloc(32, 8).toString('hex') })
    expect(status).toBe(1)
    expect(stderr).toContain('is not opened by this master key')
    expect(stderr).not.toContain('    at ')
    const database = new DatabaseSync(join(dataDir, 'countersign.sqlite'), { readOnly: true })
    expect(database.prepare('SELECT count(*) AS keys FROM signing_key').get()).toEqual({ keys: 1 })
    database.close()
  })

  test('when a newer Countersign wrote the store', () => {
    start({ COUNTERSIGN_MASTER_KEY: MASTER_KEY })
    const database = new DatabaseSync(join(dataDir, 'countersign.sqlite'))
    database.exec('PRAGMA user_version = 999')
    database.close()
    const { status, stderr } = start({ COUNTERSIGN_MASTER_KEY: MASTER_KEY })
    expect({ status, stderr }).toEqual({ status: 1, stderr: expect.stringContaining('newer Countersign') })
  })
})

test('a first run outside production makes a master key that only its owner can read', () => {
  start({})
  expect(statSync(join(dataDir, 'master.key')).mode & 0o777).toBe(0o600)
  expect(statSync(join(dataDir, 'countersign.sqlite')).mode & 0o777).toBe(0o600)
})

describe('a new master key', () => {
  const NEW_KEY = Buffer.alloc(32, 9).toString('base64')
  const opened = 'is taken on'
  const kids = () => {
    const database = new DatabaseSync(join(dataDir, 'countersign.sqlite'), { readOnly: true })
    const rows = database.prepare('SELECT kid FROM signing_key').all()
    database.close()
    return rows
  }

  test('is given beside the previous one for one start, and alone from then on', () => {
    start({ COUNTERSIGN_MASTER_KEY: MASTER_KEY })
    const before = kids()
    const changed = start({ COUNTERSIGN_MASTER_KEY: NEW_KEY, COUNTERSIGN_MASTER_KEY_PREVIOUS: MASTER_KEY })
    expect(changed.stderr).toContain(opened)
    expect(changed.stdout).toContain('take COUNTERSIGN_MASTER_KEY_PREVIOUS(_FILE) away')
    expect(`${changed.stdout}${changed.stderr}`).not.toContain(NEW_KEY)
    expect(start({ COUNTERSIGN_MASTER_KEY: NEW_KEY }).stderr).toContain(opened)
    expect(start({ COUNTERSIGN_MASTER_KEY: MASTER_KEY }).stderr).toContain('is not opened by this master key')
    expect(kids()).toEqual(before)
  })

  test('may follow the one that a first run made', () => {
    start({})
    const made = join(dataDir, 'master.key')
    const changed = start({ COUNTERSIGN_MASTER_KEY: NEW_KEY, COUNTERSIGN_MASTER_KEY_PREVIOUS_FILE: made })
    expect(changed.stderr).toContain(opened)
    rmSync(made)
    expect(start({ COUNTERSIGN_MASTER_KEY: NEW_KEY }).stderr).toContain(opened)
  })

  test('is refused with a previous one that is not', () => {
    start({ COUNTERSIGN_MASTER_KEY: MASTER_KEY })
    const wrong = start({ COUNTERSIGN_MASTER_KEY: NEW_KEY, COUNTERSIGN_MASTER_KEY_PREVIOUS: 'a'.repeat(64) })
    expect(wrong).toMatchObject({ status: 1, stderr: expect.stringContaining('Nothing was changed.') })
    expect(wrong.stderr).not.toContain('    at ')
    expect(start({ COUNTERSIGN_MASTER_KEY: MASTER_KEY }).stderr).toContain(opened)
  })
})

test('what was loaded once is kept without its types: the next start has none to take out', () => {
  // Node's own account of its cache. The port is taken: a start loads everything and ends, one a few files earlier than another.
  const account = () => {
    const { stderr } = start({ NODE_DEBUG_NATIVE: 'COMPILE_CACHE' })
    const looked = [...stderr.matchAll(/reading cache from \S+ for StrippedTypeScript (\S+\.ts)\.\.\.(.*)/g)]
    const files = (wanted: (outcome: string) => boolean): string[] =>
      looked.flatMap(([, file = '', outcome = '']) => (wanted(outcome) ? [file] : []))
    return { found: files((outcome) => outcome.includes('success')), missed: files((one) => !one.includes('success')) }
  }
  const first = account()
  expect(first.missed.length).toBeGreaterThan(100)
  expect(first.found).toEqual([])
  const second = account()
  expect(second.found.length).toBeGreaterThan(100)
  expect(second.missed.filter((file) => first.missed.includes(file))).toEqual([])
})
