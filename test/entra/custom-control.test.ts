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

  const NOT_ASKED = 'the control’s claim is not asked for'
  const OTHER_VALUE = 'the claim is asked for with another value'

  test.each([
    ['nothing', {}, NOT_ASKED],
    ['another claim', { DuoMfa: { value: 'MfaDone' } }, NOT_ASKED],
    ['the claim in another case', { countersignMfa: { value: 'MfaDone' } }, NOT_ASKED],
    ['the claim, whatever its value', { CountersignMfa: null }, NOT_ASKED],
    ['the claim without a value', { CountersignMfa: { essential: true } }, OTHER_VALUE],
    ['another value', { CountersignMfa: { value: 'MfaSkipped' } }, OTHER_VALUE],
    ['a longer value', { CountersignMfa: { value: 'MfaDone ' } }, OTHER_VALUE],
    [
      'another essential claim too',
      { CountersignMfa: { value: 'MfaDone' }, Other: { essential: true } },
      'another claim is essential',
    ],
  ])('cannot honestly be met when it asks for %s', (_what, idToken, reason) => {
    expect(read(idToken)).toMatchObject({ code: 'asked.unmeetable', reason })
  })

  test.each([
    [null, 'id_token'],
    [[], 'id_token'],
    ['CountersignMfa', 'id_token'],
    [{ CountersignMfa: 'MfaDone' }, 'id_token.CountersignMfa'],
    [{ CountersignMfa: { value: 1 } }, 'id_token.CountersignMfa.value'],
    [{ CountersignMfa: { values: ['MfaDone', 1] } }, 'id_token.CountersignMfa.values.1'],
  ])('cannot be read when it is %j, and the reason says where', (idToken, where) => {
    expect(read(idToken)).toMatchObject({ code: 'asked.malformed', reason: `claims: ${where}` })
  })

  test.each([undefined, '', 'null', '[', '"CountersignMfa"'])('cannot be read when the parameter is %j', (claims) => {
    const reason = 'claims: not an object'
    expect(readAskedByCustomControl(claims, integration)).toMatchObject({ code: 'asked.malformed', reason })
  })

  test('is compared with the integration’s own control', () => {
    const control = { id: 'Other', claimType: 'OtherMfa', claimValue: 'Yes' }
    const claims = JSON.stringify({ id_token: { CountersignMfa: { value: 'MfaDone' } } })
    expect(readAskedByCustomControl(claims, anIntegration({ control }))).toMatchObject({ code: 'asked.unmeetable' })
  })
})
