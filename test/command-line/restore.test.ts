import { spawnSync } from 'node:child_process'
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { fileURLToPath } from 'node:url'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals'
import type { Phone } from '../phone-simulator/phone.ts'
import { GRACE } from '../support/countersign.ts'
import { type CountersignProcess, run as start, startProcess } from '../support/process.ts'
import { approve, begin, enrol, finish } from '../support/stories.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))
const MASTER_KEY = Buffer.alloc(32, 7).toString('base64')
const STORE = 'countersign.sqlite'

let countersign: CountersignProcess
let folder: string
let backup: string
let phone: Phone
beforeAll(async () => {
  countersign = await startProcess({ COUNTERSIGN_MASTER_KEY: MASTER_KEY })
  folder = mkdtempSync(join(tmpdir(), 'countersign-restore-'))
  backup = join(folder, 'backup.sqlite')
  phone = await enrol(countersign)
  expect(run(['backup', backup], dataDir())).toMatchObject({ status: 0 })
})
afterAll(async () => {
  await countersign.close()
  rmSync(folder, { recursive: true, force: true })
})

const dataDir = (): string => countersign.environment.COUNTERSIGN_DATA_DIR ?? ''
/** Without a master key, which a restore has no use for. */
const run = (words: string[], into: string, more: Record<string, string> = {}) =>
  spawnSync(process.execPath, [join(root, 'src', 'cli.ts'), ...words], {
    ...{ cwd: root, encoding: 'utf8' },
    env: {
      ...{ PATH: process.env.PATH, NODE_ENV: 'production', COUNTERSIGN_PUBLIC_URL: 'https://mfa.example' },
      ...{ COUNTERSIGN_DATA_DIR: into, ...more },
    },
  })

