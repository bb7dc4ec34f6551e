// What nobody waits for but the end of the service.
import { expect, test } from '@jest/globals'
import { silentLog } from '../../src/base/log.ts'
import { createBackground } from '../../src/push/background.ts'

test('what goes wrong is logged, and touches nobody', async () => {
  const told: unknown[][] = []
  const background = createBackground({ ...silentLog, error: (...what: unknown[]) => void told.push(what) })
  background.run(Promise.reject(new Error('the store is gone')))
  background.run(Promise.resolve('well'))
  await background.end()
  expect(told).toEqual([[{ message: 'the store is gone', stack: expect.stringContaining('at ') }, 'push failed']])
})

test('the end waits for all of it, for what was begun meanwhile too, and for nothing when there is nothing', async () => {
  const background = createBackground(silentLog)
  await background.end()
  const [first, second] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()]
  const done: string[] = []
  background.run(
    first.promise.then(() => {
      done.push('first')
      background.run(second.promise.then(() => void done.push('second')))
    }),
  )
  const ended = background.end().then(() => void done.push('end'))
  first.resolve()
  await first.promise
  second.resolve()
  await ended
  expect(done).toEqual(['first', 'second', 'end'])
})
