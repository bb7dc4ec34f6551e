// The phone's door: JSON, every request but the one for a nonce carries a proof. It cannot reach the signing keys.
import express, { type Request, type Response, type Router } from 'express'
import { z } from 'zod'
import type { Clock } from '../base/clock.ts'
import { isRefusal, type Refusal, refuse } from '../base/refusal.ts'
import { verifyApproval } from '../devices/approval.ts'
import type { Devices } from '../devices/devices.ts'
import type { Nonces } from '../devices/nonce.ts'
import type { createProofVerifier, ProvenRequest } from '../devices/proof.ts'
import { refusalOf } from '../http/errors.ts'
import { noStore } from '../http/headers.ts'
import { eventOf } from '../http/request-event.ts'
import { visitorOf } from '../http/visitor.ts'
import type { Push } from '../push/push.ts'
import type { Caller, SignedDecision } from '../signin/decide.ts'
import type { BindBy } from '../signin/enrol.ts'
import type { SignIn } from '../signin/sign-in.ts'
import type { SignIns } from '../signin/sign-ins.ts'
import { shownOf } from '../signin/transaction.ts'
import {
  type Account,
  ApprovalClaims,
  type BindAnswer,
  BindRequest,
  type DecideAnswer,
  DecideRequest,
  type DeviceApiPath,
  type PendingAnswer,
  type PendingSignIn,
  type RemoveAnswer,
  RemoveRequest,
} from './contract.ts'
import { sendProblem } from './problems.ts'
import { addPushRoutes } from './push-routes.ts'
import type { TypedCodes } from './typed-codes.ts'

/** Reads and proves a request, parses its body, and answers what `act` gives: a value, or a refusal as a problem. */
export type Proven = <B>(
  schema: z.ZodType<B>,
  act: (body: B, by: ProvenRequest, request: Request, response: Response) => Promise<unknown>,
) => express.RequestHandler

export type DeviceApiDeps = {
  signIns: SignIns
  devices: Devices
  push: Push
  verifyProof: ReturnType<typeof createProofVerifier>
  nonces: Nonces
  typedCodes: TypedCodes
  clock: Clock
  publicUrl: string
  /** What the administrator calls an integration now. */
  integrationName: (id: string) => Promise<string | undefined>
  isStopping: () => boolean
}

/** An open app asks this often. Push wakes the rest. */
const POLL_AFTER = 2000
const LARGEST_BODY = '64kb'

