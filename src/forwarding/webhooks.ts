// Webhooks, as an administrator manages them: made, tried out, given new secrets, removed; and their dead letters.

import { isEventChoice } from '../audit/event-types.ts'
import type { Actor, AuditEvent } from '../audit/events.ts'
import { ForbiddenAddress } from '../base/addresses.ts'
import { type Clock, instant } from '../base/clock.ts'
import { type Random, randomId } from '../base/random.ts'
import type { MasterKey } from '../base/seal.ts'
import { recordName } from './carrier.ts'
import type { Destination, Letter, Mark, Sent, Webhook } from './destination.ts'
import type { ForwardingStore, WhichLetters } from './forwarding-store.ts'
import type { Post } from './post.ts'
import { type AddressRules, faultOfWebhookUrl, receiverOf } from './webhook-address.ts'
import { sendSigned } from './webhook-carrier.ts'
import { makeSecret, openSecrets, sealSecrets } from './webhook-secrets.ts'

/** Each is a copy of the log that is sent away. */
const MOST_WEBHOOKS = 20
/** For so long after it was rotated the secret before signs too. */
const OVERLAP = 24 * 3_600_000
const PATIENCE = 10_000
const MOST_LETTERS = 500
const NOT_PUBLIC =
  'Its host is not on the public internet. Whoever runs Countersign can allow it, with COUNTERSIGN_WEBHOOK_TRUSTED_HOSTS.'

export type ListedWebhook = Destination & { webhook: Webhook; deadLetters: number }

/** The word that somebody may type is not one that there is. */
export type Fault = { fault: string }

export type Webhooks = ReturnType<typeof createWebhooks>

