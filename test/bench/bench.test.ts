// The benchmark runs, and says what it measured. Its figures are looked at by people, on a quiet machine, and by no test.
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import type { Report } from '../../bench/report.ts'

const BENCH = fileURLToPath(new URL('../../bench/bench.ts', import.meta.url))

let folder: string
let ran: ReturnType<typeof spawnSync>
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'countersign-bench-test-'))
  ran = spawnSync(process.execPath, [BENCH, '--quick', '--out', folder], {
    encoding: 'utf8',
    env: { PATH: process.env.PATH },
  })
}, 240_000)
afterAll(() => rmSync(folder, { recursive: true, force: true }))
const written = (name: string): string => readFileSync(join(folder, name), 'utf8')

describe('npm run bench -- --quick', () => {
  test('measures every case that needs no database beside it', () => {
    expect({ status: ran.status, said: ran.status === 0 ? '' : ran.stderr }).toEqual({ status: 0, said: '' })
    const report: Report = JSON.parse(written('bench.json'))
    expect(report.cases.map(({ name }) => name)).toEqual([
      'oidc-provider',
      'oidc-provider, with our two checks',
      'Countersign on SQLite',
      'Countersign on SQLite, after 1,000 sign-ins',
    ])
    for (const { perSecond, perCpuSecond, ofBound, ofPeer, half, alone, memory } of report.cases)
      for (const figure of [
        perSecond,
        perCpuSecond,
        ofBound,
        ofPeer,
        half.p50,
        alone.p99,
        memory.atRest,
        memory.loaded,
      ])
        expect(figure).toBeGreaterThan(0)
    expect(report.waiting).toMatchObject({ count: 100, perGiB: expect.any(Number) })
  })

  test('writes it as a table and as a picture with a bar for each', () => {
    const report: Report = JSON.parse(written('bench.json'))
    const bars = written('bench.svg').match(/<rect /g) ?? []
    expect(bars).toHaveLength(report.cases.length + 1)
    for (const { name } of report.cases) {
      expect(written('bench.md')).toContain(`| ${name} |`)
      expect(written('bench.svg')).toContain(`>${name}</text>`)
    }
    expect(String(ran.stdout)).toContain(written('bench.md').trim())
  })
})
