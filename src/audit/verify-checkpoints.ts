// Reads all checkpoints, and gathers what they say of each chain.
import type { KeyObject } from 'node:crypto'
import { type Checkpoint, checkpointDigest, type KeptCheckpoint, openCheckpoint } from './checkpoint.ts'
import type { CheckpointStore } from './checkpoints.ts'
import type { SignedChain, SignedChains } from './verify-chains.ts'

export type CheckpointFault = {
  number: number
  kind: /** It is not signed by the key, or says another number than it is kept under. */
    | 'forged'
    /** There is none of this number. */
    | 'missing'
    /** It does not carry the digest of the one before. */
    | 'broken-chain'
    /** It says that a chain is shorter than one before said, or goes on after its end. */
    | 'contradiction'
    /** The auditor has another one of this number. */
    | 'another'
}

export type VerifiedCheckpoints = {
  checkpoints: number
  last: { number: number; at: number } | null
  signed: SignedChains
  faults: CheckpointFault[]
}

/**
 * Verifies every checkpoint by `key`, and names each that is wrong. `kept` are checkpoints that an auditor exported earlier:
 * each must be there, letter by letter.
 */
export async function verifyCheckpoints(
  store: Pick<CheckpointStore, 'read'>,
  key: KeyObject | null,
  kept: ReadonlyMap<number, string> = new Map(),
): Promise<VerifiedCheckpoints> {
  const signed = new Map<string, SignedChain>()
  const faults: CheckpointFault[] = []
  const missing = new Set(kept.keys())
  let before: { number: number; digest: string; at: number } | undefined
  let checkpoints = 0

  for (let after = 0; ; ) {
    const some: KeptCheckpoint[] = await store.read(after, 500)
    const end = some.at(-1)
    if (!end) break
    after = end.number
    for (const each of some) {
      checkpoints++
      const expected: number = (before?.number ?? 0) + 1
      if (each.number !== expected) faults.push({ number: expected, kind: 'missing' })
      missing.delete(each.number)
      const said: Checkpoint | undefined = key ? await openCheckpoint(each.jws, key) : undefined
      const mine = kept.get(each.number)
      if (!said || said.number !== each.number) faults.push({ number: each.number, kind: 'forged' })
      else if (each.number === expected && said.previous !== (before?.digest ?? ''))
        faults.push({ number: each.number, kind: 'broken-chain' })
      else if (mine !== undefined && mine !== each.jws) faults.push({ number: each.number, kind: 'another' })
      else if (!gather(signed, said, before?.at)) faults.push({ number: each.number, kind: 'contradiction' })
      before = { number: each.number, digest: checkpointDigest(each), at: said?.at ?? before?.at ?? 0 }
    }
  }
  const known = new Set(faults.map(({ number }) => number))
  for (const number of missing) if (!known.has(number)) faults.push({ number, kind: 'missing' })
  return { checkpoints, last: before ? { number: before.number, at: before.at } : null, signed, faults }
}

/** Adds what a checkpoint says; false when it contradicts those before. */
function gather(signed: Map<string, SignedChain>, { at, heads }: Checkpoint, before: number | undefined): boolean {
  let fits = true
  // When the clock was set back, nothing can be said of times.
  const after = before !== undefined && before <= at ? before : null
  for (const { writer, seq, digest, closed } of heads) {
    const chain: SignedChain = signed.get(writer) ?? { heads: [], closedAt: null }
    const last = chain.heads.at(-1)
    if (chain.closedAt !== null || (last && (seq < last.seq || (seq === last.seq && digest !== last.digest))))
      fits = false
    else if (!last || seq > last.seq) chain.heads.push({ seq, digest, after })
    if (closed) chain.closedAt = seq
    signed.set(writer, chain)
  }
  return fits
}
