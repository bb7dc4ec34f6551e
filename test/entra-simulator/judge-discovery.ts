import { type Fetched, isLoopback } from './fetch-json.ts'
import { type Facts, type Finding, shown, verdictOf } from './finding.ts'
import { authorizationEndpointOf, documentMember, type ProviderMetadata } from './provider-metadata.ts'
import { member } from './registration.ts'

const suffix = '/.well-known/openid-configuration'

/** The issuer that a discovery URL implies: the URL without its fixed end. OpenID Connect Discovery 1.0 section 4. */
export const impliedIssuer = (discoveryUrl: string) =>
  discoveryUrl.endsWith(suffix) ? discoveryUrl.slice(0, -suffix.length) : discoveryUrl

/** Plain http is taken on loopback only: the one thing in which this simulator is milder than Entra. */
function urlFaults(name: string, value: unknown): string[] {
  if (typeof value !== 'string' || !URL.canParse(value)) return [`${name} is ${shown(value)}, not a URL`]
  const url = new URL(value)
  const safe = url.protocol === 'https:' || (url.protocol === 'http:' && isLoopback(url))
  return [
    ...(safe ? [] : [`${name} is not https`]),
    ...(value.includes('?') ? [`${name} has a query`] : []),
    ...(value.includes('#') ? [`${name} has a fragment`] : []),
  ]
}

function fetchFaults(name: string, fetched: Fetched | undefined): string[] {
  if (!fetched) return []
  if (fetched.fault !== undefined) return [`${name} (${fetched.url}): ${fetched.fault}`]
  return fetched.contentLength === undefined ? [`${name} came without Content-Length`] : []
}

const contains = (list: unknown, value: string) => Array.isArray(list) && list.includes(value)

/** Required members: OpenID Connect Discovery 1.0 section 3; the values: Microsoft Learn, provider reference. */
function documentFaults(metadata: ProviderMetadata): string[] {
  const of = (name: string) => documentMember(metadata, name)
  const lists = [
    ['response_types_supported', 'id_token'],
    ['id_token_signing_alg_values_supported', 'RS256'],
    ['scopes_supported', 'openid'],
  ] as const
  const types = of('subject_types_supported')
  const claimTypes = of('claim_types_supported')
  const usesCode = JSON.stringify(of('response_types_supported') ?? '').includes('code')
  return [
    ...urlFaults('jwks_uri', of('jwks_uri')),
    ...lists.flatMap(([name, value]) => (contains(of(name), value) ? [] : [`${name} lacks ${value}`])),
    ...(contains(types, 'pairwise') || contains(types, 'public') ? [] : ['subject_types_supported is missing']),
    ...(claimTypes === undefined || contains(claimTypes, 'normal') ? [] : ['claim_types_supported lacks normal']),
    // Required unless only the implicit flow is offered.
    ...(usesCode && of('token_endpoint') === undefined ? ['token_endpoint is missing'] : []),
  ]
}

/** All that is wrong with the discovery, in words. Exported so that a page can say it before anyone is sent anywhere. */
export function discoveryFaults(metadata: ProviderMetadata, replyUrls: string[]): string[] {
  const { discoveryUrl, document, keys } = metadata
  const reading = fetchFaults('the discovery document', document)
  const end = discoveryUrl.endsWith(suffix) ? [] : [`the discovery URL does not end in ${suffix}`]
  const address = [...urlFaults('the discovery URL', discoveryUrl), ...end]
  if (document.fault !== undefined) return [...address, ...reading]
  const issuer = documentMember(metadata, 'issuer')
  const endpoint = authorizationEndpointOf(metadata)
  const implied = impliedIssuer(discoveryUrl)
  return [
    ...address,
    ...reading,
    ...(issuer === implied ? [] : [`issuer is ${shown(issuer)}; the discovery URL implies ${shown(implied)}`]),
    ...urlFaults('authorization_endpoint', endpoint),
    ...(endpoint && !replyUrls.includes(endpoint)
      ? [`authorization_endpoint ${endpoint} is not among the reply URLs`]
      : []),
    ...documentFaults(metadata),
    ...fetchFaults('the key set', keys),
    ...(keys?.fault === undefined && keys && !Array.isArray(member(keys.json, 'keys'))
      ? ['the key set has no keys']
      : []),
  ]
}

/** V6. Microsoft Learn: External MFA method provider reference, discovery; OpenID Connect Discovery 1.0, 3 and 4. */
export function judgeDiscovery({ metadata, attempt }: Facts): Finding {
  return verdictOf(discoveryFaults(metadata, attempt.registration.replyUrls), metadata.discoveryUrl)
}
