// A request of Entra, step by step: what is opened, what is refused, where each refusal is told, and what is on record of it.
import { beforeEach, describe, expect, test } from '@jest/globals'
import { jwsDigest } from '../../src/base/digest.ts'
import { type Refusal, refuse } from '../../src/base/refusal.ts'
import { type AuthorizeDeps, authorize } from '../../src/entra/authorize.ts'
import { createFirstTime } from '../../src/entra/first-time.ts'
import type { Contract, Integration } from '../../src/integrations/integration.ts'
import type { OpenRequest } from '../../src/signin/open.ts'
import type { HintOptions } from '../entra-simulator/make-hint.ts'
import { anIntegration } from '../integrations/an-integration.ts'
import { ADA, cloudNamed, clouds, hintOf, publishedKeys } from './hints.ts'

const NOW = 1_800_000_000_000
const clock = { now: () => NOW }
const cloud = cloudNamed('global')
const visitor = { address: '192.0.2.1', browser: 'Chrome on Windows', origin: undefined as string | undefined }
const opened = { kind: 'opened', id: 'sign-in-1', browserSecret: 'secret', expiresAt: NOW + 1 } as const

let integration: Integration
let open: (request: OpenRequest) => Promise<typeof opened | Refusal>
let requests: OpenRequest[]
let noted: object
let counts: string[]
let strangersCounted: object[]
let recorded: object[]
/** What strangers are told past their limit. */
let tooMany: Refusal | undefined
let deps: AuthorizeDeps & { note: (facts: object) => void }
beforeEach(() => {
  integration = anIntegration()
  open = async () => opened
  requests = []
  noted = {}
  counts = []
  strangersCounted = []
  recorded = []
  const find = async (id: string) => (id === integration.clientId ? integration : undefined)
  deps = {
    ...{ clouds, clock, keys: publishedKeys(clock).keys, hintMaxAge: 600_000 },
    integrations: { findByClientId: find, lastKnown: find } as AuthorizeDeps['integrations'],
    signIns: {
      open: (request) => {
        requests.push(request)
        return open(request)
      },
    },
    audit: { record: async (...events) => void recorded.push(...events), count: async () => {}, tidy: async () => {} },
    strangers: {
      count: async (refusal, facts) => {
        strangersCounted.push({ code: refusal.code, ...facts })
        return tooMany ?? refusal
      },
    },
    places: (address) => `somewhere near ${address}`,
    hintIssued: () => {},
    isStopping: () => false,
    isFirstTime: createFirstTime(10),
    countRefusal: (code, contract) => void counts.push(`${code} ${contract}`),
    note: (facts) => void Object.assign(noted, facts),
  }
  tooMany = undefined
})

type Bend = {
  contract?: Contract
  parameters?: Record<string, string | undefined>
  hint?: HintOptions
  origin?: string
}

async function parametersOf({ contract = 'external-mfa', parameters, hint }: Bend) {
  const asked =
    contract === 'external-mfa' ? { acr: { value: 'possession' } } : { CountersignMfa: { value: 'MfaDone' } }
  const all: Record<string, string | undefined> = {
    ...{ scope: 'openid', response_type: 'id_token', response_mode: 'form_post' },
    client_id: integration.clientId,
    redirect_uri: cloud.redirectUris[contract],
    ...{ nonce: 'the-nonce', state: 'the-state', 'client-request-id': 'the-request' },
    id_token_hint: await hintOf(integration, cloud, contract === 'external-mfa' ? 2 : 1, NOW, hint),
    claims: JSON.stringify({ id_token: asked }),
    ...parameters,
  }
  return Object.fromEntries(Object.entries(all).filter((each): each is [string, string] => each[1] !== undefined))
}
const send = (parameters: Record<string, string>, origin?: string) =>
  authorize(String(new URLSearchParams(parameters)), { ...visitor, origin }, deps)

/** Sends a request, right unless it is bent, and says in short what came of it. */
async function ask(bend: Bend = {}) {
  const came = await send(await parametersOf(bend), bend.origin)
  if ('failed' in came) return { failed: came.failed, to: came.destination.contract }
  if (!('refusal' in came)) return came
  const { code, reason } = came.refusal
  return { code, reason, to: came.destination ? came.destination.contract : 'a page' }
}

