import { refuse } from '../../src/base/refusal.ts'
import type { Ringer } from '../../src/signin/ringing.ts'

/** Push that wakes nobody. */
export const silentPush: Ringer = {
  ring: async () => refuse('push.nowhere', 'silent'),
  ringLater: () => undefined,
  over: () => undefined,
  standing: async () => ({ reachable: false, rung: false, againAfter: 0, quiet: false }),
  quietAfter: async () => 0,
}
