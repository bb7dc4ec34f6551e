import { type Refusal, refuse } from '../base/refusal.ts'
import type { Contract, Integration } from '../integrations/integration.ts'
import { type Cloud, type Clouds, destinationOf } from './clouds.ts'
import type { AuthorizeRequest } from './parse-request.ts'

/** Where an answer to this request may go. Only what has one may be answered with a form; all else is a page. */
export type Destination = {
  redirectUri: string
  state: string
  cloud: Cloud
  contract: Contract
  integration: Integration
}

/**
 * Proves that an answer would reach Entra and nobody else:
 * - the redirect URI is, to the character, one that a cloud publishes for a contract,
 * - the client id is an integration's,
 * - that integration lives in that cloud.
 */
export async function proveDestination(
  request: AuthorizeRequest,
  clouds: Clouds,
  findByClientId: (clientId: string) => Promise<Integration | undefined>,
): Promise<Destination | Refusal> {
  const found = destinationOf(clouds, request.redirect_uri)
  if (!found) return refuse('request.destination', 'redirect_uri is not a published one')
  const integration = await findByClientId(request.client_id)
  if (!integration) return refuse('request.client', 'client_id is nobody’s')
  if (integration.cloud !== found.cloud.name)
    return refuse('request.destination', 'redirect_uri belongs to another cloud')
  return { ...found, integration, redirectUri: request.redirect_uri, state: request.state }
}