export function createWebhooks(deps: {
  store: ForwardingStore
  master: MasterKey
  /**
   * Throws StartRefused when the master key is not the store's: the service could not open what is sealed under it, and the
   * next change of the master key would stop its start.
   */
  proveMaster: () => Promise<void>
  clock: Clock
  random: Random
  post: Post
  rules: AddressRules
  /** Refuses (ForbiddenAddress) a host that is not connected to. */
  resolve: (hostname: string) => Promise<unknown>
  version: string
  /** A signal that aborts when a receiver has had its time. */
  deadline?: () => AbortSignal
}) {
  const { store, master, proveMaster, clock, random, rules } = deps
  const deadline = deps.deadline ?? (() => AbortSignal.timeout(PATIENCE))

  /** A host that has no address now may have one later. */
  const isForbidden = (url: string): Promise<boolean> =>
    deps.resolve(new URL(url).hostname).then(
      () => false,
      (error) => error instanceof ForbiddenAddress,
    )

  const found = async (id: string): Promise<(Destination & { webhook: Webhook }) | undefined> => {
    const destination = await store.find(id)
    return destination?.webhook ? { ...destination, webhook: destination.webhook } : undefined
  }

  /** What every event of a webhook says. */
  const about = (id: string, { url }: Webhook, by: Actor) => ({ webhookId: id, receiver: receiverOf(url), by })

  async function changed(
    id: string,
    by: Actor,
    change: (webhook: Webhook) => Webhook | undefined,
    eventOf: (facts: ReturnType<typeof about>) => AuditEvent,
  ): Promise<boolean> {
    const known = await found(id)
    return known !== undefined && store.change(id, change, eventOf(about(id, known.webhook, by)))
  }

  const whichWords = (which: WhichLetters): string => (which === 'all' ? 'all' : which.map(recordName).join(' '))

  /** What is done with letters of a webhook and recorded as `type`; it gives how many, and 0 where there is no such webhook. */
  const ofLetters =
    (type: 'webhook.letters-resent' | 'webhook.letters-dropped', act: ForwardingStore['drop']) =>
    async (id: string, which: WhichLetters, by: Actor): Promise<number> => {
      const known = await found(id)
      return known ? act(id, which, { type, ...about(id, known.webhook, by), which: whichWords(which) }) : 0
    }

  return {
    /**
     * Makes one, which gets what is recorded from now on. Its secret is given here and never again. Gives a fault when the
     * address or the choice of events is none that there may be. Throws StartRefused when the master key is not the store's.
     */
    async add(
      { url, events }: Pick<Webhook, 'url' | 'events'>,
      by: Actor,
    ): Promise<{ id: string; secret: string } | Fault> {
      const fault = faultOfWebhookUrl(url, rules)
      if (fault) return { fault }
      if (await isForbidden(url)) return { fault: NOT_PUBLIC }
      const unknown = events?.find((each) => !isEventChoice(each))
      if (unknown !== undefined) return { fault: `There is no event “${unknown}”.` }
      if (events?.length === 0) return { fault: 'Choose at least one event, or all.' }
      await proveMaster()
      const [id, secret] = [randomId(random), makeSecret(random)]
      const sealedSecrets = sealSecrets(master, { current: secret, before: null }, random)
      const webhook: Webhook = { url: new URL(url).href, events, sealedSecrets, on: true }
      const { since, marks } = await store.standing()
      const destination: Destination = {
        ...{ id, kind: 'webhook', createdAt: clock.now(), webhook, since },
        ...{ trouble: null, last: null, holder: null, heldUntil: 0 },
      }
      const event = { type: 'webhook.created', ...about(id, webhook, by), events: events?.join(' ') ?? 'all' } as const
      const isAdded = await store.add(destination, marks, MOST_WEBHOOKS, event)
      return isAdded ? { id, secret } : { fault: `There are ${MOST_WEBHOOKS} webhooks already. Remove one first.` }
    },

    async list(): Promise<ListedWebhook[]> {
      const [all, counts] = await Promise.all([store.list(), store.countLetters()])
      return all
        .flatMap((each) => (each.webhook ? [{ ...each, webhook: each.webhook }] : []))
        .map((each) => ({ ...each, deadLetters: counts.find(({ id }) => id === each.id)?.count ?? 0 }))
        .toSorted((a, b) => a.createdAt - b.createdAt || (a.id < b.id ? -1 : 1))
    },

    find: found,

    /** What was not delivered yet is not delivered any more, its dead letters are gone. False when it is not there. */
    async remove(id: string, by: Actor): Promise<boolean> {
      const known = await found(id)
      return known !== undefined && store.remove(id, { type: 'webhook.removed', ...about(id, known.webhook, by) })
    },

    /** It goes on where it was turned off. False when it is not there, or on. */
    turnOn: (id: string, by: Actor): Promise<boolean> =>
      changed(
        id,
        by,
        (webhook) => (webhook.on ? undefined : { ...webhook, on: true }),
        (facts) => ({ type: 'webhook.turned-on', ...facts }),
      ),

    turnOff: (id: string, by: Actor, reason: string): Promise<boolean> =>
      changed(
        id,
        by,
        (webhook) => (webhook.on ? { ...webhook, on: false } : undefined),
        (facts) => ({ type: 'webhook.turned-off', ...facts, reason }),
      ),

    /**
     * Gives it a new secret; the one before signs too for a day. Undefined when it is not there. Throws StartRefused when the
     * master key is not the store's.
     */
    async rotateSecret(id: string, by: Actor): Promise<{ secret: string; until: number } | undefined> {
      await proveMaster()
      const [secret, until] = [makeSecret(random), clock.now() + OVERLAP]
      const isChanged = await changed(
        id,
        by,
        (webhook) => {
          const secrets = openSecrets(master, webhook.sealedSecrets)
          const before = secrets ? { secret: secrets.current, until } : null
          return { ...webhook, sealedSecrets: sealSecrets(master, { current: secret, before }, random) }
        },
        (facts) => ({ type: 'webhook.secret-rotated', ...facts }),
      )
      return isChanged ? { secret, until } : undefined
    },

    /** Sends a message that is no record, now, and says what became of it. Undefined when it is not there. */
    async test(id: string, by: Actor): Promise<Sent | undefined> {
      const known = await found(id)
      if (!known) return undefined
      const body = JSON.stringify({ at: instant(clock.now()), type: 'test', webhookId: id })
      const sent = await sendSigned(deps, known.webhook, { id: `test:${randomId(random)}`, body }, deadline())
      const facts = about(id, known.webhook, by)
      await store.change(id, (webhook) => webhook, { type: 'webhook.tested', ...facts, result: sent.result })
      return sent
    },

    /** The oldest first; not more than a person reads. */
    deadLetters: (id: string): Promise<Letter[]> => store.letters(id, MOST_LETTERS),

    /** Asks whoever delivers to send them again; gives how many. */
    resend: ofLetters('webhook.letters-resent', store.sendAgain),
    drop: ofLetters('webhook.letters-dropped', store.drop),
  }
}

/** Reads the name of a record (`writer:number`); undefined when it is none. */
export function readRecordName(text: string): Mark | undefined {
  const [, writer, seq] = /^([0-9a-f]{1,64}):(\d{1,15})$/.exec(text) ?? []
  return writer && seq ? { writer, seq: Number(seq) } : undefined
}
