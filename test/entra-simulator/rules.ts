export type RuleId = `V${1 | 2 | 3 | 4 | 5 | 6 | 7 | 8 | 9 | 10 | 11 | 12 | 13 | 14 | 15 | 16 | 17 | 18 | 19 | 20}`

/** `refusal` is what Entra shows, where Microsoft has published a code for it. */
export type Rule = { title: string; source: string; refusal?: string }

const learn = 'Microsoft Learn: External MFA method provider reference'
const learnControls = 'Microsoft Learn: Custom controls in Microsoft Entra Conditional Access'
const oidc = 'OpenID Connect Core 1.0 section'
const errorCodes = 'Microsoft Learn: Microsoft Entra authentication error codes'
const signature = 'AADSTS50012: External ID token failed signature verification.'

/** Every rule that one answer can break, in the order in which it is shown. */
export const rules: Record<RuleId, Rule> = {
  V1: {
    title: 'The answer carries an id_token',
    source: `${learn}, response; ${errorCodes}`,
    refusal: "AADSTS900144: The request body must contain the following parameter: 'id_token'.",
  },
  V2: { title: 'The state is the one Entra sent', source: `${oidc} 3.2.2.5` },
  V3: {
    title: 'The token is signed with RS256 by a key Entra holds',
    source: `${oidc} 3.1.3.7 (6-8); RFC 7515 section 4.1`,
    refusal: signature,
  },
  V4: {
    title: 'Every published key has its certificate',
    source: `${learn}, discovery; RFC 7517 section 4.7`,
    refusal: signature,
  },
  V5: {
    title: 'The issuer is the configured one, character for character',
    source: `${learn}, discovery; ${oidc} 3.1.3.7 (2)`,
  },
  V6: {
    title: 'The discovery document is as Entra demands',
    source: `${learn}, discovery; OpenID Connect Discovery 1.0 sections 3 and 4`,
    refusal: 'AADSTS50161: Failed to validate authorization url of external claims provider!',
  },
  V7: { title: 'The audience is the client id', source: `${learn}, response; ${oidc} 3.1.3.7 (3)` },
  V8: { title: 'The subject is the one in the hint', source: `${learn}, response` },
  V9: { title: 'The nonce is the one Entra sent', source: `${oidc} 3.1.3.7 (11)` },
  V10: { title: 'The token is valid now, and not for long', source: `${oidc} 3.1.3.7 (9, 10); RFC 7519 section 4.1` },
  V11: {
    title: 'The acr is one string among the requested',
    source: `${learn}, response; ${oidc} 5.5.1.1`,
    refusal: "AADSTS5001258: Failed to validate external id_token: 'acr' claim has unexpected value.",
  },
  V12: {
    title: 'The amr is one known method, of another type than the first factor',
    source: `${learn}, response and amr table`,
    refusal: "AADSTS5001257: Failed to validate external id_token: 'amr' claim has unexpected value.",
  },
  V13: { title: 'Neither token nor nonce was used before', source: `${oidc} 3.1.3.7 (11) and 15.5.2` },
  V14: { title: 'The answer came within five minutes', source: `${learn}, time limit` },
  V15: {
    title: 'Posted as a form, once each, to the redirect URI that was asked for',
    source: 'OAuth 2.0 Form Post Response Mode section 2; RFC 6749 section 3.1',
  },
  V16: {
    title: 'The signing key was published before Entra last looked',
    source: `${learn}, caching and key rollover`,
    refusal: signature,
  },
  V17: {
    title: 'The claim the control requests is there, with its value',
    source: `${learnControls}; ${oidc} 5.5.1`,
    refusal: 'AADSTS50161: Claims sent by external provider is not enough, or missing claim requested of it.',
  },
  V18: {
    title: "The tenant has consented to the provider's application",
    source: `${learn}, admin consent`,
    refusal: 'AADSTS900491: Service principal not found.',
  },
  V19: {
    title: 'The method is switched on, for this person',
    source: 'Microsoft Graph v1.0: externalAuthenticationMethodConfiguration',
  },
  V20: { title: 'An error comes without a token', source: 'RFC 6749 section 4.2.2.1 (an answer is one or the other)' },
}

/** What Entra says when a rule without a published code is broken. */
export const generalRefusal = 'AADSTS50158: External security challenge was not satisfied.'

/** Of several broken rules, Entra would stumble over the earliest in this order. */
export const stumblingOrder: RuleId[] = [
  ...(['V18', 'V19', 'V6', 'V15', 'V2', 'V20', 'V1', 'V16', 'V3', 'V4', 'V5'] as const),
  ...(['V7', 'V8', 'V9', 'V10', 'V13', 'V14', 'V17', 'V11', 'V12'] as const),
]
