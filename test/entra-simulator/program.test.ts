import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'

const program = fileURLToPath(new URL('program.ts', import.meta.url))
let folder: string
let config: string

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'entra-simulator-'))
  config = join(folder, 'config.json')
  writeFileSync(config, JSON.stringify({ registrations: [], people: [], keysFile: 'keys.json' }))
})

afterAll(() => rmSync(folder, { recursive: true }))

const run = (...options: string[]) =>
  spawn(process.execPath, [program, '--config', config, '--port', '0', '--application-port', '0', ...options])

async function ready(child: ChildProcess): Promise<{ ready: boolean; authority: string; application: string }> {
  const [line] = await once(createInterface(child.stdout!), 'line')
  return JSON.parse(line)
}

async function stopped(child: ChildProcess, signal: 'SIGTERM' | 'SIGINT') {
  child.kill(signal)
  const [code] = await once(child, 'exit')
  return code
}

describe('the simulator as a program', () => {
  test('says when it is ready, keeps its keys over a restart, and stops cleanly', async () => {
    const first = run()
    const { authority, application } = await ready(first)
    expect((await fetch(application)).status).toBe(200)
    const keysOf = async (url: string) => (await fetch(`${url}/common/discovery/keys`)).json()
    const keys = await keysOf(authority)
    expect(await stopped(first, 'SIGTERM')).toBe(0)
    const file = join(folder, 'keys.json')
    expect(statSync(file).mode & 0o777).toBe(0o600)
    expect(readFileSync(file, 'utf8')).toContain('signing')
    const second = run()
    expect(await keysOf((await ready(second)).authority)).toEqual(keys)
    expect(await stopped(second, 'SIGINT')).toBe(0)
  })

  test('says in one sentence that a port is taken', async () => {
    const first = run()
    const { port } = new URL((await ready(first)).authority)
    const second = run('--port', port)
    const lines: string[] = []
    createInterface(second.stderr!).on('line', (line) => lines.push(line))
    const [code] = await once(second, 'close')
    expect(code).toBe(1)
    expect(lines).toEqual([expect.stringContaining(`Port ${port} is taken`)])
    await stopped(first, 'SIGTERM')
  })
})
