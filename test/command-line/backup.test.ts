import { spawn, spawnSync } from 'node:child_process'
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { type Countersign, startCountersign } from '../support/countersign.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))
const MASTER_KEY = Buffer.alloc(32, 7).toString('base64')

let countersign: Countersign
let folder: string
beforeAll(async () => {
  countersign = await startCountersign({ environment: { COUNTERSIGN_MASTER_KEY: MASTER_KEY } })
  folder = mkdtempSync(join(tmpdir(), 'countersign-backup-'))
})
afterAll(async () => {
  await countersign.close()
  rmSync(folder, { recursive: true, force: true })
})

/** A backup has no use for the master key, so none is given. */
const environment = (more: Record<string, string> = {}) => ({
  ...{ PATH: process.env.PATH, COUNTERSIGN_DATA_DIR: countersign.dataDir },
  ...more,
})
const program = (words: string[]) => [join(root, 'src', 'cli.ts'), ...words]
const run = (words: string[], more?: Record<string, string>) =>
  spawnSync(process.execPath, program(words), { cwd: root, encoding: 'utf8', env: environment(more) })

/** The same while this process, which is the service, goes on. */
function runBeside(words: string[]): Promise<{ status: number | null; stdout: string }> {
  const child = spawn(process.execPath, program(words), { cwd: root, env: environment() })
  let stdout = ''
  child.stdout.on('data', (part) => {
    stdout += part
  })
  return new Promise((resolve) => child.once('close', (status) => resolve({ status, stdout })))
}

describe('a backup', () => {
  test('taken while the service writes is a whole store: it opens, and its audit log is as it was written', async () => {
    const { integrations } = countersign.service.capabilities
    const file = join(folder, 'beside.sqlite')
    let isOver = false
    const backup = runBeside(['backup', file, '--json']).finally(() => {
      isOver = true
    })
    let writes = 0
    for (; !isOver; writes++)
      await integrations.change(countersign.integration.id, { name: `Contoso ${writes}` }, 'command-line')
    const { status, stdout } = await backup
    expect(status).toBe(0)
    expect(JSON.parse(stdout)).toEqual({ file, bytes: statSync(file).size, at: expect.any(String) })
    expect(statSync(file).mode & 0o777).toBe(0o600)
    // One file, that needs no other beside it.
    expect(readdirSync(folder)).toEqual(['beside.sqlite'])

    const restored = join(folder, 'restored')
    mkdirSync(restored)
    copyFileSync(file, join(restored, 'countersign.sqlite'))
    const there = { COUNTERSIGN_DATA_DIR: restored, COUNTERSIGN_MASTER_KEY: MASTER_KEY }
    expect(run(['audit', 'verify'], there)).toMatchObject({ status: 0, stdout: expect.stringContaining('as written') })
    const [kept] = JSON.parse(run(['integration', 'list', '--json'], there).stdout)
    expect(kept).toMatchObject({ id: countersign.integration.id, name: expect.stringContaining('Contoso') })
    expect(writes).toBeGreaterThan(1)
  })

  test('says what it wrote, and that the master key is to be kept elsewhere', () => {
    const file = join(folder, 'said.sqlite')
    const { status, stdout } = run(['backup', file])
    expect(status).toBe(0)
    expect(stdout).toContain(`Wrote ${file}`)
    expect(stdout).toContain('The master key is not in it. Keep a copy of that in another place')
  })

  test('names the key that lies beside the store', () => {
    const file = join(countersign.dataDir, 'master.key')
    writeFileSync(file, 'x')
    expect(run(['backup', join(folder, 'with-key.sqlite')]).stdout).toContain(`not in it, but in ${file}.`)
    rmSync(file)
  })

  test('overwrites nothing: neither a file, nor one that is being written', () => {
    const file = join(folder, 'mine.txt')
    writeFileSync(file, 'mine')
    expect(run(['backup', file])).toMatchObject({
      status: 1,
      stdout: '',
      stderr: expect.stringContaining(`${file} is`),
    })
    expect(statSync(file).size).toBe(4)
    const other = join(folder, 'other.sqlite')
    writeFileSync(`${other}.part`, '')
    expect(run(['backup', other])).toMatchObject({ status: 1, stderr: expect.stringContaining('.part is there') })
    expect(existsSync(other)).toBe(false)
  })

  test('into a folder that is not there is refused, and leaves nothing', () => {
    const nowhere = join(folder, 'nowhere')
    expect(run(['backup', join(nowhere, 'x.sqlite')])).toMatchObject({
      status: 1,
      stderr: `There is no folder ${nowhere}.\n`,
    })
    expect(existsSync(nowhere)).toBe(false)
  })

  test('of no store is refused', () => {
    const elsewhere = join(folder, 'empty')
    mkdirSync(elsewhere)
    const refused = run(['backup', join(folder, 'none.sqlite')], { COUNTERSIGN_DATA_DIR: elsewhere })
    expect(refused).toMatchObject({ status: 1, stderr: expect.stringContaining('There is no store') })
    expect(readdirSync(elsewhere)).toEqual([])
  })

  test('of a damaged store is refused, and leaves no file that looks like a backup', () => {
    const damaged = join(folder, 'damaged')
    mkdirSync(damaged)
    writeFileSync(join(damaged, 'countersign.sqlite'), 'this is no database'.repeat(1000))
    const file = join(folder, 'of-damaged.sqlite')
    expect(run(['backup', file], { COUNTERSIGN_DATA_DIR: damaged })).toMatchObject({
      status: 1,
      stderr: expect.stringMatching(/^No backup was made: /),
    })
    expect(readdirSync(folder).filter((name) => name.startsWith('of-damaged'))).toEqual([])
  })
})
