// The key file of a Google service account: what is wrong with one is said without a word of what it holds.
import { generateKeyPairSync } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { faultOfCredentials } from '../../src/push/fcm-credentials.ts'

const pemOf = (kind: 'rsa' | 'ec'): string =>
  (kind === 'rsa'
    ? generateKeyPairSync('rsa', { modulusLength: 2048 })
    : generateKeyPairSync('ec', { namedCurve: 'prime256v1' })
  ).privateKey
    .export({ type: 'pkcs8', format: 'pem' })
    .toString()

const GOOD = {
  type: 'service_account',
  project_id: 'contoso',
  client_email: 'push@contoso.iam.example',
  private_key: pemOf('rsa'),
}

let folder: string
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'countersign-credentials-'))
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))
function faultOf(text: string): string | undefined {
  const file = join(folder, 'account.json')
  writeFileSync(file, text)
  return faultOfCredentials(file)
}

test('nothing is wrong with one, whatever else it holds', () => {
  expect(faultOf(JSON.stringify({ ...GOOD, universe_domain: 'googleapis.com' }))).toBeUndefined()
})

test('a file that is not there, or is none', () => {
  expect(faultOfCredentials(join(folder, 'nowhere'))).toBe('cannot be read (ENOENT)')
  expect(faultOfCredentials(folder)).toBe('cannot be read (EISDIR)')
})

test.each(['', '{', 'secret: yes'])('no JSON: %j', (text) => {
  expect(faultOf(text)).toBe('must hold JSON: the key file of a service account')
})

test.each(['null', '"secret"', '7', '[]', '[{"type":"service_account"}]'])('no object: %s', (text) => {
  expect(faultOf(text)).toBe('must hold a JSON object: the key file of a service account')
})

test.each<[string, object, string]>([
  ['another type', { type: 'authorized_user' }, 'type is'],
  ['no project', { project_id: undefined }, 'project_id is'],
  ['an empty project', { project_id: '' }, 'project_id is'],
  ['an address that is no text', { client_email: 7 }, 'client_email is'],
  ['no key', { private_key: undefined }, 'private_key is'],
  ['a key that is none', { private_key: 'secret' }, 'private_key is'],
  ['a key of another kind', { private_key: pemOf('ec') }, 'private_key is'],
  ['two of them', { type: 'x', project_id: '' }, 'type, project_id are'],
])('%s', (_what, change, lacks) => {
  expect(faultOf(JSON.stringify({ ...GOOD, ...change }))).toBe(`holds no service account: ${lacks} missing or wrong`)
})
