import { isChosen } from '../audit/event-types.ts'
import { recordLine } from '../audit/export-lines.ts'
import type { Clock } from '../base/clock.ts'
import type { MasterKey } from '../base/seal.ts'
import { type Carrier, recordName } from './carrier.ts'
import type { Sent, Webhook } from './destination.ts'
import type { Post } from './post.ts'
import { openSecrets, signedHeaders } from './webhook-secrets.ts'

type Means = { post: Post; master: MasterKey; clock: Clock; version: string }

/** Sends a body, signed with what a webhook keeps. */
export async function sendSigned(
  { post, master, clock, version }: Means,
  { url, sealedSecrets }: Webhook,
  { id, body }: { id: string; body: string },
  signal: AbortSignal,
): Promise<Sent> {
  const secrets = openSecrets(master, sealedSecrets)
  if (!secrets) return { result: 'forbidden', detail: 'its secret is not opened by this master key' }
  const headers = {
    ...signedHeaders(secrets, { id, now: clock.now(), body }),
    'content-type': 'application/json',
    'content-length': String(Buffer.byteLength(body)),
    'user-agent': `Countersign/${version}`,
  }
  return post(url, headers, body, signal)
}

/** Each record in a request of its own, as a line of `audit export` has it. */
export const createWebhookCarrier = (means: Means, webhook: Webhook): Carrier => ({
  kind: 'webhook',
  most: 1,
  givesUp: true,
  wants: ({ event }) => isChosen(event.type, webhook.events),
  async send([record], signal) {
    if (!record) return { result: 'delivered', detail: 'nothing to send' }
    const message = { id: recordName(record), body: JSON.stringify(recordLine(record)) }
    return sendSigned(means, webhook, message, signal)
  },
})
