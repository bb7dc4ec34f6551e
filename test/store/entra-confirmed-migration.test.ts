// A store of before it was noted when Entra confirmed a role: it is as if that was long ago.
import { DatabaseSync } from 'node:sqlite'
import { expect, test } from '@jest/globals'
import { systemRandom } from '../../src/base/random.ts'
import { createLocalChanges } from '../../src/signin/changes.ts'
import { entraConfirmed } from '../../src/store/sqlite/schema/entra-confirmed.ts'
import { steps } from '../../src/store/sqlite/schema.ts'
import { openSqliteStores } from '../../src/store/sqlite/sqlite-stores.ts'
import { NOW } from './contract/material.ts'
import { temporaryFile } from './temporary-file.ts'

test('an administrator of Entra is still there, confirmed long ago and not sent away', async () => {
  const { file, remove } = temporaryFile()
  const old = new DatabaseSync(file)
  const before = steps.indexOf(entraConfirmed)
  for (const step of steps.slice(0, before)) old.exec(step)
  old.exec(`PRAGMA user_version = ${before}`)
  old.exec(`INSERT INTO administrator_entra VALUES ('tenant-1', 'ada', 'administrator-1')`)
  old.close()
  const stores = openSqliteStores({
    ...{ file, random: systemRandom, changes: createLocalChanges() },
    clock: { now: () => NOW },
  })
  const { entra } = stores.administration
  expect(await entra.identityOf('administrator-1')).toEqual({ tenantId: 'tenant-1', objectId: 'ada' })
  expect(await entra.standingOf('administrator-1')).toEqual({ isConnected: false, confirmedAt: 0 })
  await stores.close()
  remove()
})
