// What a strict provider must refuse, at the door: the hint. What is wrong with the request itself: refusals.test.ts.
import { createPublicKey, generateKeyPairSync, sign } from 'node:crypto'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals'
import type { JWK } from 'jose'
import type { HintOptions } from '../entra-simulator/make-hint.ts'
import { createPhone } from '../phone-simulator/phone.ts'
import { createBrowser, digitsOn, stageOf, ticketOn } from '../support/browser.ts'
import { ADA } from '../support/countersign.ts'
import { type Contract, contracts, type Door, expectOpened, expectRefused, openDoor, stranger } from './knock.ts'

const OTHER_TENANT = '11111111-5b1e-4d5f-9a57-2f0f7c6f1a01'
const CONSUMERS = '9188040d-6c67-4c5b-b112-36a304b66dad'

let door: Door
let authority: string
let tenant: string
beforeAll(async () => {
  door = await openDoor()
  authority = door.countersign.entra.authority
  tenant = door.countersign.integration.tenantId
})
afterAll(() => door.close())

const entraKey = (): JWK => door.countersign.entra.keys.signing
const part = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url')

/** A hint put together by hand: what no library would sign. */
async function craft(
  contract: Contract,
  header: object,
  { payload = {}, key = entraKey() }: { payload?: object; key?: JWK } = {},
): Promise<string> {
  const { hintPayload } = await door.begin(contract)
  const body = `${part({ typ: 'JWT', alg: 'RS256', kid: entraKey().kid, ...header })}.${part({ ...hintPayload, ...payload })}`
  return `${body}.${sign('sha256', Buffer.from(body), { key, format: 'jwk' }).toString('base64url')}`
}

const knockRaw = (contract: Contract, raw: string) => door.knock(contract, { hint: { raw } })
const seconds = (): number => Math.floor(door.countersign.clock.now() / 1000)

