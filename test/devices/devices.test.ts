import { describe, expect, test } from '@jest/globals'
import type { AuditEvent } from '../../src/audit/events.ts'
import { systemRandom } from '../../src/base/random.ts'
import { createDevices, type DeviceStore } from '../../src/devices/devices.ts'
import type { InvitationStore } from '../../src/devices/invitation.ts'
import { aDevice } from '../store/contract/material.ts'

const NOW = 1_800_000_000_000

/** The capability over a store that revokes what is active, and keeps what it was told. */
function setUp({ active = true } = {}) {
  const revoked: { id: string; at: number; event: AuditEvent }[] = []
  const store: Partial<DeviceStore> = {
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
