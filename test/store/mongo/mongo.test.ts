import { afterAll, beforeAll } from '@jest/globals'
import { systemClock } from '../../../src/base/clock.ts'
import { systemRandom } from '../../../src/base/random.ts'
import { createLocalChanges } from '../../../src/signin/changes.ts'
import { openStoresOn, type Prepared, prepareDatabase } from '../../../src/store/mongo/mongo-stores.ts'
import type { Took } from '../../../src/store/took.ts'
import { describeStores } from '../contract/describe-stores.ts'
import { emptied } from './database.ts'
import type { ReplicaSet } from './replica-set.ts'
import { whereMongoIs } from './where-mongo-is.ts'

whereMongoIs('on a replica set', (start) => {
  let mongo: ReplicaSet
  let uri: string
  /** Two processes' connections. Each test has its own stores on them: to connect and look at every index takes long. */
  let prepared: Prepared[]
  beforeAll(async () => {
    mongo = await start()
    uri = mongo.uri('countersign-test-contract')
    prepared = [await prepareDatabase({ uri, clock: systemClock }), await prepareDatabase({ uri, clock: systemClock })]
  })
  afterAll(async () => {
    await Promise.all((prepared ?? []).map(({ connection }) => connection.close()))
    await mongo?.close()
  })

  describeStores('MongoDB', async () => {
    const [first, second] = prepared as [Prepared, Prepared]
    await emptied(uri)
    const open = (on: Prepared, took?: Took) =>
      openStoresOn(on, {
        ...{ uri, clock: systemClock, random: systemRandom, changes: createLocalChanges(), took },
        streamFailed: (error) => {
          throw error
        },
      })
    const took: Parameters<Took>[] = []
    const [stores, beside] = [await open(first, (...what) => void took.push(what)), await open(second)]
    return {
      ...{ stores, took, beside },
      async close() {
        await Promise.all([stores.close(), beside.close()])
      },
    }
  })
})
