// A signed checkpoint: where chains stood at an instant, and which of them are closed. Each one carries the digest of the one
// before, so that the last stands for all (docs/decisions/0023-audit-checkpoints.md).
import type { KeyObject } from 'node:crypto'
import { CompactSign, compactVerify } from 'jose'
import { z } from 'zod'
import { instant } from '../base/clock.ts'
import { jwsDigest } from '../base/digest.ts'

/** Where a chain stands: its newest record. */
export type Head = { writer: string; seq: number; digest: string }

/** `closed`: no record of this chain comes after this one, ever. */
export type SignedHead = Head & { closed?: true | undefined }

const Body = z.strictObject({
  number: z.number().int().positive(),
  at: z.iso.datetime(),
  /** The digest of the checkpoint before; empty in the first. */
  previous: z.string(),
  heads: z.array(
    z.strictObject({
      writer: z.string(),
      seq: z.number().int(),
      digest: z.string(),
      closed: z.literal(true).optional(),
    }),
  ),
})

/** What a checkpoint says. It names the chains that moved or ended since the one before: earlier ones say the rest. */
export type Checkpoint = { number: number; at: number; previous: string; heads: SignedHead[] }

/** A checkpoint as it is kept: the compact JWS is all of it, the number its place. */
export type KeptCheckpoint = { number: number; jws: string }

const TYP = 'countersign-checkpoint+jwt'

/** The digest by which the next checkpoint names this one. */
export const checkpointDigest = ({ jws }: Pick<KeptCheckpoint, 'jws'>): string => jwsDigest(jws)

/** Signs a checkpoint: EdDSA over JSON whose members and heads stand in one order. */
export function signCheckpoint(
  { number, at, previous, heads }: Checkpoint,
  { privateKey, kid }: { privateKey: KeyObject; kid: string },
): Promise<string> {
  const inOrder = heads
    .toSorted((a, b) => (a.writer < b.writer ? -1 : 1))
    .map(({ writer, seq, digest, closed }) => ({ writer, seq, digest, ...(closed && { closed }) }))
  const body = JSON.stringify({ number, at: instant(at), previous, heads: inOrder })
  return new CompactSign(new TextEncoder().encode(body))
    .setProtectedHeader({ alg: 'EdDSA', typ: TYP, kid })
    .sign(privateKey)
}

/** What a checkpoint says; undefined when this key did not sign it, or it is no checkpoint. */
export async function openCheckpoint(jws: string, publicKey: KeyObject): Promise<Checkpoint | undefined> {
  try {
    const { payload, protectedHeader } = await compactVerify(jws, publicKey, { algorithms: ['EdDSA'] })
    if (protectedHeader.typ !== TYP) return undefined
    const body = Body.parse(JSON.parse(new TextDecoder().decode(payload)))
    return { ...body, at: Date.parse(body.at) }
  } catch {
    return undefined
  }
}
