import { instant } from '../base/clock.ts'
import { type Command, CommandRefused, guid, table } from './command.ts'

/** Else whoever hands the code over believes that it protects somebody whom nobody asks for one. */
const FIRST_USE =
  'This tenant allows first use: who never had a phone adds the first one without a code, where that is allowed to them.'

export const deviceCommands: Record<string, Command> = {
  'device list': {
    usage: 'device list [--tenant-id GUID]',
    summary: 'Lists devices, revoked ones too.',
    options: ['tenant-id'],
    async run({ capabilities }, given) {
      const tenantId = given.option('tenant-id') ? guid(given, 'tenant-id') : undefined
      const devices = (await capabilities.devices.list(tenantId)).map((device) => ({
        id: device.id,
        person: device.person,
        tenantId: device.tenantId,
        objectId: device.objectId,
        name: device.name,
        platform: device.platform,
        state: device.state,
        boundAt: instant(device.boundAt),
        revokedAt: device.revokedAt === null ? null : instant(device.revokedAt),
      }))
      const rows = devices.map(({ id, person, objectId, name, state, boundAt }) => [
        id,
        person,
        objectId,
        name,
        state,
        boundAt,
      ])
      return {
        text: table(['ID', 'PERSON', 'OBJECT ID', 'NAME', 'STATE', 'BOUND'], rows, 'No device is bound.'),
        json: devices,
      }
    },
  },
  'device revoke': {
    usage: 'device revoke ID [--reason TEXT]',
    summary: 'Revokes a device: its key proves nothing from then on.',
    options: ['reason'],
    argument: 'ID',
    async run({ capabilities }, given) {
      const device = await capabilities.devices.find(given.argument)
      if (!device) throw new CommandRefused(`There is no device ${given.argument}.`)
      const reason = given.option('reason') ?? 'by an administrator'
      if (!(await capabilities.devices.revoke(device, 'command-line', reason))) {
        throw new CommandRefused(`Device ${device.id} is revoked already.`)
      }
      return { text: `Revoked ${device.name} of ${device.person}.`, json: { revoked: device.id } }
    },
  },
  invite: {
    usage: 'invite --integration ID --object-id GUID',
    summary: 'Makes a one-time code with which one person may bind a phone. It is printed once.',
    options: ['integration', 'object-id'],
    async run({ capabilities }, given) {
      const integration = await capabilities.integrations.find(given.required('integration'))
      const objectId = guid(given, 'object-id')
      if (!integration) throw new CommandRefused(`There is no integration ${given.required('integration')}.`)
      if (integration.enrolment === 'closed') {
        throw new CommandRefused(
          'Enrolment of this integration is closed: no phone can be bound. See: integration set --enrolment',
        )
      }
      const person = { tenantId: integration.tenantId, objectId }
      const { id, code, expiresAt } = await capabilities.devices.invite(integration.id, person, 'command-line')
      const text = [
        `Invitation code: ${code}`,
        `Good until ${instant(expiresAt)}, once, for ${objectId} only. Any earlier code of this person has stopped working.`,
        'Hand it over in person or on a call that you made: with it and the password a phone can be bound.',
        ...(integration.enrolment === 'first-use' ? [FIRST_USE] : []),
      ].join('\n')
      return { text, json: { id, code, expiresAt: instant(expiresAt), integrationId: integration.id, objectId } }
    },
  },
}
