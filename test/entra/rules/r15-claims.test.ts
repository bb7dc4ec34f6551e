// What Entra asks, as an attacker would write it: the parameter `claims` comes through the browser, and is JSON of any kind.
import { describe, expect, test } from '@jest/globals'
import type { RefusalCode } from '../../../src/base/refusal.ts'
import { type Contract, cloudNames, expectOpened, expectRefused, openDoors } from './doors.ts'
import { brokenRules, signIn } from './whole-sign-in.ts'

const doors = openDoors()

const MALFORMED = ['asked.malformed', 'invalid_request'] as const
const UNMEETABLE = ['asked.unmeetable', 'access_denied'] as const
type Row = [what: string, claims: string | undefined, refusal: typeof MALFORMED | typeof UNMEETABLE]

const nested = (open: string, close: string, deep: number, inside = '1') =>
  `${open.repeat(deep)}${inside}${close.repeat(deep)}`

/** What no contract can read. */
const unreadable: Row[] = [
  ['missing', undefined, MALFORMED],
  ['no JSON', '{"id_token":', MALFORMED],
  ['a word', 'CountersignMfa', MALFORMED],
  ['null', 'null', MALFORMED],
  ['a number', '7', MALFORMED],
  ['true', 'true', MALFORMED],
  ['an array', '[]', MALFORMED],
  ['a string', '"id_token"', MALFORMED],
  ['an empty object', '{}', MALFORMED],
  ['of userinfo only', '{"userinfo":{"acr":{"value":"possession"}}}', MALFORMED],
  ['with an id_token that is null', '{"id_token":null}', MALFORMED],
  ['with an id_token that is an array', '{"id_token":[]}', MALFORMED],
  ['with an id_token that is text', '{"id_token":"acr"}', MALFORMED],
  ['with two documents', '{"id_token":{}}{"id_token":{}}', MALFORMED],
  ['with a comment', '{"id_token":{}/**/}', MALFORMED],
  ['that are an array nested deep', nested('[', ']', 4000), MALFORMED],
  ['that are an array nested deep and never closed', '['.repeat(8192), MALFORMED],
]

const acrIn = (idToken: unknown, more: object = {}) => JSON.stringify({ id_token: { acr: idToken, ...more } })
const acr = { essential: true, values: ['possessionorinherence'] }
const honestAcr = JSON.stringify(acr)

const external: Row[] = [
  ...unreadable,
  ['nested deep', nested('{"id_token":', '}', 600), MALFORMED],
  ['with an acr nested deep', acrIn(JSON.parse(nested('[', ']', 500))), MALFORMED],
  ['in a prototype', `{"__proto__":{"id_token":{"acr":${honestAcr}}}}`, MALFORMED],
  ['in a prototype beside what is honest', `{"__proto__":{"a":1},"id_token":{"acr":${honestAcr}}}`, MALFORMED],
  ['with an acr in a prototype', `{"id_token":{"__proto__":{"acr":${honestAcr}}}}`, MALFORMED],
  ['with values in a prototype', `{"id_token":{"acr":{"__proto__":${honestAcr}}}}`, MALFORMED],
  ['with an escaped prototype', `{"\\u005f_proto\\u005f_":{"a":1},"id_token":{"acr":${honestAcr}}}`, MALFORMED],
  ['with a constructor', `{"id_token":{"acr":${honestAcr},"constructor":{"prototype":{"x":1}}}}`, MALFORMED],
  ['with a prototype by its name', `{"id_token":{"acr":${honestAcr}},"prototype":1}`, MALFORMED],
  ['without acr', JSON.stringify({ id_token: { amr: { values: ['swk'] } } }), MALFORMED],
  ...[null, 'possession', 7, true, ['possession'], [[]]].map(
    (value): Row => [`with an acr that is ${JSON.stringify(value)}`, acrIn(value), MALFORMED],
  ),
  ...['possession', 1, true, { 0: 'possession' }, [1], [null], [true], [['possession']], [{}], ['possession', 7]].map(
    (values): Row => [`with acr values that are ${JSON.stringify(values)}`, acrIn({ values }), MALFORMED],
  ),
  ...[1, true, ['possession'], {}].map(
    (value): Row => [`with an acr value that is ${JSON.stringify(value)}`, acrIn({ value }), MALFORMED],
  ),
  ['with 65 acr values', acrIn({ values: Array(65).fill('possession') }), MALFORMED],
  ['with 2000 acr values', acrIn({ values: Array(2000).fill('a') }), MALFORMED],
  ['with an acr value of 129 letters', acrIn({ values: ['p'.repeat(129), 'possession'] }), MALFORMED],
  ['with amr entries that are objects', acrIn(acr, { amr: { values: [{}] } }), MALFORMED],
  ['with an amr that is text', acrIn(acr, { amr: 'swk' }), MALFORMED],
  ['with an amr value that is a list', acrIn(acr, { amr: { value: ['swk'] } }), MALFORMED],
  ['with no acr value', acrIn({ values: [] }), UNMEETABLE],
  ['with an acr that is only essential', acrIn({ essential: true }), UNMEETABLE],
  ['with a value and values that are null', acrIn({ value: null, values: null }), UNMEETABLE],
  ['with an empty acr', acrIn({ value: '' }), UNMEETABLE],
  ['with knowledge as acr', acrIn({ values: ['knowledge'] }), UNMEETABLE],
  ['with inherence as acr', acrIn({ values: ['inherence'] }), UNMEETABLE],
  ['with knowledgeorinherence as acr', acrIn({ values: ['knowledgeorinherence'] }), UNMEETABLE],
  ['with knowledge as acr, though not essential', acrIn({ essential: false, value: 'knowledge' }), UNMEETABLE],
  ['with an acr in another case', acrIn({ values: ['Possession'] }), UNMEETABLE],
  ['with an acr and a space', acrIn({ values: ['possession '] }), UNMEETABLE],
  ['with two acrs in one', acrIn({ values: ['possession inherence'] }), UNMEETABLE],
  ['with amr but not swk', acrIn(acr, { amr: { values: ['fido', 'otp'] } }), UNMEETABLE],
  ['with amr in another case', acrIn(acr, { amr: { values: ['SWK'] } }), UNMEETABLE],
  ['with an empty amr list', acrIn(acr, { amr: { values: [] } }), UNMEETABLE],
  [
    'of a member that stands twice, the last',
    `{"id_token":{"acr":${honestAcr},"acr":{"value":"knowledge"}}}`,
    UNMEETABLE,
  ],
]

