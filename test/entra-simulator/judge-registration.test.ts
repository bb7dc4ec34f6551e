import { describe, expect, test } from '@jest/globals'
import { ada, cloudNames, everyJudge, expectRefused, openJudges } from './every-judge.ts'

const judges = openJudges()

describe.each(everyJudge)('what the administrator did in the cloud %s, for the contract %s', (cloud, contract) => {
  const { answer, register } = judges.at(cloud, contract)

  test('V18 refuses a tenant without consent', async () => {
    register({ servicePrincipal: false })
    expectRefused(await answer(), ['V18'], 'AADSTS900491')
  })

  test('V19 refuses a method that is switched off', async () => {
    register({ disabled: true })
    expectRefused(await answer(), ['V19'])
  })
})

describe.each(cloudNames)('what the administrator gave each contract in the cloud %s', (cloud) => {
  test('V19 refuses External MFA that is switched off at Microsoft Graph, or not for this person', async () => {
    const { answer, register } = judges.at(cloud, 'external-mfa')
    const everyone = [{ targetType: 'group', id: 'all_users' }]
    const bodies = [
      { state: 'disabled', includeTargets: everyone },
      { state: 'enabled', includeTargets: [{ targetType: 'group', id: 'others' }] },
      { state: 'enabled', includeTargets: everyone, excludeTargets: [{ targetType: 'group', id: 'staff' }] },
    ]
    const person = { ...ada, groups: ['staff'] }
    for (const externalMfa of bodies) {
      register({ externalMfa })
      expectRefused(await answer({}, { person }), ['V19'])
    }
    register({ externalMfa: { state: 'enabled', includeTargets: everyone } })
    expect((await answer()).accepted).toBe(true)
  })

  test('V19 refuses a custom control that nobody pasted', async () => {
    const { answer, register } = judges.at(cloud, 'custom-control')
    register({ customControl: undefined })
    const claims = { id_token: { TinyMfa: { essential: true, value: 'MfaDone' } } }
    expectRefused(await answer({}, { claims }), ['V19'])
  })
})
