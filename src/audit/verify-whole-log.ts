// `audit verify`: chains, checkpoints, and the devices' signatures.
import type { AuditStore } from './audit.ts'
import type { CheckpointPublicKey } from './checkpoint-key.ts'
import type { CheckpointStore } from './checkpoints.ts'
import { type AuditFault, verifyAudit } from './verify-chains.ts'
import { type CheckpointFault, verifyCheckpoints } from './verify-checkpoints.ts'
import { type DeviceKey, type EvidenceFault, type OpenApproval, verifyEvidence } from './verify-evidence.ts'

export type VerifiedLog = {
  records: number
  writers: number
  /** Records that are newer than any checkpoint: of these a cut-off end would not be seen. */
  unsigned: number
  checkpoints: number
  lastCheckpoint: { number: number; at: number } | null
  approvals: number
  withoutKey: number
  faults: (AuditFault | EvidenceFault)[]
  checkpointFaults: CheckpointFault[]
}

export type LogVerification = ReturnType<typeof createLogVerification>

export function createLogVerification(deps: {
  audit: Pick<AuditStore, 'chains' | 'read'>
  checkpoints: Pick<CheckpointStore, 'read'>
  /** The key that is kept in the store. */
  publicKey: () => Promise<CheckpointPublicKey | undefined>
  openApproval: OpenApproval
  deviceKey: DeviceKey
}) {
  const { audit, checkpoints, publicKey, openApproval, deviceKey } = deps
  /**
   * Verifies the whole log. What an auditor kept elsewhere counts more than what the store says: `key`, and `kept`, the
   * checkpoints that were exported before, by number. Without any key nothing was signed yet, and what seems so is forged.
   */
  return async ({
    key,
    kept,
  }: {
    key?: CheckpointPublicKey | undefined
    kept?: ReadonlyMap<number, string> | undefined
  } = {}): Promise<VerifiedLog> => {
    // First what was signed: what is written while this reads is newer, and nothing is missing.
    const signed = await verifyCheckpoints(checkpoints, (key ?? (await publicKey()))?.key ?? null, kept)
    const chains = await verifyAudit(audit, signed.signed)
    const evidence = () => verifyEvidence(audit, { openApproval, deviceKey })
    const { approvals, withoutKey, faults } = await evidence()
    // Another node's record may become durable in front of one that was read already, which then seemed to stand alone.
    const lasting = faults.length === 0 ? faults : inBoth(faults, (await evidence()).faults)
    return {
      ...{ records: chains.records, writers: chains.writers, unsigned: chains.unsigned },
      ...{ checkpoints: signed.checkpoints, lastCheckpoint: signed.last, approvals, withoutKey },
      faults: [...chains.faults, ...lasting],
      checkpointFaults: signed.faults,
    }
  }
}

function inBoth(some: readonly EvidenceFault[], others: readonly EvidenceFault[]): EvidenceFault[] {
  const nameOf = ({ writer, seq, kind }: EvidenceFault): string => `${writer} ${seq} ${kind}`
  const named = new Set(others.map(nameOf))
  return some.filter((fault) => named.has(nameOf(fault)))
}
