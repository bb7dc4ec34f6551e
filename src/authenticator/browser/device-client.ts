// The phone's side of the device API. No page, no storage: it runs wherever `fetch` and WebCrypto do.
import type * as contract from '../../device-api/contract.ts'
import { DeviceRefusal, NoConnection } from './device-errors.ts'
import type { DeviceKey } from './device-key.ts'
import { makeProof } from './proof.ts'

/** `serverTime` is the server's clock (its `Date` header) in milliseconds: the phone's own may be hours off. */
export type Answer<T> = { body: T; serverTime: number | undefined }
export type BindingProof = { ticket: string } | { code: string }
export type DeviceClient = ReturnType<typeof createDeviceClient>

const REQUEST_LIMIT = 10_000

export function createDeviceClient(options: { origin: string; fetch: typeof globalThis.fetch }) {
  let nonce: string | undefined

  async function send(path: contract.DeviceApiPath, init: RequestInit): Promise<Response> {
    const limit = AbortSignal.timeout(REQUEST_LIMIT)
    const response = await options
      .fetch(options.origin + path, {
        ...init,
        signal: limit,
        cache: 'no-store',
        credentials: 'omit',
        redirect: 'error',
      })
      .catch(() => {
        throw new NoConnection()
      })
    nonce = response.headers.get('DPoP-Nonce') ?? nonce
    return response
  }

  async function freshNonce(): Promise<string> {
    const answer = await read<contract.NonceAnswer>(await send('/device/v1/nonce', {}))
    nonce = answer.body.nonce
    return nonce
  }

  async function attempt<T>(key: DeviceKey, path: contract.DeviceApiPath, body?: string): Promise<Answer<T>> {
    const method = body === undefined ? 'GET' : 'POST'
    const proven = { method, url: options.origin + path, nonce: nonce ?? (await freshNonce()) } as const
    const proof = await makeProof(key, body === undefined ? proven : { ...proven, body })
    if (body === undefined) return await read<T>(await send(path, { headers: { DPoP: proof } }))
    const headers = { DPoP: proof, 'Content-Type': 'application/json' }
    return await read<T>(await send(path, { method, headers, body }))
  }

  async function request<T>(key: DeviceKey, path: contract.DeviceApiPath, body?: unknown): Promise<Answer<T>> {
    const text = body === undefined ? undefined : JSON.stringify(body)
    try {
      return await attempt<T>(key, path, text)
    } catch (error) {
      if (!(error instanceof DeviceRefusal && error.problem.code === 'use-nonce')) throw error
      return await attempt<T>(key, path, text)
    }
  }

  return {
    bind: (key: DeviceKey, proof: BindingProof, device: contract.DeviceLabel) =>
      request<contract.BindAnswer>(key, '/device/v1/bind', { ...proof, device } satisfies contract.BindRequest),
    pending: (key: DeviceKey) => request<contract.PendingAnswer>(key, '/device/v1/pending'),
    decide: (key: DeviceKey, approval: string) =>
      request<contract.DecideAnswer>(key, '/device/v1/decide', { approval } satisfies contract.DecideRequest),
    /** How the service wakes this device now, and what it offers. */
    push: (key: DeviceKey) => request<contract.PushStanding>(key, '/device/v1/push'),
    setPush: (key: DeviceKey, push: contract.PushRequest) =>
      request<contract.PushStanding>(key, '/device/v1/push', push),
    testPush: (key: DeviceKey) => request<contract.PushTestAnswer>(key, '/device/v1/push-test', {}),
    remove: (key: DeviceKey) => request<contract.RemoveAnswer>(key, '/device/v1/remove', {}),
  }
}

async function read<T>(response: Response): Promise<Answer<T>> {
  // What is not JSON comes from something in between: a proxy, or the log-in page of a hotel's network.
  const body: unknown = await response.json().catch(() => {
    throw new NoConnection()
  })
  if (!response.ok) {
    const problem = body as contract.DeviceProblem | null
    if (typeof problem?.code !== 'string' || response.status === 503) throw new NoConnection()
    throw new DeviceRefusal(problem)
  }
  const date = Date.parse(response.headers.get('Date') ?? '')
  return { body: body as T, serverTime: Number.isNaN(date) ? undefined : date }
}
