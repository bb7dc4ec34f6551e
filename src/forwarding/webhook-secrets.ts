// What signs the requests of a webhook, as Standard Webhooks has it:
// https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md
import { createHmac } from 'node:crypto'
import type { Random } from '../base/random.ts'
import { type MasterKey, seal, unseal } from '../base/seal.ts'

/** `before` signs too, until its time is over: a receiver is given the new one meanwhile. */
export type Secrets = { current: string; before: { secret: string; until: number } | null }

const PREFIX = 'whsec_'
const PURPOSE = 'webhook-secrets'

/** The specification wants 24 to 64 bytes; SHA-256 gives 32. */
export const makeSecret = (random: Random): string => PREFIX + random.bytes(32).toString('base64')

export const sealSecrets = (master: MasterKey, secrets: Secrets, random: Random): string =>
  seal(master, PURPOSE, JSON.stringify(secrets), random)

/** Undefined when the master key does not open them. */
export function openSecrets(master: MasterKey, sealed: string): Secrets | undefined {
  const plain = unseal(master, PURPOSE, sealed)
  return plain === undefined ? undefined : (JSON.parse(plain) as Secrets)
}

const signatureBy = (secret: string, signed: string): string =>
  `v1,${createHmac('sha256', Buffer.from(secret.slice(PREFIX.length), 'base64'))
    .update(signed)
    .digest('base64')}`

/** The headers of one request, at `now`. The id is the record's, so that a repeated delivery has the same. */
export function signedHeaders(
  { current, before }: Secrets,
  { id, now, body }: { id: string; now: number; body: string },
): Record<string, string> {
  const timestamp = String(Math.floor(now / 1000))
  const secrets = before && now < before.until ? [current, before.secret] : [current]
  const signatures = secrets.map((secret) => signatureBy(secret, `${id}.${timestamp}.${body}`))
  return { 'webhook-id': id, 'webhook-timestamp': timestamp, 'webhook-signature': signatures.join(' ') }
}
