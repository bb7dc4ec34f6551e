// Google’s side of Chromium, with Chromium’s part played by the test: what a real one does only after long waits, or never.

import { once } from 'node:events'
import { connect, type TLSSocket } from 'node:tls'
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import webPush from 'web-push'
import { type Certificate, makeCertificate } from './certificate.ts'
import { createDial } from './dial.ts'
import { GCM_HOSTS, type Gcm, startGcm } from './gcm.ts'
import { createJournal } from './journal.ts'
import { decode, encode, type Field, readVarint, textIn, varint } from './protobuf.ts'

const keys = webPush.generateVAPIDKeys()
let certificate: Certificate
let gcm: Gcm

beforeAll(async () => {
  certificate = await makeCertificate(GCM_HOSTS)
  gcm = await startGcm({ certificate })
})
afterAll(() => gcm.close())

const flag = (name: string): string =>
  gcm.chromiumFlags.find((one) => one.startsWith(`--${name}=`))?.slice(name.length + 3) ?? ''

type Device = { name: string; secret: string }

async function checkIn(): Promise<Device> {
  const response = await fetch(flag('gcm-checkin-url'), { method: 'POST' })
  const fields = decode(Buffer.from(await response.arrayBuffer()))
  const number = (field: number): string => {
    const [eight] = fields.get(field) ?? []
    return String((eight as Buffer).readBigUInt64LE())
  }
  return { name: number(7), secret: number(8) }
}

async function register({ name, secret }: Device, changes: Record<string, string> = {}): Promise<string> {
  const response = await fetch(flag('gcm-registration-url'), {
    method: 'POST',
    headers: { authorization: `AidLogin ${name}:${secret}` },
    body: new URLSearchParams({ app: 'chromium', device: name, sender: keys.publicKey, appid: 'instance', ...changes }),
  })
  return response.text()
}

/** Connects as a device, and gives the frames that come. */
async function logIn({ name, secret }: Device, received: string[] = []): Promise<Connected> {
  const { hostname, port } = new URL(flag('gcm-mcs-endpoint'))
  const socket = connect({ host: hostname, port: Number(port), ca: certificate.ca })
  const frames = createJournal<Frame>('a frame of the connection server')
  let unread = Buffer.alloc(0)
  let greeted = false
  socket.on('data', (data) => {
    unread = Buffer.concat([unread, data])
    if (!greeted) unread = unread.subarray(1)
    greeted = true
    for (let length = readVarint(unread, 1); length && unread.length >= length.end + length.value; ) {
      const end = length.end + length.value
      frames.add({ tag: unread[0] ?? -1, fields: decode(unread.subarray(length.end, end)) })
      unread = unread.subarray(end)
      length = readVarint(unread, 1)
    }
  })
  const write = (tag: number, ...fields: Field[]): void => {
    const body = encode(...fields)
    socket.write(Buffer.concat([Buffer.from([tag]), varint(body.length), body]))
  }
  socket.write(Buffer.from([41]))
  write(2, [1, 'login'], [3, name], [5, secret], ...received.map((id): Field => [10, id]))
  return { socket, frames: frames.next, write }
}

type Frame = { tag: number; fields: Map<number, (number | Buffer)[]> }
type Connected = { socket: TLSSocket; frames(): Promise<Frame>; write(tag: number, ...fields: Field[]): void }

const send = (token: string, topic?: string) =>
  webPush.sendNotification(
    { endpoint: `https://fcm.googleapis.com/fcm/send/${token}`, keys: { p256dh: '', auth: '' } },
    null,
    {
      vapidDetails: { subject: 'mailto:ada@example.com', ...keys },
      agent: createDial([gcm], certificate).agent,
      ...(topic && { topic }),
    },
  )

test('a message is sent again until it was acknowledged, on the connection or at the next login', async () => {
  const device = await checkIn()
  const token = (await register(device)).replace('token=', '')
  const first = await logIn(device)
  expect((await first.frames()).tag).toBe(3)
  await send(token)
  const message = await first.frames()
  expect(message.tag).toBe(8)
  expect(textIn(message.fields, 3)).toBe(keys.publicKey)
  expect(textIn(message.fields, 5)).toBe('chromium')
  first.socket.destroy()

  const second = await logIn(device)
  expect((await second.frames()).tag).toBe(3)
  const again = await second.frames()
  const id = textIn(again.fields, 9)
  expect(id).toBe(textIn(message.fields, 9))
  second.socket.destroy()

  const third = await logIn(device, [id])
  expect((await gcm.delivered.next()).id).toBe(id)
  expect((await third.frames()).tag).toBe(3)
  await send(token)
  const newest = await third.frames()
  expect(textIn(newest.fields, 9)).not.toBe(id)
  // A stream acknowledgement: of this connection two frames were received.
  third.write(7, [2, 1], [3, ''], [10, 2])
  expect((await gcm.delivered.next()).id).toBe(textIn(newest.fields, 9))
  third.write(0)
  expect((await third.frames()).tag).toBe(1)
  third.socket.destroy()
})

test('a device that did not check in can neither register nor log in', async () => {
  const { name } = await checkIn()
  expect(await register({ name, secret: '1' })).toBe('Error=PHONE_REGISTRATION_ERROR')
  expect(await register({ name: '1', secret: '1' })).toBe('Error=PHONE_REGISTRATION_ERROR')
  const { socket } = await logIn({ name, secret: '1' })
  await once(socket, 'close')
})

test('a deleted registration is gone, and that of another key is not', async () => {
  const device = await checkIn()
  const mine = (await register(device)).replace('token=', '')
  const others = webPush.generateVAPIDKeys()
  await register(device, { sender: others.publicKey, delete: 'true' })
  expect((await send(mine)).statusCode).toBe(201)
  await register(device, { sender: '*', delete: 'true' })
  await expect(send(mine)).rejects.toMatchObject({ statusCode: 410 })
})
