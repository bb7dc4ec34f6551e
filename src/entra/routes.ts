// The Entra door: every route with its guards, on one screen.
import express, {
  type ErrorRequestHandler,
  type Request,
  type RequestHandler,
  type Response,
  type Router,
} from 'express'
import type { Clock } from '../base/clock.ts'
import type { Log } from '../base/log.ts'
import { type Refusal, refuse } from '../base/refusal.ts'
import type { Cookies } from '../http/cookies.ts'
import { answerRefusal, methodNotAllowed, refusalOf } from '../http/errors.ts'
import { noStore } from '../http/headers.ts'
import type { Views } from '../http/views.ts'
import { visitorOf } from '../http/visitor.ts'
import type { Integrations } from '../integrations/integrations.ts'
import type { Keys } from '../keys/keys.ts'
import type { SignIns } from '../signin/sign-ins.ts'
import type { AuthorizeDeps } from './authorize.ts'
import { serveDiscovery, serveKeys } from './discovery.ts'
import { createHandlers } from './handlers.ts'
import { createOwnBrowser } from './own-browser.ts'
import { createWaits } from './wait.ts'

export type EntraDeps = Omit<AuthorizeDeps, 'keys' | 'integrations' | 'signIns'> & {
  entraKeys: AuthorizeDeps['keys']
  integrations: Pick<Integrations, 'find' | 'findByClientId' | 'lastKnown'>
  signIns: SignIns
  keys: Keys
  clock: Clock
  views: Views
  log: Log
  cookies: Cookies
  publicUrl: string
  https: boolean
}

const FORM = 'application/x-www-form-urlencoded'
const readBody = express.text({ type: FORM, limit: '64kb' })

/** Reads a form as it was sent: what stands twice must be seen twice. Refuses every other kind of content. */
const readForm: RequestHandler = (request, response, next) =>
  request.is(FORM) ? readBody(request, response, next) : next(refuse('http.content-type', 'not a form'))

export function createEntraDoor(deps: EntraDeps): { router: Router; openWaits: () => number; endWaits: () => void } {
  const router = express.Router({ caseSensitive: true, strict: true })
  const waits = createWaits(deps)
  const ownBrowser = createOwnBrowser(deps)
  const handle = createHandlers(deps, ownBrowser, waits)
  const own = ownBrowser.only
  const no = (...allowed: string[]): RequestHandler => methodNotAllowed(deps.views, ...allowed)
  const page = '/entra/sign-in/:id'
  /** What is no form of Entra's is on record like every other request that is refused. */
  const turnAway = async (request: Request, response: Response, refusal: Refusal): Promise<void> => {
    const { address } = visitorOf(request)
    const told = await deps.strangers.count(refusal, { type: 'request.refused', address })
    answerRefusal(deps.views, request, response, told)
  }

  // What Entra reads.
  router.get(
    '/entra/:integrationId/.well-known/openid-configuration',
    serveDiscovery(deps.publicUrl, deps.integrations),
  )
  router.get('/entra/keys', serveKeys(deps.keys))

  // What Entra makes a browser post. A GET explains, and does nothing.
  router.get('/entra/authorize', handle.explain)
  router.post('/entra/authorize', noStore, readForm, handle.authorizeRequest)

  // What that browser does with its sign-in, each guarded by the cookie of this sign-in.
  router.use(page, noStore)
  router.get(page, own(handle.showPage))
  router.get(`${page}/version`, own(handle.tellVersion))
  router.get(`${page}/events`, own(handle.streamVersions))
  router.post(`${page}/ask-again`, own(handle.askAgain))
  router.post(`${page}/send-again`, own(handle.sendAgain))
  router.post(`${page}/invitation`, readForm, own(handle.takeInvitation))
  router.post(`${page}/answer`, own(handle.answer))
  router.post(`${page}/give-up`, own(handle.giveUp))

  router.all('/entra/authorize', (request, response) => {
    response.set('Allow', 'GET, POST')
    return turnAway(request, response, refuse('http.method', `${request.method} is not allowed`))
  })
  router.use('/entra/authorize', ((error, request, response, next) => {
    const refusal = refusalOf(error)
    return refusal ? turnAway(request, response, refusal) : next(error)
  }) as ErrorRequestHandler)
  for (const read of ['/entra/keys', page, `${page}/version`, `${page}/events`]) router.all(read, no('GET'))
  for (const act of ['ask-again', 'send-again', 'invitation', 'answer', 'give-up'])
    router.all(`${page}/${act}`, no('POST'))
  return { router, openWaits: waits.count, endWaits: waits.end }
}
