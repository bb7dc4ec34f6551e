// Push as the service opens it: with the key that was given or is kept, and what is configured.
import { generateKeyPairSync } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from '@jest/globals'
import { createAudit } from '../../src/audit/audit.ts'
import { silentLog } from '../../src/base/log.ts'
import { systemRandom } from '../../src/base/random.ts'
import { StartRefused } from '../../src/base/start-refused.ts'
import { openPush } from '../../src/push/open-push.ts'
import type { Push } from '../../src/push/push.ts'
import { vapidKeyOf } from '../../src/push/vapid.ts'
import { createLocalChanges } from '../../src/signin/changes.ts'
import { openSqliteStores } from '../../src/store/sqlite/sqlite-stores.ts'
import type { Stores } from '../../src/store/stores.ts'
import { ADA, activateOne, aDevice } from '../store/contract/material.ts'
import { createTestClock } from '../support/clock.ts'

type Settings = Parameters<typeof openPush>[0]['settings']
const GIVEN = Buffer.alloc(32, 1).toString('base64url')
const P256DH = 'BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4'

let folder: string
let stores: Stores
let opened: Push[]
let asked: string[]
const clock = createTestClock()
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'countersign-push-'))
  stores = openSqliteStores({
    ...{ file: join(folder, 'store'), clock, random: systemRandom, changes: createLocalChanges() },
  })
  opened = []
  asked = []
})
afterEach(async () => {
  for (const push of opened) await push.close(0)
  await stores.close()
  rmSync(folder, { recursive: true, force: true })
})

async function open(change: Partial<Settings> = {}): Promise<Push> {
  const asks = (whom: string) => async (host: string) => {
    asked.push(`${whom}: ${host}`)
    return [{ address: '142.250.1.1', family: 4 }]
  }
  const push = await openPush({
    stores,
    settings: {
      ...{
        vapidKey: null,
        vapidSubject: 'mailto:push@contoso.example',
        pushTrustedHosts: [],
        fcmCredentialsFile: null,
      },
      ...change,
    },
    ...{ master: Buffer.alloc(32, 7), lookup: asks('system'), resolve: asks('name servers'), clock },
    ...{ audit: createAudit({ store: stores.audit, clock }), random: systemRandom, log: silentLog },
    dial: () => {
      throw new Error('nobody is there')
    },
  })
  opened.push(push)
  return push
}

test('with the key that was given; one that is none refuses the start', async () => {
  const push = await open({ vapidKey: GIVEN })
  expect(push.vapidPublicKey).toBe(vapidKeyOf(GIVEN)?.publicKey)
  const refused = new StartRefused('COUNTERSIGN_VAPID_PRIVATE_KEY is not a P-256 key.')
  await expect(open({ vapidKey: 'none' })).rejects.toThrow(refused)
})

test('else with the key that is made at the first start and kept', async () => {
  const [first, second] = [await open(), await open()]
  expect(first.vapidPublicKey).toBe(second.vapidPublicKey)
  expect(first.vapidPublicKey).not.toBe(vapidKeyOf(GIVEN)?.publicKey)
})

test('for browsers alone, or for apps too, by the credentials of Firebase', async () => {
  expect((await open()).kinds).toEqual(['web'])
  const file = join(folder, 'account.json')
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
  const private_key = privateKey.export({ type: 'pkcs8', format: 'pem' })
  const account = { type: 'service_account', project_id: 'p', client_email: 'a@b.example', private_key }
  writeFileSync(file, JSON.stringify(account))
  expect((await open({ fcmCredentialsFile: file })).kinds).toEqual(['web', 'fcm'])
})

test('asks the system for names that we or the operator know, and the name servers for any other', async () => {
  const push = await open({ pushTrustedHosts: ['push.intranet.example'] })
  const { id: deviceId } = await activateOne(stores, aDevice(ADA))
  const owner = { ...ADA, deviceId, integrationId: 'integration-1', integrationName: 'Contoso' }
  for (const host of ['web.push.apple.com', 'push.intranet.example', 'elsewhere.example']) {
    const subscription = {
      kind: 'web' as const,
      endpoint: `https://${host}/x`,
      p256dh: P256DH,
      auth: 'BTBZMqHH6r4Tts7J_aSIgg',
    }
    expect(await push.subscribe(owner, subscription)).toBe(true)
  }
  expect(asked).toEqual([
    'system: web.push.apple.com',
    'system: push.intranet.example',
    'name servers: elsewhere.example',
  ])
})
