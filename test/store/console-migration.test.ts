// A store of before the console: what the console reads is made of what is there.
import { DatabaseSync } from 'node:sqlite'
import { expect, test } from '@jest/globals'
import { systemRandom } from '../../src/base/random.ts'
import { createPeople } from '../../src/devices/people.ts'
import { createLocalChanges } from '../../src/signin/changes.ts'
import { createSignInHistory } from '../../src/signin/history.ts'
import { consoleTables } from '../../src/store/sqlite/schema/console.ts'
import { steps } from '../../src/store/sqlite/schema.ts'
import { openSqliteStores } from '../../src/store/sqlite/sqlite-stores.ts'
import { ADA, aDevice, anInvitation, aSignIn, GRACE, HOUR, movedTo, NOW, opened } from './contract/material.ts'
import { temporaryFile } from './temporary-file.ts'

const clock = { now: () => NOW }

test('a store of before has its sign-ins, people, devices and counts in the console, and goes on', async () => {
  const { file, remove } = temporaryFile()
  const before = steps.indexOf(consoleTables)
  expect(before).toBeGreaterThan(0)
  const old = new DatabaseSync(file)
  for (const step of steps.slice(0, before)) old.exec(step)
  old.exec(`PRAGMA user_version = ${before}`)

  const device = aDevice({ person: 'Ada before', boundAt: NOW - HOUR })
  const unused = aDevice({ ...GRACE, person: 'Grace', boundAt: NOW - HOUR })
  const open = aSignIn({ openedAt: NOW - 1, person: 'Ada' })
  const decision = { deviceId: device.id, approvalDigest: 'a', proof: 'software-key' as const, at: NOW - 9 }
  const answered = movedTo(aSignIn({ openedAt: NOW - 10 }), { phase: 'answered', decision })
  for (const { id, thumbprint, tenantId, objectId, state, boundAt, ...body } of [device, unused]) {
    old
      .prepare('INSERT INTO device VALUES (?, ?, ?, ?, ?, ?, NULL, ?)')
      .run(
        id,
        thumbprint,
        tenantId,
        objectId,
        state,
        boundAt,
        JSON.stringify({ id, thumbprint, tenantId, objectId, boundAt, ...body }),
      )
  }
  for (const signIn of [open, answered]) {
    const { id, version, phase, tenantId, objectId, openedAt, expiresAt } = signIn
    old
      .prepare('INSERT INTO sign_in VALUES (?, ?, ?, ?, ?, ?, ?, NULL, NULL, NULL, ?)')
      .run(id, version, phase, tenantId, objectId, openedAt, expiresAt, JSON.stringify(signIn))
  }
  const invited = anInvitation({ tenantId: 'tenant-9', objectId: 'Invited' })
  old
    .prepare('INSERT INTO invitation VALUES (?, ?, ?, ?, NULL, 0, NULL, ?)')
    .run(invited.id, invited.tenantId, invited.objectId, invited.expiresAt, JSON.stringify(invited))
  const approved = { ...opened(answered), type: 'signin.approved', deviceId: device.id }
  const audit = old.prepare('INSERT INTO audit (writer, seq, at, type, event, previous, digest) VALUES (?,?,?,?,?,?,?)')
  for (const [i, at] of [NOW - 20, NOW - 9, NOW - 15].entries())
    audit.run('w', i + 1, at, 'signin.approved', JSON.stringify(approved), '', '')
  old.exec(`INSERT INTO refusal_count VALUES (7, 'hint.refused', 'hint.key', '192.0.2.1', 'r', 3)`)
  old.close()

  const stores = openSqliteStores({ file, clock, random: systemRandom, changes: createLocalChanges() })
  const history = createSignInHistory({ store: stores.signInHistory, clock })
  const people = createPeople({ store: stores.people, invitations: stores.invitations, clock })

  const { rows } = await history.list({ limit: 10 })
  expect(rows.map(({ id }) => id)).toEqual([open.id, answered.id])
  expect(rows).toMatchObject([
    { ...ADA, outcome: 'open', endedAt: null, method: null, deviceId: null, person: 'Ada', contract: 'external-mfa' },
    { ...ADA, outcome: 'answered', endedAt: answered.expiresAt, method: 'push', deviceId: device.id },
  ])
  const found = await people.search({ limit: 10 })
  expect(found.rows).toEqual([
    {
      ...ADA,
      integrationId: 'integration-1',
      label: 'Ada',
      folded: 'ada',
      lastSignInAt: NOW - 1,
      firstSeenAt: NOW - HOUR,
    },
    {
      ...GRACE,
      integrationId: 'integration-1',
      label: 'Grace',
      folded: 'grace',
      lastSignInAt: NOW - HOUR,
      firstSeenAt: NOW - HOUR,
    },
    {
      ...{
        tenantId: 'tenant-9',
        objectId: 'Invited',
        integrationId: 'integration-1',
        label: 'Invited',
        folded: 'invited',
      },
      ...{ lastSignInAt: null, firstSeenAt: NOW },
    },
  ])
  expect(await people.devicesOf(ADA)).toEqual([{ ...device, lastUsedAt: NOW - 9 }])
  expect(await people.devicesOf(GRACE)).toEqual([{ ...unused, lastUsedAt: null }])
  expect(await stores.lastHints.of('integration-1')).toEqual([
    { contract: 'external-mfa', acceptedAt: NOW - 1, refused: null },
  ])
  expect(await stores.audit.counts()).toEqual([
    {
      ...{ minute: 7, type: 'hint.refused', code: 'hint.key', integrationId: null },
      ...{ address: '192.0.2.1', reason: 'r', count: 3 },
    },
  ])

  await stores.signIns.move(open, movedTo(open, { phase: 'denied' }), { events: [] })
  expect(await history.find(open.id)).toMatchObject({ outcome: 'denied', endedAt: NOW })
  await stores.close()
  remove()
})