describe('restoring a backup', () => {
  let empty: string
  beforeEach(() => {
    empty = mkdtempSync(join(folder, 'into-'))
  })
  afterEach(() => rmSync(empty, { recursive: true, force: true }))

  test('into an empty folder makes a store that works, readable by its owner only, and says what to do about what came since', () => {
    const into = join(empty, 'new')
    const { status, stdout } = run(['restore', backup], into)
    expect(status).toBe(0)
    expect(stdout).toContain('phones that were added are unknown: their people need an invitation')
    expect(stdout).toContain('with the master key of that time')
    expect(readdirSync(into)).toEqual([STORE])
    expect(statSync(join(into, STORE)).mode & 0o777).toBe(0o600)
    expect(statSync(into).mode & 0o777).toBe(0o700)
    const asService = { COUNTERSIGN_MASTER_KEY: MASTER_KEY, NODE_ENV: '' }
    expect(run(['audit', 'verify'], into, asService)).toMatchObject({
      ...{ status: 0, stdout: expect.stringContaining('All as written') },
    })
    expect(JSON.parse(run(['device', 'list', '--json'], into, asService).stdout)).toHaveLength(1)
  })

  test('onto a store is refused, until --replace moves that aside and says where', () => {
    const old = join(empty, STORE)
    copyFileSync(backup, old)
    const newer = new DatabaseSync(old)
    newer.exec(`PRAGMA journal_mode = WAL; INSERT INTO setting VALUES ('since', 'the backup')`)
    newer.close()
    const refused = run(['restore', backup], empty)
    expect(refused).toMatchObject({ status: 1, stderr: expect.stringContaining('With --replace it is moved aside') })
    const { status, stdout } = run(['restore', backup, '--replace', '--json'], empty)
    expect(status).toBe(0)
    const [aside = '', ...more] = JSON.parse(stdout).moved
    expect(aside).toMatch(/countersign\.sqlite\.\d{4}-\d\d-\d\dT\d\d-\d\d-\d\dZ$/)
    expect(more).toEqual([])
    const since = (file: string) => {
      const database = new DatabaseSync(file)
      const row = database.prepare(`SELECT value FROM setting WHERE name = 'since'`).get()
      database.close()
      return row?.value
    }
    expect([since(aside), since(old)]).toEqual(['the backup', undefined])
    expect(statSync(aside).mode & 0o077).toBe(statSync(backup).mode & 0o077)
  })

  test('while the service uses the store is refused, and the service notices nothing', async () => {
    const before = readdirSync(dataDir()).filter((name) => name.startsWith(STORE))
    const refused = run(['restore', backup, '--replace'], dataDir())
    expect(refused).toMatchObject({ status: 1, stderr: expect.stringContaining('is in use. Stop every Countersign') })
    expect(readdirSync(dataDir()).filter((name) => name.startsWith(STORE))).toEqual(before)
    const begun = await begin(countersign)
    expect(await approve(phone, begun)).toMatchObject({ status: 200 })
    expect(await finish(countersign, begun)).toMatchObject({ accepted: true })
  })

  test('after a loss, the service starts on it and who was there signs in; who came since does not', async () => {
    const grace = await enrol(countersign, { person: GRACE })
    await countersign.end('SIGTERM')
    await countersign.service.capabilities.stores.close()
    expect(run(['restore', backup, '--replace'], dataDir())).toMatchObject({ status: 0 })
    await countersign.start()
    const begun = await begin(countersign)
    expect(await approve(phone, begun)).toMatchObject({ status: 200 })
    expect(await finish(countersign, begun)).toMatchObject({ accepted: true })
    expect(await grace.pending()).toMatchObject({ status: 401 })
  })

  const damaged = (name: string, make: (file: string) => void): string => {
    const file = join(empty, name)
    make(file)
    return file
  }
  const kinds: [string, RegExp, (file: string) => void][] = [
    ['is not there', /There is no file/, () => undefined],
    ['is a folder', /There is no file/, (file) => mkdirSync(file)],
    ['is empty', /no store of Countersign/, (file) => writeFileSync(file, '')],
    ['is something else', /no whole backup/, (file) => writeFileSync(file, 'this is no database'.repeat(1000))],
    [
      'is torn',
      /no whole backup|is damaged/,
      (file) => {
        copyFileSync(backup, file)
        truncateSync(file, Math.floor(statSync(file).size / 2))
      },
    ],
    [
      'has a page of something else in it',
      /no whole backup|is damaged/,
      (file) => {
        const bytes = readFileSync(backup)
        bytes.fill(0x55, bytes.length - 6 * 4096, bytes.length - 5 * 4096)
        writeFileSync(file, bytes)
      },
    ],
    [
      'is of another program',
      /no store of Countersign/,
      (file) => {
        const database = new DatabaseSync(file)
        database.exec('CREATE TABLE invoice (id TEXT); PRAGMA user_version = 3')
        database.close()
      },
    ],
    [
      'was written by a newer Countersign',
      /newer Countersign \(schema 999/,
      (file) => {
        copyFileSync(backup, file)
        const database = new DatabaseSync(file)
        database.exec('PRAGMA user_version = 999')
        database.close()
      },
    ],
  ]
  test.each(kinds)('that %s is refused, and nothing is changed', (name, told, make) => {
    const file = damaged(`${name.replaceAll(' ', '-')}.sqlite`, make)
    const into = join(empty, 'into')
    mkdirSync(into)
    copyFileSync(backup, join(into, STORE))
    const before = readFileSync(join(into, STORE))
    const { status, stdout, stderr } = run(['restore', file, '--replace'], into)
    expect([status, stdout]).toEqual([1, ''])
    expect(stderr).toMatch(told)
    expect(readdirSync(into)).toEqual([STORE])
    expect(readFileSync(join(into, STORE)).equals(before)).toBe(true)
  })

  test('over a store that is damaged itself works: that is what it is for', () => {
    writeFileSync(join(empty, STORE), 'what is left of a store'.repeat(1000))
    const { status, stdout } = run(['restore', backup, '--replace'], empty)
    expect(status).toBe(0)
    expect(stdout).toContain('What was there is now')
    expect(readdirSync(empty)).toHaveLength(2)
  })

  test('that was broken off is told at the next start, and is repeated', async () => {
    writeFileSync(join(empty, `${STORE}.part`), 'half')
    const { ended, ready } = start({ COUNTERSIGN_DATA_DIR: empty, COUNTERSIGN_PORT: '0' })
    await expect(ready).rejects.toThrow('was broken off or is under way')
    expect(await ended).toMatchObject({ code: 1 })
    expect(existsSync(join(empty, STORE))).toBe(false)
    expect(run(['restore', backup], empty)).toMatchObject({ status: 0 })
    expect(readdirSync(empty).filter((name) => name.startsWith(STORE))).toEqual([STORE])
  })

  test('that was killed after the old store was moved aside says at the next start where that lies', async () => {
    writeFileSync(join(empty, `${STORE}.part`), 'whole')
    const aside = ['2026-11-23T15-30-00Z', '2025-01-02T03-04-05Z'].map((stamp) => join(empty, `${STORE}.${stamp}`))
    for (const each of aside) copyFileSync(backup, each)
    writeFileSync(`${aside[0]}-wal`, '')
    const { ended, ready } = start({ COUNTERSIGN_DATA_DIR: empty, COUNTERSIGN_PORT: '0' })
    await expect(ready).rejects.toThrow(
      `give the store that was there before its name back, ${join(empty, STORE)}, and remove that file: it may be ${aside.join(' or ')}.`,
    )
    expect(await ended).toMatchObject({ code: 1 })
    // A store that is there was not moved: only the part is in the way.
    copyFileSync(backup, join(empty, STORE))
    const again = start({ COUNTERSIGN_DATA_DIR: empty, COUNTERSIGN_PORT: '0' })
    await expect(again.ready).rejects.toThrow('or remove that file, and what was there before counts.')
    await again.ended
  })

  test('is not for MongoDB', () => {
    const more = { COUNTERSIGN_MONGODB_URI: 'mongodb://127.0.0.1:1/x?replicaSet=r' }
    expect(run(['restore', backup], empty, more)).toMatchObject({
      ...{ status: 1, stderr: expect.stringContaining('with its own tools') },
    })
  })
})
