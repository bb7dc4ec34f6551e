import type { Express } from 'express'
import { homePage, unknownVerdictPage, verdictPage } from './application-pages.ts'
import type { Verdict } from './sign-ins.ts'
import type { StartChoice } from './start-choices.ts'
import { createWebApp } from './web-app.ts'

type Needs = { authority: string; verdicts: Verdict[]; choices: () => StartChoice[] }

/** The application on an origin of its own, where every sign-in begins and ends. */
export function createApplicationApp({ authority, verdicts, choices }: Needs): Express {
  const app = createWebApp()
  app.get('/', (_request, response) => void response.send(homePage(choices(), authority)))
  app.get('/signed-in', (request, response) => {
    const verdict = verdicts.find(({ id }) => id === request.query.verdict)
    if (!verdict) return void response.status(404).send(unknownVerdictPage())
    response.send(verdictPage(verdict, request.query.popup === '1'))
  })
  return app
}
