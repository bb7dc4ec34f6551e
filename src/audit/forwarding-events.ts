// What happened to where this log is forwarded, as part of the closed list in events.ts. Deliveries are no events: each would
// be one to deliver.
import type { Actor } from './events.ts'

/** `receiver` is the origin of its address: what stands behind that may be a secret. */
type OfOne = { webhookId: string; receiver: string; by: Actor }

export type ForwardingEvent =
  // `events`: the types that it gets, with a space between, or `all`.
  | (OfOne & { type: 'webhook.created'; events: string })
  | (OfOne & { type: 'webhook.removed' | 'webhook.secret-rotated' | 'webhook.turned-on' })
  // Its receiver said that it is gone (410), or an administrator turned it off.
  | (OfOne & { type: 'webhook.turned-off'; reason: string })
  | (OfOne & { type: 'webhook.tested'; result: string })
  // `which`: dead letters by their names (writer:number), or `all`.
  | (OfOne & { type: 'webhook.letters-resent' | 'webhook.letters-dropped'; which: string })
  // The log goes to this syslog receiver, from here on.
  | { type: 'syslog.begun'; receiver: string; by: Actor }
