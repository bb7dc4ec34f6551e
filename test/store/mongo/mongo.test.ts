import { afterAll, beforeAll } from '@jest/globals'
import { systemClock } from '../../../src/base/clock.ts'
import { systemRandom } from '../../../src/base/random.ts'
import { createLocalChanges } from '../../../src/signin/changes.ts'
import { openMongoStores } from '../../../src/store/mongo/mongo-stores.ts'
import { describeStores } from '../contract/describe-stores.ts'
import { emptied } from './database.ts'
import type { ReplicaSet } from './replica-set.ts'
import { whereMongoIs } from './where-mongo-is.ts'

whereMongoIs('on a replica set', (start) => {
  let mongo: ReplicaSet
  beforeAll(async () => {
    mongo = await start()
  })
  afterAll(() => mongo?.close())

  describeStores('MongoDB', async () => {
    const uri = mongo.uri('countersign-test-contract')
    await emptied(uri)
    const open = () =>
      openMongoStores({
        ...{ uri, clock: systemClock, random: systemRandom, changes: createLocalChanges() },
        streamFailed: (error) => {
          throw error
        },
      })
    const [stores, beside] = [await open(), await open()]
    return {
      stores,
      beside,
      async close() {
        await Promise.all([stores.close(), beside.close()])
      },
    }
  })
})
