import { describe, expect, test } from '@jest/globals'
import { readAskedByCustomControl } from '../../src/entra/custom-control.ts'
import { fillTemplate, templateValues } from '../../src/integrations/policy-templates.ts'
import { claimsOfControl } from '../entra-simulator/registration.ts'
import { anIntegration } from '../integrations/an-integration.ts'

const integration = anIntegration()
const read = (idToken: unknown) => readAskedByCustomControl(JSON.stringify({ id_token: idToken }), integration)
const met = { contract: 'custom-control', claimType: 'CountersignMfa', claimValue: 'MfaDone' }

describe('what a custom control asks', () => {
  test('is met when it is what the JSON that we hand out makes Entra ask', () => {
    const control = fillTemplate('custom-control', templateValues(integration, 'https://mfa.example/'))
    expect(readAskedByCustomControl(JSON.stringify(claimsOfControl(control)), integration)).toEqual(met)
  })

  test.each([
    ['as a value', { essential: true, value: 'MfaDone' }],
    ['among values', { values: ['Other', 'MfaDone'] }],
    ['as a value beside null', { value: 'MfaDone', values: null }],
    ['among values beside null', { value: null, values: ['MfaDone'] }],
  ])('is met %s', (_how, claim) => {
    expect(read({ CountersignMfa: claim })).toEqual(met)
  })

  test('is met beside claims that are not essential', () => {
    expect(read({ CountersignMfa: { value: 'MfaDone' }, name: null, email: { essential: false } })).toEqual(met)
  })

  test.each([
    ['nothing', {}],
    ['another claim', { DuoMfa: { value: 'MfaDone' } }],
    ['the claim in another case', { countersignMfa: { value: 'MfaDone' } }],
    ['the claim, whatever its value', { CountersignMfa: null }],
    ['the claim without a value', { CountersignMfa: { essential: true } }],
    ['another value', { CountersignMfa: { value: 'MfaSkipped' } }],
    ['a longer value', { CountersignMfa: { value: 'MfaDone ' } }],
    ['another essential claim too', { CountersignMfa: { value: 'MfaDone' }, Other: { essential: true } }],
  ])('cannot honestly be met when it asks for %s', (_what, idToken) => {
    expect(read(idToken)).toMatchObject({ code: 'asked.unmeetable' })
  })

  test.each([null, [], 'CountersignMfa', { CountersignMfa: 'MfaDone' }, { CountersignMfa: { value: 1 } }])(
    'cannot be read when it is %j',
    (idToken) => {
      expect(read(idToken)).toMatchObject({ code: 'asked.malformed' })
    },
  )

  test('is compared with the integration’s own control', () => {
    const control = { id: 'Other', claimType: 'OtherMfa', claimValue: 'Yes' }
    const claims = JSON.stringify({ id_token: { CountersignMfa: { value: 'MfaDone' } } })
    expect(readAskedByCustomControl(claims, anIntegration({ control }))).toMatchObject({ code: 'asked.unmeetable' })
  })
})