describe('a request that is right', () => {
  test('opens a sign-in with everything that Entra said, and who sent it', async () => {
    const parameters = await parametersOf({ hint: { payload: { app_displayname: 'Payroll' } } })
    expect(await send(parameters)).toBe(opened)
    const { enrolment, firstUseUntil, firstUseDomains, digits, namePersonInPush } = integration
    expect(requests).toEqual([
      {
        ...{ tenantId: integration.tenantId, objectId: ADA.objectId, person: ADA.username, application: 'Payroll' },
        ...{ integrationId: 'integration-1', integrationName: 'Contoso', clientId: integration.clientId },
        ...{ redirectUri: cloud.redirectUris['external-mfa'], state: 'the-state', nonce: 'the-nonce' },
        ...{ clientRequestId: 'the-request', subject: expect.any(String), requestDigest: expect.any(String) },
        asked: { contract: 'external-mfa', acrValues: ['possession'], amrValues: null },
        policy: { enrolment, firstUseUntil, firstUseDomains, digits, namePersonInPush },
        ...{ browser: 'Chrome on Windows', address: '192.0.2.1', place: 'somewhere near 192.0.2.1', from: 'unsaid' },
        hint: {
          digest: jwsDigest(parameters.id_token_hint ?? ''),
          keyId: 'entra',
          issuer: cloud.v2.issuer(integration.tenantId),
          // An hour, which is the longest that any setting allows, and two minutes for clocks that differ.
          keepUntil: NOW + 3_600_000 + 120_000,
        },
      },
    ])
    expect(noted).toEqual({ clientRequestId: 'the-request', integrationId: 'integration-1' })
    expect([counts, strangersCounted, recorded]).toEqual([[], [], []])
  })

  test('of a custom control is read as that contract asks', async () => {
    expect(await ask({ contract: 'custom-control' })).toBe(opened)
    expect(requests[0]?.asked).toEqual({
      ...{ contract: 'custom-control', claimType: 'CountersignMfa', claimValue: 'MfaDone' },
    })
  })

  test('needs no client-request-id', async () => {
    expect(await ask({ parameters: { 'client-request-id': undefined } })).toBe(opened)
    expect([requests[0]?.clientRequestId, noted]).toStrictEqual([null, { integrationId: 'integration-1' }])
  })

  test('is known again when it is repeated, and told from any other', async () => {
    const parameters = await parametersOf({})
    await send(parameters)
    await send(Object.fromEntries(Object.entries(parameters).reverse()))
    await send({ ...parameters, state: 'another' })
    const [first, repeated, other] = requests.map(({ requestDigest }) => requestDigest)
    expect([repeated === first, other === first]).toEqual([true, false])
  })

  test.each([
    [undefined, 'unsaid'],
    ['null', 'hidden'],
    ['https://login.microsoftonline.com', 'entra'],
    ['https://login.microsoftonline.us', 'elsewhere'],
    ['https://evil.example', 'elsewhere'],
  ])('that comes from %s is on record as %s', async (origin, from) => {
    await ask({ origin: origin as string })
    expect(requests[0]?.from).toBe(from)
  })
})

describe('what cannot be led back to Entra is told on a page, and counted', () => {
  test.each([
    ['it cannot be read', { state: undefined }, 'request.incomplete', 'state is missing'],
    [
      'it would lead elsewhere',
      { redirect_uri: 'https://evil.example' },
      'request.destination',
      'redirect_uri is not a published one',
    ],
    ['its client is nobody’s', { client_id: 'nobody' }, 'request.client', 'client_id is nobody’s'],
  ])('when %s', async (_what, parameters, code, reason) => {
    expect(await ask({ parameters })).toEqual({ code, reason, to: 'a page' })
    expect(strangersCounted).toEqual([{ code, type: 'request.refused', address: '192.0.2.1' }])
    expect(counts).toEqual([`${code} none`])
    expect(noted).not.toHaveProperty('integrationId')
  })

  test('and past the strangers’ limit what that says is told', async () => {
    tooMany = refuse('request.too-many', 'x')
    expect(await ask({ parameters: { state: undefined } })).toMatchObject({ code: 'request.too-many', to: 'a page' })
    expect(await ask({ parameters: { nonce: undefined } })).toMatchObject({ code: 'request.too-many', to: 'a page' })
    expect(counts).toEqual(['request.incomplete none', 'request.incomplete external-mfa'])
  })
})

describe('what brings no valid hint is told to Entra, and counted', () => {
  test.each([
    ['it asks in another way', { response_mode: 'query' }, 'request.protocol', 'response_mode is not form_post'],
    ['it is not complete', { nonce: undefined }, 'request.incomplete', 'nonce is missing'],
    ['its hint is none', { id_token_hint: 'x' }, 'hint.malformed', 'not a compact JWS'],
  ])('when %s', async (_what, parameters, code, reason) => {
    expect(await ask({ parameters })).toEqual({ code, reason, to: 'external-mfa' })
    const facts = { address: '192.0.2.1', contract: 'external-mfa', integrationId: 'integration-1' }
    expect(strangersCounted).toEqual([{ code, type: 'hint.refused', ...facts }])
    expect([counts, recorded, requests]).toEqual([[`${code} external-mfa`], [], []])
  })

  test('and so is every request while the service is stopping', async () => {
    deps.isStopping = () => true
    expect(await ask()).toEqual({
      ...{ code: 'service.stopping', reason: 'the service is stopping', to: 'external-mfa' },
    })
    expect([counts, requests]).toEqual([['service.stopping external-mfa'], []])
  })
})

