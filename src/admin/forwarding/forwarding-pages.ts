// Where the audit log is forwarded: the webhooks, the making of another, whose secret is shown once, and what each did not take.
import { mayRole } from '../../administrators/permissions.ts'
import { isEventChoice } from '../../audit/event-types.ts'
import { isRefusal, type Refusal, refuse } from '../../base/refusal.ts'
import type { WhichLetters } from '../../forwarding/forwarding-store.ts'
import { faultOfWebhookUrl } from '../../forwarding/webhook-address.ts'
import { type ListedWebhook, readRecordName } from '../../forwarding/webhooks.ts'
import { eventTypes } from '../audit/event-words.ts'
import type { Describe, Handler, Signed } from '../frame.ts'
import type { AdminDeps, Wiring } from '../wiring.ts'
import { moment } from '../words.ts'
import { factsOf, letterFacts, resultWords } from './webhook-facts.ts'

const LIST = '/admin/forwarding'

type Typed = { url: string; events: string }
const EMPTY: Typed = { url: '', events: '' }

const typedIn = (fields: URLSearchParams): Typed => ({
  url: (fields.get('url') ?? '').trim(),
  events: (fields.get('events') ?? '').trim(),
})
const eventsIn = ({ events }: Typed): string[] | null => (events === '' ? null : events.split(/[\s,]+/))

/** What is wrong wherever this runs: to be said before a proof is asked for. The rest is found when the webhook is made. */
function faultIn(typed: Typed): string | undefined {
  const unknown = eventsIn(typed)?.find((each) => !isEventChoice(each))
  return (
    faultOfWebhookUrl(typed.url, { trustedHosts: [], production: false }) ??
    (unknown === undefined ? undefined : `There is no event “${unknown}”.`)
  )
}

const isOwner = ({ administrator }: Signed): boolean => mayRole(administrator.role, 'forwarding')

export function addForwardingPages({ get, post, form, frame }: Wiring, deps: AdminDeps): void {
  const { webhooks } = deps

  async function showList(signed: Signed, typed: Typed, fault?: string): Promise<void> {
    const all = await webhooks.list()
    if (fault) signed.response.status(400)
    signed.show('admin/forwarding/list', {
      title: 'Forwarding',
      webhooks: all.map((each) => factsOf(each, isOwner(signed))),
      syslog: deps.shown.settings.find(({ name }) => name === 'COUNTERSIGN_SYSLOG_URL')?.value ?? 'none',
      mayChange: isOwner(signed),
      ...{ typed, fault: fault ?? null },
      groups: [...new Set(eventTypes.flatMap(({ types }) => types).map(({ type }) => `${type.split('.')[0]}.*`))],
    })
  }

  const target = async ({ request }: Signed): Promise<ListedWebhook | Refusal> =>
    (await webhooks.list()).find(({ id }) => id === request.params.id) ?? refuse('admin.unknown', 'no such webhook')

  /** Does something to one that is there. */
  const toOne =
    (work: (signed: Signed, webhook: ListedWebhook) => Promise<unknown>): Handler =>
    async (signed) => {
      const webhook = await target(signed)
      return isRefusal(webhook) ? signed.refused(webhook) : work(signed, webhook)
    }
  const describedAs =
    (words: (host: string) => string): Describe =>
    async (signed) => {
      const webhook = await target(signed)
      return isRefusal(webhook) ? webhook : words(new URL(webhook.webhook.url).host)
    }
  const pageOf = ({ id }: { id: string }): string => `${LIST}/${id}`

  const describeMaking: Describe = async (signed) => {
    const typed = typedIn(signed.fields)
    const fault = faultIn(typed)
    if (!fault) return `Send the audit log to ${new URL(typed.url).host} from now on`
    await showList(signed, typed, fault)
    return null
  }
  const make: Handler = async (signed) => {
    const typed = typedIn(signed.fields)
    const made = await webhooks.add({ url: typed.url, events: eventsIn(typed) }, signed.by)
    if ('fault' in made) return showList(signed, typed, made.fault)
    signed.show('admin/forwarding/secret', { title: 'New webhook', ...made, until: null })
  }

  const showOne = async (signed: Signed, webhook: ListedWebhook, tested?: { words: string; isGood: boolean }) => {
    signed.show('admin/forwarding/one', {
      title: 'Webhook',
      one: factsOf(webhook, isOwner(signed)),
      letters: (await webhooks.deadLetters(webhook.id)).map(letterFacts),
      mayChange: isOwner(signed),
      tested: tested ?? null,
    })
  }
  const test = toOne(async (signed, { id }) => {
    const sent = await webhooks.test(id, signed.by)
    const webhook = await target(signed)
    if (isRefusal(webhook) || !sent) return signed.refused(refuse('admin.unknown', 'removed meanwhile'))
    const words = `${resultWords[sent.result]} (${sent.detail}).`
    return showOne(signed, webhook, { words, isGood: sent.result === 'delivered' })
  })
  const rotate = toOne(async (signed, { id }) => {
    const rotated = await webhooks.rotateSecret(id, signed.by)
    if (!rotated) return signed.refused(refuse('admin.unknown', 'removed meanwhile'))
    return signed.show('admin/forwarding/secret', {
      ...{ title: 'New secret', id, secret: rotated.secret },
      until: moment(rotated.until),
    })
  })
  const remove = toOne(async (signed, { id }) => {
    const isRemoved = await webhooks.remove(id, signed.by)
    return isRemoved ? signed.done(LIST, 'webhook-removed') : signed.refused(refuse('admin.unknown', 'removed before'))
  })
  const turnOn = toOne(async (signed, webhook) => {
    await webhooks.turnOn(webhook.id, signed.by)
    return signed.done(pageOf(webhook), 'webhook-on')
  })

  /** One letter by its name, or all; undefined when it is no name. */
  const whichIn = ({ fields }: Signed): WhichLetters | undefined => {
    const name = fields.get('letter')
    const letter = name === null ? undefined : readRecordName(name)
    if (name === null) return 'all'
    return letter && [letter]
  }
  const letters = (act: 'resend' | 'drop', done: string): Handler =>
    toOne(async (signed, webhook) => {
      const which = whichIn(signed)
      const count = which ? await webhooks[act](webhook.id, which, signed.by) : 0
      return count > 0
        ? signed.done(pageOf(webhook), done)
        : signed.refused(refuse('admin.unknown', 'no such dead letter'))
    })

  const one = `${LIST}/:id`
  get(
    LIST,
    frame.only('read', (signed) => showList(signed, EMPTY)),
  )
  post(LIST, form, frame.dangerous('forwarding', describeMaking, make))
  get(one, frame.only('read', toOne(showOne)))
  post(`${one}/test`, form, frame.act('forwarding', test))
  post(`${one}/turn-on`, form, frame.act('forwarding', turnOn))
  post(`${one}/resend`, form, frame.act('forwarding', letters('resend', 'letters-resent')))
  post(
    `${one}/drop`,
    form,
    frame.dangerous(
      'forwarding',
      describedAs((host) => `Drop dead letters for ${host}`),
      letters('drop', 'letters-dropped'),
    ),
  )
  post(
    `${one}/rotate-secret`,
    form,
    frame.dangerous(
      'forwarding',
      describedAs((host) => `Make a new secret for the webhook to ${host}`),
      rotate,
    ),
  )
  post(
    `${one}/remove`,
    form,
    frame.dangerous(
      'forwarding',
      describedAs((host) => `Send nothing more to ${host}, and remove its webhook`),
      remove,
    ),
  )
}
