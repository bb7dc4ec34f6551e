// Somebody who was locked after too many wrong numbers, as each administrator sees them, and how they are unlocked.
import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import type { Role } from '../../src/administrators/permissions.ts'
import type { SignIn } from '../../src/signin/sign-in.ts'
import { ADA, GRACE, TENANT } from '../support/countersign.ts'
import { approve, begin, enrol, keyOf } from '../support/stories.ts'
import { type Console, type Desk, startConsole } from './console.ts'
import { machineOf } from './machine.ts'

const STOP = { number: 20, code: 10 }
let console: Console
beforeEach(async () => {
  console = await startConsole()
})
afterEach(() => console.close())

const page = `/admin/people/${TENANT}/${ADA.objectId}`
const locks = () => console.service.capabilities.locks.of(keyOf(ADA))
const desk = async (role: Role): Promise<Desk> => {
  const admitted = await console.admitted(role)
  await admitted.stepUp()
  return admitted
}

/** Ada, with a phone, and as many failures in a row as lock her. */
async function lock(...kinds: (keyof typeof STOP)[]) {
  const phone = await enrol(console, { person: ADA })
  const { signIns } = console.service.capabilities.stores
  const begun = await begin(console)
  const id = new URL(begun.page.url).pathname.split('/').at(-1) ?? ''
  for (const kind of kinds) {
    for (let after = 0; after < STOP[kind]; after++) {
      const from = (await signIns.find(id)) as SignIn
      const counted = { ...keyOf(ADA), kind, after, at: console.clock.now() }
      const { integrationId } = from
      const locked = { type: 'person.locked', signInId: id, integrationId, ...keyOf(ADA), because: kind } as const
      const events = after === STOP[kind] - 1 ? [locked] : []
      expect(await signIns.move(from, { ...from, version: from.version + 1 }, { events, countFailure: counted })).toBe(
        true,
      )
    }
  }
  await begun.browser.submit(begun.page, 'give-up')
  return phone
}

describe('somebody who is locked', () => {
  test('is named on the overview, until they are unlocked', async () => {
    await lock('number')
    const helpdesk = await desk('helpdesk')
    expect((await helpdesk.get('/admin/')).text).toContain('ada@contoso.example is locked after too many wrong numbers')
    await helpdesk.submit(`${page}/unlock`)
    expect((await helpdesk.get('/admin/')).text).not.toContain('is locked')
  })

  test('is unlocked by the help desk, on record, and is let in again', async () => {
    const phone = await lock('number', 'code')
    const helpdesk = await desk('helpdesk')
    const { text } = await helpdesk.get(page)
    expect(text).toContain('<span class="chip bad">Locked</span>')
    expect(text).toMatch(/nobody is let in with this account\..*no code is taken from them/s)
    const done = await helpdesk.submit(`${page}/unlock`)
    expect(done.text).toContain('They may try again.')
    expect(done.text).not.toContain('Locked')
    expect(await locks()).toEqual([])
    expect((await console.events()).filter(({ type }) => type === 'person.unlocked')).toMatchObject([
      { ...keyOf(ADA), by: expect.stringMatching(/^administrator:/) },
    ])
    expect((await approve(phone, await begin(console))).body).toEqual({ outcome: 'approved' })
    // Twice is once.
    expect((await helpdesk.submit(`${page}/unlock`)).text).toContain('They may try again.')
    expect((await console.events()).filter(({ type }) => type === 'person.unlocked')).toHaveLength(1)
  })

  test('is not unlocked by a viewer, nor without a fresh proof, nor by a form of another site', async () => {
    await lock('number')
    const viewer = await desk('viewer')
    expect((await viewer.get(page)).text).not.toContain('/unlock')
    expect((await viewer.submit(`${page}/unlock`)).status).toBe(403)
    const helpdesk = await console.admitted('helpdesk')
    console.clock.leap(6 * 60_000)
    expect((await helpdesk.submit(`${page}/unlock`)).text).toContain('Unlock ada@contoso.example')
    expect((await helpdesk.submit(`${page}/unlock`, {}, { origin: 'https://attacker.example' })).status).toBe(403)
    expect(await locks()).toEqual(['number'])
  })

  test('is told of and unlocked by the API', async () => {
    await lock('code')
    const owner = await console.admitted('owner')
    const machine = await machineOf(console, owner.id, ['read', 'people'])
    const path = `/people/${TENANT}/${ADA.objectId}`
    expect((await machine.get(path)).body.locked).toEqual(['code'])
    expect(await machine.post(`${path}/unlock`)).toMatchObject({ status: 200, body: { ...keyOf(ADA), locked: [] } })
    expect((await machine.get(path)).body.locked).toEqual([])
    expect(await machine.post(`/people/${TENANT}/${GRACE.objectId}/unlock`)).toMatchObject({ status: 404 })
  })

  test('is unlocked from the command line', async () => {
    await lock('number')
    const unlock = (objectId: string) => {
      const root = fileURLToPath(new URL('../..', import.meta.url))
      const words = ['src/cli.ts', 'person', 'unlock', '--tenant-id', TENANT, '--object-id', objectId]
      const { COUNTERSIGN_DATA_DIR, PATH } = { COUNTERSIGN_DATA_DIR: console.dataDir, PATH: process.env.PATH }
      return spawnSync(process.execPath, words, { cwd: root, encoding: 'utf8', env: { COUNTERSIGN_DATA_DIR, PATH } })
    }
    expect(unlock(ADA.objectId)).toMatchObject({ status: 0, stdout: 'ada@contoso.example may try again.\n' })
    expect(await locks()).toEqual([])
    expect(unlock(ADA.objectId)).toMatchObject({ status: 1, stderr: expect.stringContaining('nothing wrong in a row') })
    expect(unlock(GRACE.objectId)).toMatchObject({
      status: 1,
      stderr: expect.stringContaining('Nobody with the object id'),
    })
    expect(unlock('ada')).toMatchObject({ status: 2 })
  })
})
