// When the master key changes, everything that is kept sealed is sealed anew, all of it or nothing.
import type { AuditEvent } from '../audit/events.ts'
import type { Random } from '../base/random.ts'
import { type KeptSealed, keptSealed, type MasterKey, type Purpose, seal, unseal } from '../base/seal.ts'
import { StartRefused } from '../base/start-refused.ts'

/** A sealed secret where it is kept. `id` tells it from others of its kind. */
export type SealedSecret = { kind: KeptSealed; id: string; sealed: string }

export type SealedStore = {
  /** Every secret that is kept sealed. */
  list(): Promise<SealedSecret[]>
  /**
   * Puts what `again` gives in the place of every secret, and records the event that `eventOf` makes of what was changed:
   * all of it in one transaction, or, when either throws, nothing. Gives how many were changed; none, and no event, when
   * `again` gives all as they are.
   */
  replace(again: (secret: SealedSecret) => string, eventOf: (changed: SealedSecret[]) => AuditEvent): Promise<number>
  /** Leaves nothing in the store's files of what was replaced, ever. */
  forgetReplaced(): Promise<void>
}

/** What each secret was sealed for. */
const purposeOf = ({ kind, id }: SealedSecret): Purpose => (kind === 'signing-key' ? `signing-key:${id}` : kind)

/** What waits for a proof for ten minutes at most; if it is lost, it is typed again. */
const isFleeting = ({ kind }: SealedSecret): boolean => kind === 'administrator-kept-form'

const countsOf = (secrets: readonly SealedSecret[]): Partial<Record<KeptSealed, number>> =>
  Object.fromEntries(
    keptSealed
      .map((kind) => [kind, secrets.filter((each) => each.kind === kind).length] as const)
      .filter(([, count]) => count > 0),
  )

/**
 * Seals everything under `master` that is sealed under `previous`; gives how many secrets that were. What is under `master`
 * already stays as it is, so that it can be done again, and by several at once. Throws StartRefused, and changes nothing,
 * when neither key opens something.
 */
export async function reseal(options: {
  store: SealedStore
  master: MasterKey
  previous: MasterKey
  random: Random
}): Promise<number> {
  const { store, master, previous, random } = options
  const count = await store.replace(
    (secret) => {
      const purpose = purposeOf(secret)
      if (unseal(master, purpose, secret.sealed) !== undefined) return secret.sealed
      const plain = unseal(previous, purpose, secret.sealed)
      if (plain !== undefined) return seal(master, purpose, plain, random)
      if (isFleeting(secret)) return secret.sealed
      throw new StartRefused(
        `A secret in the store (${purpose}) is opened neither by the master key nor by the previous one ` +
          '(COUNTERSIGN_MASTER_KEY_PREVIOUS). Give the one that sealed it. Nothing was changed.',
      )
    },
    (changed) => ({ type: 'master-key.resealed', change: JSON.stringify(countsOf(changed)), by: 'service' }),
  )
  // Also when there was nothing to do: the start before this one may have been killed right here.
  await store.forgetReplaced()
  return count
}
