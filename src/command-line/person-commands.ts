import { type Command, CommandRefused, guid } from './command.ts'

export const personCommands: Record<string, Command> = {
  'person unlock': {
    usage: 'person unlock --tenant-id GUID --object-id GUID',
    summary: 'Lets somebody try again who was locked after too many wrong numbers or codes.',
    options: ['tenant-id', 'object-id'],
    async run({ capabilities }, given) {
      const key = { tenantId: guid(given, 'tenant-id'), objectId: guid(given, 'object-id') }
      const person = await capabilities.people.find(key)
      if (!person) throw new CommandRefused(`Nobody with the object id ${key.objectId} has signed in here.`)
      if (!(await capabilities.locks.unlock(person, 'command-line')))
        throw new CommandRefused(`${person.label} has nothing wrong in a row.`)
      return { text: `${person.label} may try again.`, json: { unlocked: key } }
    },
  },
}
