import type { Attention } from './attention.ts'
import type { OverviewFacts } from './facts.ts'

const MINUTE = 60_000
/** A receiver that is started anew is no trouble. */
const SOME_TRIES = 3

/** That webhooks do not get the audit log. */
export const forwardingAttention = ({ webhooks, now }: Pick<OverviewFacts, 'webhooks' | 'now'>): Attention[] =>
  webhooks.flatMap(({ id, webhook, trouble, last, deadLetters }): Attention[] => {
    const { host } = new URL(webhook.url)
    const act = { href: `/admin/forwarding/${id}`, label: 'Look at the webhook', needs: 'read' } as const
    if (!webhook.on) {
      const sentence = `The webhook to ${host} is off: its receiver said that it is gone. The audit log waits for it.`
      return [{ level: 'soon', sentence, act }]
    }
    const isWaiting = trouble !== null && trouble.tries >= SOME_TRIES
    const waits: Attention = {
      level: 'soon',
      sentence: `The webhook to ${host} does not take the audit log. It waits, and is tried again.`,
      ...(last && last.at <= now - MINUTE && { when: { words: 'Tried last', at: last.at } }),
      act,
    }
    const count = deadLetters === 1 ? 'One audit record was' : `${deadLetters} audit records were`
    const letters: Attention = {
      level: 'soon',
      sentence: `${count} not taken by the webhook to ${host}, for good.`,
      act,
    }
    return [...(isWaiting ? [waits] : []), ...(deadLetters > 0 ? [letters] : [])]
  })
