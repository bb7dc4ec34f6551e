// Makes checkpoints: every few minutes when something was written, and when the service stops.
import type { Clock } from '../base/clock.ts'
import type { Random } from '../base/random.ts'
import type { MasterKey } from '../base/seal.ts'
import { type Checkpoint, checkpointDigest, type Head, type KeptCheckpoint, signCheckpoint } from './checkpoint.ts'
import {
  type CheckpointKey,
  type CheckpointKeyStore,
  type CheckpointPublicKey,
  findCheckpointKey,
  prepareCheckpointKey,
} from './checkpoint-key.ts'

/** Where chains stand that no checkpoint has signed so far. `through` is how far the log was read for it. */
export type Unsigned = { through: number; heads: (Head & { ended: boolean })[] }

export type CheckpointStore = CheckpointKeyStore & {
  last(): Promise<(KeptCheckpoint & { at: number }) | undefined>
  /** Those after a number, in order; at most `limit`. */
  read(after: number, limit: number): Promise<KeptCheckpoint[]>
  /**
   * Chains that have moved since they were signed last, and those that have ended since. A chain has ended when its process
   * has, or when nothing was heard of that since `quietSince`: where the store does not know who is there, when it wrote nothing.
   */
  unsigned(quietSince: number): Promise<Unsigned>
  /**
   * Keeps a checkpoint and remembers what it signed, if its number is the next one and no chain that it closes was written to
   * meanwhile. A process whose chain is closed writes no more to it, and begins another.
   */
  keep(checkpoint: KeptCheckpoint & Pick<Checkpoint, 'at' | 'heads'> & { through: number }): Promise<boolean>
}

/** How often what was written is signed: this is how much somebody with the store may change and not be seen. */
export const CHECKPOINT_EVERY = 5 * 60_000
/** A process that was not heard of for so long has ended. */
const QUIET = 15 * 60_000

export type Checkpoints = ReturnType<typeof createCheckpoints>

export function createCheckpoints(options: {
  store: CheckpointStore
  master: MasterKey
  clock: Clock
  random: Random
}) {
  const { store, master, clock, random } = options
  let prepared: Promise<CheckpointKey> | undefined
  let lookAgain = 0
  let running: Promise<unknown> = Promise.resolve()

  function prepare(): Promise<CheckpointKey> {
    prepared ??= prepareCheckpointKey({ store, master, random }).catch((error) => {
      prepared = undefined
      throw error
    })
    return prepared
  }

  /** Signs what is not signed; false when there is nothing, or another process was faster. */
  async function sign(): Promise<boolean> {
    const last = await store.last()
    const at = clock.now()
    const { through, heads } = await store.unsigned(at - QUIET)
    if (heads.length === 0) return false
    const { privateKey, kid } = await prepare()
    const checkpoint: Checkpoint = {
      number: (last?.number ?? 0) + 1,
      at,
      previous: last ? checkpointDigest(last) : '',
      heads: heads.map(({ ended, ...head }) => ({ ...head, ...(ended && { closed: true as const }) })),
    }
    const jws = await signCheckpoint(checkpoint, { privateKey, kid })
    return store.keep({ ...checkpoint, through, jws })
  }

  return {
    /** Makes the key if there is none. Throws StartRefused when it is not opened. */
    prepare: async (): Promise<CheckpointPublicKey> => (await prepare()).public,

    /** The public key; undefined before the first start. */
    publicKey: async (): Promise<CheckpointPublicKey | undefined> =>
      (await findCheckpointKey({ store, master }))?.public,

    /** Makes a checkpoint if one is due. Called every few seconds, on every node. */
    async tend(): Promise<void> {
      const now = clock.now()
      // A clock that was set back must not put it off.
      if (now < lookAgain && lookAgain - now <= CHECKPOINT_EVERY) return
      lookAgain = now + CHECKPOINT_EVERY
      const last = await store.last()
      if (last && now >= last.at && now < last.at + CHECKPOINT_EVERY) {
        lookAgain = last.at + CHECKPOINT_EVERY
        return
      }
      await this.make()
    },

    /** Makes one now, if something was written since the last; tells whether it did. */
    make(): Promise<boolean> {
      // One after the other: what is asked for last signs all that was written before it was asked for.
      const made = running.then(sign)
      running = made.catch(() => undefined)
      return made
    },

    /** All of them, in order, some at a time: the exported form is what an auditor compares with later. */
    async *export(): AsyncGenerator<KeptCheckpoint[]> {
      for (let after = 0; ; ) {
        const some = await store.read(after, 500)
        const last = some.at(-1)
        if (!last) return
        yield some
        after = last.number
      }
    },
  }
}
