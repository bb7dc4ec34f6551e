// Google's push service, as far as Chromium and a sender of web push meet it: checkin, registration, the connection for
// delivery (mcs.ts) and the senders' endpoint (sender-endpoint.ts). TEST USAGE ONLY.
//
//   const gcm = await startGcm({ certificate })      certificate: for GCM_HOSTS
//   chromium  ...gcm.chromiumFlags                    one profile for each person: incognito windows cannot subscribe
//   await gcm.received.next()                         the next request of a sender: headers, body, claims, status
//   await gcm.delivered.next()                        the next message that a browser acknowledged
//   gcm.answerNext({ status: 429, headers })          or 'hang', or 'cut'
//   gcm.retire(endpoint); gcm.pause(); gcm.resume(); await gcm.close()
import { randomBytes } from 'node:crypto'
import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo, Server, Socket } from 'node:net'
import type { Certificate } from './certificate.ts'
import { createJournal } from './journal.ts'
import { createMailboxes, type Message } from './mailbox.ts'
import { type Address, createMcsServer } from './mcs.ts'
import { encode } from './protobuf.ts'
import { type PushService, type Subscribed, startSenderEndpoint } from './sender-endpoint.ts'

/** Debian's Chromium subscribes at the first, a Chrome of Google's at the second. */
export const GCM_HOSTS = ['jmt17.google.com', 'fcm.googleapis.com']

export type Gcm = PushService & {
  /** What makes a Chromium use this service. */
  readonly chromiumFlags: readonly string[]
}

type Registration = Subscribed & Address & { device: string; instance: string }

type Options = { certificate: Certificate; now?: () => number }

export async function startGcm({ certificate, now = Date.now }: Options): Promise<Gcm> {
  /** Devices that checked in, each with its secret. */
  const devices = new Map<string, string>()
  /** Subscriptions by their token, the last part of the endpoint. */
  const registrations = new Map<string, Registration>()
  const mailboxes = createMailboxes(now)
  const delivered = createJournal<Message>('a message that Chromium acknowledged')

  /** checkin.proto: a device gets its name and its secret. */
  function checkIn(): Buffer {
    const device = BigInt(`0x40${randomBytes(7).toString('hex')}`)
    const token = BigInt(`0x40${randomBytes(7).toString('hex')}`)
    devices.set(String(device), String(token))
    return encode([1, 1], [3, now()], [7, { fixed64: device }], [8, { fixed64: token }])
  }

  /**
   * registration_request.cc and unregistration_request.cc: a form whose `sender` is the key that a page subscribes with,
   * and whose `appid` is the instance id, one for each subscription.
   */
  function register(authorization: string, form: URLSearchParams): string {
    const [sender = '', app = '', subtype = '', device = '', instance = ''] = [
      ...['sender', 'app', 'X-subtype', 'device', 'appid'].map((name) => form.get(name) ?? ''),
    ]
    if (!devices.has(device) || authorization !== `AidLogin ${device}:${devices.get(device)}`) {
      return 'Error=PHONE_REGISTRATION_ERROR'
    }
    if (form.get('delete') === 'true') {
      for (const known of registrations.values()) {
        const same = known.device === device && known.instance === instance
        if (same && (sender === '*' || sender === known.sender)) known.gone = true
      }
      return `token=${app}`
    }
    const token = `${instance}:APA91b${randomBytes(24).toString('base64url')}`
    const put = (message: Message): void => mailboxes.of(device).put(message)
    registrations.set(token, { sender, app, subtype, device, instance, vapidKey: sender, gone: false, put })
    return `token=${token}`
  }

  const web = createServer(async (request, response) => {
    const body = await bodyOf(request)
    if (request.url === '/checkin') response.setHeader('content-type', 'application/x-protobuf').end(checkIn())
    else if (request.url === '/register') {
      response.end(register(request.headers.authorization ?? '', new URLSearchParams(body.toString())))
    } else response.writeHead(404).end()
  })

  const mcs = createMcsServer({
    certificate,
    mailboxes,
    knows: (device, token) => devices.has(device) && devices.get(device) === token,
    addressOf: ({ subscription }) => registrations.get(subscription) as Registration,
    delivered: (message) => delivered.add(message),
    now,
  })
  const connections = new Set<Socket>()
  mcs.on('connection', (socket: Socket) => {
    connections.add(socket)
    socket.once('close', () => connections.delete(socket))
  })

  const senders = await startSenderEndpoint({
    hosts: GCM_HOSTS,
    certificate,
    now,
    find(path) {
      const name = decodeURIComponent(path.replace(/^\/fcm\/send\//, ''))
      const subscribed = registrations.get(name)
      return subscribed && { name, subscribed }
    },
  })
  const [webPort, mcsPort] = await Promise.all([listen(web), listen(mcs)])
  return {
    ...senders,
    delivered,
    pause: mailboxes.pause,
    resume: mailboxes.resume,
    chromiumFlags: [
      `--gcm-checkin-url=http://127.0.0.1:${webPort}/checkin`,
      `--gcm-registration-url=http://127.0.0.1:${webPort}/register`,
      `--gcm-mcs-endpoint=https://localhost:${mcsPort}`,
      // Chromium would not ask the test's authority. Without this the connection for delivery is never made.
      `--ignore-certificate-errors-spki-list=${certificate.spkiHash}`,
    ],
    async close() {
      web.closeAllConnections()
      for (const socket of connections) socket.destroy()
      await Promise.all([senders.close(), ...[web, mcs].map((server) => new Promise((end) => server.close(end)))])
    },
  }
}

const bodyOf = async (request: IncomingMessage): Promise<Buffer> => Buffer.concat(await request.toArray())

async function listen(server: Server): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return (server.address() as AddressInfo).port
}
