// Entra as an OpenID provider for the administrators of an application: the part of the Microsoft identity platform that
// "OpenID Connect on the Microsoft identity platform" and "OAuth 2.0 authorization code flow" describe. TEST USAGE ONLY.
import { createHash, randomBytes } from 'node:crypto'
import express, { type Express, type Request, type Response } from 'express'
import { chooseAccountPage, refusedPage } from './administrator-pages.ts'
import { type Application, type Grant, idTokenFor, type Tampering } from './administrator-tokens.ts'
import { createKeys, type PersistedKeys, publicKeys } from './entra-keys.ts'
import type { Person } from './registration.ts'

const CODE_LIFE = 10 * 60_000

/** How the provider can fail. `discovery`: it names another issuer; `stray`: another host for its tokens. */
export type ProviderFault = 'down' | 'rubbish' | 'discovery' | 'stray'

export type AdministratorProvider = {
  register(application: Application): void
  /** What its tokens say from now on; an empty object: the truth. */
  tamper(tampering: Tampering): void
  fail(fault: ProviderFault | null): void
  /** Signs a person in at an authorization address, and gives where Entra leads the browser. */
  signIn(authorizationUrl: string, objectId: string): Promise<string>
  /** Every authorization request so far. */
  readonly requests: URLSearchParams[]
  install(app: Express): void
}

const text = (value: unknown): string => (typeof value === 'string' ? value : '')