describe('what is refused of a person whom Entra vouches for is told to Entra, and on record with the person', () => {
  const onRecord = (code: string, reason: string, contract: Contract = 'external-mfa') => ({
    ...{ type: 'signin.refused', code, reason, contract, address: '192.0.2.1', integrationId: 'integration-1' },
    ...{ tenantId: integration.tenantId, objectId: ADA.objectId },
  })
  const refusals: [string, Bend, Partial<Integration>, string, string][] = [
    ['the tenant is switched off', {}, { enabled: false }, 'integration.disabled', 'integration is disabled'],
    [
      'it is asked in a way that is not allowed',
      {},
      { askedBy: 'custom-control' },
      'integration.contract',
      'the integration is not asked by external-mfa',
    ],
    ['what is asked cannot be read', { parameters: { claims: '{' } }, {}, 'asked.malformed', 'claims: not an object'],
    [
      'what is asked cannot honestly be given',
      { parameters: { claims: '{"id_token":{"acr":{"value":"inherence"}}}' } },
      {},
      'asked.unmeetable',
      'no proof of ours satisfies the acr and amr asked for',
    ],
  ]
  test.each(refusals)('when %s', async (_what, bend, change, code, reason) => {
    integration = anIntegration(change)
    expect(await ask(bend)).toEqual({ code, reason, to: 'external-mfa' })
    expect(recorded).toEqual([onRecord(code, reason)])
    expect([counts, strangersCounted, requests]).toEqual([[`${code} external-mfa`], [], []])
  })

  test('when a custom control asks for another claim', async () => {
    const claims = '{"id_token":{"DuoMfa":{"value":"MfaDone"}}}'
    const reason = 'the control’s claim is not asked for'
    const came = await ask({ contract: 'custom-control', parameters: { claims } })
    expect(came).toEqual({ code: 'asked.unmeetable', reason, to: 'custom-control' })
    expect(recorded).toEqual([onRecord('asked.unmeetable', reason, 'custom-control')])
  })

  test('once for each hint and reason; what is sent again is counted', async () => {
    open = async () => refuse('person.locked', 'locked after wrong numbers')
    const parameters = await parametersOf({})
    for (let i = 0; i < 3; i++) {
      const came = await send(parameters)
      expect('refusal' in came && [came.refusal.code, came.destination?.contract]).toEqual([
        'person.locked',
        'external-mfa',
      ])
    }
    expect(recorded).toEqual([onRecord('person.locked', 'locked after wrong numbers')])
    expect(strangersCounted).toMatchObject([{ code: 'person.locked' }, { code: 'person.locked' }])
    expect(counts).toHaveLength(3)
    open = async () => refuse('sign-in.too-many', '3 sign-ins of this person are open')
    await send(parameters)
    await ask()
    expect(recorded).toHaveLength(3)
  })

  test('except a hint that was used: that proves nothing about who asks now, and is told on a page', async () => {
    open = async () => refuse('hint.replayed', 'hint was used before, in another request')
    expect(await ask()).toEqual({
      ...{ code: 'hint.replayed', reason: 'hint was used before, in another request', to: 'a page' },
    })
    expect(recorded).toEqual([])
    expect(strangersCounted).toEqual([
      {
        ...{ code: 'hint.replayed', type: 'hint.refused', address: '192.0.2.1' },
        ...{ contract: 'external-mfa', integrationId: 'integration-1' },
      },
    ])
  })
})

describe('when something breaks, the person is led back all the same', () => {
  const bug = new Error('the disk is full')
  const away = refuse('store.unavailable', 'connection lost')

  test.each([
    [bug, 'internal'],
    [away, 'store.unavailable'],
  ])('while a sign-in is opened (%s)', async (failed, code) => {
    open = () => Promise.reject(failed)
    expect(await ask()).toEqual({ failed, to: 'external-mfa' })
    expect(counts).toEqual([`${code} external-mfa`])
  })

  test.each([
    [bug, 'internal'],
    [away, 'store.unavailable'],
  ])('while the store is away, by what it last said (%s)', async (failed, code) => {
    deps.integrations.findByClientId = () => Promise.reject(failed)
    expect(await ask()).toEqual({ failed, to: 'external-mfa' })
    expect([counts, requests, noted]).toEqual([[`${code} external-mfa`], [], { clientRequestId: 'the-request' }])
  })

  test.each([
    [bug, 'internal'],
    [away, 'store.unavailable'],
  ])('but not to where it never was known that an answer may go (%s)', async (failed, code) => {
    deps.integrations = {
      findByClientId: () => Promise.reject(failed),
      lastKnown: (async () => undefined) as AuthorizeDeps['integrations']['lastKnown'],
    }
    await expect(ask()).rejects.toBe(failed)
    expect(counts).toEqual([`${code} none`])
  })
})
