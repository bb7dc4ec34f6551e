import { nameOf } from '../administrators/administrator.ts'
import { roles } from '../administrators/permissions.ts'
import { instant } from '../base/clock.ts'
import { type Command, CommandRefused, type Context, oneOf, table, UsageError } from './command.ts'
import { checkPublicUrl } from './public-url.ts'

const MINUTE = 60_000

async function linkForExisting({ capabilities }: Context, id: string) {
  const administrator = await capabilities.administrators.find(id)
  if (!administrator) throw new CommandRefused(`There is no administrator ${id}. See: admin list`)
  if (administrator.disabledAt !== null)
    throw new CommandRefused(`The access of ${administrator.name} is switched off. An owner can switch it on.`)
  if (administrator.via === 'entra')
    throw new CommandRefused(
      `${administrator.name} signs in with Entra, not with a passkey. For another way in: admin link`,
    )
  const { name, role } = administrator
  return { ...(await capabilities.administrators.recover(administrator, 'command-line')), name, role }
}

export const adminCommands: Record<string, Command> = {
  'admin link': {
    usage: `admin link [--role ${roles.toReversed().join('|')}] [--name N] | admin link --administrator ID`,
    summary:
      'Makes a one-time link into the console: for somebody new, or for an administrator who lost their passkey.',
    options: ['role', 'name', 'administrator'],
    async run(context, given) {
      const id = given.option('administrator')
      if (id && (given.option('role') || given.option('name')))
        throw new UsageError('--administrator stands alone: who exists has a name and a role')
      await checkPublicUrl(context)
      const role = oneOf('role', given.option('role') ?? 'owner', roles)
      const name = nameOf(given.option('name') ?? 'Administrator')
      if (!name) throw new UsageError('--name must be one line of at most 64 characters')
      const made = id
        ? await linkForExisting(context, id)
        : { ...(await context.capabilities.administrators.invite({ name, role }, 'command-line')), name, role }
      const text = [
        made.url,
        `It lets ${made.name} in as ${made.role}, once, within ${Math.round((made.expiresAt - context.now) / MINUTE)} minutes. Whoever opens it first is in: send it to nobody else.`,
      ].join('\n')
      return {
        text,
        json: { link: made.url, expiresAt: instant(made.expiresAt), name: made.name, role: made.role },
      }
    },
  },
  'admin list': {
    usage: 'admin list',
    summary: 'Lists who may enter the console, and as what.',
    options: [],
    async run({ capabilities }) {
      const json = (await capabilities.administrators.list()).map(({ id, name, role, via, createdAt, disabledAt }) => ({
        ...{ id, name, role, via },
        createdAt: instant(createdAt),
        disabledAt: disabledAt === null ? null : instant(disabledAt),
      }))
      const rows = json.map(({ id, name, role, via, disabledAt }) => [id, name, role, via, disabledAt ? 'off' : 'on'])
      return { text: table(['ID', 'NAME', 'ROLE', 'VIA', 'ACCESS'], rows, 'Nobody yet. See: admin link'), json }
    },
  },
}
