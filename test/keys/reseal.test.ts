// The master key is changed: afterwards nothing in the store is opened by the old one, and everything by the new one.
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import type { TypedConnection } from '../../src/administrators/entra-settings.ts'
import type { Session } from '../../src/administrators/session.ts'
import { systemRandom as random } from '../../src/base/random.ts'
import { keptSealed, type Purpose, unseal } from '../../src/base/seal.ts'
import { type Capabilities, openCapabilities, theWorld } from '../../src/capabilities.ts'
import { readConfig } from '../../src/config.ts'
import { openSecrets } from '../../src/forwarding/webhook-secrets.ts'
import { createKeyKeeper } from '../../src/keys/keep-keys.ts'
import { reseal } from '../../src/keys/reseal.ts'
import { openPush } from '../../src/push/open-push.ts'
import { recorded } from '../store/contract/opened-store.ts'
import { temporaryFile } from '../store/temporary-file.ts'

const [OLD, NEW, OTHER] = [1, 2, 3].map((byte) => Buffer.alloc(32, byte)) as [Buffer, Buffer, Buffer]
const SEALED = /v1\.[\w-]{16}\.[\w-]{22}\.[\w-]*/g
const SECRET = 'the client secret of the application'

let place: ReturnType<typeof temporaryFile>
let dataDir: string
let open: Capabilities
beforeEach(async () => {
  place = temporaryFile()
  dataDir = join(place.file, '..')
  open = await capabilities(OLD)
  await fill(open)
})
afterEach(async () => {
  await open.stores.close()
  place.remove()
})

const configOf = (master: Buffer) =>
  readConfig({
    COUNTERSIGN_DATA_DIR: dataDir,
    COUNTERSIGN_MASTER_KEY: master.toString('hex'),
    COUNTERSIGN_LOG_LEVEL: 'silent',
  })
function capabilities(master: Buffer): Promise<Capabilities> {
  const config = configOf(master)
  return openCapabilities(config, theWorld(config))
}
async function reopen(master: Buffer): Promise<void> {
  await open.stores.close()
  open = await capabilities(master)
}
const push = (master: Buffer) => {
  const { lookup, resolve, dial, clock, log } = theWorld(configOf(master))
  const { stores, audit } = open
  return openPush({ stores, settings: configOf(master), master, lookup, resolve, dial, audit, clock, random, log })
}
const typed: TypedConnection = {
  ...{ cloud: 'global', tenantId: 'tenant', clientId: 'client', secret: SECRET },
  appRoles: { viewer: '', helpdesk: '', owner: 'Owner' },
  objectIds: { viewer: [], helpdesk: [], owner: [] },
}
const session = { id: 'session' } as Session
const form = { what: 'It', action: '/admin/x', fields: [['secret', SECRET]] as [string, string][] }
let formId: string
let webhook: { id: string; secret: string }

/** Keeps one of everything that is kept sealed, by those who keep it. */
async function fill({ keys, checkpoints, administrators, forwarding }: Capabilities): Promise<void> {
  await checkpoints.prepare()
  await keys.prepare()
  await keys.announce('command-line')
  await push(OLD)
  const added = await forwarding.webhooks.add({ url: 'https://142.250.1.1/hook', events: null }, 'command-line')
  if ('fault' in added) throw new Error(added.fault)
  webhook = added
  await administrators.entra.settings.draft(typed, 0, 'command-line')
  formId = await administrators.entra.attempts.keepForm(session, form)
}
const resealAll = (master = NEW, previous = OLD) => reseal({ store: open.stores.sealed, master, previous, random })

/** Every sealed text in any column of any table, wherever it came from. */
function everythingSealed(): string[] {
  const database = new DatabaseSync(place.file, { readOnly: true })
  const tables = database.prepare(`SELECT name FROM sqlite_schema WHERE type = 'table'`).all()
  const texts = tables.flatMap(({ name }) => database.prepare(`SELECT * FROM "${name}"`).all().flatMap(Object.values))
  database.close()
  return texts.flatMap((text) => String(text).match(SEALED) ?? [])
}
const bytesOnDisk = () =>
  readdirSync(dataDir)
    .filter((name) => name.startsWith('countersign.sqlite'))
    .map((name) => readFileSync(join(dataDir, name), 'latin1'))
    .join('')
async function openedBy(master: Buffer): Promise<number> {
  const kept = await open.stores.sealed.list()
  const purposes = kept.map(({ kind, id }): Purpose => (kind === 'signing-key' ? `signing-key:${id}` : kind))
  return everythingSealed().filter((text) => purposes.some((purpose) => unseal(master, purpose, text) !== undefined))
    .length
}

