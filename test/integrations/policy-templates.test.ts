import { readFileSync } from 'node:fs'
import { describe, expect, test } from '@jest/globals'
import { fillTemplate, type TemplateName, templateValues } from '../../src/integrations/policy-templates.ts'
import { anIntegration } from './an-integration.ts'

const DISCOVERY = 'https://mfa.example/entra/integration-1/.well-known/openid-configuration'
const templates: TemplateName[] = [
  'custom-control',
  'external-mfa',
  'external-mfa-user',
  'conditional-access-custom-control',
  'conditional-access-external-mfa',
]
const fileOf = (template: TemplateName) =>
  JSON.parse(readFileSync(new URL(`../../policy-templates/${template}.json`, import.meta.url), 'utf8'))

/** The shape of a value: its members, kinds and lengths, without its words. */
const shapeOf = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.map(shapeOf)
  if (typeof value !== 'object' || value === null) return value === null ? null : typeof value
  return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, shapeOf(member)]))
}

const names = [
  'Contoso',
  'Contoso "quoted" \\ and \\"more\\"',
  '", "AppId": "evil", "x": "',
  "O'Neill & Söhne \u{1F511}",
  '\u202eosotnoC\u202c',
  '{{appId}}',
  '{{name}}{{name}}',
  "$& $1 $` $' $$",
  '__proto__',
  'a\nb\tc\u0000',
  '</script><script>alert(1)</script>',
]

describe.each(templates)('the template %s', (template) => {
  test.each(names)('keeps its shape, and carries the name as it is: %j', (name) => {
    const filled = fillTemplate(template, templateValues(anIntegration({ name }), DISCOVERY))
    expect(shapeOf(filled)).toEqual(shapeOf(fileOf(template)))
    const shown = Object.values(filled as Record<string, unknown>).find(
      (each) => typeof each === 'string' && each.includes(name),
    )
    expect(shown).toBeDefined()
    expect(JSON.parse(JSON.stringify(filled))).toEqual(filled)
  })
})

describe('filling', () => {
  const values = templateValues(anIntegration(), DISCOVERY)

  test('makes what an administrator pastes for a custom control', () => {
    expect(fillTemplate('custom-control', values)).toEqual({
      Name: 'Contoso',
      AppId: anIntegration().appId,
      ClientId: 'countersign-client-1',
      DiscoveryUrl: DISCOVERY,
      Controls: [
        {
          Id: 'RequireCountersignMfa',
          Name: 'RequireCountersignMfa',
          ClaimsRequested: [{ Type: 'CountersignMfa', Value: 'MfaDone', Values: null }],
          Claims: null,
        },
      ],
    })
  })

  test('makes the body that Graph takes for External MFA', () => {
    expect(fillTemplate('external-mfa', values)).toMatchObject({
      '@odata.type': '#microsoft.graph.externalAuthenticationMethodConfiguration',
      displayName: 'Contoso',
      appId: anIntegration().appId,
      openIdConnectSetting: { clientId: 'countersign-client-1', discoveryUrl: DISCOVERY },
    })
  })

  test('leaves what it has no value for as it stands, to be seen', () => {
    const filled = JSON.stringify(fillTemplate('conditional-access-external-mfa', values))
    expect(filled).toContain('{{pilotGroupId}}')
    expect(filled).toContain('{{emergencyAccountId}}')
  })

  test('leaves the name’s own place where there is no name', () => {
    expect(fillTemplate('external-mfa-user', {})).toMatchObject({ displayName: '{{name}}' })
  })

  test('turns Conditional Access on for reporting only, with an account left out', () => {
    for (const template of ['conditional-access-custom-control', 'conditional-access-external-mfa'] as const)
      expect(fillTemplate(template, values)).toMatchObject({
        state: 'enabledForReportingButNotEnforced',
        conditions: { users: { excludeUsers: [expect.any(String)] } },
      })
  })
})