export function createDeviceApi(deps: DeviceApiDeps): Router {
  const { signIns, devices, push, verifyProof, nonces, clock, publicUrl } = deps
  const router = express.Router({ caseSensitive: true, strict: true })
  const readJson = express.raw({ type: 'application/json', limit: LARGEST_BODY })

  const proven: Proven = (schema, act) => {
    return async (request, response) => {
      response.set('DPoP-Nonce', nonces.issue())
      const answered = await prove(request, schema, (body, by) => act(body, by, request, response))
      if (isRefusal(answered)) return sendProblem(response, answered)
      response.json(answered)
    }
  }

  async function prove<B>(
    request: Request,
    schema: z.ZodType<B>,
    act: (body: B, by: ProvenRequest) => Promise<unknown>,
  ): Promise<unknown | Refusal> {
    if (deps.isStopping()) return refuse('service.stopping', 'the service is stopping')
    const writes = request.method === 'POST'
    if (writes && !Buffer.isBuffer(request.body)) return refuse('http.content-type', 'body is not application/json')
    const proof = request.headers.dpop
    const by = await verifyProof({
      proof: typeof proof === 'string' ? proof : undefined,
      method: request.method,
      url: `${publicUrl}${request.path}`,
      body: writes ? request.body : null,
    })
    if (isRefusal(by)) return by
    const body = schema.safeParse(writes ? parseJson(request.body) : undefined)
    if (!body.success)
      return refuse('device.request', `body: ${body.error.issues[0]?.path.join('.') || 'not as described'}`)
    return act(body.data, by)
  }

  const pendingOf = (signIn: SignIn): PendingSignIn => ({
    shown: shownOf(signIn),
    digits: signIn.digitCount,
    millisecondsLeft: Math.max(0, (signIn.prompt?.expiresAt ?? 0) - clock.now()),
  })

  async function accountOf(caller: Caller): Promise<Account> {
    if (caller.status === 'pending') return accountOfSignIn(caller.signIn, caller.deviceId)
    const { device } = caller
    const integrationName = (await deps.integrationName(device.integrationId)) ?? 'No longer connected'
    return { deviceId: device.id, integrationId: device.integrationId, integrationName, person: device.person }
  }

  const path = (of: DeviceApiPath): string => of
  router.use('/device/v1', noStore, (request, _response, next) => {
    // Programs talk here: whatever goes wrong, they get problem+json.
    request.headers.accept = 'application/problem+json'
    next()
  })

  router.get(path('/device/v1/nonce'), (_request, response) => {
    const nonce = nonces.issue()
    response.set('DPoP-Nonce', nonce).json({ nonce })
  })

  router.post(
    path('/device/v1/bind'),
    readJson,
    proven(
      BindRequest,
      async (
        { device, ...by },
        { thumbprint, publicKey, remember },
        request,
        response,
      ): Promise<BindAnswer | Refusal> => {
        const { address } = visitorOf(request)
        const isTyped = 'code' in by
        const allowed = isTyped ? deps.typedCodes.allow(address) : true
        if (isRefusal(allowed)) return allowed
        if (!(await signIns.hasTicket(by as BindBy))) {
          const tooMany = isTyped ? await deps.typedCodes.wrong(address) : undefined
          return tooMany ?? refuse('code.refused', 'no sign-in has this ticket')
        }
        const once = await remember()
        if (isRefusal(once)) return once
        const signIn = await signIns.bind({
          by: by as BindBy,
          thumbprint,
          publicKey,
          ...device,
          address,
        })
        if (isRefusal(signIn)) return signIn
        const { id: signInId, integrationId, clientRequestId } = signIn
        Object.assign(eventOf(response), { signInId, integrationId, ...(clientRequestId && { clientRequestId }) })
        const deviceId = signIn.pendingDevice?.id ?? ''
        const pending = (await signIns.pendingFor({ status: 'pending', deviceId, signIn })).map(pendingOf)
        return { account: accountOfSignIn(signIn, deviceId), status: 'pending', pending }
      },
    ),
  )

  router.get(
    path('/device/v1/pending'),
    proven(z.undefined(), async (_body, { thumbprint }): Promise<PendingAnswer | Refusal> => {
      const caller = await signIns.identify(thumbprint)
      if (isRefusal(caller)) return caller
      const pending = (await signIns.pendingFor(caller)).map(pendingOf)
      return { account: await accountOf(caller), status: caller.status, pending, pollAfterMilliseconds: POLL_AFTER }
    }),
  )

  router.post(
    path('/device/v1/decide'),
    readJson,
    proven(DecideRequest, async ({ approval }, proof, _request, response): Promise<DecideAnswer | Refusal> => {
      const caller = await signIns.identify(proof.thumbprint, 'even-ended')
      if (isRefusal(caller)) return caller
      const claims = await claimsOf(approval, proof)
      if (isRefusal(claims)) {
        // What came of a request does not matter: its proof is used by it.
        const once = await proof.remember()
        return isRefusal(once) ? once : claims
      }
      const event = eventOf(response)
      event.signInId = claims.shown.signInId
      const outcome = await signIns.decide(caller, { approval, claims, proof })
      if (isRefusal(outcome)) return outcome
      event.outcome = outcome
      return { outcome }
    }),
  )

  router.post(
    path('/device/v1/remove'),
    readJson,
    proven(RemoveRequest, async (_body, { thumbprint, remember }): Promise<RemoveAnswer | Refusal> => {
      const caller = await signIns.identify(thumbprint)
      // A device that is gone already is as removed as its person wants it.
      if (isRefusal(caller)) return { removed: true }
      const once = await remember()
      if (isRefusal(once)) return once
      if (caller.status === 'active') await devices.revoke(caller.device, 'person', 'removed on the device')
      // A pending one goes with the sign-in that it is part of.
      else if (isRefusal(await signIns.cancel(caller.signIn.id))) {
        // Decided meanwhile: it may be an active one by now.
        const now = await signIns.identify(thumbprint)
        if (!isRefusal(now) && now.status === 'active')
          await devices.revoke(now.device, 'person', 'removed on the device')
      }
      return { removed: true }
    }),
  )

  addPushRoutes(router, { proven, readJson, signIns, push, accountOf })

  const onlyBy =
    (method: string): express.RequestHandler =>
    (request, response) => {
      response.set('Allow', method)
      sendProblem(response, refuse('http.method', `${request.method} is not allowed`))
    }
  router.all('/device/v1/push', onlyBy('GET, POST'))
  for (const read of ['nonce', 'pending']) router.all(`/device/v1/${read}`, onlyBy('GET'))
  for (const write of ['bind', 'decide', 'remove', 'push-test']) router.all(`/device/v1/${write}`, onlyBy('POST'))
  router.use('/device/v1', (_request, response) => sendProblem(response, refuse('http.not-found', 'no route')))
  router.use('/device/v1', (error: unknown, _request: Request, response: Response, next: (error: unknown) => void) => {
    const refusal = refusalOf(error)
    if (refusal) sendProblem(response, refusal)
    else next(error)
  })
  return router
}

const accountOfSignIn = ({ integrationId, integrationName, person }: SignIn, deviceId: string): Account => ({
  deviceId,
  integrationId,
  integrationName,
  person,
})

async function claimsOf(approval: string, by: ProvenRequest): Promise<SignedDecision['claims'] | Refusal> {
  const payload = await verifyApproval(approval, by)
  if (isRefusal(payload)) return payload
  const { success, data, error } = ApprovalClaims.safeParse(payload)
  return success ? data : refuse('device.request', `approval: ${error.issues[0]?.path.join('.') || 'not as described'}`)
}

function parseJson(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString('utf8'))
  } catch {
    return undefined
  }
}