describe('a new master key', () => {
  test('is asked of everything that is kept sealed: no sealed text lies anywhere else in the store', async () => {
    const kept = await open.stores.sealed.list()
    expect(new Set(kept.map(({ kind }) => kind))).toEqual(new Set(keptSealed))
    expect(everythingSealed().sort()).toEqual(kept.map(({ sealed }) => sealed).sort())
    expect(await openedBy(OLD)).toBe(7)
  })

  test('seals everything anew, and the old one opens nothing more, not even in what SQLite has thrown away', async () => {
    // Of many sizes, so that they do not all come to lie where they lay.
    const { attempts } = open.administrators.entra
    for (let size = 1; size < 40; size++)
      await attempts.keepForm(session, { ...form, fields: [['secret', SECRET.repeat(size)]] })
    const before = everythingSealed()
    expect(await resealAll()).toBe(before.length)
    expect(await openedBy(OLD)).toBe(0)
    expect(await openedBy(NEW)).toBe(before.length)
    const bytes = bytesOnDisk()
    const isLeft = (text: string): boolean => (text.match(/.{40}/g) ?? []).some((part) => bytes.includes(part))
    expect(before.map(isLeft)).toEqual(before.map(() => false))
    expect(everythingSealed().map(isLeft)).toEqual(before.map(() => true))
  })

  test('opens what each had: the same signing keys, the same key for push, the same secrets', async () => {
    const kids = (await open.keys.published()).map(({ kid }) => kid)
    const { vapidPublicKey } = await push(OLD)
    await resealAll()
    await reopen(NEW)
    expect((await open.keys.published()).map(({ kid }) => kid)).toEqual(kids)
    expect((await open.keys.sign({})).kid).toBe(kids[0])
    expect((await push(NEW)).vapidPublicKey).toBe(vapidPublicKey)
    const { entra } = open.administrators
    const { draft } = await entra.settings.read()
    expect(entra.settings.secretOf(draft!)).toBe(SECRET)
    expect(await entra.attempts.keptForm(session, formId)).toEqual(form)
    const sealed = (await open.forwarding.webhooks.find(webhook.id))?.webhook.sealedSecrets ?? ''
    expect(openSecrets(NEW, sealed)).toEqual({ current: webhook.secret, before: null })
    expect(openSecrets(OLD, sealed)).toBeUndefined()
  })

  test('is recorded with what there was, and with no secret', async () => {
    await resealAll()
    const event = (await recorded(open.stores)).at(-1)!
    const counts =
      '{"signing-key":2,"vapid-key":1,"audit-key":1,"entra-sign-in-secret":1,"administrator-kept-form":1,"webhook-secrets":1}'
    expect(event).toEqual({ type: 'master-key.resealed', change: counts, by: 'service' })
  })

  test('changes nothing the second time, and goes on where only some was sealed anew', async () => {
    await resealAll()
    const [before, events] = [everythingSealed(), await recorded(open.stores)]
    expect(await resealAll()).toBe(0)
    expect([everythingSealed(), await recorded(open.stores)]).toEqual([before, events])
    await reopen(NEW)
    await open.administrators.entra.settings.draft({ ...typed, secret: 'newer' }, 1, 'command-line')
    expect(await resealAll(OTHER, NEW)).toBe(7)
  })

  test('is refused, and nothing is changed, when something is opened by neither key', async () => {
    const before = everythingSealed()
    await expect(resealAll(NEW, OTHER)).rejects.toThrow(
      /neither by the master key nor by the previous one \(COUNTERSIGN_MASTER_KEY_PREVIOUS\)\. .* Nothing was changed\.$/,
    )
    expect(everythingSealed()).toEqual(before)
  })

  test('leaves nothing behind either where the start was killed right after it', async () => {
    const before = everythingSealed()
    const killed = { ...open.stores.sealed, forgetReplaced: () => Promise.reject(new Error('killed')) }
    await expect(reseal({ store: killed, master: NEW, previous: OLD, random })).rejects.toThrow('killed')
    expect(await openedBy(OLD)).toBe(0)
    expect(await resealAll()).toBe(0)
    const bytes = bytesOnDisk()
    expect(before.filter((text) => bytes.includes(text.slice(0, 40)))).toEqual([])
  })

  test('does not stop at a form that waits for a proof: it is typed again', async () => {
    await resealAll(OTHER)
    const lost = (await open.stores.sealed.list()).find(({ kind }) => kind === 'administrator-kept-form')!
    const database = new DatabaseSync(place.file)
    database.prepare('UPDATE administrator_kept_form SET sealed = ?').run(`${lost.sealed}x`)
    database.close()
    expect(await resealAll(NEW, OTHER)).toBe(6)
    // What was left is not counted on record either.
    const counts = '{"signing-key":2,"vapid-key":1,"audit-key":1,"entra-sign-in-secret":1,"webhook-secrets":1}'
    expect((await recorded(open.stores)).at(-1)).toMatchObject({ type: 'master-key.resealed', change: counts })
    await reopen(NEW)
    expect(await open.administrators.entra.attempts.keptForm(session, formId)).toBeUndefined()
  })
})

describe('the start of a service', () => {
  const lines: [object, string][] = []
  const log = { info: () => {}, error: () => {}, warn: (facts: object, text: string) => void lines.push([facts, text]) }
  const start = (previous: Buffer | null) => {
    const { keys, stores, master } = open
    return createKeyKeeper({ keys, sealed: stores.sealed, master, previous, random, log }).start()
  }
  beforeEach(() => {
    lines.length = 0
  })

  test('with the new and the previous master key seals anew, and says that the previous one can go', async () => {
    await reopen(NEW)
    await start(OLD)
    expect(lines).toEqual([[{ secrets: 7 }, expect.stringContaining('COUNTERSIGN_MASTER_KEY_PREVIOUS')]])
    await start(OLD)
    expect(lines[1]).toEqual([{ secrets: 0 }, expect.stringContaining('needed no more')])
    await start(null)
    expect(await open.keys.usable()).toBe(true)
  })

  test('with the new one alone is refused, and says what is missing', async () => {
    await reopen(NEW)
    await expect(start(null)).rejects.toThrow('COUNTERSIGN_MASTER_KEY_PREVIOUS')
    expect(await openedBy(OLD)).toBe(7)
  })
})
