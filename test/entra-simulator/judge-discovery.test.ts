import { describe, expect, test } from '@jest/globals'
import { everyJudge, expectRefused, openJudges } from './every-judge.ts'

const END = '/.well-known/openid-configuration'
const NOT_AS_DEMANDED = 'AADSTS50161'

const judges = openJudges()

describe.each(everyJudge)('the discovery, to the cloud %s, by the contract %s', (cloud, contract) => {
  const judge = judges.at(cloud, contract)
  const { begin, receive, answer } = judge

  /** Serves the document elsewhere, with the issuer that this address implies: the address alone is wrong then. */
  function moveTo(address: string) {
    const { provider } = judge
    provider.discoveryUrl = provider.url + address
    const { discoveryUrl } = provider
    provider.document.issuer = discoveryUrl.endsWith(END) ? discoveryUrl.slice(0, -END.length) : discoveryUrl
    judge.register()
  }
  /** Leads to the provider, as loopback does, and is none. */
  const beyondLoopback = () => judge.provider.url.replace('127.0.0.1', '0.0.0.0')
  const say = (change: Record<string, unknown>) => void Object.assign(judge.provider.document, change)
  const unsay = (name: string) => void delete judge.provider.document[name]
  /** Entra knows the endpoint: it is wrong in itself. */
  function authorizeAt(authorization_endpoint: string) {
    say({ authorization_endpoint })
    judge.register({ replyUrls: [authorization_endpoint] })
  }

  const faults: [string, () => void][] = [
    ['a discovery URL without its fixed end', () => moveTo('/tenant1')],
    ['a discovery URL that goes on after its fixed end', () => moveTo(`/tenant1${END}/`)],
    ['a discovery URL with a query', () => moveTo(`/tenant1?of=${END}`)],
    ['a discovery URL with a query after its fixed end', () => moveTo(`/tenant1${END}?of=tiny`)],
    ['a discovery URL with a fragment', () => moveTo(`/tenant1#${END}`)],
    [
      'a discovery URL over plain http beyond loopback',
      () => {
        const discoveryUrl = `${beyondLoopback()}/tenant1${END}`
        say({ issuer: `${beyondLoopback()}/tenant1` })
        Object.assign(judge.provider, { discoveryUrl })
        judge.register()
      },
    ],
    ['an authorization_endpoint that is no reply URL', () => judge.register({ replyUrls: [] })],
    ['an authorization_endpoint over plain http beyond loopback', () => authorizeAt(`${beyondLoopback()}/authorize`)],
    ['an authorization_endpoint with a query', () => authorizeAt(`${judge.provider.url}/authorize?of=tiny`)],
    ['a jwks_uri over plain http beyond loopback', () => say({ jwks_uri: `${beyondLoopback()}/keys` })],
    ['a jwks_uri with a query', () => say({ jwks_uri: `${judge.provider.url}/keys?` })],
    ['a missing Content-Length', () => Object.assign(judge.provider, { chunked: true })],
    ['no authorization_endpoint', () => unsay('authorization_endpoint')],
    ['no response_types_supported', () => unsay('response_types_supported')],
    ['no subject_types_supported', () => unsay('subject_types_supported')],
    ['no id_token_signing_alg_values_supported', () => unsay('id_token_signing_alg_values_supported')],
    ['no scopes_supported', () => unsay('scopes_supported')],
    ['another algorithm alone', () => say({ id_token_signing_alg_values_supported: ['ES256'] })],
    ['the code flow without a token_endpoint', () => say({ response_types_supported: ['code', 'id_token'] })],
  ]
  test.each(faults)('V6 refuses %s', async (_what, spoil) => {
    spoil()
    expectRefused(await answer(), ['V6'], NOT_AS_DEMANDED)
  })

  test('V6 refuses an issuer with one slash too many, even when the token agrees with it', async () => {
    say({ issuer: `${judge.provider.url}/tenant1/` })
    expectRefused(await answer(), ['V5', 'V6'], NOT_AS_DEMANDED)
  })

  test('V6 refuses a document without jwks_uri, in which no key can be found', async () => {
    unsay('jwks_uri')
    expectRefused(await answer(), ['V3', 'V4', 'V6', 'V16'], NOT_AS_DEMANDED)
  })

  test('V6 refuses a provider that cannot be reached, or answers rubbish, without falling over', async () => {
    judge.provider.published = [] as never
    expectRefused(await answer(), ['V3', 'V4', 'V6', 'V16'], NOT_AS_DEMANDED)
    judge.provider.discoveryUrl = `http://127.0.0.1:1/tenant1${END}`
    judge.register()
    const unreachable = await begin()
    expect(unreachable.authorizationEndpoint).toBe('')
    const verdict = await receive(await judge.provider.answer(unreachable))
    expectRefused(verdict, ['V3', 'V4', 'V5', 'V6', 'V16'], NOT_AS_DEMANDED)
  })
})
