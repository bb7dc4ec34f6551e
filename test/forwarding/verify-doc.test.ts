// What docs/operating.md tells a receiver to do works: the very lines that stand there verify what we sign, and nothing else.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { systemRandom } from '../../src/base/random.ts'
import { makeSecret, signedHeaders } from '../../src/forwarding/webhook-secrets.ts'

type Verify = (secret: string, headers: Record<string, string>, body: string, now: number) => boolean

const NOW = Date.parse('2026-11-23T14:05:00Z')
const doc = readFileSync(fileURLToPath(new URL('../../docs/operating.md', import.meta.url)), 'utf8')
const lines = /<!-- verify:[^>]*-->\n```js\n([\s\S]*?)```/.exec(doc)?.[1] ?? ''
const secret = makeSecret(systemRandom)
const body = '{"type":"device.revoked","name":"Zürich"}'
const headers = signedHeaders({ current: secret, before: null }, { id: 'w:1', now: NOW, body })

let folder: string
let verify: Verify
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'countersign-doc-'))
  const file = join(folder, 'verify.mjs')
  writeFileSync(file, lines)
  verify = (await import(file)).isFromCountersign
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

test('is no more than ten lines', () => {
  const code = lines.split('\n').filter((line) => line.trim() !== '')
  expect(code.length).toBeGreaterThan(5)
  expect(code.length).toBeLessThanOrEqual(10)
})

test('believes what is signed with the secret, also beside another signature', () => {
  expect(verify(secret, headers, body, NOW)).toBe(true)
  const [before, after] = [makeSecret(systemRandom), makeSecret(systemRandom)]
  const both = { current: after, before: { secret: before, until: NOW + 1 } }
  const overlapping = signedHeaders(both, { id: 'w:1', now: NOW, body })
  for (const each of [before, after]) expect(verify(each, overlapping, body, NOW)).toBe(true)
  expect(verify(secret, overlapping, body, NOW)).toBe(false)
})

test('does not believe another body, id, time or secret, what is old, and what is not signed', () => {
  expect(verify(secret, headers, `${body} `, NOW)).toBe(false)
  expect(verify(secret, { ...headers, 'webhook-id': 'w:2' }, body, NOW)).toBe(false)
  expect(verify(secret, { ...headers, 'webhook-timestamp': String(NOW / 1000 + 1) }, body, NOW)).toBe(false)
  expect(verify(makeSecret(systemRandom), headers, body, NOW)).toBe(false)
  expect(verify(secret, headers, body, NOW + 300_000)).toBe(false)
  expect(verify(secret, { 'webhook-id': 'w:1', 'webhook-timestamp': String(NOW / 1000) }, body, NOW)).toBe(false)
  expect(verify(secret, {}, body, NOW)).toBe(false)
})

/** The specification's own example: https://github.com/standard-webhooks/standard-webhooks, libraries' tests. */
test('we sign as the specification does', () => {
  const known = { id: 'msg_p5jXN8AQM9LWM0D4loKWxJek', now: 1_614_265_330_000, body: '{"test": 2432232314}' }
  const example = signedHeaders({ current: 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw', before: null }, known)
  expect(example['webhook-signature']).toBe('v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=')
})
