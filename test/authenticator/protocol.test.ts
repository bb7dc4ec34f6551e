import { createHash } from 'node:crypto'
import { describe, expect, test } from '@jest/globals'
import { calculateJwkThumbprint, EmbeddedJWK, importJWK, jwtVerify } from 'jose'
import { signApproval } from '../../src/authenticator/browser/approval.ts'
import { createDeviceClient } from '../../src/authenticator/browser/device-client.ts'
import { DeviceRefusal, NoConnection } from '../../src/authenticator/browser/device-errors.ts'
import { makeDeviceKey } from '../../src/authenticator/browser/device-key.ts'
import { makeProof } from '../../src/authenticator/browser/proof.ts'
import {
  ApprovalClaims,
  type DeviceProblem,
  ProofClaims,
  PublicKey,
  type Shown,
} from '../../src/device-api/contract.ts'

const ORIGIN = 'https://mfa.example'
const SHOWN: Shown = {
  signInId: 's1',
  promptNumber: 1,
  integrationId: 'i1',
  integrationName: 'Contoso',
  person: 'ada@contoso.example',
  application: null,
  address: '198.51.100.7',
  place: null,
  browser: 'Chrome on Windows',
  requestedAt: '2026-11-23T09:00:00.000Z',
}

describe('the device key', () => {
  test('cannot be exported, and its public half is exactly what the contract takes', async () => {
    const key = await makeDeviceKey()
    expect(key.privateKey.extractable).toBe(false)
    await expect(crypto.subtle.exportKey('jwk', key.privateKey)).rejects.toThrow()
    expect(PublicKey.parse(key.publicKey)).toEqual(key.publicKey)
  })
})

describe('the proof', () => {
  test('binds method, address, nonce and body, and carries its key', async () => {
    const key = await makeDeviceKey()
    const body = '{"name":"Ünïcode"}'
    const proof = await makeProof(key, { method: 'POST', url: `${ORIGIN}/device/v1/bind`, nonce: 'n1', body })
    const { payload, protectedHeader } = await jwtVerify(proof, EmbeddedJWK)
    expect(protectedHeader).toEqual({ typ: 'dpop+jwt', alg: 'ES256', jwk: key.publicKey })
    const bod = createHash('sha256').update(body).digest('base64url')
    expect(ProofClaims.parse(payload)).toMatchObject({ htm: 'POST', htu: `${ORIGIN}/device/v1/bind`, nonce: 'n1', bod })
  })

  test('has no body digest on a read, and never the same jti', async () => {
    const key = await makeDeviceKey()
    const make = () => makeProof(key, { method: 'GET', url: `${ORIGIN}/device/v1/pending`, nonce: 'n1' })
    const [one, other] = await Promise.all([make(), make()].map(async (proof) => jwtVerify(await proof, EmbeddedJWK)))
    expect(one!.payload).not.toHaveProperty('bod')
    expect(one!.payload.jti).not.toBe(other!.payload.jti)
  })
})

describe('the approval', () => {
  test('signs what was shown, the decision and the number, under the thumbprint of the key', async () => {
    const key = await makeDeviceKey()
    const approval = await signApproval(key, SHOWN, 'approve', '493817')
    const { payload, protectedHeader } = await jwtVerify(approval, await importJWK(key.publicKey, 'ES256'))
    const kid = await calculateJwkThumbprint(key.publicKey)
    expect(protectedHeader).toEqual({ alg: 'ES256', typ: 'countersign-approval+jwt', kid })
    const claims = ApprovalClaims.parse(payload)
    expect(claims).toMatchObject({ decision: 'approve', number: '493817' })
    expect(JSON.stringify(claims.shown)).toBe(JSON.stringify(SHOWN))
  })

  test.each(['cancel', 'not-me'] as const)('carries no number on %s', async (decision) => {
    const key = await makeDeviceKey()
    const { payload } = await jwtVerify(
      await signApproval(key, SHOWN, decision, '493817'),
      await importJWK(key.publicKey, 'ES256'),
    )
    expect(ApprovalClaims.parse(payload)).not.toHaveProperty('number')
  })
})

