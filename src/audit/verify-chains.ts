// Reads the whole log chain by chain, and compares it with what was signed.
import { recordDigest } from '../base/chain.ts'
import type { AuditStore, ChainEntry, ChainPlace } from './audit.ts'

export type FaultKind =
  /** What the record says does not fit its digest, or what the store keeps beside it does not fit what it says. */
  | 'changed'
  /** A number left out: this is the first that is missing. */
  | 'missing'
  /** A number that stands there again. */
  | 'repeated'
  /** The record does not carry the digest of the one before. */
  | 'broken-chain'
  /** It became durable after its successor. */
  | 'out-of-order'
  /** A checkpoint signed another record in this place: the chain was computed anew. */
  | 'not-as-signed'
  /** The chain was closed before this record. */
  | 'after-the-end'
  /** It says that it is older than the checkpoint before the one that first has it: it was put in later. */
  | 'back-dated'

export type AuditFault = { writer: string; seq: number; kind: FaultKind }

/** What checkpoints say of one chain, in their order. `after`: when the checkpoint before was made; null: unknown. */
export type SignedChain = {
  heads: { seq: number; digest: string; after: number | null }[]
  closedAt: number | null
}
export type SignedChains = ReadonlyMap<string, SignedChain>

export type VerifiedChains = {
  records: number
  writers: number
  /** Records that are newer than any checkpoint. */
  unsigned: number
  faults: AuditFault[]
}

/** Clocks of processes differ, and a transaction takes its time. */
const TOLERANCE = 10 * 60_000
const AT_ONCE = 1000

/**
 * Names the first fault of each chain. A chain of which nothing is left is named by what is signed of it. `signed` must have
 * been read before this begins: what is written meanwhile is then newer, and no fault.
 */
export async function verifyAudit(
  store: Pick<AuditStore, 'chains'>,
  signed: SignedChains = new Map(),
): Promise<VerifiedChains> {
  const found = new Set<string>()
  const faults: AuditFault[] = []
  const totals = { records: 0, writers: 0, unsigned: 0 }
  let at: ReturnType<typeof chainJudge> | undefined

  function finish(): void {
    if (!at) return
    const fault = at.end()
    if (fault) faults.push(fault)
    totals.unsigned += at.unsigned()
  }

  for (let after: ChainPlace | null = null; ; ) {
    const page: ChainEntry[] = await store.chains(after, AT_ONCE)
    for (const entry of page) {
      const { writer } = entry.record
      if (writer !== at?.writer) {
        finish()
        at = chainJudge(writer, signed.get(writer))
        found.add(writer)
        totals.writers++
      }
      totals.records++
      at.take(entry)
    }
    const last = page.at(-1)
    if (!last) break
    after = { writer: last.record.writer, seq: last.record.seq, position: last.position }
  }
  finish()
  for (const [writer] of signed) if (!found.has(writer)) faults.push({ writer, seq: 1, kind: 'missing' })
  return { ...totals, faults }
}

/** Judges one chain, record by record. */
function chainJudge(writer: string, signed: SignedChain | undefined) {
  const heads = signed?.heads ?? []
  const lastSigned = heads.at(-1)?.seq ?? 0
  let head = { seq: 0, digest: '', position: 0 }
  let next = 0
  let fault: AuditFault | undefined

  function faultOf({ position, record, agrees }: ChainEntry): FaultKind | undefined {
    if (!agrees || recordDigest(record) !== record.digest) return 'changed'
    if (record.seq <= head.seq) return 'repeated'
    if (record.seq !== head.seq + 1) return 'missing'
    if (record.previous !== head.digest) return 'broken-chain'
    if (position <= head.position) return 'out-of-order'
    while ((heads[next]?.seq ?? Number.POSITIVE_INFINITY) < record.seq) next++
    const signedNext = heads[next]
    if (signedNext?.seq === record.seq && signedNext.digest !== record.digest) return 'not-as-signed'
    if (signed?.closedAt && record.seq > signed.closedAt) return 'after-the-end'
    if (signedNext?.after && record.at < signedNext.after - TOLERANCE) return 'back-dated'
    return undefined
  }

  return {
    writer,
    take(entry: ChainEntry): void {
      const { seq, digest } = entry.record
      const kind = fault ? undefined : faultOf(entry)
      if (kind) fault = { writer, seq: kind === 'missing' ? head.seq + 1 : seq, kind }
      head = { seq, digest, position: entry.position }
    },
    /** A chain that ends before what was signed of it was cut off. */
    end: (): AuditFault | undefined =>
      fault ?? (head.seq < lastSigned ? { writer, seq: head.seq + 1, kind: 'missing' } : undefined),
    unsigned: (): number => Math.max(0, head.seq - lastSigned),
  }
}
