// A reference client of the device API, in one file: what a phone has to do, and nothing else. TEST USAGE ONLY.
import { createHash, randomUUID, webcrypto } from 'node:crypto'
import { calculateJwkThumbprint, exportJWK, SignJWT } from 'jose'

type Jwk = { kty: string; crv: string; x: string; y: string }
export type Shown = Record<string, unknown> & { signInId: string; promptNumber: number; person: string }
export type Pending = { shown: Shown; digits: number; millisecondsLeft: number }
// What a test expects of an answer, it says itself.
// biome-ignore lint/suspicious/noExplicitAny: answers differ in shape
export type PhoneAnswer = { status: number; body: any; headers: Headers }

export type Phone = Awaited<ReturnType<typeof createPhone>>

export type PushAddress =
  | { kind: 'web'; endpoint: string; keys: { p256dh: string; auth: string } }
  | { kind: 'fcm'; token: string }
  | { kind: 'none' }

type Options = {
  /** The public URL of the service. */
  url: string
  /** How wrong this phone's clock is, in milliseconds. */
  clockError?: number
  fetch?: typeof fetch
}

/** A phone with one key of its own. */
export async function createPhone({ url, clockError = 0, fetch: send = fetch }: Options) {
  const keys = await webcrypto.subtle.generateKey({ name: 'ECDSA', namedCurve: 'P-256' }, false, ['sign', 'verify'])
  const { kty, crv, x, y } = (await exportJWK(keys.publicKey)) as Jwk
  const jwk = { kty, crv, x, y }
  const thumbprint = await calculateJwkThumbprint(jwk)
  const time = (): number => Date.now() + clockError
  let nonce = ''

  /** RFC 9449 section 4.2, with a nonce and a digest of the body. */
  const prove = (method: string, path: string, body: string | undefined, changes: object = {}): Promise<string> =>
    new SignJWT({
      jti: randomUUID(),
      htm: method,
      htu: `${url}${path}`,
      nonce,
      ...(body !== undefined && { bod: createHash('sha256').update(body).digest('base64url') }),
      ...changes,
    })
      .setIssuedAt(Math.floor(time() / 1000))
      .setProtectedHeader({ alg: 'ES256', typ: 'dpop+jwt', jwk })
      .sign(keys.privateKey)

  async function sendOnce(method: string, path: string, body: string | undefined, proof: string): Promise<PhoneAnswer> {
    const headers: Record<string, string> = { DPoP: proof, accept: 'application/json' }
    if (body !== undefined) headers['content-type'] = 'application/json'
    const response = await send(`${url}${path}`, { method, headers, ...(body !== undefined && { body }) })
    nonce = response.headers.get('DPoP-Nonce') ?? nonce
    const text = await response.text()
    return { status: response.status, body: text === '' ? null : JSON.parse(text), headers: response.headers }
  }

  /** One request, repeated once with the newest nonce when the server asks for that. */
  async function request(method: 'GET' | 'POST', path: string, content?: object): Promise<PhoneAnswer> {
    const body = content === undefined ? undefined : JSON.stringify(content)
    const first = await sendOnce(method, path, body, await prove(method, path, body))
    return first.body?.code === 'use-nonce' ? sendOnce(method, path, body, await prove(method, path, body)) : first
  }

  /** A compact JWS over exactly what was shown. */
  const sign = (shown: object, decision: string, number?: string): Promise<string> =>
    new SignJWT({
      shown,
      decision,
      deviceTime: new Date(time()).toISOString(),
      ...(number !== undefined && { number }),
    })
      .setProtectedHeader({ alg: 'ES256', typ: 'countersign-approval+jwt', kid: thumbprint })
      .sign(keys.privateKey)

  const decide = async (pending: Pending, decision: string, number?: string): Promise<PhoneAnswer> =>
    request('POST', '/device/v1/decide', { approval: await sign(pending.shown, decision, number) })

  return {
    jwk,
    thumbprint,
    privateKey: keys.privateKey,
    request,
    prove,
    sendOnce,
    sign,
    /** The nonce that the next proof will carry. */
    nonce: () => nonce,
    /** Fetches a nonce without any proof. */
    async fetchNonce(): Promise<string> {
      const response = await send(`${url}/device/v1/nonce`)
      nonce = ((await response.json()) as { nonce: string }).nonce
      return nonce
    },
    bind: (by: { ticket: string } | { code: string }, device = { name: 'Test phone', platform: 'Phone simulator' }) =>
      request('POST', '/device/v1/bind', { ...by, device }),
    pending: () => request('GET', '/device/v1/pending'),
    approve: (pending: Pending, number: string) => decide(pending, 'approve', number),
    cancel: (pending: Pending) => decide(pending, 'cancel'),
    notMe: (pending: Pending) => decide(pending, 'not-me'),
    remove: () => request('POST', '/device/v1/remove', {}),
    /** How this phone is woken now. */
    push: () => request('GET', '/device/v1/push'),
    /** Where to wake it from now on. */
    subscribe: (to: PushAddress) => request('POST', '/device/v1/push', to),
    testPush: () => request('POST', '/device/v1/push-test', {}),
  }
}
