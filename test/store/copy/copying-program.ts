// Makes a copy, and stops in the midst of it until it is killed: then it says so. copy-store.test.ts kills it.
import { systemClock } from '../../../src/base/clock.ts'
import type { Target } from '../../../src/store/copy/copy-rows.ts'
import { copyStore, type Destination } from '../../../src/store/copy/copy-store.ts'

const [to = '', file = '', uri = ''] = process.argv.slice(2)

const through = (of: Target, which: 'source' | 'target'): Target => ({
  ...of,
  async *read(collection) {
    if (which === 'source' && collection === 'person') {
      process.stdout.write('in the middle\n')
      await new Promise((resolve) => setTimeout(resolve, 600_000))
    }
    yield* of.read(collection)
  },
})

await copyStore({ to: to as Destination, file, uri, clock: systemClock, through })
