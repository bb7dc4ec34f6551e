// Google's token endpoint and Firebase Cloud Messaging on loopback, over TLS, under Google's names. It judges what it gets as
// Google documents it, and can be told what to answer next. For tests only; it knows nothing of Countersign.
import 'reflect-metadata'
import { generateKeyPairSync, randomUUID, webcrypto } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { createServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { type ConnectionOptions, connect, type TLSSocket } from 'node:tls'
import * as x509 from '@peculiar/x509'
import { jwtVerify } from 'jose'

const HOSTS = ['fcm.googleapis.com', 'oauth2.googleapis.com']
const FCM_ERROR = 'type.googleapis.com/google.firebase.fcm.v1.FcmError'
const BAD_REQUEST = 'type.googleapis.com/google.rpc.BadRequest'

/** A message as FCM got it: https://firebase.google.com/docs/reference/fcm/rest/v1/projects.messages */
export type FcmMessage = {
  token: string
  data: Record<string, string>
  android: { priority: string; ttl: string; collapse_key: string }
  apns: { headers: Record<string, string>; payload: { aps: Record<string, unknown> } }
}

export type FakeAnswer = { status: number; headers?: Record<string, string>; body?: unknown }

const errorOf = (status: number, name: string, message: string, details: object[] = []): FakeAnswer => ({
  status,
  body: { error: { code: status, message, status: name, details } },
})
const fcmError = (errorCode: string): object => ({ '@type': FCM_ERROR, errorCode })

/** Answers as Google gives them: its documentation, and what people report of it. */
export const fcmAnswers = {
  unregistered: errorOf(404, 'NOT_FOUND', 'Requested entity was not found.', [fcmError('UNREGISTERED')]),
  senderIdMismatch: errorOf(403, 'PERMISSION_DENIED', 'SenderId mismatch', [fcmError('SENDER_ID_MISMATCH')]),
  invalidToken: errorOf(400, 'INVALID_ARGUMENT', 'The registration token is not a valid FCM registration token', [
    fcmError('INVALID_ARGUMENT'),
  ]),
  invalidTokenField: errorOf(400, 'INVALID_ARGUMENT', 'Request contains an invalid argument.', [
    fcmError('INVALID_ARGUMENT'),
    { '@type': BAD_REQUEST, fieldViolations: [{ field: 'message.token', description: 'Invalid registration token' }] },
  ]),
  tooBig: errorOf(400, 'INVALID_ARGUMENT', 'Android message is too big', [
    { '@type': BAD_REQUEST },
    fcmError('INVALID_ARGUMENT'),
  ]),
  invalidValue: errorOf(400, 'INVALID_ARGUMENT', "Invalid value at 'message.android.ttl'", [
    {
      '@type': BAD_REQUEST,
      fieldViolations: [{ field: 'message.android.ttl', description: 'Illegal duration format' }],
    },
    fcmError('INVALID_ARGUMENT'),
  ]),
  quotaExceeded: errorOf(429, 'RESOURCE_EXHAUSTED', 'Quota exceeded for quota metric', [fcmError('QUOTA_EXCEEDED')]),
  unavailable: errorOf(503, 'UNAVAILABLE', 'The service is currently unavailable.', [fcmError('UNAVAILABLE')]),
  internal: errorOf(500, 'INTERNAL', 'Internal error encountered.', [fcmError('INTERNAL')]),
  apns: errorOf(401, 'UNAUTHENTICATED', 'Auth error from APNS or Web Push Service', [
    fcmError('THIRD_PARTY_AUTH_ERROR'),
  ]),
  // These two are about the service account and its project, and say nothing of the token.
  noPermission: errorOf(403, 'PERMISSION_DENIED', "Permission 'cloudmessaging.messages.create' denied on resource"),
  noProject: errorOf(404, 'NOT_FOUND', 'Requested entity was not found.'),
} satisfies Record<string, FakeAnswer>

/** A request that gets no answer: when it is there, and when its connection was cut. */
export type Hanging = { arrived: Promise<void>; cut: Promise<void> }
type Step = { answer: FakeAnswer } | { hang: { arrived: () => void; cut: () => void } }

export type FakeFcm = Awaited<ReturnType<typeof startFakeFcm>>

export async function startFakeFcm() {
  const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
  const account = {
    type: 'service_account',
    project_id: 'countersign-test',
    private_key_id: 'k1',
    private_key: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
    client_email: 'sender@countersign-test.iam.gserviceaccount.com',
    client_id: '1',
    token_uri: 'https://oauth2.googleapis.com/token',
  }
  const messages: FcmMessage[] = []
  /** Every request, as `host path`. */
  const requests: string[] = []
  const tokens = new Set<string>()
  const next = { token: [] as Step[], send: [] as Step[] }
  let connections = 0

  async function issueToken(body: string): Promise<FakeAnswer> {
    const form = new URLSearchParams(body)
    try {
      if (form.get('grant_type') !== 'urn:ietf:params:oauth:grant-type:jwt-bearer') throw new Error('grant type')
      const { payload } = await jwtVerify(form.get('assertion') ?? '', publicKey, {
        algorithms: ['RS256'],
        issuer: account.client_email,
        audience: account.token_uri,
        maxTokenAge: '1h',
        requiredClaims: ['exp', 'iat'],
      })
      if (!String(payload.scope).split(' ').includes('https://www.googleapis.com/auth/firebase.messaging'))
        throw new Error('scope')
    } catch (error) {
      return { status: 400, body: { error: 'invalid_grant', error_description: (error as Error).message } }
    }
    const token = `ya29.${randomUUID()}`
    tokens.add(token)
    return { status: 200, body: { access_token: token, expires_in: 3599, token_type: 'Bearer' } }
  }

  function takeMessage(request: IncomingMessage, body: string): FakeAnswer {
    if (!tokens.has(/^Bearer (.+)$/.exec(request.headers.authorization ?? '')?.[1] ?? ''))
      return errorOf(401, 'UNAUTHENTICATED', 'Request had invalid authentication credentials.')
    const { message } = JSON.parse(body) as { message: FcmMessage }
    // 4096 bytes of keys and values: https://firebase.google.com/docs/reference/fcm/rest/v1/ErrorCode
    if (Object.entries(message.data).reduce((size, [key, value]) => size + Buffer.byteLength(key + value), 0) > 4096)
      return fcmAnswers.tooBig
    if (!/^\d+(\.\d{1,9})?s$/.test(message.android.ttl)) return fcmAnswers.invalidValue
    messages.push(message)
    return { status: 200, body: { name: `projects/${account.project_id}/messages/${messages.length}` } }
  }

  async function respond(request: IncomingMessage, response: ServerResponse): Promise<void> {
    let body = ''
    for await (const chunk of request) body += chunk
    const path = `${request.headers.host}${request.url}`
    requests.push(path)
    const isToken = path === 'oauth2.googleapis.com/token'
    const isSend = path === `fcm.googleapis.com/v1/projects/${account.project_id}/messages:send`
    if (request.method !== 'POST' || !(isToken || isSend)) return end(response, errorOf(404, 'NOT_FOUND', path))
    const step = next[isToken ? 'token' : 'send'].shift()
    if (step && 'hang' in step) {
      response.once('close', step.hang.cut)
      return step.hang.arrived()
    }
    end(response, step?.answer ?? (isToken ? await issueToken(body) : takeMessage(request, body)))
  }

  const { key, cert } = await makeCertificate()
  const server = createServer({ key, cert }, (request, response) => void respond(request, response))
  server.on('secureConnection', () => connections++)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo

  return {
    /** The service account whose key it believes, as Google hands it out. */
    account,
    port,
    messages,
    requests,
    connections: () => connections,

    /** Connects to it whoever wants Google, and checks its certificate against Google's names. Nobody else is reached. */
    dial({ host, ...options }: ConnectionOptions): TLSSocket {
      if (!HOSTS.includes(host ?? '')) throw new Error(`nobody dials ${host}`)
      return connect({ ...options, host: '127.0.0.1', port, servername: host!, ca: cert })
    },

    /** What the next message, or the next request for a token, gets instead of what it deserves. */
    answerNext(to: 'token' | 'send', ...answers: FakeAnswer[]): void {
      next[to].push(...answers.map((answer) => ({ answer })))
    },

    hangNext(to: 'token' | 'send'): Hanging {
      const arrived = Promise.withResolvers<void>()
      const cut = Promise.withResolvers<void>()
      next[to].push({ hang: { arrived: arrived.resolve, cut: cut.resolve } })
      return { arrived: arrived.promise, cut: cut.promise }
    },

    close(): Promise<void> {
      return new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      })
    },
  }
}

