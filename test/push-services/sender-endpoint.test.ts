// What a sender meets at either service, with a browser’s part played by the test.

import { generateKeyPairSync, randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { type RequestOptions, request } from 'node:https'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { SignJWT } from 'jose'
import webPush from 'web-push'
import WebSocket from 'ws'
import { type PushServices, startPushServices } from './push-browsers.ts'

const DAY = 24 * 3600
const keys = webPush.generateVAPIDKeys()
const other = webPush.generateVAPIDKeys()

/** A signing key as jose wants it, of one that web-push made. */
function jwkOf({ publicKey, privateKey }: typeof keys) {
  const point = Buffer.from(publicKey, 'base64url')
  const part = (from: number, to?: number): string => point.subarray(from, to).toString('base64url')
  return { kty: 'EC', crv: 'P-256', x: part(1, 33), y: part(33), d: privateKey }
}

const now = (): number => Math.floor(Date.now() / 1000)

type Token = { by?: typeof keys; k?: string; claims?: Record<string, unknown> }

async function vapid({ by = keys, k = by.publicKey, claims = {} }: Token = {}): Promise<string> {
  const token = await new SignJWT({
    aud: 'https://push.services.example',
    exp: now() + 3600,
    sub: 'mailto:ada@example.com',
    ...claims,
  })
    .setProtectedHeader({ typ: 'JWT', alg: 'ES256' })
    .sign(jwkOf(by))
  return `vapid t=${token}, k=${k}`
}

describe('the endpoint for senders', () => {
  let services: PushServices
  let endpoint: string
  let firefox: WebSocket

  beforeAll(async () => {
    services = await startPushServices()
    const url = services.autopush.firefoxPreferences['dom.push.serverURL'] as string
    firefox = new WebSocket(url, 'push-notification')
    await once(firefox, 'open')
    await ask({ messageType: 'hello', uaid: '', use_webpush: true })
    endpoint = await subscribe()
  })
  afterAll(() => services.close())

  async function ask(message: object): Promise<Record<string, unknown>> {
    const answered = once(firefox, 'message')
    firefox.send(JSON.stringify(message))
    const [data] = await answered
    return JSON.parse(String(data))
  }

  const subscribe = async (key: string | undefined = keys.publicKey): Promise<string> => {
    const { pushEndpoint } = await ask({ messageType: 'register', channelID: randomUUID(), key })
    return String(pushEndpoint)
  }

  type Answer = { status: number; headers: Record<string, unknown>; text: string }

  /** A valid push of nothing but the wake-up, but for what a test changes. */
  async function push(changes: RequestOptions & { to?: string; body?: Buffer } = {}): Promise<Answer> {
    const { to = endpoint, body, ...options } = changes
    const headers = { ttl: '60', authorization: await vapid(), ...options.headers }
    return new Promise((resolve, reject) => {
      const asked = request(
        to,
        { method: 'POST', agent: services.network.agent, ...options, headers },
        async (answer) => {
          const text = Buffer.concat(await answer.toArray()).toString()
          resolve({ status: answer.statusCode ?? 0, headers: answer.headers, text })
        },
      )
      asked.on('error', reject)
      asked.end(body)
    })
  }

  const statusOf = async (changes: Parameters<typeof push>[0]): Promise<number> => (await push(changes)).status

  test('takes a message, says where it is, and hands it to the browser', async () => {
    const notified = once(firefox, 'message')
    const body = Buffer.alloc(4096, 1)
    const { status, headers } = await push({ body, headers: { 'content-encoding': 'aes128gcm', urgency: 'low' } })
    expect(status).toBe(201)
    expect(headers.location).toMatch(/^https:\/\/push\.services\.example\/message\//)
    const notification = JSON.parse(String((await notified)[0]))
    expect(notification).toMatchObject({ messageType: 'notification', headers: { encoding: 'aes128gcm' } })
    expect(Buffer.from(notification.data, 'base64url')).toEqual(body)
    const updates = [{ version: notification.version, code: 100 }]
    firefox.send(JSON.stringify({ messageType: 'ack', updates }))
    expect((await services.autopush.delivered.next()).body).toEqual(body)
  })

  test('refuses what is not a push of the Web Push protocol', async () => {
    const coded = { 'content-encoding': 'aes128gcm' }
    expect(await statusOf({ method: 'GET' })).toBe(405)
    expect(await statusOf({ headers: { ttl: 'soon' } })).toBe(400)
    expect(await statusOf({ headers: { urgency: 'at once' } })).toBe(400)
    expect(await statusOf({ headers: { topic: 'a topic' } })).toBe(400)
    expect(await statusOf({ headers: { topic: 't'.repeat(33) } })).toBe(400)
    expect(await statusOf({ body: Buffer.alloc(4097), headers: coded })).toBe(413)
    expect(await statusOf({ body: Buffer.alloc(10), headers: { 'content-encoding': 'aesgcm' } })).toBe(415)
    expect(await statusOf({ headers: { host: 'jmt17.google.com' } })).toBe(421)
    expect(await statusOf({ to: `https://push.services.example/wpush/v2/${randomUUID()}` })).toBe(404)
  })

  test('refuses a message without a TTL', async () => {
    const refused = services.autopush.received.next(({ why }) => why.includes('TTL'))
    expect(await statusOf({ headers: { ttl: '' } })).toBe(400)
    expect(await refused).toMatchObject({ endpoint, ttl: null, status: 400 })
  })

  test.each<[string, Token]>([
    ['another key', { by: other }],
    ['the right key beside another’s signature', { by: other, k: keys.publicKey }],
    ['a token for another service', { claims: { aud: 'https://fcm.googleapis.com' } }],
    ['a token for nobody', { claims: { aud: undefined } }],
    ['an expired token', { claims: { exp: now() - 1 } }],
    ['a token that never expires', { claims: { exp: undefined } }],
    ['a token that lives longer than a day', { claims: { exp: now() + DAY + 60 } }],
    ['a token with no subject', { claims: { sub: undefined } }],
    ['a subject that nobody can write to', { claims: { sub: 'ada' } }],
    ['a key that is none', { k: 'AAAA' }],
  ])('refuses %s', async (_what, token) => {
    expect(await statusOf({ headers: { authorization: await vapid(token) } })).toBe(403)
  })

  test('refuses another scheme and another algorithm, and asks for a sender that names itself', async () => {
    const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'secp384r1' })
    const claims = { aud: 'https://push.services.example', exp: now() + 60, sub: 'mailto:ada@example.com' }
    const signed = await new SignJWT(claims).setProtectedHeader({ alg: 'ES384' }).sign(privateKey)
    expect(await statusOf({ headers: { authorization: `vapid t=${signed}, k=${keys.publicKey}` } })).toBe(403)
    expect(await statusOf({ headers: { authorization: 'Bearer abc' } })).toBe(403)
    const agent = services.network.agent
    await expect(
      new Promise((resolve, reject) => {
        const asked = request(endpoint, { method: 'POST', agent, headers: { ttl: '60' } }, ({ statusCode }) =>
          resolve(statusCode),
        )
        asked.on('error', reject)
        asked.end()
      }),
    ).resolves.toBe(401)
  })

  test('takes a message from anybody for a subscription that was made for anybody', async () => {
    const { pushEndpoint } = await ask({ messageType: 'register', channelID: randomUUID() })
    const notified = once(firefox, 'message')
    expect(await statusOf({ to: String(pushEndpoint), headers: { authorization: await vapid({ by: other }) } })).toBe(
      201,
    )
    await notified
  })

  test('a subscription that the service retired is gone', async () => {
    const retired = await subscribe()
    services.autopush.retire(retired)
    expect(await statusOf({ to: retired })).toBe(410)
    expect(() => services.autopush.retire('https://push.services.example/wpush/v2/none')).toThrow('never')
  })

  test('answers as a test wants it, once each', async () => {
    const { autopush } = services
    autopush.answerNext({ status: 429, headers: { 'retry-after': '120' } })
    autopush.answerNext({ status: 307, headers: { location: 'https://elsewhere.example/' }, body: 'over there' })
    expect(await push()).toMatchObject({ status: 429, headers: { 'retry-after': '120' } })
    expect(await push()).toMatchObject({
      status: 307,
      headers: { location: 'https://elsewhere.example/' },
      text: 'over there',
    })
    const notified = once(firefox, 'message')
    expect(await statusOf({})).toBe(201)
    await notified
  })

  test('or does not answer, and tells when the sender gave up', async () => {
    const { autopush } = services
    autopush.answerNext('hang')
    const giveUp = new AbortController()
    const pushed = push({ signal: giveUp.signal })
    const { closed, status } = await autopush.received.next((received) => received.status === null)
    expect(status).toBeNull()
    giveUp.abort()
    await expect(pushed).rejects.toThrow('aborted')
    await closed
    autopush.answerNext('cut')
    await expect(push()).rejects.toMatchObject({ code: 'ECONNRESET' })
  })
})

