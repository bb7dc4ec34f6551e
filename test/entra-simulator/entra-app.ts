import express, { type Express, type Request, type Response } from 'express'
import type { AdministratorProvider } from './administrator-provider.ts'
import { beginPage, cannotBeginPage, signInPage, wrongMethodPage } from './entra-pages.ts'
import { discoveryFaults } from './judge-discovery.ts'
import type { KeyEndpoints } from './key-endpoints.ts'
import { redirectPaths } from './make-attempt.ts'
import { unreadable } from './provider-metadata.ts'
import type { Contract } from './registration.ts'
import { providerName, type SignIns, type Verdict } from './sign-ins.ts'
import type { StartChoice } from './start-choices.ts'
import { createWebApp } from './web-app.ts'

type Needs = {
  applicationUrl: string
  signIns: SignIns
  keyEndpoints: KeyEndpoints
  choices: () => StartChoice[]
  administrators: AdministratorProvider
}

const list = (value: unknown): string[] | undefined => (value === undefined ? undefined : [value].flat().map(String))

/** Entra's side: its keys, its sign-in page, and the two addresses that answers are posted to. */
export function createEntraApp({ applicationUrl, signIns, keyEndpoints, choices, administrators }: Needs): Express {
  const app = createWebApp()
  keyEndpoints.install(app)
  administrators.install(app)

  app.get('/', (_request, response) => void response.send(signInPage(choices(), applicationUrl)))

  app.get('/begin', async (request, response) => {
    const choice = choices().find(({ value }) => value === request.query.start)
    if (!choice) {
      const sentence = 'This link names a person, tenant or contract that this Entra does not know.'
      return void response.status(404).send(cannotBeginPage('Nobody to sign in', sentence))
    }
    const acrValues = list(request.query.acr)
    const amrValues = list(request.query.amr)
    const { registration } = choice
    const attempt = await signIns.begin({
      ...choice,
      ...(acrValues && { acrValues }),
      ...(amrValues && { amrValues }),
      popup: request.query.popup === '1',
    })
    const name = providerName(registration)
    const broken = unreadable(attempt.provider)
    if (broken !== undefined) {
      const sentence = `Entra cannot reach ${name}, so the sign-in stops here.`
      return void response.status(502).send(cannotBeginPage('The provider cannot be reached', sentence, [broken]))
    }
    // A real Entra refuses here too: a wrong discovery document is found out before anyone is sent to the provider.
    const faults = discoveryFaults(attempt.provider, registration.replyUrls)
    if (faults.length > 0) {
      const sentence = `AADSTS50161: what ${name} publishes is not what Entra demands, so the sign-in stops here.`
      return void response.status(502).send(cannotBeginPage('The provider is not set up properly', sentence, faults))
    }
    response.send(beginPage(attempt))
  })

  const verdictUrl = ({ id, attempt }: Verdict) =>
    `${applicationUrl}/signed-in?verdict=${id}${attempt?.popup ? '&popup=1' : ''}`

  const receive = (contract: Contract) => async (request: Request, response: Response) => {
    const query = request.originalUrl.split('?')[1] ?? ''
    const form = request.method === 'POST' ? String(request.body ?? '') : query
    const manner = { method: request.method, contentType: request.get('content-type') ?? '' }
    const verdict = await signIns.receive(contract, new URLSearchParams(form), manner)
    if (request.method === 'POST') return void response.redirect(302, verdictUrl(verdict))
    response
      .status(405)
      .set('Allow', 'POST')
      .send(wrongMethodPage(verdict, verdictUrl(verdict)))
  }

  for (const contract of ['external-mfa', 'custom-control'] as const) {
    app.all(redirectPaths[contract], express.text({ type: () => true, limit: '64kb' }), receive(contract))
  }
  return app
}