const controlIn = (claim: unknown, more: object = {}) =>
  JSON.stringify({ id_token: { CountersignMfa: claim, ...more } })
const honestClaim = '{"essential":true,"value":"MfaDone"}'

const custom: Row[] = [
  ...unreadable,
  // Each claim that is asked for is read: what is deep is a claim with a strange name, and ours is not among them.
  ['nested deep', nested('{"id_token":', '}', 600), UNMEETABLE],
  ['in a prototype', `{"__proto__":{"id_token":{"CountersignMfa":${honestClaim}}}}`, MALFORMED],
  ['with the claim in a prototype', `{"id_token":{"__proto__":{"CountersignMfa":${honestClaim}}}}`, MALFORMED],
  ['with an escaped prototype', `{"id_token":{"\\u005f_proto__":1,"CountersignMfa":${honestClaim}}}`, MALFORMED],
  ['with a member that every object has', `{"id_token":{"constructor":${honestClaim}}}`, MALFORMED],
  ['with another claim', `{"id_token":{"DuoMfa":${honestClaim}}}`, UNMEETABLE],
  ['with the claim in another case', `{"id_token":{"countersignmfa":${honestClaim}}}`, UNMEETABLE],
  ['with no claim', '{"id_token":{}}', UNMEETABLE],
  ['with no value', controlIn(null), UNMEETABLE],
  ['with a claim that is only essential', controlIn({ essential: true }), UNMEETABLE],
  ['with another value', controlIn({ value: 'Admin' }), UNMEETABLE],
  ['with the value in another case', controlIn({ value: 'mfadone' }), UNMEETABLE],
  ['with a longer value', controlIn({ value: 'MfaDone ' }), UNMEETABLE],
  ['with values without ours', controlIn({ values: ['Admin', 'Root'] }), UNMEETABLE],
  [
    'with another essential claim beside it',
    controlIn({ value: 'MfaDone' }, { admin: { essential: true } }),
    UNMEETABLE,
  ],
  ...['MfaDone', 7, true, ['MfaDone']].map(
    (claim): Row => [`with a claim that is ${JSON.stringify(claim)}`, controlIn(claim), MALFORMED],
  ),
  ...[['MfaDone'], true, 1, {}].map(
    (value): Row => [`with a value that is ${JSON.stringify(value)}`, controlIn({ value }), MALFORMED],
  ),
  ...['MfaDone', [1], [null], [['MfaDone']], { 0: 'MfaDone' }].map(
    (values): Row => [`with values that are ${JSON.stringify(values)}`, controlIn({ values }), MALFORMED],
  ),
  ['with 65 values', controlIn({ values: Array(65).fill('MfaDone') }), MALFORMED],
  [
    'of a claim that stands twice, the last',
    `{"id_token":{"CountersignMfa":${honestClaim},"CountersignMfa":null}}`,
    UNMEETABLE,
  ],
]

