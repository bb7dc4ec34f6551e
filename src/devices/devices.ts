import type { Actor, AuditEvent } from '../audit/events.ts'
import type { Clock } from '../base/clock.ts'
import type { PersonKey } from '../base/person.ts'
import { groupCode, type Random, randomId } from '../base/random.ts'
import { type Refusal, refuse } from '../base/refusal.ts'
import type { Device } from './device.ts'
import {
  createInvitationHash,
  fitsInvitation,
  INVITATION_LIFE,
  type Invitation,
  type InvitationStore,
  makeInvitationCode,
  NO_INVITATION,
} from './invitation.ts'

/** Devices that were activated. A pending one is part of its sign-in, and is inserted here by that sign-in's approval. */
export type DeviceStore = {
  find(id: string): Promise<Device | undefined>
  findByThumbprint(thumbprint: string): Promise<Device | undefined>
  /** Every device that the person ever had, revoked ones included, oldest first. */
  ofPerson(person: PersonKey): Promise<Device[]>
  /** All devices, of one tenant when it is given, newest first. */
  list(tenantId?: string): Promise<Device[]>
  /** With it, its push subscription is forgotten. False when it is not active. */
  revoke(id: string, at: number, event: AuditEvent): Promise<boolean>
}

export const activeAmong = (devices: readonly Device[]): Device[] => devices.filter(({ state }) => state === 'active')

export type Devices = ReturnType<typeof createDevices>

/** Which device belongs to whom, and the invitations to bind one. */
export function createDevices(options: {
  store: DeviceStore
  invitations: InvitationStore
  clock: Clock
  random: Random
}) {
  const { store, invitations, clock, random } = options
  const hash = createInvitationHash()
  return {
    find: store.find,
    findByThumbprint: store.findByThumbprint,
    ofPerson: store.ofPerson,
    activeOf: async (person: PersonKey): Promise<Device[]> => activeAmong(await store.ofPerson(person)),
    /** Whether the person ever had a device, revoked ones included. */
    everHad: async (person: PersonKey): Promise<boolean> => (await store.ofPerson(person)).length > 0,
    list: store.list,
    holdsInvitation: invitations.isHeld,

    /** Revokes a device: from then on its key proves nothing. False when it was not active. */
    async revoke(device: Device, by: Actor, reason: string): Promise<boolean> {
      const { id, integrationId, tenantId, objectId } = device
      return store.revoke(id, clock.now(), {
        type: 'device.revoked',
        deviceId: id,
        integrationId,
        tenantId,
        objectId,
        by,
        reason,
      })
    },

    /** Makes a one-time code for one person; an earlier unspent one stops working. The code is given here and never again. */
    async invite(
      integrationId: string,
      person: PersonKey,
      by: Actor,
    ): Promise<{ id: string; code: string; expiresAt: number }> {
      const { code, salt, codeHash } = await makeInvitationCode(random, hash)
      const now = clock.now()
      const invitation: Invitation = {
        ...person,
        id: randomId(random),
        integrationId,
        salt,
        codeHash,
        createdAt: now,
        expiresAt: now + INVITATION_LIFE,
        heldBy: null,
        heldUntil: 0,
        spentAt: null,
      }
      await invitations.insert(invitation, {
        type: 'invitation.created',
        invitationId: invitation.id,
        integrationId,
        tenantId: person.tenantId,
        objectId: person.objectId,
        by,
      })
      return { id: invitation.id, code: groupCode(code), expiresAt: invitation.expiresAt }
    },

    /** Holds the person's invitation for a sign-in when `typed` is its code. One same refusal whatever was wrong. */
    async holdInvitation(
      person: PersonKey,
      typed: string,
      signInId: string,
      until: number,
    ): Promise<Invitation | Refusal> {
      const now = clock.now()
      const invitation = await invitations.findOpen(person, now)
      const fits = await fitsInvitation(typed, invitation ?? NO_INVITATION, hash)
      if (!invitation) return refuse('invitation.refused', 'the person has no open invitation')
      if (!fits) return refuse('invitation.refused', 'wrong code')
      if (!(await invitations.hold(invitation.id, signInId, until, now))) {
        return refuse('invitation.refused', 'held by another sign-in')
      }
      return invitation
    },
  }
}
