// The nearest peer: panva's oidc-provider, as an identity provider that Entra might be sent to in our place. One flow is a
// request by POST, an interaction that ends at once, and the form with the id_token. Its store is its in-memory adapter.
// With `verify` the interaction also checks an RS256 hint and an ES256 approval, as ours must.
import { createServer } from 'node:http'
import { exportJWK, generateKeyPair, jwtVerify, SignJWT } from 'jose'
import Provider from 'oidc-provider'

const [port, how] = process.argv.slice(2)
const issuer = `http://127.0.0.1:${port}`
const [rsa, ec] = await Promise.all([generateKeyPair('RS256', { extractable: true }), generateKeyPair('ES256')])
const signed = (alg: string, key: Parameters<SignJWT['sign']>[0], length: number): Promise<string> =>
  new SignJWT({ padding: 'x'.repeat(length) }).setProtectedHeader({ alg }).setIssuedAt().sign(key)
const [hint, approval] = await Promise.all([signed('RS256', rsa.privateKey, 1000), signed('ES256', ec.privateKey, 400)])

const provider = new Provider(issuer, {
  jwks: { keys: [{ ...(await exportJWK(rsa.privateKey)), alg: 'RS256', use: 'sig', kid: 'one' }] } as never,
  clients: [
    {
      ...{
        client_id: 'entra',
        redirect_uris: ['https://login.microsoftonline.com/common/federation/externalauthprovider'],
      },
      ...{ response_types: ['id_token'], grant_types: ['implicit'], token_endpoint_auth_method: 'none' },
    },
  ],
  ...{ enableHttpPostMethods: true, responseTypes: ['id_token'], acrValues: ['possessionorinherence'] },
  cookies: { keys: ['a key that signs cookies'], long: { sameSite: 'none' }, short: {} },
  features: { devInteractions: { enabled: false }, claimsParameter: { enabled: true } },
  claims: { openid: ['sub'], acr: null, amr: null },
  extraParams: ['id_token_hint_like'],
  ttl: { Interaction: 300, Grant: 300, IdToken: 300, Session: 300 },
  findAccount: (_context: unknown, accountId: string) => ({ accountId, claims: () => ({ sub: accountId }) }),
  interactions: { url: (_context: unknown, { uid }: { uid: string }) => `/interaction/${uid}` },
  async loadExistingGrant(context) {
    const grant = new provider.Grant({ clientId: 'entra', accountId: context.oidc.session?.accountId ?? '' })
    grant.addOIDCScope('openid')
    await grant.save()
    return grant
  },
})
provider.on('server_error', (_context, error) => process.stderr.write(`${error.stack}\n`))
const callback = provider.callback()

createServer(async (request, response) => {
  if (!request.url?.startsWith('/interaction/')) return void callback(request, response)
  if (how === 'verify') {
    await jwtVerify(hint, rsa.publicKey, { algorithms: ['RS256'] })
    await jwtVerify(approval, ec.publicKey, { algorithms: ['ES256'] })
  }
  const login = { accountId: 'person', amr: ['pop'], acr: 'possessionorinherence', remember: false }
  await provider.interactionFinished(request, response, { login }, { mergeWithLastSubmission: false })
}).listen(Number(port), '127.0.0.1', () => process.stdout.write('ready\n'))
