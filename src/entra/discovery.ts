import type { Request, RequestHandler, Response } from 'express'
import type { Integration } from '../integrations/integration.ts'
import type { Integrations } from '../integrations/integrations.ts'
import { issuerOf } from '../integrations/issuer.ts'
import type { Keys } from '../keys/keys.ts'

/**
 * The discovery document of an integration (OpenID Connect Discovery 1.0 section 3, and what Microsoft Learn, External MFA
 * method provider reference, "Discovery metadata", demands beside it). `issuer` is the discovery URL less its suffix.
 */
export const discoveryDocument = (publicUrl: string, { id, control }: Integration) => ({
  issuer: issuerOf(publicUrl, id),
  authorization_endpoint: `${publicUrl}/entra/authorize`,
  jwks_uri: `${publicUrl}/entra/keys`,
  scopes_supported: ['openid'],
  response_types_supported: ['id_token'],
  response_modes_supported: ['form_post'],
  grant_types_supported: ['implicit'],
  subject_types_supported: ['public'],
  id_token_signing_alg_values_supported: ['RS256'],
  claim_types_supported: ['normal'],
  claims_supported: ['iss', 'aud', 'sub', 'exp', 'iat', 'nonce', 'acr', 'amr', control.claimType],
})

/** Sends JSON with its Content-Length: Microsoft refuses a discovery answer without one. */
function sendDocument(response: Response, document: object): void {
  const body = Buffer.from(JSON.stringify(document))
  response.set({
    'Content-Type': 'application/json',
    'Content-Length': String(body.length),
    'Cache-Control': 'public, max-age=3600',
  })
  response.end(body)
}

export const serveDiscovery =
  (publicUrl: string, integrations: Pick<Integrations, 'find'>): RequestHandler =>
  async (request: Request, response, next) => {
    const integration = await integrations.find(String(request.params.integrationId))
    if (!integration) return next()
    sendDocument(response, discoveryDocument(publicUrl, integration))
  }

export const serveKeys =
  (keys: Pick<Keys, 'published'>): RequestHandler =>
  async (_request, response) =>
    sendDocument(response, { keys: await keys.published() })
