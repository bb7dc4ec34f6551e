// The least device API that a phone can talk to, for these tests: it holds every request to the contract.
import { createECDH, createHash, randomUUID } from 'node:crypto'
import express from 'express'
import { calculateJwkThumbprint, EmbeddedJWK, type JWK, jwtVerify } from 'jose'
import {
  type Account,
  ApprovalClaims,
  BindRequest,
  DecideRequest,
  type DeviceProblem,
  type PendingSignIn,
  ProofClaims,
  PublicKey,
  PushRequest,
  PushStanding,
  PushTestRequest,
} from '../../src/device-api/contract.ts'

type Asked = PendingSignIn & { until: number }
type Subscription = Exclude<PushRequest, { kind: 'none' }>
type Device = {
  account: Account
  status: 'pending' | 'active'
  pending: Asked[]
  removed?: boolean
  push?: Subscription | undefined
}
type Step = Partial<DeviceProblem> & { code: DeviceProblem['code'] }
export type FakeDeviceApi = ReturnType<typeof createFakeDeviceApi>

class Refused extends Error {
  readonly problem: DeviceProblem
  constructor(status: number, problem: Step) {
    super(problem.code)
    this.problem = { title: `Refused: ${problem.code}.`, status, ...problem }
  }
}

function state({ account, status, pending }: Device) {
  const open = pending.map(({ until, ...asked }) => ({ ...asked, millisecondsLeft: until - Date.now() }))
  return { account, status, pending: open.filter(({ millisecondsLeft }) => millisecondsLeft > 0) }
}

export function makeVapidKey(): string {
  return createECDH('prime256v1').generateKeys('base64url')
}

/** How a push service's address is told without saying it. */
export function addressDigest(endpoint: string): string {
  return createHash('sha256').update(endpoint).digest('base64url')
}

