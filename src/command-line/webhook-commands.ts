import { instant } from '../base/clock.ts'
import { type ListedWebhook, readRecordName } from '../forwarding/webhooks.ts'
import { type Command, CommandRefused, type Context, type Given, type Output, table, UsageError } from './command.ts'

const unknown = (given: Given) => new CommandRefused(`There is no webhook ${given.argument}. See: webhook list`)

const described = ({ id, webhook, createdAt, last, trouble, deadLetters }: ListedWebhook) => ({
  ...{ id, url: webhook.url, events: webhook.events, state: stateOf(webhook.on, trouble !== null) },
  createdAt: instant(createdAt),
  last: last && { at: instant(last.at), result: last.result, detail: last.detail },
  deadLetters,
})

const stateOf = (on: boolean, isTrouble: boolean): string => (on ? (isTrouble ? 'trying again' : 'on') : 'off')

/** `--letter writer:number`, or `--all`. */
function whichOf(given: Given) {
  const name = given.option('letter')
  if (given.flag('all') === (name !== undefined)) throw new UsageError('give --all, or --letter WRITER:NUMBER')
  if (name === undefined) return 'all' as const
  const letter = readRecordName(name)
  if (!letter) throw new UsageError('--letter must be a name as `webhook dead-letters` prints it')
  return [letter]
}

async function counted(
  { capabilities }: Context,
  given: Given,
  act: 'resend' | 'drop',
  words: (count: number) => string,
): Promise<Output> {
  const count = await capabilities.forwarding.webhooks[act](given.argument, whichOf(given), 'command-line')
  if (count === 0) throw new CommandRefused('There is no such dead letter. See: webhook dead-letters')
  return { text: words(count), json: { count } }
}

const secretWords = (secret: string): string[] => [
  'Its secret, which is shown now and never again:',
  `  ${secret}`,
  'The receiver verifies each request with it: docs/operating.md, “Webhooks”.',
]

export const webhookCommands: Record<string, Command> = {
  'webhook add': {
    usage: 'webhook add URL [--events TYPE,TYPE,GROUP.*]',
    summary:
      'Sends every audit record from now on to an https address, each in a signed request. --events: only of these types, ' +
      'such as device.revoked,administrator.*. Prints the secret that signs, once.',
    options: ['events'],
    argument: 'URL',
    async run({ capabilities }, given) {
      const chosen = given.option('events')
      const events = chosen === undefined ? null : chosen.split(',').map((each) => each.trim())
      const added = await capabilities.forwarding.webhooks.add({ url: given.argument, events }, 'command-line')
      if ('fault' in added) throw new CommandRefused(added.fault)
      const text = [`Webhook ${added.id} is made.`, ...secretWords(added.secret), `Try it: webhook test ${added.id}`]
      return { text: text.join('\n'), json: added }
    },
  },

  'webhook list': {
    usage: 'webhook list',
    summary: 'Lists the webhooks, and what became of the last delivery to each.',
    options: [],
    async run({ capabilities }) {
      const json = (await capabilities.forwarding.webhooks.list()).map(described)
      const rows = json.map(({ id, url, events, state, last, deadLetters }) => {
        const lastWords = last ? `${last.result} ${last.at}` : 'none yet'
        return [id, url, events?.join(' ') ?? 'all', state, lastWords, String(deadLetters)]
      })
      const head = ['ID', 'ADDRESS', 'EVENTS', 'STATE', 'LAST DELIVERY', 'DEAD LETTERS']
      return { text: table(head, rows, 'There is no webhook.'), json }
    },
  },

  'webhook remove': {
    usage: 'webhook remove ID',
    summary: 'Sends nothing more to a webhook, and forgets it with its dead letters.',
    options: [],
    argument: 'ID',
    async run({ capabilities }, given) {
      if (!(await capabilities.forwarding.webhooks.remove(given.argument, 'command-line'))) throw unknown(given)
      return { text: `Webhook ${given.argument} is removed.`, json: { id: given.argument } }
    },
  },

  'webhook turn-on': {
    usage: 'webhook turn-on ID',
    summary: 'Goes on with a webhook whose receiver had said that it is gone (410), from where it was turned off.',
    options: [],
    argument: 'ID',
    async run({ capabilities }, given) {
      const isOn = await capabilities.forwarding.webhooks.turnOn(given.argument, 'command-line')
      if (!isOn) throw new CommandRefused(`There is no webhook ${given.argument} that is off. See: webhook list`)
      return { text: `Webhook ${given.argument} is on.`, json: { id: given.argument } }
    },
  },

  'webhook test': {
    usage: 'webhook test ID',
    summary: 'Sends a signed test message now, from here, and prints what became of it. Exit 1 when it was not taken.',
    options: [],
    argument: 'ID',
    async run({ capabilities }, given) {
      const sent = await capabilities.forwarding.webhooks.test(given.argument, 'command-line')
      if (!sent) throw unknown(given)
      const { result, detail } = sent
      return { text: `${result} (${detail})`, json: sent, isFault: result !== 'delivered' }
    },
  },

  'webhook rotate-secret': {
    usage: 'webhook rotate-secret ID',
    summary:
      'Prints a new secret, once. For 24 hours each request is signed with both, so that the receiver can change.',
    options: [],
    argument: 'ID',
    async run({ capabilities }, given) {
      const rotated = await capabilities.forwarding.webhooks.rotateSecret(given.argument, 'command-line')
      if (!rotated) throw unknown(given)
      const until = instant(rotated.until)
      const text = [...secretWords(rotated.secret), `Until ${until} the one before signs too.`]
      return { text: text.join('\n'), json: { id: given.argument, secret: rotated.secret, until } }
    },
  },

  'webhook dead-letters': {
    usage: 'webhook dead-letters ID',
    summary: 'Lists the records that a webhook did not take for good, the oldest first, 500 at most.',
    options: [],
    argument: 'ID',
    async run({ capabilities }, given) {
      const { webhooks } = capabilities.forwarding
      if (!(await webhooks.find(given.argument))) throw unknown(given)
      const json = (await webhooks.deadLetters(given.argument)).map((letter) => {
        const { writer, seq, type, at, failedAt, tries, result, detail, again } = letter
        const name = `${writer}:${seq}`
        return { name, type, at: instant(at), failedAt: instant(failedAt), tries, result, detail, again }
      })
      const rows = json.map(({ name, type, at, failedAt, tries, result, detail, again }) => {
        const state = again ? 'is sent again' : `${result} (${detail})`
        return [name, type, at, failedAt, String(tries), state]
      })
      const head = ['RECORD', 'TYPE', 'RECORDED', 'FAILED', 'TRIES', 'WHY']
      return { text: table(head, rows, 'There is no dead letter.'), json }
    },
  },

  'webhook resend': {
    usage: 'webhook resend ID --all | --letter WRITER:NUMBER',
    summary: 'Lets the running service send dead letters again, once.',
    options: ['letter'],
    flags: ['all'],
    argument: 'ID',
    run: (context, given) => counted(context, given, 'resend', (count) => `The service sends ${count} again.`),
  },

  'webhook drop': {
    usage: 'webhook drop ID --all | --letter WRITER:NUMBER',
    summary: 'Takes dead letters off the list. The records themselves stay in the audit log.',
    options: ['letter'],
    flags: ['all'],
    argument: 'ID',
    run: (context, given) => counted(context, given, 'drop', (count) => `${count} dropped.`),
  },
}