describe('the device client', () => {
  type Told = { status?: number; body: unknown; nonce?: string }

  function clientOf(...answers: (Told | 'lost')[]) {
    const asked: { url: string; init: RequestInit }[] = []
    const fetch = async (url: unknown, init: RequestInit = {}) => {
      asked.push({ url: String(url), init })
      const told = answers.shift()!
      if (told === 'lost') throw new TypeError('Failed to fetch')
      const headers: Record<string, string> = told.nonce ? { 'DPoP-Nonce': told.nonce } : {}
      const body = typeof told.body === 'string' ? told.body : JSON.stringify(told.body)
      return new Response(body, { status: told.status ?? 200, headers })
    }
    return { asked, client: createDeviceClient({ origin: ORIGIN, fetch: fetch as typeof globalThis.fetch }) }
  }
  const nonceOf = async ({ init }: { init: RequestInit }) =>
    (await jwtVerify((init.headers as Record<string, string>).DPoP!, EmbeddedJWK)).payload.nonce

  test('fetches a nonce first, then goes on with the newest one', async () => {
    const { asked, client } = clientOf(
      { body: { nonce: 'a' } },
      { body: { pending: [] }, nonce: 'b' },
      { body: { pending: [] } },
    )
    const key = await makeDeviceKey()
    await client.pending(key)
    await client.pending(key)
    expect(asked.map(({ url }) => url.slice(ORIGIN.length))).toEqual([
      '/device/v1/nonce',
      '/device/v1/pending',
      '/device/v1/pending',
    ])
    expect(await Promise.all(asked.slice(1).map(nonceOf))).toEqual(['a', 'b'])
  })

  test('repeats once with the new nonce, and not twice', async () => {
    const stale = { status: 401, body: { code: 'use-nonce', title: 'x', status: 401 } }
    const key = await makeDeviceKey()
    const good = clientOf({ body: { nonce: 'a' } }, { ...stale, nonce: 'b' }, { body: { outcome: 'approved' } })
    expect((await good.client.decide(key, 'jws')).body).toEqual({ outcome: 'approved' })
    expect(await nonceOf(good.asked[2]!)).toBe('b')
    expect(good.asked[2]!.init.body).toBe(good.asked[1]!.init.body)

    const bad = clientOf({ body: { nonce: 'a' } }, { ...stale, nonce: 'b' }, { ...stale, nonce: 'c' })
    await expect(bad.client.pending(key)).rejects.toBeInstanceOf(DeviceRefusal)
    expect(bad.asked).toHaveLength(3)
  })

  test.each([
    ['no network', 'lost' as const],
    ['a page of something in between', { status: 502, body: '<h1>Bad gateway</h1>' }],
    ['a log-in page of the network', { status: 200, body: '<h1>Welcome to the hotel</h1>' }],
    ['a service that is being stopped', { status: 503, body: { code: 'stopping', title: 'x', status: 503 } }],
    ['one that cannot answer now, by whatever name', { status: 503, body: { code: 'a-new-one', status: 503 } }],
  ])('calls it a lost connection: %s', async (_name, told) => {
    const { client } = clientOf({ body: { nonce: 'a' } }, told)
    await expect(client.pending(await makeDeviceKey())).rejects.toBeInstanceOf(NoConnection)
  })
})

describe('a refusal', () => {
  const refusal = (status: number, code: DeviceProblem['code']) =>
    new DeviceRefusal({ title: 'No.', status, code, reference: 'f00d' })

  test('says what became of a request, unless it is a fault of the service', () => {
    expect([refusal(422, 'wrong-number').isDefinite, refusal(500, 'internal').isDefinite]).toEqual([true, false])
  })

  test('that is a program’s fault is told with its reference, and no other is', () => {
    expect(refusal(500, 'internal').sentence).toBe('No. Reference: f00d')
    expect(refusal(401, 'proof-refused').sentence).toBe('No. Reference: f00d')
    expect(refusal(422, 'wrong-number').sentence).toBe('No.')
    expect(new DeviceRefusal({ title: 'No.', status: 500, code: 'internal' }).sentence).toBe('No.')
  })
})
