// The hint, before its claims are believed: its form, its algorithm and key, its signature.
import { createPublicKey, generateKeyPairSync, sign } from 'node:crypto'
import { describe, expect, test } from '@jest/globals'
import type { JWK } from 'jose'
import { ADA } from '../../support/countersign.ts'
import { everyDoor, expectOpened, expectRefused, openDoors } from './doors.ts'

const doors = openDoors()

const part = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url')
const signed = (body: string, key: JWK) =>
  `${body}.${sign('sha256', Buffer.from(body), { key, format: 'jwk' }).toString('base64url')}`
/** A key of the attacker's own. */
const own = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey.export({ format: 'jwk' }) as JWK

describe.each(everyDoor)('a hint at the door of the cloud %s, by the contract %s', (cloud, contract) => {
  const door = doors.at(cloud)
  const entraKey = (): JWK => door.entra.keys.signing
  const knockRaw = (raw: string) => door.knock(contract, { hint: { raw } })
  const honest = async () => (await door.begin(contract)).parameters.id_token_hint ?? ''
  const split = async () => (await honest()).split('.') as [string, string, string]

  /** A hint put together by hand: what no library would sign. */
  async function craft(header: object, { payload = {}, key = entraKey() }: { payload?: object; key?: JWK } = {}) {
    const { hintPayload } = await door.begin(contract)
    const whole = { typ: 'JWT', alg: 'RS256', kid: entraKey().kid, ...header }
    return signed(`${part(whole)}.${part({ ...hintPayload, ...payload })}`, key)
  }

  test('put together by hand and honest opens a sign-in, so that what follows is refused for its bend alone', async () => {
    expectOpened(await knockRaw(await craft({})))
  })

  describe('R5 its form', () => {
    const forms: [string, () => string | Promise<string>][] = [
      ['of two parts', async () => (await split()).slice(0, 2).join('.')],
      ['of four parts', async () => `${await honest()}.x`],
      ['of five parts, a JWE', () => `${part({ alg: 'RSA-OAEP', enc: 'A256GCM' })}.a.b.c.d`],
      ['with an empty signature', async () => (await honest()).replace(/[^.]+$/, '')],
      ['with padding', async () => `${await honest()}=`],
      ['with a space before it', async () => ` ${await honest()}`],
      ['with a line break behind it', async () => `${await honest()}\n`],
      ['in JSON serialization', () => JSON.stringify({ payload: 'a', signatures: [] })],
      ['that is a word', () => 'hint'],
      ['whose header is no JSON', () => 'aaaa.bbbb.cccc'],
      ['whose header is a list', () => `${part([])}.${part({})}.aaaa`],
      ['whose header is null', () => `${part(null)}.${part({})}.aaaa`],
    ]
    test.each(forms)('R5 refuses a hint %s', async (_what, make) => {
      expectRefused(await knockRaw(await make()), 'hint.malformed', 'invalid_request')
    })

    test('R5 refuses a request without one, or with an empty one', async () => {
      for (const id_token_hint of [undefined, '']) {
        const fate = await door.knock(contract, { parameters: { id_token_hint } })
        expectRefused(fate, 'hint.malformed', 'invalid_request')
      }
    })

    test('R5 refuses a hint over 16 KB, unread', async () => {
      expectRefused(await knockRaw(`${'a'.repeat(16_384)}.b.c`), 'request.oversize', 'page')
    })
  })

  describe('R6 its algorithm and key', () => {
    test('R6 refuses alg none without a signature', async () => {
      const fate = await door.knock(contract, { hint: { header: { alg: 'none' } } })
      expectRefused(fate, 'hint.malformed', 'invalid_request')
    })

    test.each(['none', 'None', 'NONE', 'nOnE', 'rs256', 'RS256 ', '', null, ['RS256']])(
      'R6 refuses alg %j over a good signature',
      async (alg) => {
        expectRefused(await knockRaw(await craft({ alg })), 'hint.algorithm', 'access_denied')
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

    test('R6 refuses a kid with padding, in another case, or cut short', async () => {
      const kid = entraKey().kid ?? ''
      for (const bent of [`${kid}=`, ` ${kid}`, kid.slice(0, -1), kid.toLowerCase()])
        expectRefused(await door.knock(contract, { hint: { header: { kid: bent } } }), 'hint.key', 'access_denied')
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
      // Found by npm run fuzz: what cannot be made a text.
      ['typ', { toString: 1 }],
    ])('R6 refuses a header with %s %j, whatever signed it', async (name, value) => {
      expectRefused(await knockRaw(await craft({ [name]: value })), 'hint.algorithm', 'access_denied')
    })

    test('R6 refuses a key of the attacker’s own, carried in the header', async () => {
      const hint = await craft({ jwk: { kty: 'RSA', n: own.n, e: own.e } }, { key: own })
      expectRefused(await knockRaw(hint), 'hint.algorithm', 'access_denied')
    })

    test('R6 refuses the keys of every other cloud, though two clouds share an issuer of version 1', async () => {
      for (const { entra } of doors.others(door)) {
        const { kid } = entra.keys.signing
        const fate = await knockRaw(await craft({ kid }, { key: entra.keys.signing }))
        expectRefused(fate, 'hint.key', 'access_denied')
      }
    })
  })

  describe('R7 its signature', () => {
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
      ['signed by another key under Entra’s kid', () => craft({}, { key: own })],
      ...doors
        .others(door)
        .map(({ cloud: other }): [string, () => Promise<string>] => [
          `signed by the key of the cloud ${other} under our cloud’s kid`,
          () => craft({}, { key: doors.at(other).entra.keys.signing }),
        ]),
    ]
    test.each(bends)('R7 refuses a hint %s', async (_what, make) => {
      expectRefused(await knockRaw(await make()), 'hint.signature', 'access_denied')
    })

    test('R7 refuses a payload that is signed but no object', async () => {
      const header = part({ alg: 'RS256', kid: entraKey().kid })
      for (const payload of ['text', null, [], 7])
        expectRefused(await knockRaw(signed(`${header}.${part(payload)}`, entraKey())), 'hint.issuer', 'access_denied')
    })

    test('R7 tells nothing of why a signature is wrong', async () => {
      const { page } = await knockRaw(await craft({}, { key: own }))
      expect(page.text).not.toMatch(/verif|rsa|jose/i)
    })
  })
})
