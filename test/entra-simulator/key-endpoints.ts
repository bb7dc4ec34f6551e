import type { Express, Request, Response } from 'express'
import { type PersistedKeys, publicKeys } from './entra-keys.ts'

/**
 * How the key endpoints can misbehave. `slow` answers nothing until this is over. Who is too patient with the others has the
 * right keys: `huge` are these and a megabyte of blanks, `redirect` leads to where they are.
 */
export type KeyFault = 'down' | 'slow' | 'rubbish' | 'empty' | 'huge' | 'redirect'

export const rubbish = '<h1>Our services are not available right now</h1>'
export const hugeAnswer = (keys: object): string => JSON.stringify(keys) + ' '.repeat(1024 * 1024)

export type KeyEndpoints = { fail(fault: KeyFault | null): void; fetches(): number; install(app: Express): void }

/**
 * Entra's discovery document and its two key sets. Microsoft Learn: "OpenID Connect on the Microsoft identity platform":
 * the issuer of the `common` document is a template. Every answer names the simulator's time in its Date header.
 */
export function createKeyEndpoints(authority: string, keys: () => PersistedKeys, now: () => number): KeyEndpoints {
  const template = `${authority}/{tenantid}/v2.0`
  let fault: KeyFault | null = null
  let fetches = 0
  let waiting: (() => void)[] = []

  const answerKeys = (issuer?: string) => (request: Request, response: Response) => {
    fetches += 1
    const answer = () => void response.set('Date', new Date(now()).toUTCString()).json(publicKeys(keys(), issuer))
    if (fault === 'down') response.destroy()
    else if (fault === 'slow') waiting.push(answer)
    else if (fault === 'rubbish') response.type('html').send(rubbish)
    else if (fault === 'empty') response.json({ keys: [] })
    else if (fault === 'huge') response.type('json').send(hugeAnswer(publicKeys(keys(), issuer)))
    else if (fault === 'redirect') response.redirect(302, `/moved${request.path}`)
    else answer()
  }

  return {
    fail(next) {
      fault = next
      if (fault !== 'slow') {
        for (const answer of waiting) answer()
        waiting = []
      }
    },
    fetches: () => fetches,
    install(app) {
      app.get('/common/discovery/v2.0/keys', answerKeys(template))
      app.get('/common/discovery/keys', answerKeys())
      app.get('/moved/common/discovery/*rest', (_request, response) => void response.json(publicKeys(keys())))
      app.get('/common/v2.0/.well-known/openid-configuration', (_request, response) => {
        response.set('Date', new Date(now()).toUTCString()).json({
          issuer: template,
          authorization_endpoint: `${authority}/begin`,
          jwks_uri: `${authority}/common/discovery/v2.0/keys`,
          response_types_supported: ['id_token'],
          subject_types_supported: ['pairwise'],
          id_token_signing_alg_values_supported: ['RS256'],
          scopes_supported: ['openid'],
        })
      })
    },
  }
}
