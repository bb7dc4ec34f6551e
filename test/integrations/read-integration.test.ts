import { describe, expect, test } from '@jest/globals'
import { settingsOf } from '../../src/integrations/described.ts'
import {
  differenceFrom,
  readIntegrationChange,
  readNewIntegration,
  whyNotConnectable,
} from '../../src/integrations/read-integration.ts'
import { anIntegration } from './an-integration.ts'

const NOW = Date.parse('2026-11-23T12:00:00Z')
const TENANT = '7a3c1f60-5b1e-4d5f-9a57-2f0f7c6f1a01'
const APP = '0f9d6a44-93a6-4c55-8f2f-6a1f43f0b002'
const wanted = { name: 'Contoso', tenantId: TENANT, appId: APP }

describe('a tenant to connect', () => {
  test('needs a name and two GUIDs; the rest has a default', () => {
    expect(
      readNewIntegration({ name: ' Contoso ', tenantId: ` ${TENANT.toUpperCase()}`, appId: APP.toUpperCase() }, NOW),
    ).toEqual({ ...wanted, cloud: 'global', enrolment: 'first-use', firstUseUntil: null })
  })

  test('is told every mistake at once, one for each setting', () => {
    expect(readNewIntegration({ name: ' ', tenantId: 'contoso.com', cloud: 'mars', colour: 'red' }, NOW)).toEqual([
      { setting: 'name', problem: 'is missing' },
      { setting: 'tenantId', problem: 'must be a GUID, such as 7a3c1f60-5b1e-4d5f-9a57-2f0f7c6f1a01' },
      { setting: 'appId', problem: 'is missing' },
      { setting: 'cloud', problem: 'must be one of: global, usgov, china, local' },
      { setting: 'colour', problem: 'cannot be set' },
    ])
  })

  test.each([
    ['text instead of an object', 'Contoso'],
    ['nothing', undefined],
    ['a list', []],
    ['a number for a name', { ...wanted, name: 1 }],
    ['a name of two lines', { ...wanted, name: 'Contoso\nEvil' }],
    ['a name that turns round what is beside it', { ...wanted, name: 'Con\u202eosot' }],
    ['a name with something in it that cannot be seen', { ...wanted, name: 'Con\u200btoso' }],
    ['an application of zeros', { ...wanted, appId: '00000000-0000-0000-0000-000000000000' }],
    ['a GUID with a brace on one side', { ...wanted, appId: `{${APP}` }],
    ['a last day that is over', { ...wanted, firstUseUntil: '2026-11-22' }],
    ['a name that is too long', { ...wanted, name: 'x'.repeat(101) }],
  ])('is not %s', (_what, given) => {
    expect(readNewIntegration(given, NOW)).toEqual([expect.objectContaining({ problem: expect.any(String) })])
  })

  test('takes a GUID in braces, as .NET writes it, and a last day of first use', () => {
    const given = { ...wanted, tenantId: ` {${TENANT.toUpperCase()}} `, appId: `{${APP}}`, firstUseUntil: '2027-01-31' }
    expect(readNewIntegration(given, NOW)).toMatchObject({
      ...wanted,
      firstUseUntil: Date.parse('2027-01-31T23:59:59Z'),
    })
  })

  test('is not the tenant of personal accounts, and of a simulator only where there is one', () => {
    const read = { ...wanted, cloud: 'local', enrolment: 'closed', firstUseUntil: null } as const
    expect(whyNotConnectable(read, { hasLocalCloud: false })).toMatchObject({ setting: 'cloud' })
    expect(whyNotConnectable(read, { hasLocalCloud: true })).toBeUndefined()
    const personal = { ...read, cloud: 'global', tenantId: '9188040d-6c67-4c5b-b112-36a304b66dad' } as const
    expect(whyNotConnectable(personal, { hasLocalCloud: false })).toMatchObject({ setting: 'tenantId' })
  })
})