describe('the network', () => {
  test('knows the hosts of the services and no others, and reaches only what it resolved', async () => {
    const services = await startPushServices()
    const { lookup, dial, dialled } = services.network
    const [found] = await lookup('fcm.googleapis.com')
    expect(await lookup('jmt17.google.com')).toEqual([found])
    await expect(lookup('localhost')).rejects.toMatchObject({ code: 'ENOTFOUND' })

    const trusted = dial({ host: found?.address ?? '', port: 443, servername: 'fcm.googleapis.com' })
    await once(trusted, 'secureConnect')
    trusted.destroy()
    const [misnamed] = await once(dial({ host: found?.address ?? '', port: 443, servername: 'example.com' }), 'error')
    expect(misnamed.code).toBe('ERR_TLS_CERT_ALTNAME_INVALID')
    const [elsewhere] = await once(dial({ host: '127.0.0.1', port: services.gcm.port }), 'error')
    expect(elsewhere.code).toBe('ENETUNREACH')
    const careless = { host: found?.address ?? '', port: 443, rejectUnauthorized: false }
    expect(() => dial(careless)).toThrow('must know whom')
    expect(dialled).toEqual([`${found?.address}:443`, `${found?.address}:443`, `127.0.0.1:${services.gcm.port}`])
    await services.close()
  })
})
