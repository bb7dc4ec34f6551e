import { describe, expect, test } from '@jest/globals'
import type { AuditEvent } from '../../src/audit/events.ts'
import { groupCode, systemRandom } from '../../src/base/random.ts'
import { createDevices, type DeviceStore } from '../../src/devices/devices.ts'
import {
  createInvitationHash,
  fitsInvitation,
  INVITATION_LIFE,
  type Invitation,
  type InvitationStore,
  makeInvitationCode,
  NO_INVITATION,
} from '../../src/devices/invitation.ts'

const ADA = { tenantId: 'tenant', objectId: 'ada' }
const NOW = 1_800_000_000_000

const hash = createInvitationHash()

/** The capability over one place for an invitation. */
function setUp({ heldByOther = false } = {}) {
  let kept: Invitation | undefined
  const events: AuditEvent[] = []
  const invitations: Partial<InvitationStore> = {
    insert: async (invitation, event) => {
      kept = invitation
      events.push(event)
    },
    findOpen: async (person) => (kept?.objectId === person.objectId ? kept : undefined),
    hold: async () => !heldByOther,
  }
  const devices = createDevices({
    store: {} as DeviceStore,
    invitations: invitations as InvitationStore,
    clock: { now: () => NOW },
    random: systemRandom,
  })
  return { devices, stored: () => kept, events }
}

describe('an invitation code', () => {
  test('has 60 bits, is kept only as a salted hash, and is another each time', async () => {
    const [one, two] = [await makeInvitationCode(systemRandom, hash), await makeInvitationCode(systemRandom, hash)]
    expect(one.code).toMatch(/^[0-9A-HJKMNP-TV-Z]{12}$/)
    expect([one.code, one.salt, one.codeHash]).not.toEqual([two.code, two.salt, two.codeHash])
    expect(Buffer.from(one.salt, 'base64')).toHaveLength(16)
    expect(Buffer.from(one.codeHash, 'base64')).toHaveLength(32)
  })

  test('fits as a person types it, and not with a letter changed', async () => {
    const { code, ...kept } = await makeInvitationCode(systemRandom, hash)
    expect(await fitsInvitation(` ${groupCode(code).toLowerCase()} `, kept, hash)).toBe(true)
    expect(await fitsInvitation(code.slice(0, -1) + (code.endsWith('A') ? 'B' : 'A'), kept, hash)).toBe(false)
    expect(await fitsInvitation('', kept, hash)).toBe(false)
    expect(await fitsInvitation(code, NO_INVITATION, hash)).toBe(false)
  })
})

describe('inviting', () => {
  test('gives the code once, for three days, and keeps none of it', async () => {
    const { devices, stored } = setUp()
    const { code, expiresAt } = await devices.invite('integration', ADA, 'command-line')
    expect(code).toMatch(/^[^-]{4}-[^-]{4}-[^-]{4}$/)
    expect(expiresAt).toBe(NOW + INVITATION_LIFE)
    expect(JSON.stringify(stored())).not.toContain(code.replaceAll('-', ''))
  })

  test('is on record with who was invited by whom, and without the code', async () => {
    const { devices, stored, events } = setUp()
    const { id, code } = await devices.invite('integration', ADA, 'command-line')
    expect(events).toEqual([
      {
        type: 'invitation.created',
        invitationId: id,
        integrationId: 'integration',
        ...ADA,
        by: 'command-line',
      },
    ])
    expect(stored()).toMatchObject({ ...ADA, id, integrationId: 'integration', createdAt: NOW, spentAt: null })
    expect(JSON.stringify(events)).not.toContain(code.replaceAll('-', ''))
  })

  test('lets that person in with that code', async () => {
    const { devices } = setUp()
    const { code } = await devices.invite('integration', ADA, 'command-line')
    expect(await devices.holdInvitation(ADA, code, 'sign-in', NOW)).toMatchObject({ objectId: 'ada' })
  })

  test.each<[string, string, (code: string) => string, boolean]>([
    ['wrong code', 'ada', () => 'WRONG', false],
    ['wrong code', 'ada', () => '', false],
    ['the person has no open invitation', 'grace', (code) => code, false],
    ['held by another sign-in', 'ada', (code) => code, true],
  ])('is refused with the same sentence whatever was wrong, and with why in the log: %s', async (...story) => {
    const [reason, objectId, typed, heldByOther] = story
    const { devices } = setUp({ heldByOther })
    const { code } = await devices.invite('integration', ADA, 'command-line')
    const refused = await devices.holdInvitation({ ...ADA, objectId }, typed(code), 'sign-in', NOW)
    expect(refused).toMatchObject({ code: 'invitation.refused', reason, facts: {} })
  })
})