describe.each(contracts)('a hint at the door, by the contract %s', (contract) => {
  const honest = async () => (await door.begin(contract)).parameters.id_token_hint ?? ''
  const issuerOf = (tid: string) => (contract === 'external-mfa' ? `${authority}/${tid}/v2.0` : `${authority}/${tid}/`)

  test('an honest hint put together by hand opens a sign-in, so that what follows is refused for its bend alone', async () => {
    expectOpened(await knockRaw(contract, await craft(contract, {})))
  })

  describe('R5 its form', () => {
    const forms: [string, () => string | Promise<string>][] = [
      ['of two parts', async () => (await honest()).split('.').slice(0, 2).join('.')],
      ['of four parts', async () => `${await honest()}.x`],
      ['of five parts, a JWE', () => `${part({ alg: 'RSA-OAEP', enc: 'A256GCM' })}.a.b.c.d`],
      ['with an empty signature', async () => (await honest()).replace(/[^.]+$/, '')],
      ['with padding', async () => `${await honest()}=`],
      ['with a space before it', async () => ` ${await honest()}`],
      ['with a line break behind it', async () => `${await honest()}\n`],
      ['in JSON serialization', () => JSON.stringify({ payload: 'a', signatures: [] })],
      ['that is a word', () => 'hint'],
      ['whose header is no JSON', () => 'aaaa.bbbb.cccc'],
    ]
    test.each(forms)('R5 refuses a hint %s', async (_what, make) => {
      expectRefused(await knockRaw(contract, await make()), 'hint.malformed', 'invalid_request')
    })

    test('R5 refuses a request without one, or with an empty one', async () => {
      for (const id_token_hint of [undefined, ''])
        expectRefused(
          await door.knock(contract, { parameters: { id_token_hint } }),
          'hint.malformed',
          'invalid_request',
        )
    })

    test('R5 refuses a hint over 16 KB, unread', async () => {
      const fate = await knockRaw(contract, `${'a'.repeat(16_384)}.b.c`)
      expectRefused(fate, 'request.malformed', 'page')
    })
  })

  describe('R6 its algorithm and key', () => {
    test('R6 refuses alg none without a signature', async () => {
      const fate = await door.knock(contract, { hint: { header: { alg: 'none' } } })
      expectRefused(fate, 'hint.malformed', 'invalid_request')
    })

    test.each(['none', 'None', 'NONE', 'nOnE', 'rs256', 'RS256 ', ''])(
      'R6 refuses alg %p over a good signature',
      async (alg) => {
        expectRefused(await knockRaw(contract, await craft(contract, { alg })), 'hint.algorithm', 'access_denied')
      },
    )

    test('R6 refuses HS256 with Entra’s public key as its secret', async () => {
      const key = createPublicKey({ key: entraKey(), format: 'jwk' })
      for (const secret of [
        key.export({ type: 'spki', format: 'pem' }),
        key.export({ type: 'spki', format: 'der' }),
        Buffer.from(entraKey().n ?? '', 'base64url'),
      ]) {
        const fate = await door.knock(contract, { hint: { alg: 'HS256', key: Buffer.from(secret) } })
        expectRefused(fate, 'hint.algorithm', 'access_denied')
      }
    })

    test.each(['RS384', 'RS512', 'PS256'])('R6 refuses %s by Entra’s own key', async (alg) => {
      expectRefused(await door.knock(contract, { hint: { alg } }), 'hint.algorithm', 'access_denied')
    })

    test('R6 refuses ES256', async () => {
      const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
      const fate = await door.knock(contract, { hint: { alg: 'ES256', key: privateKey } })
      expectRefused(fate, 'hint.algorithm', 'access_denied')
    })

    test.each([
      ['missing', undefined],
      ['empty', ''],
      ['a number', 7],
      ['a list', ['a']],
      ['null', null],
      ['far too long', 'k'.repeat(257)],
      ['unknown', 'unknown'],
      ['a member that every object has', 'constructor'],
      ['a path', '../../keys'],
    ])('R6 refuses a kid that is %s', async (_what, kid) => {
      expectRefused(await door.knock(contract, { hint: { header: { kid } } }), 'hint.key', 'access_denied')
    })

    test.each([
      ['crit', ['exp']],
      ['crit', []],
      ['b64', false],
      ['enc', 'A256GCM'],
      ['jku', 'https://evil.example/keys'],
      ['x5u', 'https://evil.example/certificate'],
      ['x5c', ['MIIB']],
      ['jwk', null],
      ['typ', 'at+jwt'],
      ['typ', 'dpop+jwt'],
      ['typ', {}],
    ])('R6 refuses a header with %s %j, whatever signed it', async (name, value) => {
      const hint = await craft(contract, { [name]: value })
      expectRefused(await knockRaw(contract, hint), 'hint.algorithm', 'access_denied')
    })

    test('R6 refuses a key of the attacker’s own, carried in the header', async () => {
      const key = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey.export({ format: 'jwk' }) as JWK
      const hint = await craft(contract, { jwk: { kty: 'RSA', n: key.n, e: key.e } }, { key })
      expectRefused(await knockRaw(contract, hint), 'hint.algorithm', 'access_denied')
    })
  })

  describe('R7 its signature', () => {
    const split = async () => (await honest()).split('.') as [string, string, string]
    const bends: [string, () => Promise<string>][] = [
      [
        'whose payload names another person',
        async () => {
          const [header, payload, signature] = await split()
          const claims = JSON.parse(Buffer.from(payload, 'base64url').toString())
          return `${header}.${part({ ...claims, oid: ADA.objectId })}.${signature}`
        },
      ],
      [
        'whose header was touched',
        async () => {
          const [, payload, signature] = await split()
          return `${part({ alg: 'RS256', kid: entraKey().kid })}.${payload}.${signature}`
        },
      ],
      [
        'with a bit of its signature turned',
        async () => (await honest()).replace(/.(?=.{20}$)/, (one) => (one === 'A' ? 'B' : 'A')),
      ],
      [
        'with the signature of another hint',
        async () => `${(await split()).slice(0, 2).join('.')}.${(await split())[2]}`,
      ],
      ['with a signature of zeros', async () => `${(await split()).slice(0, 2).join('.')}.${'A'.repeat(342)}`],
      ['with a signature cut short', async () => (await honest()).slice(0, -8)],
      [
        'signed by another key under Entra’s kid',
        async () => {
          const key = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey.export({ format: 'jwk' }) as JWK
          return craft(contract, {}, { key })
        },
      ],
    ]
    test.each(bends)('R7 refuses a hint %s', async (_what, make) => {
      expectRefused(await knockRaw(contract, await make()), 'hint.signature', 'access_denied')
    })

    test('R7 refuses a payload that is signed but no object', async () => {
      const body = `${part({ alg: 'RS256', kid: entraKey().kid })}.${part(issuerOf(tenant))}`
      const signature = sign('sha256', Buffer.from(body), { key: entraKey(), format: 'jwk' }).toString('base64url')
      expectRefused(await knockRaw(contract, `${body}.${signature}`), 'hint.issuer', 'access_denied')
    })
  })

  const payloads = (rows: [string, Record<string, unknown> | (() => Record<string, unknown>), string][]) => rows
  const refusePayload = async (bend: Record<string, unknown> | (() => Record<string, unknown>), code: string) => {
    const fate = await door.knock(contract, () => ({ hint: { payload: typeof bend === 'function' ? bend() : bend } }))
    expectRefused(fate, code, 'access_denied')
  }

  test.each(
    payloads([
      ['of another host', () => ({ iss: issuerOf(tenant).replace(authority, 'https://evil.example') }), 'hint.issuer'],
      ['of another scheme', () => ({ iss: issuerOf(tenant).replace('http:', 'https:') }), 'hint.issuer'],
      [
        'with an evil suffix to its host',
        () => ({ iss: issuerOf(tenant).replace('127.0.0.1', '127.0.0.1.evil.example') }),
        'hint.issuer',
      ],
      ['with more behind it', () => ({ iss: `${issuerOf(tenant)}/` }), 'hint.issuer'],
      ['cut short', () => ({ iss: issuerOf(tenant).slice(0, -1) }), 'hint.issuer'],
      ['of no version', () => ({ iss: `${authority}/${tenant}` }), 'hint.issuer'],
      ['in capitals', () => ({ iss: issuerOf(tenant.toUpperCase()) }), 'hint.issuer'],
      ['of another tenant', () => ({ iss: issuerOf(OTHER_TENANT) }), 'hint.issuer'],
      ['of another tenant, tid with it', () => ({ iss: issuerOf(OTHER_TENANT), tid: OTHER_TENANT }), 'hint.issuer'],
      ['of consumers', () => ({ iss: issuerOf(CONSUMERS), tid: CONSUMERS }), 'hint.issuer'],
      ['of the template', () => ({ iss: issuerOf('{tenantid}') }), 'hint.issuer'],
      ['of common', () => ({ iss: issuerOf('common') }), 'hint.issuer'],
      ['of organizations', () => ({ iss: issuerOf('organizations') }), 'hint.issuer'],
      ['of the global cloud', () => ({ iss: `https://login.microsoftonline.com/${tenant}/v2.0` }), 'hint.issuer'],
      ['of the global cloud, version 1', () => ({ iss: `https://sts.windows.net/${tenant}/` }), 'hint.issuer'],
      ['missing', { iss: undefined }, 'hint.issuer'],
      ['null', { iss: null }, 'hint.issuer'],
      ['a list', () => ({ iss: [issuerOf(tenant)] }), 'hint.issuer'],
    ]),
  )('R8 refuses an issuer %s', async (_what, bend, code) => refusePayload(bend, code))

  test.each(
    payloads([
      ['another tenant than its issuer', { tid: OTHER_TENANT }, 'hint.tenant'],
      ['the consumers’ tenant', { tid: CONSUMERS }, 'hint.tenant'],
      ['missing', { tid: undefined }, 'hint.subject'],
      ['no GUID', { tid: 'common' }, 'hint.subject'],
      ['in capitals', () => ({ tid: tenant.toUpperCase() }), 'hint.subject'],
      ['a list', () => ({ tid: [tenant] }), 'hint.subject'],
    ]),
  )('R8 refuses a tid that is %s', async (_what, bend, code) => refusePayload(bend, code))

  test.each(
    payloads([
      ['another application', { aud: '99999999-93a6-4c55-8f2f-6a1f43f0b002' }, 'hint.audience'],
      ['a list of ours alone', () => ({ aud: [door.countersign.integration.appId] }), 'hint.audience'],
      ['a list with ours', () => ({ aud: [door.countersign.integration.appId, 'other'] }), 'hint.audience'],
      ['in another case', () => ({ aud: door.countersign.integration.appId.toUpperCase() }), 'hint.audience'],
      ['the tenant', () => ({ aud: tenant }), 'hint.audience'],
      [
        'our issuer',
        () => ({ aud: `${door.countersign.url}/entra/${door.countersign.integration.id}` }),
        'hint.audience',
      ],
      ['missing', { aud: undefined }, 'hint.audience'],
      ['empty', { aud: '' }, 'hint.audience'],
      ['a number', { aud: 7 }, 'hint.audience'],
    ]),
  )('R10 refuses an audience that is %s', async (_what, bend, code) => refusePayload(bend, code))

  test.each(
    payloads([
      ['iat 90 s ahead', () => ({ iat: seconds() + 90 }), 'hint.time'],
      ['iat a day ahead', () => ({ iat: seconds() + 86_400 }), 'hint.time'],
      ['iat eleven minutes ago', () => ({ iat: seconds() - 660 }), 'hint.time'],
      ['iat in 1970', { iat: 0 }, 'hint.time'],
      ['iat in milliseconds', () => ({ iat: seconds() * 1000 }), 'hint.time'],
      ['iat as text', () => ({ iat: String(seconds()) }), 'hint.time'],
      ['iat with a fraction', () => ({ iat: seconds() + 0.5 }), 'hint.time'],
      ['iat negative', { iat: -1 }, 'hint.time'],
      ['iat missing', { iat: undefined }, 'hint.time'],
      ['iat null', { iat: null }, 'hint.time'],
      ['nbf 90 s ahead', () => ({ nbf: seconds() + 90 }), 'hint.time'],
      ['nbf as text', { nbf: '0' }, 'hint.time'],
      ['exp as text', { exp: '0' }, 'hint.time'],
    ]),
  )('R11 refuses %s', async (_what, bend, code) => refusePayload(bend, code))

  test.each([
    ['exp long past', () => ({ exp: 1 })],
    ['no exp and no nbf', () => ({ exp: undefined, nbf: undefined })],
    ['iat nine minutes ago', () => ({ iat: seconds() - 540, nbf: seconds() - 540 })],
    ['iat half a minute ahead', () => ({ iat: seconds() + 30, nbf: seconds() + 30 })],
  ])('R11 takes %s', async (_what, payload) => {
    expectOpened(await door.knock(contract, () => ({ hint: { payload: payload() } })))
  })

  test.each(
    payloads([
      ['oid missing', { oid: undefined }, 'hint.subject'],
      ['oid that is an address', { oid: 'ada@contoso.example' }, 'hint.subject'],
      ['oid in capitals', { oid: ADA.objectId.toUpperCase() }, 'hint.subject'],
      ['oid with a space', { oid: `${ADA.objectId} ` }, 'hint.subject'],
      ['oid with a line break', { oid: `${ADA.objectId}\n` }, 'hint.subject'],
      ['oid as a list', { oid: [ADA.objectId] }, 'hint.subject'],
      ['sub missing', { sub: undefined }, 'hint.subject'],
      ['sub empty', { sub: '' }, 'hint.subject'],
      ['sub that is a number', { sub: 7 }, 'hint.subject'],
      ['sub of 257 characters', { sub: 's'.repeat(257) }, 'hint.subject'],
    ]),
  )('R12 refuses %s', async (_what, bend, code) => refusePayload(bend, code))

  test('R12 refuses a version that does not fit the issuer', async () => {
    const ver = contract === 'external-mfa' ? '1.0' : '2.0'
    await refusePayload({ ver }, 'hint.version')
  })
})

