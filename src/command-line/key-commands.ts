import { instant } from '../base/clock.ts'
import { emergencyWarnings, everydayRotation } from '../keys/emergency.ts'
import { type Command, CommandRefused, type Context, table, UsageError } from './command.ts'

/** To the minute, so that a row has room for all of its times. */
const minute = (at: string): string => `${at.slice(0, 16)}Z`

async function signingKeyOf({ capabilities }: Context): Promise<string> {
  const timetable = await capabilities.keys.timetable()
  const signing = timetable.find(({ phase }) => phase === 'signing')
  if (signing) return signing.key.kid
  throw new CommandRefused('There is no key to rotate: the service makes the first one at its first start.')
}

async function rotateAtOnce(context: Context, isMeant: boolean) {
  const compromised = await signingKeyOf(context)
  if (!isMeant) {
    const said = ['Nothing was changed. This is what an emergency rotation does:', ...emergencyWarnings]
    const end = [everydayRotation, `To withdraw ${compromised} and go on: keys rotate --emergency --yes`]
    throw new CommandRefused([said.join('\n- '), ...end].join('\n'))
  }
  const key = await context.capabilities.keys.replaceAtOnce(compromised, 'command-line')
  if (!key) throw new CommandRefused('Another key signs by now: somebody was first. See: keys list')
  return {
    text: [
      `${key.kid} signs from now on. The keys before it are withdrawn.`,
      'Sign-ins fail until Entra has read it, about once a day for each tenant.',
    ].join('\n'),
    json: { kid: key.kid, signsFrom: instant(key.signsFrom), emergency: true },
  }
}

export const keyCommands: Record<string, Command> = {
  'keys list': {
    usage: 'keys list',
    summary: 'Shows the signing keys, what each does now, and their timetable.',
    options: [],
    async run({ capabilities }) {
      const keys = (await capabilities.keys.timetable()).map(({ key, phase, signsUntil, isPlanned, ...ends }) => ({
        ...{ kid: key.kid, phase },
        createdAt: instant(key.createdAt),
        signsFrom: instant(key.signsFrom),
        signsUntil: signsUntil === null ? null : instant(signsUntil),
        publishedUntil: instant(ends.publishedUntil),
        certificateUntil: instant(ends.certificateUntil),
        withdrawnAt: key.withdrawnAt === null ? null : instant(key.withdrawnAt),
        isPlanned,
      }))
      const rows = keys.map(({ kid, phase, createdAt, signsFrom, signsUntil, isPlanned, withdrawnAt, ...ends }) => {
        const end = (at: string): string => (isPlanned ? `${minute(at)} *` : minute(at))
        return [
          ...[kid, withdrawnAt ? 'withdrawn' : phase, minute(createdAt)],
          ...(signsUntil ? [minute(signsFrom), end(signsUntil)] : ['never', '']),
          ...[end(ends.publishedUntil), minute(ends.certificateUntil)],
        ]
      })
      const head = [
        'KEY',
        'PHASE',
        'PUBLISHED FROM',
        'SIGNS FROM',
        'SIGNS UNTIL',
        'PUBLISHED UNTIL',
        'CERTIFICATE UNTIL',
      ]
      const text = table(head, rows, 'No key yet: the service makes one at its first start.')
      const note = '* as planned: the service announces the next key two days before.'
      return { text: keys.some(({ isPlanned }) => isPlanned) ? `${text}\n${note}` : text, json: keys }
    },
  },
  'keys rotate': {
    usage: 'keys rotate | keys rotate --emergency [--yes]',
    summary:
      'Announces a new signing key. It takes over in 48 hours, when Entra has read it. With --emergency, when a key is in wrong hands: at once, and sign-ins fail for up to a day. Without --yes that only says what it breaks.',
    options: [],
    flags: ['emergency', 'yes'],
    async run(context, given) {
      if (given.flag('yes') && !given.flag('emergency')) throw new UsageError('--yes belongs to --emergency')
      if (given.flag('emergency')) return rotateAtOnce(context, given.flag('yes'))
      await signingKeyOf(context)
      const key = await context.capabilities.keys.announce('command-line')
      if (!key) throw new CommandRefused('A new key is announced already. See: keys list')
      const json = { kid: key.kid, signsFrom: instant(key.signsFrom) }
      return { text: `Announced ${json.kid}. It signs from ${json.signsFrom}; until then the present one does.`, json }
    },
  },
}
