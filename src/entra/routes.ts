// The Entra door: every route with its guards, on one screen.
import express, { type Request, type Response, type Router } from 'express'
import type { Clock } from '../base/clock.ts'
import { isRefusal } from '../base/refusal.ts'
import type { Cookies } from '../http/cookies.ts'
import { answerRefusal, methodNotAllowed } from '../http/errors.ts'
import { noStore, postsToEntra } from '../http/headers.ts'
import { eventOf } from '../http/request-event.ts'
import type { Views } from '../http/views.ts'
import { visitorOf } from '../http/visitor.ts'
import type { Integrations } from '../integrations/integrations.ts'
import type { Keys } from '../keys/keys.ts'
import type { SignIn } from '../signin/sign-in.ts'
import type { SignIns } from '../signin/sign-ins.ts'
import { answer, giveUp } from './answer.ts'
import { type AuthorizeDeps, authorize } from './authorize.ts'
import { serveDiscovery, serveKeys } from './discovery.ts'
import { errorForm, type FormPost, sendForm } from './form-post.ts'
import { entraErrorOf } from './refuse.ts'
import { createWaits } from './wait.ts'
import { createWaitingPage } from './waiting-page.ts'

export type EntraDeps = Omit<AuthorizeDeps, 'keys' | 'integrations' | 'signIns'> & {
  entraKeys: AuthorizeDeps['keys']
  integrations: Pick<Integrations, 'find' | 'findByClientId'>
  signIns: SignIns
  keys: Keys
  clock: Clock
  views: Views
  cookies: Cookies
  publicUrl: string
  https: boolean
}

const FORM = 'application/x-www-form-urlencoded'
const LARGEST_BODY = '64kb'
/** The cookie outlives its sign-in by this, in seconds, so that a late browser reads that time is over and can go back. */
const COOKIE_GRACE = 600
const cookieOf = (id: string): string => `cs-${id}`

export function createEntraDoor(deps: EntraDeps): { router: Router; endWaits: () => void } {
  const { views, cookies, signIns, clock } = deps
  const router = express.Router({ caseSensitive: true, strict: true })
  const form = express.text({ type: FORM, limit: LARGEST_BODY })
  const readForm: express.RequestHandler = (request, response, next) =>
    request.is(FORM) ? form(request, response, next) : next(Object.assign(new Error('not a form'), { status: 415 }))
  const policy = postsToEntra(deps.https)
  const render = createWaitingPage(deps)
  const waits = createWaits(signIns)

  const send = (request: Request, response: Response, page: FormPost): void =>
    sendForm(views, policy, request, response, page)

  /** Calls `act` with the sign-in, if this browser began it; everybody else gets the same page. */
  const bound =
    (
      act: (signIn: SignIn, secret: string, request: Request, response: Response) => Promise<unknown>,
    ): express.RequestHandler =>
    async (request, response) => {
      const id = String(request.params.id)
      const secret = cookies.read(request, cookieOf(id))
      const signIn = await signIns.forBrowser(id, secret)
      if (isRefusal(signIn)) return answerRefusal(views, request, response, signIn)
      Object.assign(eventOf(response), { signInId: id, integrationId: signIn.integrationId })
      await act(signIn, secret ?? '', request, response)
    }
  const lifeOf = (expiresAt: number): number => Math.ceil((expiresAt - clock.now()) / 1000) + COOKIE_GRACE
  const back = (response: Response, signIn: SignIn): void => response.redirect(303, `/entra/sign-in/${signIn.id}`)

  // What Entra reads.
  router.get(
    '/entra/:integrationId/.well-known/openid-configuration',
    serveDiscovery(deps.publicUrl, deps.integrations),
  )
  router.get('/entra/keys', serveKeys(deps.keys))

  // What Entra's browser posts. A GET explains, and does nothing.
  router.get('/entra/authorize', (_request, response) => void response.send(views.render('entra/explain', {})))
  router.post('/entra/authorize', noStore, readForm, async (request, response) => {
    const authorized = await authorize(String(request.body ?? ''), visitorOf(request), {
      ...deps,
      keys: deps.entraKeys,
    })
    if ('refusal' in authorized) {
      const { refusal, destination } = authorized
      if (!destination) return answerRefusal(views, request, response, refusal)
      Object.assign(eventOf(response), {
        code: refusal.code,
        reason: refusal.reason,
        integrationId: destination.integration.id,
      })
      return send(request, response, errorForm(destination, entraErrorOf(refusal.code), refusal.sentence))
    }
    const { id, integrationId, clientRequestId } = authorized
    Object.assign(eventOf(response), { signInId: id, integrationId, ...(clientRequestId && { clientRequestId }) })
    if (authorized.kind === 'opened') {
      cookies.write(response, cookieOf(id), authorized.browserSecret, lifeOf(authorized.expiresAt))
    }
    // POST, 303, GET: reload and back are harmless, and the cookie comes along.
    response.redirect(303, `/entra/sign-in/${id}`)
  })
  router.all('/entra/authorize', methodNotAllowed(views, 'GET', 'POST'))

  // What the person's browser does, each guarded by the cookie of this sign-in.
  const page = '/entra/sign-in/:id'
  router.use(page, noStore)
  router.get(
    page,
    bound(async (signIn, secret, _request, response) =>
      response.type('html').send(await render(signIn, secret, clock.now())),
    ),
  )
  router.get(
    `${page}/version`,
    bound(async (signIn, _secret, _request, response) => response.json({ version: signIn.version })),
  )
  router.get(
    `${page}/events`,
    bound(async (signIn, secret, _request, response) => {
      const alive = (of: SignIn): boolean => clock.now() < of.expiresAt
      // 204 tells an EventSource not to come back (WHATWG HTML section 9.2.3).
      if (!alive(signIn)) return response.status(204).end()
      waits.stream(response, signIn.id, async () => {
        const current = await signIns.forBrowser(signIn.id, secret)
        return isRefusal(current) || !alive(current) ? null : current.version
      })
    }),
  )
  router.post(
    `${page}/ask-again`,
    bound(async (signIn, _secret, _request, response) => {
      // Whatever came of it, the page says how things stand.
      await signIns.askAgain(signIn.id)
      back(response, signIn)
    }),
  )
  router.post(
    `${page}/invitation`,
    readForm,
    bound(async (signIn, secret, request, response) => {
      const typed = new URLSearchParams(String(request.body ?? '')).get('code') ?? ''
      await signIns.redeemInvitation(signIn, secret, typed.slice(0, 64))
      back(response, signIn)
    }),
  )
  const answerWith = (make: typeof answer) =>
    bound(async (signIn, _secret, request, response) => {
      const page = await make(signIn, deps)
      if (isRefusal(page)) return answerRefusal(views, request, response, page)
      send(request, response, page)
    })
  router.post(`${page}/answer`, answerWith(answer))
  router.post(`${page}/give-up`, answerWith(giveUp))
  router.all(page, methodNotAllowed(views, 'GET'))
  for (const read of ['version', 'events']) router.all(`${page}/${read}`, methodNotAllowed(views, 'GET'))
  for (const act of ['ask-again', 'invitation', 'answer', 'give-up'])
    router.all(`${page}/${act}`, methodNotAllowed(views, 'POST'))

  return { router, endWaits: waits.end }
}
