import { type Refusal, refuse } from '../base/refusal.ts'

// The parameters of Microsoft Learn, External MFA method provider reference, "Request". Others must be ignored, and are.
// The largest size of each, in characters: Entra's own are far smaller.
const largest = {
  scope: 256,
  response_type: 64,
  response_mode: 64,
  client_id: 256,
  redirect_uri: 512,
  nonce: 4096,
  state: 16384,
  id_token_hint: 16384,
  claims: 8192,
  'client-request-id': 128,
} as const

type Parameter = keyof typeof largest

export type AuthorizeRequest = { [P in Parameter]: string | undefined } & {
  client_id: string
  redirect_uri: string
  state: string
}

/**
 * Reads the form that Entra posts. Refuses, each as a page, since nothing is proven yet:
 * - a parameter that stands twice (RFC 6749 section 3.1),
 * - one larger than Entra makes them,
 * - a missing client_id, redirect_uri or state: without them no answer could find its way.
 */
export function parseRequest(body: string): AuthorizeRequest | Refusal {
  const form = new URLSearchParams(body)
  const request: Partial<Record<Parameter, string>> = {}
  for (const name of Object.keys(largest) as Parameter[]) {
    const values = form.getAll(name)
    if (values.length > 1) return refuse('request.repeated', `${name} stands ${values.length} times`)
    const value = values[0]
    if (value === undefined || value === '') continue
    if (value.length > largest[name]) return refuse('request.oversize', `${name} has ${value.length} characters`)
    request[name] = value
  }
  const { client_id, redirect_uri, state } = request
  if (!client_id) return refuse('request.incomplete', 'client_id is missing')
  if (!redirect_uri) return refuse('request.incomplete', 'redirect_uri is missing')
  if (!state) return refuse('request.incomplete', 'state is missing')
  return { ...(request as { [P in Parameter]: string | undefined }), client_id, redirect_uri, state }
}

/**
 * Refuses a request that does not ask for an id_token by form post with scope openid, or lacks nonce or hint
 * (Microsoft Learn, same page). Microsoft's text prints `Id_token`, so response_type is compared without case.
 */
export function checkProtocol(request: AuthorizeRequest): { nonce: string; hint: string } | Refusal {
  if (request.response_type?.toLowerCase() !== 'id_token')
    return refuse('request.protocol', 'response_type is not id_token')
  if (request.response_mode !== 'form_post') return refuse('request.protocol', 'response_mode is not form_post')
  if (!request.scope?.split(' ').includes('openid')) return refuse('request.protocol', 'scope lacks openid')
  if (!request.nonce) return refuse('request.incomplete', 'nonce is missing')
  if (!request.id_token_hint) return refuse('hint.malformed', 'id_token_hint is missing')
  return { nonce: request.nonce, hint: request.id_token_hint }
}
