// Mozilla's push service, as far as Firefox and a sender of web push meet it. Firefox's side is a WebSocket with the
// subprotocol push-notification: https://mozilla-push-service.readthedocs.io/en/latest/design/ TEST USAGE ONLY.
//
//   const autopush = await startAutopush({ certificate })      certificate: for AUTOPUSH_HOSTS
//   firefox   ...autopush.firefoxPreferences
//   autopush.received, delivered, answerNext, retire, pause, resume, close    as of gcm.ts
//   autopush.disconnect()                                       cuts the browsers' connections; they come back by themselves
import { randomUUID } from 'node:crypto'
import type { AddressInfo } from 'node:net'
import { type WebSocket, WebSocketServer } from 'ws'
import { z } from 'zod'
import type { Certificate } from './certificate.ts'
import { createJournal } from './journal.ts'
import { createMailboxes, type Mailboxes, type Message } from './mailbox.ts'
import { type PushService, type Subscribed, startSenderEndpoint } from './sender-endpoint.ts'

/** The endpoint is what the service says it is, so this one has a name that nobody has (RFC 2606 section 2). */
export const AUTOPUSH_HOSTS = ['push.services.example']

export type Autopush = PushService & {
  /** What makes a Firefox use this service. */
  readonly firefoxPreferences: Readonly<Record<string, unknown>>
  disconnect(): void
}

const hello = z.object({ messageType: z.literal('hello'), uaid: z.string().nullish() })
const register = z.object({ messageType: z.literal('register'), channelID: z.uuid(), key: z.string().nullish() })
const unregister = z.object({ messageType: z.literal('unregister'), channelID: z.uuid() })
const update = z.object({ version: z.string(), code: z.number() })
const ack = z.object({ messageType: z.literal('ack'), updates: z.array(update) })
/** Not answered by the service, whatever they say. */
const unanswered = z.object({ messageType: z.enum(['nack', 'broadcast_subscribe']) })
const ping = z.object({ messageType: z.literal('ping').optional() })
const fromFirefox = z.union([hello, register, unregister, ack, unanswered, ping])

/** Decrypted and handed to its worker. 101 is: could not be decrypted; 102: not delivered for another reason. */
const DELIVERED = 100

type Options = { certificate: Certificate; now?: () => number }

export async function startAutopush({ certificate, now = Date.now }: Options): Promise<Autopush> {
  /** Subscriptions by their channel, the last part of the endpoint. */
  const channels = new Map<string, Subscribed>()
  const mailboxes = createMailboxes(now)
  const delivered = createJournal<Message>('a message that Firefox acknowledged')

  const senders = await startSenderEndpoint({
    hosts: AUTOPUSH_HOSTS,
    certificate,
    now,
    find(path) {
      const name = path.replace(/^\/wpush\/v2\//, '')
      const subscribed = channels.get(name)
      return subscribed && { name, subscribed }
    },
  })
  const sockets = new WebSocketServer({
    host: '127.0.0.1',
    port: 0,
    handleProtocols: (offered) => offered.has('push-notification') && 'push-notification',
  })
  sockets.on('connection', (socket) => serve(socket, { channels, mailboxes, delivered: delivered.add }))
  await new Promise<void>((resolve) => sockets.once('listening', resolve))

  const disconnect = (): void => {
    for (const socket of sockets.clients) socket.terminate()
  }
  return {
    ...senders,
    delivered,
    pause: mailboxes.pause,
    resume: mailboxes.resume,
    disconnect,
    firefoxPreferences: {
      'dom.push.serverURL': `ws://127.0.0.1:${(sockets.address() as AddressInfo).port}/`,
      'dom.push.testing.allowInsecureServerURL': true,
      // Those who drive a Firefox by WebDriver BiDi switch push off.
      'dom.push.enabled': true,
      'dom.push.connection.enabled': true,
      // Milliseconds, doubled at each attempt; 5000 otherwise.
      'dom.push.retryBaseInterval': 100,
    },
    async close() {
      disconnect()
      await Promise.all([senders.close(), new Promise((end) => sockets.close(end))])
    },
  }
}

type Service = { channels: Map<string, Subscribed>; mailboxes: Mailboxes; delivered: (message: Message) => void }

/** One connection of a Firefox. */
function serve(socket: WebSocket, { channels, mailboxes, delivered }: Service): void {
  let mailbox: ReturnType<Mailboxes['of']> | undefined
  const answer = (message: object): void => socket.send(JSON.stringify(message))

  const send = ({ subscription, id, body, ttl }: Message): void =>
    answer({
      messageType: 'notification',
      channelID: subscription,
      version: id,
      ttl,
      ...(body.length > 0 && { data: body.toString('base64url'), headers: { encoding: 'aes128gcm' } }),
    })

  const greet = (known: string | null | undefined): void => {
    const uaid = known || randomUUID().replaceAll('-', '')
    mailbox = mailboxes.of(uaid)
    answer({ messageType: 'hello', uaid, status: 200, use_webpush: true, broadcasts: {} })
    mailbox.open(send)
  }

  const subscribe = (channelID: string, key: string | null | undefined): void => {
    if (!mailbox) throw new Error('no hello came first')
    channels.set(channelID, { vapidKey: key?.replace(/=+$/, '') || undefined, gone: false, put: mailbox.put })
    const pushEndpoint = `https://${AUTOPUSH_HOSTS[0]}/wpush/v2/${channelID}`
    answer({ messageType: 'register', channelID, status: 200, pushEndpoint })
  }

  const unsubscribe = (channelID: string): void => {
    const channel = channels.get(channelID)
    if (channel) channel.gone = true
    answer({ messageType: 'unregister', channelID, status: 200 })
  }

  const acknowledge = ({ version, code }: z.infer<typeof update>): void => {
    const message = mailbox?.acknowledge(version)
    if (message && code === DELIVERED) delivered(message)
  }

  function take(text: string): void {
    const message = fromFirefox.parse(JSON.parse(text))
    const { messageType } = message
    if (messageType === 'hello') greet(message.uaid)
    else if (messageType === 'register') subscribe(message.channelID, message.key)
    else if (messageType === 'unregister') unsubscribe(message.channelID)
    else if (messageType === 'ack') message.updates.forEach(acknowledge)
    // A ping is an empty object, and so is its answer.
    else if (messageType === 'ping' || messageType === undefined) answer({})
  }

  socket.on('message', (data) => {
    try {
      take(String(data))
    } catch (error) {
      socket.close(1002, (error as Error).message.slice(0, 100))
    }
  })
  socket.on('close', () => mailbox?.close(send))
}
