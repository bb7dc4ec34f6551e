// docs/admin-api.md, tried as it stands: every command of it, in a shell.
import { execFile } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { API, type Operation, operations } from '../../src/admin/api/operations.ts'
import { type RefusalCode, sentences } from '../../src/base/refusal.ts'
import { statusOf } from '../../src/http/errors.ts'
import { ADA, TENANT } from '../support/countersign.ts'
import { whereInstalled } from '../support/installed.ts'
import { program } from '../support/programs.ts'
import { enrol } from '../support/stories.ts'
import { type Console, startConsole } from './console.ts'
import { machineOf } from './machine.ts'

const run = promisify(execFile)
const told = readFileSync(new URL('../../docs/admin-api.md', import.meta.url), 'utf8')

/** Every line that a reader would type, with those that it goes on in. */
const typed = [...told.matchAll(/```sh\n([\s\S]*?)```/g)]
  .flatMap(([, block]) => (block ?? '').replaceAll('\\\n', ' ').split('\n'))
  .filter((line) => line !== '' && !line.startsWith('#') && !line.startsWith('export '))
const settings = typed.filter((line) => /^\w+=/.test(line))
const commands = typed.filter((line) => /^curl /.test(line))

whereInstalled('docs/admin-api.md in a shell', [program('curl', 'curl', 'curl')], () => {
  let console: Console
  let folder: string
  let environment: Record<string, string>
  beforeAll(async () => {
    console = await startConsole()
    folder = mkdtempSync(join(tmpdir(), 'countersign-docs-'))
    const owner = await console.admitted('owner')
    await enrol(console)
    const { secret } = await machineOf(console, owner.id, ['read', 'people', 'integrations', 'keys'])
    const [device] = await console.service.capabilities.devices.list(TENANT)
    environment = { COUNTERSIGN_TOKEN: secret, deviceId: device?.id ?? '', tenantId: TENANT, objectId: ADA.objectId }
  })
  afterAll(async () => {
    rmSync(folder, { recursive: true, force: true })
    await console.close()
  })

  test('every line of its examples is a setting or a command', () => {
    expect([...settings, ...commands]).toHaveLength(typed.length)
    expect(commands.length).toBeGreaterThanOrEqual(13)
  })

  test.each(commands)('%s', async (command) => {
    const id = (await console.service.capabilities.integrations.list()).at(-1)?.id ?? ''
    const script = ['set -eu', ...settings, command.replace(/^curl /, 'curl -sS --fail-with-body ')]
      .join('\n')
      .replaceAll('https://mfa.example.com', console.url)
    const env = { PATH: process.env.PATH ?? '', NO_PROXY: '*', ...environment, id }
    const { stdout } = await run('bash', ['-c', script], { cwd: folder, env })
    const answer = stdout || readFileSync(join(folder, 'audit.jsonl'), 'utf8')
    for (const line of answer.split('\n').filter(Boolean)) expect(typeof JSON.parse(line)).toBe('object')
  })
})

describe('docs/admin-api.md', () => {
  test('tells of every act, under the scope that it needs', () => {
    const rows = [...told.matchAll(/^\| `(\w+)` \| (.*) \|$/gm)].map(([, scope, acts]) => ({ scope, acts: acts ?? '' }))
    for (const { method, path, scope } of Object.values<Operation>(operations)) {
      const row = rows.find((each) => each.scope === scope)?.acts ?? ''
      if (method === 'get') expect(row).toBe('every `GET`')
      else expect(row).toMatch(new RegExp(`${method.toUpperCase()}[^|]*${path.replace(/[{}]/g, '\\$&')}\``))
    }
    expect(told).toContain(API)
  })

  const rows = [...told.matchAll(/^\| (\d{3}(?:, \d{3})?) \| (`.*?`) \|/gm)]
  const named = rows.flatMap(([, status, codes]) =>
    [...(codes ?? '').matchAll(/`([^`]+)`/g)].map(([, code]) => ({ code: code ?? '', status: status ?? '' })),
  )

  test('tells of every refusal that the API makes itself, and of those of the store beneath it', () => {
    const folders = ['../../src/admin/api/', '../../src/store/sqlite/', '../../src/store/mongo/']
    const sources = folders.flatMap((folder) => {
      const at = new URL(folder, import.meta.url)
      const files = readdirSync(at).filter((name) => name.endsWith('.ts'))
      return files.map((name) => readFileSync(new URL(name, at), 'utf8'))
    })
    const made = sources.flatMap((text) => [...text.matchAll(/refuse\('([^']+)'/g)].map(([, code]) => code ?? ''))
    expect(made).toEqual(expect.arrayContaining(['token.scope', 'store.unavailable']))
    for (const code of made) expect(named.map((each) => each.code)).toContain(code)
  })

  test('tells of refusals that there are, with their status', () => {
    expect(named.length).toBeGreaterThanOrEqual(16)
    for (const { code, status } of named.filter(({ code }) => code !== 'internal')) {
      expect(Object.keys(sentences)).toContain(code)
      expect(status).toContain(String(statusOf(code as RefusalCode)))
    }
  })
})
