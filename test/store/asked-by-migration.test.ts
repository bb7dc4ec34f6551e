// A store of before it could be said by which contracts Entra may ask: by both, as it was.
import { DatabaseSync } from 'node:sqlite'
import { expect, test } from '@jest/globals'
import { systemRandom } from '../../src/base/random.ts'
import { createLocalChanges } from '../../src/signin/changes.ts'
import { askedBy } from '../../src/store/sqlite/schema/asked-by.ts'
import { steps } from '../../src/store/sqlite/schema.ts'
import { openSqliteStores } from '../../src/store/sqlite/sqlite-stores.ts'
import { anIntegration, NOW } from './contract/material.ts'
import { temporaryFile } from './temporary-file.ts'

test('an integration goes on being asked by both, and is as it was', async () => {
  const { file, remove } = temporaryFile()
  const old = new DatabaseSync(file)
  for (const step of steps.slice(0, steps.indexOf(askedBy))) old.exec(step)
  old.exec(`PRAGMA user_version = ${steps.indexOf(askedBy)}`)
  const { askedBy: _new, ...integration } = anIntegration({ enabled: false, firstUseUntil: null })
  const { id, tenantId, clientId } = integration
  old.prepare('INSERT INTO integration VALUES (?, ?, ?, ?)').run(id, tenantId, clientId, JSON.stringify(integration))
  old.close()
  const stores = openSqliteStores({
    ...{ file, random: systemRandom, changes: createLocalChanges() },
    clock: { now: () => NOW },
  })
  expect(await stores.integrations.find(id)).toEqual({ ...integration, askedBy: 'both' })
  await stores.close()
  remove()
})
