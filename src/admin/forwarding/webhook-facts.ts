// A webhook and its dead letters, as the pages show them.
import type { DeliveryResult, Letter } from '../../forwarding/destination.ts'
import type { ListedWebhook } from '../../forwarding/webhooks.ts'
import { moment } from '../words.ts'

export const resultWords: Record<DeliveryResult, string> = {
  delivered: 'Delivered',
  gone: 'Not wanted any more (410)',
  refused: 'Refused by the receiver',
  failed: 'The receiver failed',
  redirected: 'The receiver led elsewhere, which is not followed',
  unreachable: 'Not reached, or no answer in time',
  forbidden: 'Not sent: the address is one that we do not connect to',
  unconfirmed: 'Not confirmed by the receiver',
}

/** `isOwner`: what stands behind an address’s host may be a secret, and is for who may change it. */
export function factsOf({ id, webhook, createdAt, last, trouble, deadLetters }: ListedWebhook, isOwner: boolean) {
  const { url, events, on } = webhook
  return {
    ...{ id, deadLetters, isOn: on, isWaiting: on && trouble !== null },
    address: isOwner ? url : new URL(url).origin,
    host: new URL(url).host,
    events: events?.join(', ') ?? null,
    created: moment(createdAt),
    last: last && { at: moment(last.at), words: resultWords[last.result], isGood: last.result === 'delivered' },
    next: trouble && moment(trouble.nextAt),
  }
}

export const letterFacts = ({ writer, seq, type, at, failedAt, tries, result, again }: Letter) => ({
  name: `${writer}:${seq}`,
  ...{ type, tries, again, words: resultWords[result] },
  recorded: moment(at),
  failed: moment(failedAt),
})
