// What one browser has yet to get. RFC 8030 sections 5.2 (TTL), 5.4 (Topic) and 6.2 (acknowledgement).

export type Message = {
  id: string
  /** The subscription's place in the service: an opaque word. */
  subscription: string
  /** Encrypted for the browser (RFC 8291); empty when nothing but the wake-up was sent. */
  body: Buffer
  /** Seconds, and the time in milliseconds that they count from. */
  ttl: number
  at: number
  topic: string | undefined
}

type Send = (message: Message) => void

export type Mailboxes = ReturnType<typeof createMailboxes>

/** A mailbox for each browser of a service, by the name that the service gave it. */
export function createMailboxes(now: () => number) {
  const boxes = new Map<string, ReturnType<typeof createMailbox>>()
  let paused = false
  return {
    of(browser: string) {
      const box = boxes.get(browser) ?? createMailbox(now, () => paused)
      boxes.set(browser, box)
      return box
    },
    /** No browser can be reached, whether it is connected or not. */
    pause(): void {
      paused = true
    },
    resume(): void {
      paused = false
      for (const box of boxes.values()) box.flush()
    },
  }
}

/** The messages for one browser: kept until it has acknowledged them or they are too old. */
function createMailbox(now: () => number, paused: () => boolean) {
  let waiting: Message[] = []
  let send: Send | undefined

  /** Sends everything that the browser has not acknowledged; it knows what it has got twice. */
  const flush = (): void => {
    waiting = waiting.filter(({ at, ttl }) => now() <= at + ttl * 1000)
    if (!paused()) for (const message of waiting) send?.(message)
  }

  return {
    flush,
    /** Takes the place of a message of the same topic that was not delivered. With a TTL of 0 it is for now or never. */
    put(message: Message): void {
      const replaced = ({ subscription, topic }: Message): boolean =>
        topic !== undefined && topic === message.topic && subscription === message.subscription
      waiting = waiting.filter((other) => !replaced(other))
      const reachable = send !== undefined && !paused()
      if (reachable || message.ttl > 0) waiting.push(message)
      if (reachable) send?.(message)
    },
    /** The browser is there. */
    open(to: Send): void {
      send = to
      flush()
    },
    /** This connection of the browser has ended; it may have a newer one. */
    close(to: Send): void {
      if (send === to) send = undefined
    },
    /** The browser has it. Gives the message when that was news. */
    acknowledge(id: string): Message | undefined {
      const found = waiting.find((message) => message.id === id)
      waiting = waiting.filter((message) => message !== found)
      return found
    },
  }
}