export function createAdministratorProvider(options: {
  authority: string
  keys: () => PersistedKeys
  people: Person[]
  now: () => number
}): AdministratorProvider {
  const { authority, people, now } = options
  const applications: Application[] = []
  const grants = new Map<string, Grant>()
  const requests: URLSearchParams[] = []
  /** When each person last typed a password here: a remembered sign-in says that time. */
  const signedInAt = new Map<string, number>()
  const stranger = createKeys()
  let tampering: Tampering = {}
  let fault: ProviderFault | null = null

  const applicationOf = (tenantId: unknown, clientId: unknown): Application | undefined =>
    applications.find((known) => known.tenantId === tenantId && known.clientId === clientId)

  /** Why no page is shown and nobody is led on: RFC 6749 section 4.1.2.1, RFC 9700 section 2.1.1 (PKCE is demanded). */
  function fatal(application: Application | undefined, query: URLSearchParams): string | undefined {
    if (!application) return 'AADSTS700016: this application is not in the directory.'
    if (!application.redirectUris.includes(query.get('redirect_uri') ?? ''))
      return 'AADSTS50011: the redirect URI is not one that was registered.'
    if (query.get('response_type') !== 'code') return 'AADSTS700054: only the authorization code flow is taken.'
    if (!query.get('scope')?.split(' ').includes('openid')) return 'AADSTS900144: openid is not asked for.'
    if (query.get('code_challenge_method') !== 'S256' || !/^[\w-]{43}$/.test(query.get('code_challenge') ?? ''))
      return 'AADSTS9002325: proof key for code exchange is required.'
    if (!query.get('state') || !query.get('nonce')) return 'AADSTS90014: state and nonce are required here.'
    return undefined
  }

  function leadBack(application: Application, person: Person | undefined, query: URLSearchParams): string {
    const back = new URL(query.get('redirect_uri') ?? '')
    back.searchParams.set('state', query.get('state') ?? '')
    if (!person) {
      back.searchParams.set('error', 'access_denied')
      back.searchParams.set('error_description', 'AADSTS65004: the person declined.')
      return back.href
    }
    const isFresh = query.get('prompt') === 'login' || query.get('max_age') === '0'
    if (isFresh || !signedInAt.has(person.objectId)) signedInAt.set(person.objectId, now())
    const code = randomBytes(24).toString('base64url')
    grants.set(code, {
      ...{ application, person, redirectUri: query.get('redirect_uri') ?? '' },
      ...{ challenge: query.get('code_challenge') ?? '', nonce: query.get('nonce') ?? '' },
      ...{ signedInAt: signedInAt.get(person.objectId) ?? now(), expiresAt: now() + CODE_LIFE },
    })
    back.searchParams.set('code', code)
    return back.href
  }

  function authorize(request: Request, response: Response): void {
    const query = new URL(request.originalUrl, authority).searchParams
    const application = applicationOf(request.params.tenant, query.get('client_id'))
    const why = fatal(application, query)
    if (!application || why) return void response.status(400).send(refusedPage(why ?? ''))
    const account = query.get('account')
    if (account === null) {
      requests.push(query)
      return void response.send(chooseAccountPage(people, query))
    }
    const person = people.find(({ objectId }) => objectId === account)
    response.redirect(302, leadBack(application, person, query))
  }

  /** RFC 6749 section 4.1.3, RFC 7636 section 4.6. A code is good once, whatever comes of it. */
  async function exchange(request: Request, response: Response): Promise<void> {
    const form = new URLSearchParams(text(request.body))
    const refuse = (status: number, error: string, description: string) =>
      void response.status(status).json({ error, error_description: description })
    const application = applicationOf(request.params.tenant, form.get('client_id'))
    if (!application || form.get('client_secret') !== application.secret)
      return refuse(401, 'invalid_client', 'AADSTS7000215: Invalid client secret provided.')
    const code = form.get('code') ?? ''
    const grant = grants.get(code)
    grants.delete(code)
    const verifier = form.get('code_verifier') ?? ''
    const proven = grant?.challenge === createHash('sha256').update(verifier).digest('base64url')
    const isRight = grant?.application === application && grant.redirectUri === form.get('redirect_uri')
    if (!grant || !isRight || !proven || now() >= grant.expiresAt || form.get('grant_type') !== 'authorization_code')
      return refuse(400, 'invalid_grant', 'AADSTS70008: the code is unknown, used, over, or somebody else’s.')
    const signing = { authority, keys: options.keys(), stranger: await stranger, now: now() }
    const idToken = await idTokenFor(signing, grant, tampering)
    response.json({
      token_type: 'Bearer',
      expires_in: 3600,
      scope: 'openid profile',
      access_token: 'opaque',
      id_token: idToken,
    })
  }

  return {
    register: (application) => void applications.push(application),
    tamper(next) {
      tampering = next
    },
    fail(next) {
      fault = next
    },
    async signIn(authorizationUrl, objectId) {
      const seen = await fetch(authorizationUrl)
      if (seen.status !== 200) throw new Error(`Entra shows ${seen.status}: ${await seen.text()}`)
      const answered = await fetch(`${authorizationUrl}&account=${objectId}`, { redirect: 'manual' })
      return answered.headers.get('location') ?? ''
    },
    requests,
    install(app) {
      const path = '/:tenant'
      app.use(['/:tenant/v2.0', '/:tenant/oauth2/v2.0', '/:tenant/discovery/v2.0'], (request, response, next) => {
        if (fault === 'down' && request.params.tenant !== 'common') response.destroy()
        else if (fault === 'rubbish' && request.params.tenant !== 'common')
          response.type('html').send('<h1>Our services are not available right now</h1>')
        else next()
      })
      app.get(`${path}/v2.0/.well-known/openid-configuration`, (request, response, next) => {
        const { tenant } = request.params
        if (tenant === 'common') return next()
        const base = `${authority}/${tenant}`
        response.json({
          issuer: fault === 'discovery' ? `${authority}/{tenantid}/v2.0` : `${base}/v2.0`,
          authorization_endpoint: `${base}/oauth2/v2.0/authorize`,
          token_endpoint: fault === 'stray' ? 'http://127.0.0.1:9/token' : `${base}/oauth2/v2.0/token`,
          jwks_uri: `${base}/discovery/v2.0/keys`,
          response_types_supported: ['code', 'id_token'],
          response_modes_supported: ['query', 'fragment', 'form_post'],
          subject_types_supported: ['pairwise'],
          id_token_signing_alg_values_supported: ['RS256'],
          token_endpoint_auth_methods_supported: ['client_secret_post', 'private_key_jwt', 'client_secret_basic'],
          scopes_supported: ['openid', 'profile', 'email', 'offline_access'],
        })
      })
      app.get(`${path}/oauth2/v2.0/authorize`, authorize)
      app.post(`${path}/oauth2/v2.0/token`, express.text({ type: () => true, limit: '64kb' }), exchange)
      app.get(`${path}/discovery/v2.0/keys`, (request, response, next) => {
        if (request.params.tenant === 'common') return next()
        response.json(publicKeys(options.keys()))
      })
    },
  }
}