/** What opens a sign-in all the same, and what is answered to it. */
const honest: Record<Contract, [what: string, claims: string, answer: string][]> = {
  'external-mfa': [
    ['a value alone', acrIn({ value: 'possession' }), 'possession'],
    ['a value beside null', acrIn({ value: 'possession', values: null }), 'possession'],
    ['the value before the values', acrIn({ values: ['possessionorinherence'], value: 'possession' }), 'possession'],
    ['values after a value that cannot be met', acrIn({ value: 'inherence', values: ['possession'] }), 'possession'],
    ['the first value that is true', acrIn({ values: ['knowledge', 'possession', ...acr.values] }), 'possession'],
    ['values that are not essential', acrIn({ essential: false, values: ['possession'] }), 'possession'],
    ['values called essential by a word', acrIn({ essential: 'yes', values: ['possession'] }), 'possession'],
    [
      'other claims, essential or not',
      acrIn(acr, { auth_time: { essential: true }, name: null, x: 7 }),
      'possessionorinherence',
    ],
    [
      'a member that stands twice, the last',
      `{"id_token":{"acr":{"value":"knowledge"},"acr":${honestAcr}}}`,
      'possessionorinherence',
    ],
    ['members of userinfo beside it', `{"userinfo":[],"id_token":{"acr":${honestAcr}}}`, 'possessionorinherence'],
  ],
  'custom-control': [
    ['a value alone', controlIn({ value: 'MfaDone' }), 'MfaDone'],
    ['a value beside null', controlIn({ essential: true, value: 'MfaDone', values: null }), 'MfaDone'],
    ['a value among others', controlIn({ values: ['Other', 'MfaDone'] }), 'MfaDone'],
    ['a value that is not essential', controlIn({ essential: false, value: 'MfaDone' }), 'MfaDone'],
    ['ours in values, another in value', controlIn({ value: 'Other', values: ['MfaDone'] }), 'MfaDone'],
    ['other claims that are not essential', controlIn({ value: 'MfaDone' }, { name: null }), 'MfaDone'],
  ],
}

describe.each(cloudNames)('claims at the door of the cloud %s', (cloud) => {
  const door = doors.at(cloud)

  const refuses = async (contract: Contract, claims: string | undefined, refusal: Row[2]) => {
    const [code, told]: readonly [RefusalCode, Row[2][1]] = refusal
    // One record is made: the refusal. No sign-in was opened, so that nobody was asked.
    expectRefused(await door.knock(contract, { parameters: { claims } }), code, told)
  }
  test.each(external)('R15 External MFA refuses claims %s, and bothers nobody', async (_what, claims, refusal) =>
    refuses('external-mfa', claims, refusal),
  )
  test.each(custom)('R15 a custom control refuses claims %s, and bothers nobody', async (_what, claims, refusal) =>
    refuses('custom-control', claims, refusal),
  )

  test('R15 refuses claims of 8193 characters, unread', async () => {
    for (const contract of ['external-mfa', 'custom-control'] as const) {
      const claims = `{"id_token":"${'x'.repeat(8178)}"}`
      expectRefused(await door.knock(contract, { parameters: { claims } }), 'request.oversize', 'page')
    }
  })

  test.each(honest['external-mfa'])('R15 External MFA may ask for %s', async (_what, claims, _answer) => {
    expectOpened(await door.knock('external-mfa', { parameters: { claims } }))
  })
  test.each(honest['custom-control'])('R15 a custom control may ask for %s', async (_what, claims, _answer) => {
    expectOpened(await door.knock('custom-control', { parameters: { claims } }))
  })
})

describe('what is answered to it', () => {
  const door = doors.at('global')

  test.each(honest['external-mfa'])('R15 External MFA, asked for %s', async (_what, claims, acr) => {
    const { verdict } = await signIn(door, 'external-mfa', { parameters: { claims } })
    expect(verdict.claim?.payload).toMatchObject({ acr, amr: ['swk'] })
    // Entra never leaves amr open; its judge would not know what to compare ours with.
    expect(brokenRules(verdict).filter((found) => !found.startsWith('V12'))).toEqual([])
  })

  test.each(honest['custom-control'])('R15 a custom control, asked for %s', async (_what, claims, value) => {
    const { verdict } = await signIn(door, 'custom-control', { parameters: { claims } })
    expect(verdict.claim?.payload).toMatchObject({ CountersignMfa: value })
  })
})