describe('a change of an integration', () => {
  const current = anIntegration()
  const read = (given: unknown) => readIntegrationChange(given, current, NOW)

  test('changes what is given and nothing else', () => {
    expect(read({})).toEqual({})
    expect(read({ name: 'Fabrikam', hintAudience: {} })).toEqual({ name: 'Fabrikam' })
    expect(read({ digits: 3, namePersonInPush: true, enabled: false, firstUseUntil: null })).toEqual({
      ...{ digits: 3, namePersonInPush: true, enabled: false, firstUseUntil: null },
    })
    expect(read({ hintAudience: { 'external-mfa': 'either', 'custom-control': undefined } })).toEqual({
      hintAudience: { 'custom-control': 'either', 'external-mfa': 'either' },
    })
  })

  test('takes a last day to its end, and an instant as it is', () => {
    expect(read({ firstUseUntil: '2027-01-31' })).toEqual({ firstUseUntil: Date.parse('2027-01-31T23:59:59Z') })
    expect(read({ firstUseUntil: '2027-01-31T18:00:00Z' })).toEqual({
      firstUseUntil: Date.parse('2027-01-31T18:00:00Z'),
    })
    expect(read({ firstUseUntil: '2026-11-23' })).toEqual({ firstUseUntil: Date.parse('2026-11-23T23:59:59Z') })
  })

  test.each(['2026-11-22', '2027-02-30', '31.1.2027', 'soon', '', '2027-01-31 soon'])(
    'refuses the last day “%s”',
    (day) => {
      expect(read({ firstUseUntil: day })).toEqual([
        { setting: 'firstUseUntil', problem: expect.stringMatching(/^must be (a day such as|in the future)/) },
      ])
    },
  )

  test('takes domains in lower case, each once, and says which one is none', () => {
    expect(read({ firstUseDomains: ['Contoso.com', ' contoso.com', 'fabrikam.example'] })).toEqual({
      firstUseDomains: ['contoso.com', 'fabrikam.example'],
    })
    expect(read({ firstUseDomains: ['contoso.com', '@fabrikam.example'] })).toEqual([
      { setting: 'firstUseDomains', problem: 'has “@fabrikam.example”, and domains are such as contoso.com' },
    ])
    expect(read({ firstUseDomains: ['a', 'contoso.com', '@b.example', 'c d'] })).toEqual([
      { setting: 'firstUseDomains', problem: 'has “a”, “@b.example” and “c d”, and domains are such as contoso.com' },
    ])
    expect(read({ firstUseDomains: 'contoso.com' })).toHaveLength(1)
    expect(read({ firstUseDomains: Array(101).fill('contoso.com') })).toHaveLength(1)
  })

  test('takes domains in any letters, as DNS has them', () => {
    const firstUseDomains = ['München.example', 'xn--mnchen-3ya.example', 'пример.example']
    expect(read({ firstUseDomains })).toEqual({ firstUseDomains: ['xn--mnchen-3ya.example', 'xn--e1afmkfd.example'] })
    expect(read({ firstUseDomains: ['mün chen.example', 'münchen'] })).toEqual([
      { setting: 'firstUseDomains', problem: expect.stringContaining('“mün chen.example” and “münchen”') },
    ])
  })

  test.each([
    ['tenantId', { tenantId: TENANT }],
    ['clientId', { clientId: 'mine' }],
    ['digits', { digits: 4 }],
    ['digits', { digits: '6' }],
    ['enrolment', { enrolment: 'open' }],
    ['namePersonInPush', { namePersonInPush: 'no' }],
    ['hintAudience.external-mfa', { hintAudience: { 'external-mfa': 'anybody' } }],
    ['hintAudience.other', { hintAudience: { other: 'either' } }],
  ])('refuses %s in %j', (setting, given) => {
    expect(read(given)).toEqual([{ setting, problem: expect.any(String) }])
  })

  test('takes back what settingsOf gives, but for what never changes', () => {
    const { tenantId, cloud, ...settings } = settingsOf(anIntegration({ firstUseUntil: NOW + 1000 }))
    expect(read(settings)).toMatchObject({ name: 'Contoso', firstUseUntil: NOW + 1000 })
    expect(read({ ...settings, cloud, tenantId })).toEqual([
      { setting: 'cloud', problem: 'cannot be set' },
      { setting: 'tenantId', problem: 'cannot be set' },
    ])
  })

  test('is only what differs', () => {
    const all = { name: 'Contoso', digits: 3, firstUseDomains: [], hintAudience: { ...current.hintAudience } } as const
    expect(differenceFrom(current, { ...all, firstUseDomains: [] })).toEqual({ digits: 3 })
  })
})
