import { instant } from '../base/clock.ts'
import type { Integration } from './integration.ts'
import { issuerOf } from './issuer.ts'
import { fillTemplate, templateValues } from './policy-templates.ts'

/** Everything an administrator needs to connect the tenant. */
export function describeIntegration(integration: Integration, publicUrl: string) {
  const issuer = issuerOf(publicUrl, integration.id)
  const discoveryUrl = `${issuer}/.well-known/openid-configuration`
  const values = templateValues(integration, discoveryUrl)
  return {
    id: integration.id,
    clientId: integration.clientId,
    issuer,
    discoveryUrl,
    authorizationEndpoint: `${publicUrl}/entra/authorize`,
    customControl: fillTemplate('custom-control', values),
    externalMfa: fillTemplate('external-mfa', values),
    conditionalAccess: {
      customControl: fillTemplate('conditional-access-custom-control', values),
      externalMfa: fillTemplate('conditional-access-external-mfa', values),
    },
    externalMfaUser: fillTemplate('external-mfa-user', values),
    settings: settingsOf(integration),
  }
}

/** What an administrator chose; most of it may be changed. */
export function settingsOf(integration: Integration) {
  // What is ours to make, and theirs to copy at most, is left out.
  const { id: _id, clientId: _clientId, control: _control, createdAt: _at, version: _version, ...chosen } = integration
  return { ...chosen, firstUseUntil: chosen.firstUseUntil === null ? null : instant(chosen.firstUseUntil) }
}

export type IntegrationSettings = ReturnType<typeof settingsOf>