describe('what the two contracts take differently', () => {
  const rows: [Contract, string, HintOptions, string | null][] = [
    ['external-mfa', 'the client id as audience', { audience: 'client-id' }, 'hint.audience'],
    ['external-mfa', 'a version 1 hint', { version: 1 }, 'hint.issuer'],
    ['external-mfa', 'no ver', { payload: { ver: undefined } }, 'hint.version'],
    ['custom-control', 'the client id as audience', { audience: 'client-id' }, null],
    ['custom-control', 'a version 2 hint', { version: 2 }, null],
    ['custom-control', 'a version 2 hint without ver', { version: 2, payload: { ver: undefined } }, 'hint.version'],
    ['custom-control', 'a version 1 hint without ver', { payload: { ver: undefined } }, null],
  ]
  test.each(rows)('R8 and R10 %s, %s', async (contract, _what, hint, code) => {
    const fate = await door.knock(contract, { hint })
    if (code) expectRefused(fate, code, 'access_denied')
    else expectOpened(fate)
  })
})

describe('R12 and R13, who it is and how often', () => {
  test('R12 never knows a person by name: the same username with another object id is a stranger', async () => {
    const known = stranger()
    const { page, browser } = await door.knock('external-mfa', { person: known })
    const phone = await createPhone({ url: door.countersign.url })
    const { body } = await phone.bind({ ticket: ticketOn(page) ?? '' })
    await phone.approve(body.pending[0], digitsOn(await browser.get(page.url)) ?? '')
    expect(stageOf((await door.knock('external-mfa', { person: known })).page)).toBe('number')
    const impostor = { ...known, objectId: stranger().objectId }
    expectOpened(await door.knock('external-mfa', { person: impostor }))
  })

  test('R13 refuses a used hint in another request, even once its sign-in is over', async () => {
    const attempt = await door.begin('external-mfa')
    const body = (more: object = {}) => String(new URLSearchParams({ ...attempt.parameters, ...more }))
    expectOpened(await door.send(body()))
    door.countersign.clock.leap(61_000)
    expectRefused(await door.send(body({ state: 'another' })), 'hint.replayed', 'page')
    door.countersign.clock.leap(300_000)
    expectRefused(await door.send(body({ nonce: 'another' })), 'hint.replayed', 'page')
  })

  test('R13 refuses a used hint under the other contract', async () => {
    const { parameters } = await door.begin('custom-control', { hint: { version: 2 } })
    expectOpened(await door.send(String(new URLSearchParams(parameters))))
    const fate = await door.knock('external-mfa', { hint: { raw: parameters.id_token_hint ?? '' } })
    expectRefused(fate, 'hint.replayed', 'page')
  })

  test('R13 leads an identical repeat to the sign-in it opened, which only the first browser sees', async () => {
    const { parameters } = await door.begin('external-mfa')
    const body = String(new URLSearchParams(parameters))
    const first = await door.send(body)
    const again = await door.send(body, {}, first.browser)
    expect([again.page.url, stageOf(again.page), again.code]).toEqual([first.page.url, 'ticket', undefined])
    const thief = await door.send(body)
    expect([thief.page.status, thief.told, thief.code]).toEqual([404, 'page', undefined])
    expect(thief.browser.cookies.size).toBe(0)
  })

  test('R13 opens one sign-in for ten identical requests at once', async () => {
    const { parameters } = await door.begin('external-mfa')
    const answers = await Promise.all(
      Array.from({ length: 10 }, () =>
        fetch(`${door.countersign.url}/entra/authorize`, {
          method: 'POST',
          body: new URLSearchParams(parameters),
          redirect: 'manual',
        }),
      ),
    )
    expect(new Set(answers.map(({ headers }) => headers.get('location'))).size).toBe(1)
    expect(answers.filter(({ headers }) => headers.getSetCookie().length > 0)).toHaveLength(1)
  })

  test('R13 a fourth open sign-in of one person is put off', async () => {
    const person = stranger()
    const begun = await Promise.all(
      [1, 2, 3, 4].map(() => door.countersign.entra.begin({ person, contract: 'external-mfa' })),
    )
    door.countersign.clock.leap(30_000)
    const send = (index: number) => door.send(String(new URLSearchParams(begun[index]?.parameters)))
    for (const index of [0, 1, 2]) expectOpened(await send(index))
    expectRefused(await send(3), 'sign-in.too-many', 'temporarily_unavailable')
  })
})

