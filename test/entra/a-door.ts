// The Entra door over real HTTP, with everything behind it played: what a test needs of that, it sets.
import express from 'express'
import request from 'supertest'
import { systemRandom } from '../../src/base/random.ts'
import { isRefusal, type Refusal, refuse } from '../../src/base/refusal.ts'
import { createEntraDoor, type EntraDeps } from '../../src/entra/routes.ts'
import { createCookies } from '../../src/http/cookies.ts'
import { handleErrors, notFound } from '../../src/http/errors.ts'
import { logRequests } from '../../src/http/request-event.ts'
import { createViews } from '../../src/http/views.ts'
import type { Integration } from '../../src/integrations/integration.ts'
import type { Standing } from '../../src/signin/changes.ts'
import type { SignIn } from '../../src/signin/sign-in.ts'
import { anIntegration } from '../integrations/an-integration.ts'
import { anAskedSignIn, OPENED } from '../signin/a-sign-in.ts'
import { clouds, hintOf, publishedKeys } from './hints.ts'

export const ID = '0123456789abcdef0123456789abcdef'
export const SECRET = 'the-secret-of-this-browser'
export const PAGE = `/entra/sign-in/${ID}`
export const FORM = 'application/x-www-form-urlencoded'
const PUBLIC_URL = 'https://mfa.example'
const views = createViews({ assets: { formPost: '/form-post.js', signInPage: '/sign-in.js' }, publicUrl: PUBLIC_URL })

/** What a line of the request log is about. */
export type Line = Record<string, unknown>

export function aDoor() {
  const played = {
    now: OPENED,
    integration: anIntegration() as Integration,
    signIn: anAskedSignIn('042137', { id: ID }) as SignIn | Refusal,
    /** Calls to the sign-ins, each with its arguments. */
    calls: [] as unknown[][],
    /** What each of them gives, where a test says so. */
    gives: {} as Record<string, unknown>,
    /** What each of them fails with, where a test says so. */
    fails: {} as Record<string, unknown>,
    /** What strangers are told in place of a refusal. */
    tooMany: undefined as Refusal | undefined,
    counted: [] as object[],
    lines: [] as Line[],
    bugs: [] as object[],
    /** Says that the sign-in moved. */
    announce: (_standing: Standing | null): void => {},
  }
  const clock = { now: () => played.now }
  const give =
    (name: string, usual: unknown) =>
    async (...args: unknown[]): Promise<unknown> => {
      played.calls.push([name, ...args])
      if (name in played.fails) throw played.fails[name]
      return name in played.gives ? played.gives[name] : usual
    }
  const signIns = {
    forBrowser: async (id: string, secret: string | undefined) =>
      id === ID && secret === SECRET ? played.signIn : refuse('sign-in.unknown', 'no cookie of this sign-in'),
    open: give('open', { kind: 'opened', id: ID, browserSecret: SECRET, expiresAt: OPENED + 240_000 }),
    askAgain: give('askAgain', true),
    sendAgain: give('sendAgain', true),
    redeemInvitation: give('redeemInvitation', true),
    takeAnswer: give('takeAnswer', refuse('sign-in.undecided', 'answer asked for while open')),
    cancel: give('cancel', true),
    find: give('find', undefined),
    standing: async () => {
      const found = played.signIn
      return isRefusal(found) ? null : found
    },
    ringStanding: async () => ({ reachable: false, rung: false, againAfter: 0, quiet: false }),
    codeWait: async () => 0,
    listen: (_id: string, tell: (standing: Standing | null) => void) => {
      played.announce = tell
      return () => {
        played.announce = () => {}
      }
    },
  }
  const log = {
    info: (facts: object) => void played.lines.push(facts as Line),
    warn: () => {},
    error: (facts: object) => void played.bugs.push(facts),
  }
  const byClient = give('findByClientId', undefined)
  const deps = {
    ...{ clouds, clock, signIns, views, log, publicUrl: PUBLIC_URL, https: false, hintMaxAge: 600_000 },
    entraKeys: publishedKeys(clock).keys,
    integrations: {
      find: async () => played.integration,
      findByClientId: async (id: string) => (await byClient(id)) ?? played.integration,
      lastKnown: give('lastKnown', undefined),
    },
    keys: { sign: give('sign', { token: 'a.b.c', kid: 'key-1' }), published: async () => [{ kid: 'key-1' }] },
    audit: { record: async () => {}, count: async () => {}, tidy: async () => {} },
    strangers: {
      count: async (refusal: Refusal, facts: object) => {
        played.counted.push({ code: refusal.code, reason: refusal.reason, ...facts })
        return played.tooMany ?? refusal
      },
    },
    cookies: createCookies(false),
    ...{ places: () => null, hintIssued: () => {}, isStopping: () => false, isFirstTime: () => true },
    countRefusal: () => {},
  } as unknown as EntraDeps

  const { router, openWaits } = createEntraDoor(deps)
  const app = express()
  app.use(logRequests(log, systemRandom))
  app.use(router)
  app.use(notFound(views), handleErrors(views, log))

  return Object.assign(played, {
    openWaits,
    /** A request with this sign-in's cookie. */
    own: (method: 'get' | 'post' | 'put', path = '') =>
      request(app)[method](`${PAGE}${path}`).set('Cookie', `cs-${ID}=${SECRET}`).set('Accept', 'text/html'),
    foreign: (method: 'get' | 'post' | 'put' | 'delete', path: string) =>
      request(app)[method](path).set('Accept', 'text/html'),
    /** What Entra's page makes the browser post, bent by these parameters. */
    async ask(parameters: Record<string, string> = {}) {
      const cloud = clouds[0] as (typeof clouds)[number]
      const { integration } = played
      const all = {
        ...{ scope: 'openid', response_type: 'id_token', response_mode: 'form_post', nonce: 'the-nonce' },
        ...{ client_id: integration.clientId, redirect_uri: cloud.redirectUris['external-mfa'], state: 'the-state' },
        id_token_hint: await hintOf(integration, cloud, 2, played.now),
        claims: '{"id_token":{"acr":{"value":"possession"}}}',
        'client-request-id': 'the-request',
        ...parameters,
      }
      return request(app).post('/entra/authorize').type('form').set('Accept', 'text/html').send(all)
    },
  })
}

/** What a page of ours says: its title and its sentence. */
export function saidOn(text: string) {
  const [, title, sentence] = /<h1>(.*?)<\/h1>\s*<p[^>]*>(.*?)<\/p>/s.exec(text) ?? []
  return { title, sentence }
}
