import { randomBytes, randomUUID } from 'node:crypto'
import type { JWK } from 'jose'
import { type HintOptions, makeHint } from './make-hint.ts'
import { authorizationEndpointOf, type ProviderMetadata } from './provider-metadata.ts'
import {
  type Configured,
  type Contract,
  claimsOfControl,
  configuredFor,
  type Person,
  type Registration,
} from './registration.ts'

export type BeginOptions = {
  person: Person
  contract: Contract
  registration?: Registration
  acrValues?: string[]
  amrValues?: string[]
  /** In place of the `claims` parameter's content. */
  claims?: unknown
  /** The Id of the control to ask for; the first one otherwise. */
  control?: string
  hint?: HintOptions
  /** Parameters to replace; undefined deletes. */
  parameters?: Record<string, string | undefined>
  /** What the person has already proved to Entra: a password, or the `amr` of a passwordless first factor. */
  firstFactor?: string
  popup?: boolean
}

/** One redirection to the provider: what was sent, and all that is needed to judge the answer. */
export type EntraAttempt = {
  contract: Contract
  registration: Registration
  configured: Configured
  person: Person
  /** Empty when the provider's discovery document could not be read; `provider` says why. */
  authorizationEndpoint: string
  provider: ProviderMetadata
  parameters: Record<string, string>
  hintPayload: Record<string, unknown>
  redirectUri: string
  state: string
  nonce: string
  firstFactor: string
  begunAt: number
  popup: boolean
}

export const redirectPaths: Record<Contract, string> = {
  'external-mfa': '/common/federation/externalauthprovider',
  'custom-control': '/common/federation/OAuth2ClaimsProvider',
}

/** What Entra usually asks of External MFA. Microsoft Learn: External MFA method provider reference, sample request. */
export const usualAcr = ['possessionorinherence']
export const usualAmr = 'face fido fpt hwk iris otp pop retina sc sms swk tel vbm'.split(' ')

function claimsFor(options: BeginOptions, registration: Registration): unknown {
  if (options.claims !== undefined) return options.claims
  if (options.contract === 'custom-control') return claimsOfControl(registration.customControl, options.control)
  return {
    id_token: {
      amr: { essential: true, values: options.amrValues ?? usualAmr },
      acr: { essential: true, values: options.acrValues ?? usualAcr },
    },
  }
}

type Circumstances = { authority: string; v1Authority?: string; provider: ProviderMetadata; signing: JWK; now: number }

/**
 * The request. Microsoft Learn: External MFA method provider reference, "Authentication request"; a custom control's
 * differs in the claims, the redirect URI and two parameters of Entra's own that leak through and mean nothing to us.
 */
export async function makeAttempt(
  options: BeginOptions,
  registration: Registration,
  given: Circumstances,
): Promise<EntraAttempt> {
  const { contract, person } = options
  const configured = configuredFor(registration, contract)
  const { appId, clientId } = configured
  const { provider: _provider, ...entra } = given
  const redirectUri = entra.authority + redirectPaths[contract]
  const hint = await makeHint(
    { ...entra, tenantId: registration.tenantId, appId, clientId, person },
    options.hint ?? {},
    contract === 'custom-control' ? 1 : 2,
  )
  const wanted: Record<string, string | undefined> = {
    scope: 'openid',
    response_mode: 'form_post',
    response_type: 'id_token',
    client_id: clientId,
    redirect_uri: redirectUri,
    claims: JSON.stringify(claimsFor(options, registration)),
    id_token_hint: hint.token,
    nonce: randomBytes(48).toString('base64url'),
    state: randomBytes(96).toString('base64url'),
    'client-request-id': randomUUID(),
    ...(contract === 'custom-control' && { canary: randomBytes(24).toString('base64'), cxh_inclusive: 'False' }),
    ...options.parameters,
  }
  const sent = Object.entries(wanted).filter((entry): entry is [string, string] => entry[1] !== undefined)
  const parameters: Record<string, string> = Object.fromEntries(sent)
  return {
    contract,
    registration,
    configured,
    person,
    authorizationEndpoint: authorizationEndpointOf(given.provider) ?? '',
    provider: given.provider,
    parameters,
    hintPayload: hint.payload,
    redirectUri,
    state: parameters.state ?? '',
    nonce: parameters.nonce ?? '',
    firstFactor: options.firstFactor ?? 'pwd',
    begunAt: given.now,
    popup: options.popup ?? false,
  }
}
