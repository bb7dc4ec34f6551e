// What a command prints: piece by piece where it may be long, and never half of it as if it were all.
import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { openCapabilities, theWorld } from '../../src/capabilities.ts'
import { readConfig } from '../../src/config.ts'
import { temporaryFile } from '../store/temporary-file.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))
const RECORDS = 2500

let folder: string
let remove: () => void
let environment: Record<string, string>
beforeAll(async () => {
  const place = temporaryFile()
  remove = place.remove
  folder = place.file.replace(/\/[^/]*$/, '')
  environment = {
    COUNTERSIGN_DATA_DIR: folder,
    COUNTERSIGN_MASTER_KEY: Buffer.alloc(32, 7).toString('base64'),
  }
  const config = readConfig(environment)
  const service = await openCapabilities(config, theWorld(config))
  await service.checkpoints.prepare()
  await service.audit.record(
    ...Array.from({ length: RECORDS }, (_, i) => ({ type: 'service.started', version: `${i}` }) as const),
  )
  await service.checkpoints.make()
  await service.stores.close()
})
afterAll(() => remove())

const options = () => ({ cwd: root, env: { PATH: process.env.PATH, ...environment } })
const command = (...words: string[]) => [join(root, 'src', 'cli.ts'), ...words]
function cli(...words: string[]) {
  const { status, stdout, stderr } = spawnSync(process.execPath, command(...words), {
    ...{ ...options(), encoding: 'utf8', maxBuffer: 100_000_000 },
  })
  return { status, stdout, stderr }
}

describe('a long export', () => {
  test('is whole, in each form', () => {
    const lines = cli('audit', 'export').stdout.trimEnd().split('\n')
    const started = lines.map((line) => JSON.parse(line)).filter(({ type }) => type === 'service.started')
    expect(started.map(({ version }) => Number(version))).toEqual(Array.from({ length: RECORDS }, (_, i) => i))
    expect(JSON.parse(cli('audit', 'export', '--json').stdout)).toEqual(lines.map((line) => JSON.parse(line)))
    expect(cli('audit', 'export', '--format', 'csv').stdout.trimEnd().split('\r\n')).toHaveLength(lines.length + 1)
    expect(cli('audit', 'export', '--to', '2020-01-01')).toEqual({ status: 0, stdout: '', stderr: '' })
    expect(cli('audit', 'export', '--to', '2020-01-01', '--json').stdout).toBe('[]\n')
  })

  test('ends without a fault when its reader has enough', async () => {
    const child = spawn(process.execPath, command('audit', 'export'), {
      ...options(),
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    const ended = once(child, 'close')
    await once(child.stdout, 'data')
    child.stdout.destroy()
    let errors = ''
    for await (const data of child.stderr) errors += data
    expect([errors, ...(await ended)]).toEqual(['', 0, null])
  })

  const onFullDisk = existsSync('/dev/full') ? test : test.skip
  onFullDisk('that finds no room says so, and is no success', () => {
    const words = ['-c', '"$0" "$@" > /dev/full', process.execPath, ...command('audit', 'export')]
    const { status, stderr } = spawnSync('sh', words, { ...options(), encoding: 'utf8' })
    expect([status, stderr]).toEqual([1, 'The output could not be written (ENOSPC): what is there is not whole.\n'])
  })
})

describe('checkpoints that were kept', () => {
  test('are said to be compared, how many, and up to which', () => {
    const kept = join(folder, 'kept.jsonl')
    writeFileSync(kept, cli('audit', 'checkpoints').stdout)
    const { status, stdout } = cli('audit', 'verify', '--checkpoints', kept)
    expect([status, stdout]).toEqual([
      0,
      expect.stringContaining('Compared with what you kept: checkpoints up to number 1, 1 in all.'),
    ])
  })

  test('are missed where the file that should hold them is empty', () => {
    const kept = join(folder, 'empty.jsonl')
    writeFileSync(kept, '\n')
    expect(cli('audit', 'verify', '--checkpoints', kept)).toEqual({
      ...{ status: 1, stdout: '', stderr: `--checkpoints: ${kept} holds no checkpoint\n` },
    })
  })
})

test('a store that another process keeps to itself is told in a sentence', () => {
  const other = new DatabaseSync(join(folder, 'countersign.sqlite'))
  other.exec('BEGIN IMMEDIATE')
  const { status, stdout, stderr } = cli('integration', 'list')
  other.exec('ROLLBACK')
  other.close()
  expect([status, stdout, stderr]).toEqual([
    1,
    '',
    expect.stringMatching(/^.* is being changed by another process.*\n$/),
  ])
})
