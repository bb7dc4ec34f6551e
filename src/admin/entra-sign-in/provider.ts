// Entra as an OpenID provider for administrators: authorization code with PKCE (RFC 7636), by openid-client's strategy for
// passport. Both only see what is handed to them here: no express session, no request of a stranger.
import type { Request, Response } from 'express'
import * as client from 'openid-client'
import { Strategy } from 'openid-client/passport'
import passport from 'passport'
import type { EntraConnection } from '../../administrators/entra-connection.ts'
import { type Clock, systemClock } from '../../base/clock.ts'
import { isRefusal, type Refusal, refuse } from '../../base/refusal.ts'
import { CALLBACK } from './callback.ts'
import { refusalFor } from './provider-faults.ts'

const SESSION_KEY = 'entra'
/** Seconds to wait for one answer of Entra. */
const TIMEOUT = 10
/** Seconds by which Entra's clock and ours may differ. */
const TOLERANCE = 60

/** What the strategy keeps from the way there to the way back. */
export type Kept = { state: string; nonce: string; codeVerifier: string }
type StrategyState = { state: string; nonce: string; code_verifier: string }

export type EntraProvider = ReturnType<typeof createEntraProvider>
export type Fetch = (url: string, init: RequestInit) => Promise<globalThis.Response>

type Outcome = { leadsTo: string } | { error: unknown } | { user: unknown }

export function createEntraProvider(deps: {
  fetch: Fetch
  clock: Clock
  /** Where each cloud's tenants sign in; nothing is asked of any other address. */
  authorities: Readonly<Record<string, string>>
  publicUrl: string
}) {
  const { fetch, clock, authorities, publicUrl } = deps
  const authenticator = new passport.Passport()

  /** What Entra publishes of this tenant, read anew each time: administrators sign in seldom. */
  async function configure({ cloud, tenantId, clientId }: EntraConnection, secret: string) {
    const authority = authorities[cloud]
    if (!authority) return refuse('admin.entra-off', `this service does not know the cloud ${cloud}`)
    const issuer = `${authority}/${tenantId}/v2.0`
    const options: client.DiscoveryRequestOptions = {
      [client.customFetch]: (url, init) => fetch(url, init as RequestInit),
      timeout: TIMEOUT,
      // The signature is verified too, though the token comes straight from Entra: OpenID Connect Core section 3.1.3.7
      // would let us trust TLS alone.
      execute: [
        client.enableNonRepudiationChecks,
        ...(authority.startsWith('http:') ? [client.allowInsecureRequests] : []),
      ],
    }
    const about = {
      id_token_signed_response_alg: 'RS256',
      // openid-client reads the machine's clock; this is how far ours is from it.
      [client.clockSkew]: Math.round((clock.now() - systemClock.now()) / 1000),
      [client.clockTolerance]: TOLERANCE,
    }
    const found = await client.discovery(new URL(issuer), clientId, about, client.ClientSecretPost(secret), options)
    const { issuer: named, authorization_endpoint, token_endpoint, jwks_uri } = found.serverMetadata()
    // The library lets Entra name a template as its issuer. We connect one tenant, and take no other name.
    if (named !== issuer) return refuse('admin.entra', 'Entra publishes another issuer')
    const { origin } = new URL(authority)
    const stray = [authorization_endpoint, token_endpoint, jwks_uri].find(
      (url) => !url || !URL.canParse(url) || new URL(url).origin !== origin,
    )
    return stray === undefined ? found : refuse('admin.entra', 'Entra publishes an address outside its authority')
  }

  /** Runs the strategy as passport does, on a request that holds nothing but what it needs. */
  function run(
    config: client.Configuration,
    url: URL,
    session: object,
    parameters?: URLSearchParams,
  ): Promise<Outcome> {
    const strategy = new Strategy(
      { config, sessionKey: SESSION_KEY, scope: 'openid profile', callbackURL: `${publicUrl}${CALLBACK}` },
      (tokens, verified) => void verified(null, tokens.claims() ?? false),
    )
    Object.assign(strategy, {
      currentUrl: () => url,
      shouldInitiateAuthRequest: () => parameters !== undefined,
      authorizationRequestParams: () => parameters,
    })
    return new Promise((resolve, reject) => {
      const answer = {
        setHeader: (name: string, value: string) => void (name === 'Location' && resolve({ leadsTo: value })),
        end() {},
      }
      const told = (error: unknown, user: unknown, info: unknown): void =>
        resolve(error || !user ? { error: error ?? info } : { user })
      const handle = authenticator.authenticate(strategy, { session: false }, told)
      handle({ method: 'GET', session } as unknown as Request, answer as unknown as Response, reject)
    })
  }

  return {
    /** Where to send a browser, and what to keep until it comes back; `fresh`: Entra must ask who is there anew. */
    async lead(
      connection: EntraConnection,
      secret: string,
      { state, nonce, fresh }: { state: string; nonce: string; fresh: boolean },
    ): Promise<{ url: string; kept: Kept } | Refusal> {
      try {
        const config = await configure(connection, secret)
        if (isRefusal(config)) return config
        const asked = fresh ? { prompt: 'login', max_age: '0' } : { prompt: 'select_account' }
        const session: Record<string, StrategyState> = {}
        const parameters = new URLSearchParams({ state, nonce, ...asked })
        const outcome = await run(config, new URL(publicUrl), session, parameters)
        if ('error' in outcome) return refusalFor(outcome.error)
        const kept = session[SESSION_KEY]
        if (!('leadsTo' in outcome) || !kept) throw new Error('the strategy led nowhere')
        return { url: outcome.leadsTo, kept: { state, nonce, codeVerifier: kept.code_verifier } }
      } catch (error) {
        return refusalFor(error)
      }
    },

    /**
     * What the ID token says, verified by openid-client: state, code and PKCE, client secret, signature RS256 by a key of
     * this tenant, issuer, audience, nonce, times. How fresh the sign-in is, is for the caller to say: at `max_age=0` the
     * library would count the seconds that somebody needs to come back.
     */
    async finish(
      connection: EntraConnection,
      secret: string,
      { state, nonce, codeVerifier }: Kept,
      query: URLSearchParams,
    ): Promise<unknown | Refusal> {
      try {
        const config = await configure(connection, secret)
        if (isRefusal(config)) return config
        const session = { [SESSION_KEY]: { state, nonce, code_verifier: codeVerifier } satisfies StrategyState }
        const outcome = await run(config, new URL(`${publicUrl}${CALLBACK}?${query}`), session)
        if ('error' in outcome) return refusalFor(outcome.error)
        if (!('user' in outcome)) throw new Error('the strategy leads on where it should end')
        return outcome.user
      } catch (error) {
        return refusalFor(error)
      }
    },
  }
}
