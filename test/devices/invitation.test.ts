import { describe, expect, test } from '@jest/globals'
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
  const invitations: Partial<InvitationStore> = {
    insert: async (invitation) => {
      kept = invitation
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
  return { devices, stored: () => kept }
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

  test('lets that person in with that code, and nobody else, all refused alike', async () => {
    const { devices } = setUp()
    const { code } = await devices.invite('integration', ADA, 'command-line')
    expect(await devices.holdInvitation(ADA, code, 'sign-in', NOW)).toMatchObject({ objectId: 'ada' })
    const grace = { ...ADA, objectId: 'grace' }
    for (const refused of [
      await devices.holdInvitation(ADA, 'WRONG', 'sign-in', NOW),
      await devices.holdInvitation(grace, code, 'sign-in', NOW),
    ])
      expect(refused).toMatchObject({ code: 'invitation.refused' })
  })

  test('refuses the right code while another sign-in holds it', async () => {
    const { devices } = setUp({ heldByOther: true })
    const { code } = await devices.invite('integration', ADA, 'command-line')
    expect(await devices.holdInvitation(ADA, code, 'sign-in', NOW)).toMatchObject({ code: 'invitation.refused' })
  })
})
