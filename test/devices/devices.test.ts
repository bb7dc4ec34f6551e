import { describe, expect, test } from '@jest/globals'
import type { AuditEvent } from '../../src/audit/events.ts'
import { systemRandom } from '../../src/base/random.ts'
import type { Device } from '../../src/devices/device.ts'
import { createDevices, type DeviceStore } from '../../src/devices/devices.ts'
import type { InvitationStore } from '../../src/devices/invitation.ts'
import { aDevice } from '../store/contract/material.ts'

const NOW = 1_800_000_000_000

/** The capability over a store that revokes what is active, and keeps what it was told. */
function setUp({ active = true, had = [] as Device[] } = {}) {
  const revoked: { id: string; at: number; event: AuditEvent }[] = []
  const store: Partial<DeviceStore> = {
    ofPerson: async ({ objectId }) => had.filter((device) => device.objectId === objectId),
    async revoke(id, at, event) {
      if (active) revoked.push({ id, at, event })
      return active
    },
  }
  const devices = createDevices({
    store: store as DeviceStore,
    invitations: {} as InvitationStore,
    clock: { now: () => NOW },
    random: systemRandom,
  })
  return { devices, revoked }
}

describe('revoking a device', () => {
  test('is on record with whose it was, who did it and why, and with nothing of its key', async () => {
    const { devices, revoked } = setUp()
    const device = aDevice()
    expect(await devices.revoke(device, 'command-line', 'the phone was stolen')).toBe(true)
    const { id, integrationId, tenantId, objectId } = device
    const whose = { deviceId: id, integrationId, tenantId, objectId }
    expect(revoked).toEqual([
      { id, at: NOW, event: { type: 'device.revoked', ...whose, by: 'command-line', reason: 'the phone was stolen' } },
    ])
  })

  test('says so when the device was revoked before', async () => {
    const { devices, revoked } = setUp({ active: false })
    expect(await devices.revoke(aDevice(), 'command-line', 'lost')).toBe(false)
    expect(revoked).toEqual([])
  })
})

describe('the devices of a person', () => {
  const [lost, kept] = [aDevice({ id: 'lost', state: 'revoked', revokedAt: NOW }), aDevice({ id: 'kept' })]

  test('that count are the active ones', async () => {
    const { devices } = setUp({ had: [lost, kept] })
    expect(await devices.activeOf(kept)).toEqual([kept])
    expect(await devices.activeOf({ ...kept, objectId: 'somebody else' })).toEqual([])
  })

  test('are remembered when they were revoked: whoever had one does not bind another by first use', async () => {
    const { devices } = setUp({ had: [lost] })
    expect(await devices.everHad(lost)).toBe(true)
    expect(await devices.everHad({ ...lost, objectId: 'somebody else' })).toBe(false)
  })
})
