/** What a device is woken with. `body` is JSON that the phone reads; it never carries a secret or a decision. */
export type PushMessage = {
  body: string
  /** Seconds after which the push service forgets it. 0: only whoever is connected now gets it. */
  ttl: number
  /** A later message of the same topic takes the place of an earlier one that was not delivered. At most 32 characters of base64url. */
  topic: string
  urgency: 'high' | 'normal'
}

/** What became of a push. The words are those of the audit log and of the metrics. */
export const pushResults = [
  'accepted', // the push service took it
  'gone', // there is no such subscription any more: it is retired
  'mismatched', // it was made for another sender, so that it can never work: it is retired
  'too-large',
  'limited', // the service asks us to slow down
  'unavailable', // the service is in trouble
  'rejected', // the service does not want it, for another reason
  'unreachable', // no connection, or no answer in time
  'forbidden', // the address is one that we do not connect to
] as const
export type PushResult = (typeof pushResults)[number]

export type Sent = {
  result: PushResult
  /** When the service says how long to wait. */
  retryAfterSeconds?: number
  /** For the log: never a token, an endpoint's path or a key. */
  detail: string
}

/** Hands one message to one push service. Answers whatever happens; it never throws, and ends soon after `signal` does. */
export type Sender<S> = { send(to: S, message: PushMessage, signal: AbortSignal): Promise<Sent> }
