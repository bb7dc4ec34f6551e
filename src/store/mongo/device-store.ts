import type { Device } from '../../devices/device.ts'
import type { DeviceStore } from '../../devices/devices.ts'
import type { Invitation, InvitationStore } from '../../devices/invitation.ts'
import type { ProofStore, UsedProof } from '../../devices/proof.ts'
import type { Engine } from './engine.ts'
import type { Transaction } from './group.ts'
import { createReading } from './reading.ts'
import { fromRow, type Rows, toRow } from './rows.ts'
import { noteInvited, wantedByInvited } from './sign-in-notes.ts'

/** The device, without what is about its use and its keeping. */
export const readDevice = ({ lastUsedAt: _lastUsedAt, touches: _touches, ...row }: Rows['device']): Device =>
  fromRow(row)

const readFound = (row: Rows['device'] | undefined): Device | undefined => row && readDevice(row)

export function createDeviceStore(engine: Engine): DeviceStore {
  const { matching, many } = createReading(engine)
  return {
    find: async (id) => readFound((await matching('device', { _id: id }))[0]),
    findByThumbprint: async (thumbprint) => readFound((await matching('device', { thumbprint }))[0]),
    ofPerson: async ({ tenantId, objectId }) =>
      (await matching('device', { tenantId, objectId })).map(readDevice).sort((a, b) => a.boundAt - b.boundAt),
    list: async (tenantId) =>
      (await many('device', tenantId === undefined ? {} : { tenantId }, { boundAt: -1 })).map(readDevice),
    revoke: (id, at, event) =>
      engine.write({ device: [{ _id: id }], push_subscription: [{ _id: id }] }, (transaction) => {
        const device = transaction.get('device', id)
        if (device?.state !== 'active') return false
        transaction.put('device', { ...device, state: 'revoked', revokedAt: at })
        transaction.remove('push_subscription', id)
        transaction.audit([event])
        return true
      }),
  }
}

export function createInvitationStore(engine: Engine): InvitationStore {
  const { one } = createReading(engine)
  const read = (row: Rows['invitation'] | undefined): Invitation | undefined => row && fromRow(row)
  return {
    insert: (invitation, event) => {
      const { tenantId, objectId } = invitation
      const ofPerson = { tenantId, objectId }
      const wanted = { invitation: [ofPerson], ...wantedByInvited(invitation) }
      return engine.write(wanted, (transaction) => {
        for (const { _id, spentAt } of transaction.all('invitation', ofPerson))
          if (spentAt === null) transaction.remove('invitation', _id)
        // Of two that are made at the same time one is left.
        transaction.guard(`invitation:${tenantId}/${objectId}`)
        transaction.put('invitation', toRow(invitation))
        noteInvited(transaction, invitation)
        transaction.audit([event])
      })
    },
    findOpen: async ({ tenantId, objectId }, now) =>
      read(await one('invitation', { tenantId, objectId, spentAt: null, expiresAt: { $gt: now } })),
    isHeld: async (id, signInId) =>
      (await one('invitation', { _id: id, heldBy: signInId, spentAt: null })) !== undefined,
    hold: (id, signInId, until, now) =>
      engine.write({ invitation: [{ _id: id }] }, (transaction) => {
        const invitation = transaction.get('invitation', id)
        if (!invitation || invitation.spentAt !== null || invitation.expiresAt <= now) return false
        const { heldBy, heldUntil } = invitation
        if (heldBy !== null && heldBy !== signInId && heldUntil > now) return false
        transaction.put('invitation', { ...invitation, heldBy: signInId, heldUntil: until })
        return true
      }),
  }
}

export function createProofStore(engine: Engine): ProofStore {
  return {
    remember: (id, digest, expiresAt) =>
      engine.write({ used_proof: [{ _id: id }] }, (transaction) => {
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
  const known = transaction.get('used_proof', id)
  return known ? (known.digest === digest ? 'same' : 'other') : 'first'
}

export const noteProof = (transaction: Transaction, { id, digest, expiresAt }: UsedProof): void =>
  transaction.put('used_proof', { _id: id, digest, expiresAt, endsAt: new Date(expiresAt) })