export function createFakeDeviceApi() {
  const devices = new Map<string, Device>()
  const tickets = new Map<string, { person: string; integrationName: string; usedBy?: string }>()
  const api = {
    origin: '',
    number: '493817',
    /** Drops every request to the device API without an answer, before or after it had its effect; or answers that it went wrong, without one. */
    down: 'no' as 'no' | 'before' | 'after' | 'faulty',
    nonce: 'nonce-1',
    triesLeft: 3,
    pollAfterMilliseconds: 300,
    next: undefined as Step | undefined,
    push: {
      kinds: ['web', 'fcm'] as ('web' | 'fcm')[],
      vapidPublicKey: makeVapidKey(),
      /** What becomes of a test push; a device without a subscription gets `not-subscribed`. */
      testResult: 'accepted' as 'accepted' | 'gone' | 'failed',
    },
    requests: [] as { path: string; body: string }[],
    decisions: [] as ApprovalClaims[],
    devices,
    allow(ticket: string, person: string, integrationName = 'Contoso') {
      tickets.set(ticket, { person, integrationName })
    },
    device(person: string): Device {
      return [...devices.values()].find(({ account }) => account.person === person)!
    },
    ask(person: string, more: Partial<PendingSignIn['shown']> = {}, millisecondsLeft = 90_000): Asked {
      const { account, pending } = api.device(person)
      const shown = {
        signInId: randomUUID(),
        promptNumber: 1,
        integrationId: account.integrationId,
        integrationName: account.integrationName,
        person,
        application: 'Payroll',
        address: '198.51.100.7',
        place: 'Vienna, Austria',
        browser: 'Chrome on Windows',
        requestedAt: new Date().toISOString(),
        ...more,
      }
      const asked = { shown, digits: 6, millisecondsLeft, until: Date.now() + millisecondsLeft }
      pending.push(asked)
      return asked
    },
    app: express(),
  }

  async function prove(request: express.Request): Promise<string> {
    const { payload, protectedHeader } = await jwtVerify(request.get('dpop') ?? '', EmbeddedJWK, { typ: 'dpop+jwt' })
    const claims = ProofClaims.parse(payload)
    const body = request.method === 'POST' ? createHash('sha256').update(request.body).digest('base64url') : undefined
    const fits = claims.htm === request.method && claims.htu === api.origin + request.originalUrl && claims.bod === body
    if (!fits) throw new Refused(401, { code: 'proof-refused' })
    if (claims.nonce !== api.nonce) throw new Refused(401, { code: 'use-nonce' })
    return await calculateJwkThumbprint(PublicKey.parse(protectedHeader.jwk) as JWK)
  }

  function known(thumbprint: string): Device {
    const device = devices.get(thumbprint)
    if (!device) throw new Refused(401, { code: 'device-unknown' })
    if (device.removed) throw new Refused(403, { code: 'device-removed', title: 'This phone was removed.' })
    return device
  }

  function bind(thumbprint: string, body: unknown) {
    const asked = BindRequest.parse(body)
    const ticket = tickets.get('ticket' in asked ? asked.ticket : asked.code)
    const taken = ticket?.usedBy !== undefined && ticket.usedBy !== thumbprint
    if (!ticket || taken) throw new Refused(404, { code: 'code-refused', title: 'This code cannot be used.' })
    if (!ticket.usedBy) {
      ticket.usedBy = thumbprint
      const { person, integrationName } = ticket
      const account = { deviceId: randomUUID(), integrationId: 'i1', integrationName, person }
      devices.set(thumbprint, { account, status: 'pending', pending: [] })
      api.ask(person)
    }
    return state(devices.get(thumbprint)!)
  }

  async function decide(thumbprint: string, request: express.Request) {
    const device = known(thumbprint)
    const { approval } = DecideRequest.parse(JSON.parse(request.body))
    const { protectedHeader: proof } = await jwtVerify(request.get('dpop')!, EmbeddedJWK)
    const { payload, protectedHeader } = await jwtVerify(approval, proof.jwk as JWK, {
      typ: 'countersign-approval+jwt',
    })
    if (protectedHeader.kid !== thumbprint) throw new Refused(401, { code: 'proof-refused' })
    const claims = ApprovalClaims.parse(payload)
    const waiting = device.pending.find(({ shown }) => shown.signInId === claims.shown.signInId)
    const repeated = api.decisions.find(({ shown }) => shown.signInId === claims.shown.signInId)
    if (!waiting && !repeated) throw new Refused(404, { code: 'nothing-to-decide' })
    if (waiting && JSON.stringify(waiting.shown) !== JSON.stringify(claims.shown)) throw new Error('not what was shown')
    if (claims.decision === 'approve' && claims.number !== api.number) {
      throw new Refused(422, { code: 'wrong-number', triesLeft: --api.triesLeft })
    }
    api.decisions.push(claims)
    device.pending = device.pending.filter((one) => one !== waiting)
    if (claims.decision === 'approve') device.status = 'active'
    return { outcome: { approve: 'approved', cancel: 'denied', 'not-me': 'reported' }[claims.decision] }
  }

  function standing({ push }: Device): PushStanding {
    const address = push && (push.kind === 'web' ? push.endpoint : push.token)
    const { kinds, vapidPublicKey } = api.push
    const digest = address === undefined ? null : addressDigest(address)
    return PushStanding.parse({ subscribed: push?.kind ?? 'none', addressDigest: digest, kinds, vapidPublicKey })
  }

  function setPush(device: Device, body: unknown): PushStanding {
    const asked = PushRequest.parse(body)
    if (device.status !== 'active') throw new Error('only an active device is woken')
    device.push = asked.kind === 'none' ? undefined : asked
    return standing(device)
  }

  function testPush(device: Device, body: unknown) {
    PushTestRequest.parse(body)
    if (!device.push) return { result: 'not-subscribed' }
    if (api.push.testResult === 'gone') device.push = undefined
    return { result: api.push.testResult }
  }

  async function answer(request: express.Request): Promise<unknown> {
    const { path } = request
    if (path === '/device/v1/nonce') return { nonce: api.nonce }
    const thumbprint = await prove(request)
    const isRead = path === '/device/v1/pending' || (path === '/device/v1/push' && request.method === 'GET')
    const step = isRead ? undefined : api.next
    if (step) {
      api.next = undefined
      throw new Refused(step.status ?? 409, step)
    }
    if (path === '/device/v1/bind') return bind(thumbprint, JSON.parse(request.body))
    if (path === '/device/v1/decide') return await decide(thumbprint, request)
    const device = known(thumbprint)
    if (path === '/device/v1/pending') return { ...state(device), pollAfterMilliseconds: api.pollAfterMilliseconds }
    if (path === '/device/v1/push') {
      return request.method === 'GET' ? standing(device) : setPush(device, JSON.parse(request.body))
    }
    if (path === '/device/v1/push-test') return testPush(device, JSON.parse(request.body))
    if (path !== '/device/v1/remove') throw new Refused(404, { code: 'request-malformed' })
    device.removed = true
    return { removed: true }
  }

  api.app.use('/device/v1', express.text({ type: 'application/json' }), async (request, response) => {
    if (api.down === 'before') return void request.socket.destroy()
    api.requests.push({ path: request.originalUrl, body: typeof request.body === 'string' ? request.body : '' })
    if (api.down === 'faulty') {
      const fault: DeviceProblem = { title: 'Something went wrong.', status: 500, code: 'internal', reference: 'f00d' }
      return void response.status(500).json(fault)
    }
    const plain = Object.create(request, { path: { value: request.originalUrl } })
    const told = await answer(plain).catch((error) => error)
    if (api.down === 'after') return void request.socket.destroy()
    response.set({ 'DPoP-Nonce': api.nonce, 'Cache-Control': 'no-store' })
    if (told instanceof Refused) response.status(told.problem.status).json(told.problem)
    else if (told instanceof Error)
      response.status(400).json({ title: String(told), status: 400, code: 'request-malformed' })
    else response.json(told)
  })
  return api
}
