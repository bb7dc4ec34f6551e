// The Express app: what every request passes, in order; one router for each door; the error handler last.
import express, { type Express, type RequestHandler, type Router } from 'express'
import type { Log } from './base/log.ts'
import type { Random } from './base/random.ts'
import type { Asset } from './http/assets.ts'
import { handleErrors, methodNotAllowed, notFound } from './http/errors.ts'
import { securityHeaders } from './http/headers.ts'
import { logRequests } from './http/request-event.ts'
import { serveAssets } from './http/serve-assets.ts'
import type { Views } from './http/views.ts'

export type Door = Router

/** What is wrong with the service now, each in plain words: what makes it unready, and what will, unless somebody acts. */
export type Health = { troubles: string[]; warnings: string[] }

export type AppParts = {
  https: boolean
  trustProxy: number | string[]
  log: Log
  random: Random
  views: Views
  assets: Asset[]
  doors: Door[]
  openapi: object
  /** null: nothing is measured, and there is no such path. */
  metrics: { observeRequests: RequestHandler; serve: RequestHandler } | null
  health: () => Promise<Health>
}

export function createApp(parts: AppParts): Express {
  const { views, log } = parts
  const app = express()
  app.disable('x-powered-by')
  app.set('etag', false)
  app.set('query parser', 'simple')
  app.set('trust proxy', parts.trustProxy)

  app.use(logRequests(log, parts.random))
  if (parts.metrics) app.use(parts.metrics.observeRequests)
  app.use(securityHeaders(parts.https))
  app.use(serveAssets(parts.assets))

  app.get('/healthz', (_request, response) => void response.json({ alive: true }))
  app.get('/readyz', async (_request, response) => {
    const { troubles, warnings } = await parts.health()
    const ready = troubles.length === 0
    response.status(ready ? 200 : 503).json({ ready, troubles, warnings })
  })
  if (parts.metrics) app.get('/metrics', parts.metrics.serve)
  app.get('/openapi.json', (_request, response) => void response.json(parts.openapi))
  app.get('/', (_request, response) => void response.send(views.render('welcome', {})))
  for (const door of parts.doors) app.use(door)

  for (const path of ['/healthz', '/readyz', '/openapi.json', '/']) app.all(path, methodNotAllowed(views, 'GET'))
  app.use(notFound(views))
  app.use(handleErrors(views, log))
  return app
}
