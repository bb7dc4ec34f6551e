import type { Device } from '../../devices/device.ts'
import type { DeviceStore } from '../../devices/devices.ts'
import type { Invitation, InvitationStore } from '../../devices/invitation.ts'
import type { ProofStore, UsedProof } from '../../devices/proof.ts'
import type { Engine, Transaction } from './engine.ts'
import { noteInvited } from './person-notes.ts'

type Row = Record<string, unknown> | undefined

// State lives in columns, where conditions are; the rest of the device in its body.
export const readDevice = (row: NonNullable<Row>): Device => ({
  ...JSON.parse(row.body as string),
  state: row.state,
  revokedAt: row.revoked_at,
})

const readFound = (row: Row): Device | undefined => row && readDevice(row)

const readInvitation = (row: Row): Invitation | undefined =>
  row
    ? { ...JSON.parse(row.body as string), heldBy: row.held_by, heldUntil: row.held_until, spentAt: row.spent_at }
    : undefined

const COLUMNS = 'body, state, revoked_at'

export function createDeviceStore(engine: Engine): DeviceStore {
  return {
    find: async (id) => readFound(engine.get(`SELECT ${COLUMNS} FROM device WHERE id = ?`, id)),
    findByThumbprint: async (thumbprint) =>
      readFound(engine.get(`SELECT ${COLUMNS} FROM device WHERE thumbprint = ?`, thumbprint)),
    ofPerson: async ({ tenantId, objectId }) =>
      engine
        .all(
          `SELECT ${COLUMNS} FROM device WHERE tenant_id = ? AND object_id = ? ORDER BY bound_at`,
          tenantId,
          objectId,
        )
        .map(readDevice),
    list: async (tenantId) =>
      engine
        .all(
          `SELECT ${COLUMNS} FROM device WHERE ?1 IS NULL OR tenant_id = ?1 ORDER BY bound_at DESC`,
          tenantId ?? null,
        )
        .map(readDevice),
    revoke: (id, at, event) =>
      engine.write((transaction) => {
        const won = transaction.run(
          `UPDATE device SET state = 'revoked', revoked_at = ? WHERE id = ? AND state = 'active'`,
          at,
          id,
        )
        if (won !== 1) return false
        transaction.run('DELETE FROM push_subscription WHERE device_id = ?', id)
        transaction.audit([event])
        return true
      }),
  }
}

export function createInvitationStore(engine: Engine): InvitationStore {
  return {
    insert: (invitation, event) =>
      engine.write((transaction) => {
        const { id, tenantId, objectId, expiresAt } = invitation
        transaction.run(
          'DELETE FROM invitation WHERE tenant_id = ? AND object_id = ? AND spent_at IS NULL',
          tenantId,
          objectId,
        )
        transaction.run(
          'INSERT INTO invitation (id, tenant_id, object_id, expires_at, held_until, body) VALUES (?, ?, ?, ?, 0, ?)',
          id,
          tenantId,
          objectId,
          expiresAt,
          JSON.stringify(invitation),
        )
        noteInvited(transaction, invitation)
        transaction.audit([event])
      }),
    findOpen: async ({ tenantId, objectId }, now) =>
      readInvitation(
        engine.get(
          'SELECT * FROM invitation WHERE tenant_id = ? AND object_id = ? AND spent_at IS NULL AND expires_at > ?',
          tenantId,
          objectId,
          now,
        ),
      ),
    isHeld: async (id, signInId) =>
      engine.get('SELECT 1 FROM invitation WHERE id = ? AND held_by = ? AND spent_at IS NULL', id, signInId) !==
      undefined,
    hold: (id, signInId, until, now) =>
      engine.write(
        (transaction) =>
          transaction.run(
            `UPDATE invitation SET held_by = ?1, held_until = ?2
             WHERE id = ?3 AND spent_at IS NULL AND expires_at > ?4 AND (held_by IS NULL OR held_by = ?1 OR held_until <= ?4)`,
            signInId,
            until,
            id,
            now,
          ) === 1,
      ),
  }
}

export function createProofStore(engine: Engine): ProofStore {
  return {
    remember: (id, digest, expiresAt) =>
      engine.write((transaction) => {
        const memory = memoryOf(transaction, { id, digest })
        if (memory === 'first') noteProof(transaction, { id, digest, expiresAt })
        return memory
      }),
  }
}

/** What is known of a proof's id: nothing yet (`first`), this very proof, or another. */
export function memoryOf(
  transaction: Transaction,
  { id, digest }: Pick<UsedProof, 'id' | 'digest'>,
): 'first' | 'same' | 'other' {
  const known = transaction.get('SELECT digest FROM used_proof WHERE id = ?', id)
  return known ? (known.digest === digest ? 'same' : 'other') : 'first'
}

export const noteProof = (transaction: Transaction, { id, digest, expiresAt }: UsedProof): unknown =>
  transaction.run('INSERT INTO used_proof VALUES (?, ?, ?)', id, digest, expiresAt)
