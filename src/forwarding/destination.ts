// Where the audit log goes by itself, and how far it got there.
import type { AuditEventType } from '../audit/events.ts'

/** What an administrator chose of a webhook, and its sealed secrets. */
export type Webhook = {
  url: string
  /** The types of events that it gets (`device.revoked`, `device.*`); null: all. */
  events: string[] | null
  /** What signs: JSON of `Secrets`, sealed. */
  sealedSecrets: string
  /** Off: its receiver said that it is gone (410). It goes on from there when it is on again. */
  on: boolean
}

/** The record that was not taken, and when it is tried again. Whoever delivers next goes on with it. */
export type Trouble = { writer: string; seq: number; tries: number; nextAt: number }

export type DeliveryKind = 'webhook' | 'syslog'

export type Destination = {
  id: string
  kind: DeliveryKind
  createdAt: number
  /** What syslog gets is configured, and not kept here. */
  webhook: Webhook | null
  /** Where syslog went when a service last began, as it is on record. A webhook has none. */
  receiver?: string
  /**
   * A position in the log: a record at or before it was delivered, or it is none of this destination's, or its chain has a
   * mark. It only grows.
   */
  since: number
  trouble: Trouble | null
  /** The last delivery that was tried. */
  last: { at: number; result: DeliveryResult; detail: string } | null
  /** Who delivers to it, until when: one of all nodes. */
  holder: string | null
  heldUntil: number
}

/** How far a chain was delivered. Chains have no gaps, so that nothing is left out; positions may (checkpoint-store.ts). */
export type Mark = { writer: string; seq: number }

/** What became of a delivery. The words are those of the metrics and the console. */
export const deliveryResults = [
  'delivered',
  'gone', // 410: nobody wants it there any more
  'refused', // another answer of 4xx
  'failed', // 5xx, or an answer that makes no sense
  'redirected', // it is not followed
  'unreachable', // no connection, no answer in time, a certificate that is not trusted
  'forbidden', // an address that we do not connect to
  'unconfirmed', // written, and the receiver did not end the connection in order
] as const
export type DeliveryResult = (typeof deliveryResults)[number]

/** `detail` is for people: it never has a secret, or what the receiver said. */
export type Sent = { result: DeliveryResult; detail: string }

/** A record that was not taken for good. The record itself stays in the audit log. */
export type Letter = Mark & {
  destinationId: string
  type: AuditEventType
  /** When the record was made. */
  at: number
  failedAt: number
  tries: number
  result: DeliveryResult
  detail: string
  /** Somebody asked to send it again. */
  again: boolean
}
