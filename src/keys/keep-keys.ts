// What the service does about keys by itself, at its start and ever after, told in the log.
import type { AuditEvent } from '../audit/events.ts'
import type { Log } from '../base/log.ts'
import type { Random } from '../base/random.ts'
import type { MasterKey } from '../base/seal.ts'
import type { Keys } from './keys.ts'
import { reseal, type SealedStore } from './reseal.ts'

export type KeyKeeper = ReturnType<typeof createKeyKeeper>

export function createKeyKeeper(deps: {
  keys: Pick<Keys, 'prepare' | 'tend'>
  sealed: SealedStore
  master: MasterKey
  /** What sealed the store until now; null: the same. */
  previous: MasterKey | null
  random: Random
  log: Log
}) {
  const { keys, sealed, master, previous, random, log } = deps
  let running: Promise<void> | undefined

  function tell(events: AuditEvent[]): void {
    for (const { type, ...facts } of events) log.info(facts, type)
  }

  return {
    /** Seals everything anew if the master key is new, and prepares the signing keys. Throws StartRefused. */
    async start(): Promise<void> {
      if (previous) {
        const secrets = await reseal({ store: sealed, master, previous, random })
        const message =
          'everything is sealed under the new master key: take COUNTERSIGN_MASTER_KEY_PREVIOUS(_FILE) away, it is needed no more'
        log.warn({ secrets }, message)
      }
      tell(await keys.prepare())
    },

    /** Tends the keys, once at a time: to make one takes longer than a moment. */
    tend(): Promise<void> {
      running ??= keys
        .tend()
        .then(tell)
        .finally(() => {
          running = undefined
        })
      return running
    },

    /** When nothing is under way any more. What failed was told by whoever began it. */
    rest: async (): Promise<void> => running?.catch(() => {}),
  }
}
