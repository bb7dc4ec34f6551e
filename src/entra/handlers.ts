// What each route of the Entra door does.
import type { Request, RequestHandler, Response } from 'express'
import { isRefusal, type RefusalCode } from '../base/refusal.ts'
import { answerRefusal, logBug, refusalOf, WENT_WRONG } from '../http/errors.ts'
import { postsToEntra } from '../http/headers.ts'
import { eventOf } from '../http/request-event.ts'
import { visitorOf } from '../http/visitor.ts'
import type { SignIn } from '../signin/sign-in.ts'
import { answer, giveUp } from './answer.ts'
import { authorize, type NoteFacts } from './authorize.ts'
import { errorForm, type FormPost, sendForm } from './form-post.ts'
import type { OwnBrowser, OwnRequest } from './own-browser.ts'
import { entraErrorOf } from './refuse.ts'
import type { EntraDeps } from './routes.ts'
import type { Waits } from './wait.ts'
import { createWaitingPage } from './waiting-page.ts'

/** Refusals that the person must read before they are sent back: Microsoft would not say why. */
const explained: readonly RefusalCode[] = ['sign-in.too-many', 'person.locked']

/** A typed code is far shorter. */
const LONGEST_TYPED = 64

export function createHandlers(deps: EntraDeps, ownBrowser: OwnBrowser, waits: Waits) {
  const { views, signIns, clock } = deps
  const policy = postsToEntra(deps.https)
  const renderPage = createWaitingPage(deps)
  const pageOf = (id: string): string => `/entra/sign-in/${id}`
  const backToPage = (response: Response, { id }: SignIn): void => response.redirect(303, pageOf(id))

  const send = (request: Request, response: Response, form: FormPost): void => {
    const { path, params } = request
    // Of Entra's own address, the page that explains it.
    sendForm(views, policy, request, response, form, params.id ? pageOf(String(params.id)) : path)
  }

  /** What came of it is for the log; the person reads on the page how things stand. */
  function noteRefusal(response: Response, came: unknown): void {
    if (isRefusal(came)) Object.assign(eventOf(response), { code: came.code, reason: came.reason })
  }

  /** Leads the person back to Entra when something broke, with a sentence to read first. */
  function sendFailure(
    request: Request,
    response: Response,
    to: { redirectUri: string; state: string },
    error: unknown,
  ): void {
    const { reference } = eventOf(response)
    const refusal = refusalOf(error)
    if (refusal) Object.assign(eventOf(response), { code: refusal.code, reason: refusal.reason })
    else logBug(deps.log, reference, error)
    const sentence = refusal?.sentence ?? `${WENT_WRONG} Give your administrator this reference: ${reference}.`
    send(request, response, errorForm(to, 'temporarily_unavailable', sentence, true))
  }

  const answerWith =
    (make: typeof answer) =>
    async ({ signIn, request, response }: OwnRequest): Promise<void> => {
      const form = await make(signIn, deps).catch((error: unknown) => {
        // A sign-in that may be answered by now has no second claim: it is led back without one.
        sendFailure(request, response, signIn, error)
      })
      if (isRefusal(form)) answerRefusal(views, request, response, form)
      else if (form) send(request, response, form)
    }

  const authorizeRequest: RequestHandler = async (request, response) => {
    const body = String(request.body ?? '')
    const event = eventOf(response)
    const note: NoteFacts = (facts) => void Object.assign(event, facts)
    const authorized = await authorize(body, visitorOf(request), { ...deps, keys: deps.entraKeys, note })
    if ('failed' in authorized) return sendFailure(request, response, authorized.destination, authorized.failed)
    if ('refusal' in authorized) {
      const { refusal, destination } = authorized
      if (!destination) return answerRefusal(views, request, response, refusal)
      const { code, reason, sentence } = refusal
      Object.assign(event, { code, reason })
      return send(request, response, errorForm(destination, entraErrorOf(code), sentence, explained.includes(code)))
    }
    const { id } = authorized
    note({ signInId: id })
    if (authorized.kind === 'opened') ownBrowser.bind(response, authorized)
    // POST, 303, GET: reload and back are harmless, and the cookie comes along.
    response.redirect(303, pageOf(id))
  }

  return {
    authorizeRequest,

    explain: ((_request, response) => void response.send(views.render('entra/explain', {}))) as RequestHandler,

    showPage: async ({ signIn, secret, response }: OwnRequest) =>
      response.type('html').send(await renderPage(signIn, secret, clock.now())),

    tellVersion: async ({ signIn, response }: OwnRequest) => response.json({ version: signIn.version }),

    streamVersions: async ({ signIn, response }: OwnRequest) => {
      // 204 tells an EventSource not to come back (WHATWG HTML section 9.2.3).
      if (clock.now() >= signIn.expiresAt) return response.status(204).end()
      waits.stream(response, signIn.id, () => signIns.standing(signIn.id))
    },

    // Whatever comes of these, the page says how things stand.
    askAgain: async ({ signIn, response }: OwnRequest) => {
      noteRefusal(response, await signIns.askAgain(signIn.id))
      backToPage(response, signIn)
    },
    sendAgain: async ({ signIn, response }: OwnRequest) => {
      noteRefusal(response, await signIns.sendAgain(signIn))
      backToPage(response, signIn)
    },
    takeInvitation: async ({ signIn, secret, request, response }: OwnRequest) => {
      const typed = new URLSearchParams(String(request.body ?? '')).get('code') ?? ''
      noteRefusal(response, await signIns.redeemInvitation(signIn, secret, typed.slice(0, LONGEST_TYPED)))
      backToPage(response, signIn)
    },

    answer: answerWith(answer),
    giveUp: answerWith(giveUp),
  }
}