describe('R19 Entra’s keys cannot be had', () => {
  beforeEach(() => door.countersign.entra.fail(null))
  afterAll(() => door.countersign.entra.fail(null))

  test.each(['down', 'rubbish', 'empty'] as const)('R19 lets nobody in while the key endpoint is %s', async (fault) => {
    // A day and more: the keys known so far are too old to serve.
    door.countersign.clock.leap(25 * 3_600_000)
    door.countersign.entra.fail(fault)
    expectRefused(await door.knock('external-mfa'), 'entra.keys-unavailable', 'temporarily_unavailable')
    door.countersign.entra.fail(null)
    expectOpened(await door.knock('external-mfa'))
  })

  test('R19 serves from the keys it has while the endpoint is down for hours', async () => {
    expectOpened(await door.knock('external-mfa'))
    door.countersign.entra.fail('down')
    door.countersign.clock.leap(20 * 3_600_000)
    expectOpened(await door.knock('external-mfa'))
  })

  test('R19 finds a key that Entra has just begun to sign with', async () => {
    await door.countersign.entra.rotateKeys({ dropEarlier: true })
    expectOpened(await door.knock('external-mfa'))
  })
})

describe('R20 what is fetched', () => {
  test.each([
    ['an issuer inside our own network', { payload: { iss: 'http://169.254.169.254/latest/v2.0' } }],
    ['a jku', { header: { jku: 'http://169.254.169.254/keys' } }],
    ['an x5u', { header: { x5u: 'http://localhost/keys' } }],
    ['a kid that is an address', { header: { kid: 'http://169.254.169.254/' } }],
    ['a tid that climbs', { payload: { tid: '../../evil' } }],
  ])('R20 fetches nothing for %s', async (_what, hint) => {
    const { code } = await door.knock('external-mfa', { hint })
    expect(code).toMatch(/^hint\./)
  })

  test('R20 in all that stands above, no fetch left the table of clouds', () => {
    expect(new Set(door.fetched)).toEqual(
      new Set([`${authority}/common/discovery/v2.0/keys`, `${authority}/common/discovery/keys`]),
    )
  })

  test('R20 without a simulator there is no cloud but the public three', async () => {
    const { url, integration } = door.countersign
    const page = await createBrowser().post(`${url}/entra/authorize`, {
      redirect_uri: 'https://login.evil.example/common/federation/externalauthprovider',
      client_id: integration.clientId,
      state: 's',
    })
    expect(page.status).toBe(400)
  })
})
