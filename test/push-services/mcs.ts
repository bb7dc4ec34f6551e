// Mobile Connection Server: the connection on which Chromium gets its pushes. Frames and messages as Chromium has them:
// https://chromium.googlesource.com/chromium/src/+/main/google_apis/gcm/protocol/mcs.proto
// https://chromium.googlesource.com/chromium/src/+/main/google_apis/gcm/engine/mcs_client.cc
import { createServer, type TLSSocket } from 'node:tls'
import type { Certificate } from './certificate.ts'
import type { Mailboxes, Message } from './mailbox.ts'
import { decode, encode, type Field, readVarint, textIn, varint } from './protobuf.ts'

/** Each side says its version once, in one byte, before its first frame. */
const VERSION = 41
const TAG = { ping: 0, pingAck: 1, login: 2, loggedIn: 3, close: 4, iq: 7, data: 8 } as const

/** For whom a message is, in Chromium: who may send, the application, and the one of its parts. */
export type Address = { sender: string; app: string; subtype: string }

type Options = {
  certificate: Certificate
  mailboxes: Mailboxes
  /** Whether this is a device that checked in. */
  knows(device: string, token: string): boolean
  addressOf(message: Message): Address
  delivered(message: Message): void
  now: () => number
}

/** A TLS server that has not begun to listen. */
export function createMcsServer(options: Options) {
  return createServer({ key: options.certificate.key, cert: options.certificate.certificate }, (socket) => {
    serve(socket, options)
  })
}

function serve(socket: TLSSocket, { mailboxes, knows, addressOf, delivered, now }: Options): void {
  let unread = Buffer.alloc(0)
  let greeted = false
  let mailbox: ReturnType<Mailboxes['of']> | undefined
  /** How many frames were sent: the browser acknowledges by their count. */
  let sent = 0
  const unacknowledged: { frame: number; id: string }[] = []

  const write = (tag: number, ...fields: Field[]): void => {
    sent++
    const body = encode(...fields)
    socket.write(Buffer.concat([Buffer.from([tag]), varint(body.length), body]))
  }

  const send = (message: Message): void => {
    const { sender, app, subtype } = addressOf(message)
    const about = { subtype, ...(message.body.length > 0 && { 'content-encoding': 'aes128gcm' }) }
    write(
      TAG.data,
      [3, sender],
      [5, app],
      ...Object.entries(about).map(([key, value]): Field => [7, encode([1, key], [2, value])]),
      [9, message.id],
      [17, message.ttl],
      [18, Math.floor(message.at / 1000)],
      ...(message.body.length > 0 ? [[21, message.body] as Field] : []),
      // So that the browser says at once that it has it.
      [24, 1],
    )
    unacknowledged.push({ frame: sent, id: message.id })
  }

  const acknowledge = (id: string): void => {
    const message = mailbox?.acknowledge(id)
    if (message) delivered(message)
  }
  const acknowledgeUntil = (frame: number): void => {
    while (unacknowledged[0] && unacknowledged[0].frame <= frame) acknowledge(unacknowledged.shift()?.id ?? '')
  }

  function take(tag: number, body: Buffer): void {
    const fields = decode(body)
    if (tag === TAG.login) {
      const device = textIn(fields, 3)
      if (!knows(device, textIn(fields, 5))) throw new Error(`the device ${device} has not checked in`)
      socket.write(Buffer.from([VERSION]))
      write(TAG.loggedIn, [1, textIn(fields, 1)], [8, now()])
      mailbox = mailboxes.of(device)
      // What it got before, and could not acknowledge then.
      for (const id of fields.get(10) ?? []) acknowledge(String(id))
      mailbox.open(send)
    } else if (tag === TAG.ping) {
      acknowledgeUntil(Number(fields.get(2)?.[0] ?? 0))
      write(TAG.pingAck)
    } else if (tag === TAG.iq) {
      acknowledgeUntil(Number(fields.get(10)?.[0] ?? 0))
    }
  }

  /** Takes the frames that are all there: tag, length, message. */
  function read(data: Buffer): void {
    unread = Buffer.concat([unread, data])
    if (!greeted && unread.length > 0) {
      greeted = true
      unread = unread.subarray(1)
    }
    for (;;) {
      const length = readVarint(unread, 1)
      if (!length || unread.length < length.end + length.value) return
      const [tag = -1] = unread
      const body = unread.subarray(length.end, length.end + length.value)
      unread = unread.subarray(length.end + length.value)
      take(tag, body)
    }
  }

  socket.on('data', (data) => {
    try {
      read(data)
    } catch (error) {
      socket.destroy(error as Error)
    }
  })
  // A browser that is closed cuts its connection.
  socket.on('error', () => {})
  socket.on('close', () => mailbox?.close(send))
}
