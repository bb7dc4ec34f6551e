/** The two ways Entra asks an external provider for a second factor. */
export type Contract = 'external-mfa' | 'custom-control'

export type Person = { objectId: string; name: string; username: string; guest?: boolean; groups?: string[] }

/** What the administrator configured at Entra for one provider. */
export type Registration = {
  tenantId: string
  appId: string
  clientId: string
  discoveryUrl: string
  replyUrls: string[]
  /** The JSON object as pasted into Conditional Access. */
  customControl?: unknown
  /** The body as sent to Microsoft Graph. */
  externalMfa?: unknown
  disabled?: boolean
  /** Whether an administrator consented to the provider's application in this tenant. */
  servicePrincipal?: boolean
}

/** What Entra works with for one contract: the pasted text wins, because it is all that a real Entra has. */
export type Configured = { appId: string; clientId: string; discoveryUrl: string }

/** A member of something unknown, or undefined. */
export const member = (value: unknown, name: string): unknown =>
  typeof value === 'object' && value !== null && Object.hasOwn(value, name)
    ? (value as Record<string, unknown>)[name]
    : undefined

const text = (value: unknown, otherwise: string) => (typeof value === 'string' ? value : otherwise)

/**
 * The app id, client id and discovery URL which Entra uses for a contract.
 * Microsoft Learn: "Custom controls in Microsoft Entra Conditional Access" (the pasted JSON) and Microsoft Graph v1.0
 * externalAuthenticationMethodConfiguration (the body).
 */
export function configuredFor(registration: Registration, contract: Contract): Configured {
  const { customControl, externalMfa } = registration
  const connect = member(externalMfa, 'openIdConnectSetting')
  const [appId, clientId, discoveryUrl] =
    contract === 'custom-control'
      ? [member(customControl, 'AppId'), member(customControl, 'ClientId'), member(customControl, 'DiscoveryUrl')]
      : [member(externalMfa, 'appId'), member(connect, 'clientId'), member(connect, 'discoveryUrl')]
  return {
    appId: text(appId, registration.appId),
    clientId: text(clientId, registration.clientId),
    discoveryUrl: text(discoveryUrl, registration.discoveryUrl),
  }
}

/** The contracts a registration can be tried with. External MFA needs no body here: the other fields say it all. */
export function contractsOf(registration: Registration): Contract[] {
  return registration.customControl === undefined ? ['external-mfa'] : ['external-mfa', 'custom-control']
}

/**
 * The `claims` parameter for one control: each ClaimsRequested entry becomes an essential claim of the id_token.
 * OpenID Connect Core 1.0 section 5.5.1; the shape is the one seen from a custom control in use.
 */
export function claimsOfControl(customControl: unknown, controlId?: string): unknown {
  const controls = member(customControl, 'Controls')
  const list: unknown[] = Array.isArray(controls) ? controls : []
  const control = controlId === undefined ? list[0] : list.find((each) => member(each, 'Id') === controlId)
  const requested = member(control, 'ClaimsRequested')
  if (!Array.isArray(requested)) throw new Error('The custom control requests no claim: nothing could be asked.')
  const entries = requested.map((each): [string, unknown] => {
    const value = member(each, 'Value')
    const asked = typeof value === 'string' ? { value } : { values: member(each, 'Values') }
    return [String(member(each, 'Type')), { essential: true, ...asked }]
  })
  return { id_token: Object.fromEntries(entries) }
}
