import { systemClock } from '../../src/base/clock.ts'
import { systemRandom } from '../../src/base/random.ts'
import { createLocalChanges } from '../../src/signin/changes.ts'
import { openSqliteStores } from '../../src/store/sqlite/sqlite-stores.ts'
import { describeStores } from './contract/describe-stores.ts'
import { temporaryFile } from './temporary-file.ts'

describeStores('SQLite', async () => {
  const { file, remove } = temporaryFile()
  const open = () => openSqliteStores({ file, clock: systemClock, random: systemRandom, changes: createLocalChanges() })
  const [stores, beside] = [open(), open()]
  return {
    stores,
    beside,
    async close() {
      await Promise.all([stores.close(), beside.close()])
      remove()
    },
  }
})
