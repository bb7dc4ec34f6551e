import { afterAll, beforeAll } from '@jest/globals'
import { systemClock } from '../../../src/base/clock.ts'
import { systemRandom } from '../../../src/base/random.ts'
import { createLocalChanges } from '../../../src/signin/changes.ts'
import { openMongoStores } from '../../../src/store/mongo/mongo-stores.ts'
import type { Took } from '../../../src/store/took.ts'
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
    const open = (took?: Took) =>
      openMongoStores({
        ...{ uri, clock: systemClock, random: systemRandom, changes: createLocalChanges(), took },
        streamFailed: (error) => {
          throw error
        },
      })
    const took: Parameters<Took>[] = []
    const [stores, beside] = [await open((...what) => void took.push(what)), await open()]
    return {
      ...{ stores, took, beside },
      async close() {
        await Promise.all([stores.close(), beside.close()])
      },
    }
  })
})
