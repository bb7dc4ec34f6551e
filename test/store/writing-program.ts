// Writes to a store without end, many at a time, and says on standard output what was acknowledged. kill.test.ts kills it.
import { systemClock } from '../../src/base/clock.ts'
import { systemRandom } from '../../src/base/random.ts'
import { createLocalChanges } from '../../src/signin/changes.ts'
import { openSqliteStores } from '../../src/store/sqlite/sqlite-stores.ts'
import { aHint, aSignIn, eventOf, movedTo, opened, someId } from './contract/material.ts'

const CALLERS = 32

const { signIns } = openSqliteStores({
  file: process.argv[2] ?? '',
  clock: systemClock,
  random: systemRandom,
  changes: createLocalChanges(),
})

/** One person after another opens a sign-in and gives up. */
async function call(): Promise<never> {
  for (;;) {
    const signIn = aSignIn({ objectId: someId() })
    await signIns.open(signIn, aHint(), 3, signIn.openedAt, [opened(signIn)])
    process.stdout.write(`opened ${signIn.id}\n`)
    const cancelled = movedTo(signIn, { phase: 'cancelled' })
    await signIns.move(signIn, cancelled, { events: [eventOf(signIn, 'signin.cancelled')] })
    process.stdout.write(`cancelled ${signIn.id}\n`)
  }
}

await Promise.all(Array.from({ length: CALLERS }, call))
