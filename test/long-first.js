// The order of the suites. Jest knows how long each took only on a machine that ran them before; elsewhere it begins with the
// largest files, and whoever waits at the end waits for a short file that takes minutes.
import { relative } from 'node:path'
import Sequencer from '@jest/test-sequencer'

/** Suites that take a minute or more, the longest first. */
const LONG = [
  'test/store/mongo/mongo.test.ts',
  'test/journeys/browser/accessibility.test.ts',
  'test/journeys/browser/admin-people.test.ts',
  'test/journeys/nodes/faults.test.ts',
  'test/command-line/cli.test.ts',
  'test/journeys/browser/without.test.ts',
  'test/journeys/browser/admin-integrations.test.ts',
  'test/authenticator/push.test.ts',
  'test/store/mongo/engine.test.ts',
  'test/store/copy/copy-store.test.ts',
  'test/bench/bench.test.ts',
]

export default class LongFirst extends Sequencer {
  sort(tests) {
    const placeOf = ({ path, context }) => LONG.indexOf(relative(context.config.rootDir, path))
    const isLong = (test) => placeOf(test) >= 0
    const long = tests.filter(isLong).sort((a, b) => placeOf(a) - placeOf(b))
    return [...long, ...super.sort(tests.filter((test) => !isLong(test)))]
  }
}
