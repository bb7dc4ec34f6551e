// The rings of a sign-in that are being sent: who ends its prompt stops them, and comes after them.
import { expect, test } from '@jest/globals'
import { createUnderWay } from '../../src/push/under-way.ts'

/** A ring that goes on until it is stopped, and then for as long as `ending` takes. */
function ringing(underWay: ReturnType<typeof createUnderWay>, signInId: string, ending: Promise<unknown>) {
  const ring = { stopped: false, done: false, stopOthers: (): void => undefined }
  void underWay.add(signInId, async (stopped, stopOthers) => {
    ring.stopOthers = stopOthers
    await new Promise<void>((resolve) => stopped.addEventListener('abort', () => resolve()))
    ring.stopped = true
    await ending
    ring.done = true
  })
  return ring
}
const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

test('they are stopped, and are over before what stopped them goes on', async () => {
  const underWay = createUnderWay()
  const ending = Promise.withResolvers<void>()
  const rings = [ringing(underWay, 'one', ending.promise), ringing(underWay, 'one', ending.promise)]
  const other = ringing(underWay, 'other', ending.promise)
  let gone = false
  const stop = underWay.stop('one').then(() => {
    gone = true
  })
  await turn()
  expect([rings.map(({ stopped }) => stopped), other.stopped, gone]).toEqual([[true, true], false, false])
  ending.resolve()
  await stop
  expect([rings.map(({ done }) => done), other.stopped]).toEqual([[true, true], false])
})

test('one that fails holds up nobody', async () => {
  const underWay = createUnderWay()
  const failing = underWay.add('one', async (stopped) => {
    await new Promise<void>((resolve) => stopped.addEventListener('abort', () => resolve()))
    throw new Error('failed')
  })
  const failed = expect(failing).rejects.toThrow('failed')
  await underWay.stop('one')
  await failed
})

test('a new one stops the earlier ones of its sign-in, and not itself', async () => {
  const underWay = createUnderWay()
  const never = new Promise<void>(() => undefined)
  const [first, second] = [ringing(underWay, 'one', never), ringing(underWay, 'one', never)]
  const other = ringing(underWay, 'other', never)
  second.stopOthers()
  await turn()
  expect([first.stopped, second.stopped, other.stopped]).toEqual([true, false, false])
})

test('where nothing is under way, or not any more, nothing is waited for', async () => {
  const underWay = createUnderWay()
  await underWay.stop('one')
  await underWay.add('one', async () => undefined)
  await underWay.stop('one')
  // One that begins when the earlier ones are over is stopped as well.
  const later = ringing(underWay, 'one', Promise.resolve())
  await underWay.stop('one')
  expect(later.done).toBe(true)
})