function end(response: ServerResponse, { status, headers, body }: FakeAnswer): void {
  response.writeHead(status, { 'content-type': 'application/json; charset=UTF-8', ...headers })
  response.end(typeof body === 'string' ? body : JSON.stringify(body ?? {}))
}

/** A certificate for Google's names that only this fake's own dial believes. */
async function makeCertificate(): Promise<{ key: string; cert: string }> {
  const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' }
  const keys = await webcrypto.subtle.generateKey(algorithm, true, ['sign', 'verify'])
  const now = Date.now()
  const certificate = await x509.X509CertificateGenerator.createSelfSigned(
    {
      name: 'CN=Fake Google',
      notBefore: new Date(now - 3_600_000),
      notAfter: new Date(now + 24 * 3_600_000),
      signingAlgorithm: algorithm,
      keys,
      extensions: [new x509.SubjectAlternativeNameExtension(HOSTS.map((value) => ({ type: 'dns', value })))],
    },
    webcrypto as unknown as Parameters<typeof x509.X509CertificateGenerator.createSelfSigned>[1],
  )
  const pkcs8 = Buffer.from(await webcrypto.subtle.exportKey('pkcs8', keys.privateKey)).toString('base64')
  return {
    key: `-----BEGIN PRIVATE KEY-----\n${pkcs8}\n-----END PRIVATE KEY-----\n`,
    cert: certificate.toString('pem'),
  }
}
