// The way to Entra and back: to sign in, to prove once more who is there, and to prove a connection before it counts.
import type { Request, RequestHandler, Response } from 'express'
import type { Administrators } from '../../administrators/administrators.ts'
import { ATTEMPT_LIFE, type Attempt } from '../../administrators/entra-attempts.ts'
import type { EntraAccount, EntraConnection } from '../../administrators/entra-connection.ts'
import { mayRole } from '../../administrators/permissions.ts'
import type { Audit } from '../../audit/audit.ts'
import type { Clock } from '../../base/clock.ts'
import { isRefusal, type Refusal, refuse } from '../../base/refusal.ts'
import type { Cookies } from '../../http/cookies.ts'
import { answerRefusal } from '../../http/errors.ts'
import { eventOf } from '../../http/request-event.ts'
import type { Views } from '../../http/views.ts'
import { visitorOf } from '../../http/visitor.ts'
import { backTo } from '../back-to.ts'
import type { Describe, Handler } from '../frame.ts'
import type { SessionCookie } from '../session-cookie.ts'
import { accountOf } from './claims.ts'
import type { EntraProvider } from './provider.ts'

/** The attempt under way in this browser, sealed. `Lax`: it must come along when Entra leads back. */
const COOKIE = 'cs-entra'
export const CONNECT_PAGE = '/admin/entra-sign-in'
/** Recorded already, with the account that Entra vouched for. */
const RECORDED = ['admin.entra-role', 'admin.disabled', 'admin.entra-other']
const KEPT_PAGE = '/admin/step-up/kept/'
/** Why a trip to Entra proved nothing, where the form that waits for the proof can say so and let it be tried again. */
const NOT_PROVEN = ['admin.entra-declined', 'admin.entra-unreachable', 'admin.entra-other', 'admin.entra-time'] as const

export type FlowDeps = {
  administrators: Administrators
  provider: EntraProvider
  audit: Pick<Audit, 'count'>
  clock: Clock
  cookies: Cookies
  sessionCookie: SessionCookie
  views: Views
  publicUrl: string
}

export function createEntraFlow(deps: FlowDeps) {
  const { administrators, provider, audit, clock, cookies, sessionCookie, views, publicUrl } = deps
  const { sessions, entra, passkeys } = administrators
  const { settings, attempts } = entra

  /** What a stranger may have caused is counted, so that it cannot grow the audit log. */
  async function count(request: Request, { code, reason }: Refusal): Promise<void> {
    if (!RECORDED.includes(code))
      await audit.count({ type: 'request.refused', code, reason, address: visitorOf(request).address })
  }

  async function answer(request: Request, response: Response, refusal: Refusal): Promise<void> {
    await count(request, refusal)
    answerRefusal(views, request, response, refusal)
  }

  /** Answers a refusal of what came back: where a form waits for the proof, on its page, so that what was typed is not lost. */
  async function answerTrip(request: Request, response: Response, attempt: Attempt, refusal: Refusal): Promise<void> {
    const { code, reason } = refusal
    const waits = attempt.to.startsWith(KEPT_PAGE) && NOT_PROVEN.some((each) => each === code)
    if (!waits || isRefusal(await sessionOf(request, attempt))) return answer(request, response, refusal)
    await count(request, refusal)
    Object.assign(eventOf(response), { code, reason })
    response.redirect(303, `${attempt.to}?refused=${code}`)
  }

  /**
   * Leads a browser to Entra: by a page, not by a redirect of the form. Chromium holds every redirect that follows a form
   * against `form-action`, and a tenant may redirect on to a company's own sign-in, whose address we cannot know.
   */
  async function leave(
    request: Request,
    response: Response,
    connection: EntraConnection | Refusal,
    trip: Pick<Attempt, 'purpose' | 'sessionId' | 'to'>,
  ): Promise<void> {
    if (isRefusal(connection)) return answer(request, response, connection)
    const marks = { state: attempts.mark(), nonce: attempts.mark() }
    const fresh = trip.purpose !== 'sign-in'
    const at = clock.now()
    const led = await provider.lead(connection, settings.secretOf(connection), { ...marks, fresh })
    if (isRefusal(led)) return answer(request, response, led)
    const sealed = await attempts.keep({ ...trip, ...led.kept, connectionId: connection.id, at })
    cookies.write(response, COOKIE, sealed, ATTEMPT_LIFE / 1000)
    const { url } = led
    response.set('Refresh', `0;url=${url}`)
    response.type('html').send(views.render('admin/entra-sign-in/leaving', { title: 'To Entra', url }))
  }

  /** The session that an attempt was begun in, if this browser still has it. */
  async function sessionOf(request: Request, { sessionId }: Attempt) {
    const found = await sessions.of(sessionCookie.read(request))
    return found?.session.id === sessionId ? found : refuse('admin.session', 'another session than the attempt’s')
  }

  /** What an attempt came back for, done; gives where to lead on to. */
  async function arrive(
    request: Request,
    response: Response,
    attempt: Attempt,
    connection: EntraConnection,
    account: EntraAccount,
  ): Promise<string | Refusal> {
    const from = visitorOf(request)
    if (attempt.purpose === 'sign-in') {
      const begun = await entra.signIn(connection, account, from, sessionCookie.read(request))
      if (isRefusal(begun)) return begun
      Object.assign(eventOf(response), { administratorId: begun.session.administratorId })
      sessionCookie.give(response, begun.secret)
      return attempt.to
    }
    const found = await sessionOf(request, attempt)
    if (isRefusal(found)) return found
    if (!entra.isFresh(account, attempt)) return refuse('admin.entra-time', 'no auth_time, or an old one')
    const { session, administrator } = found
    if (attempt.purpose === 'prove') {
      if (!mayRole(administrator.role, 'administrators')) return refuse('admin.forbidden', 'no owner any more')
      const proven = await settings.prove(connection.id, account, `administrator:${administrator.id}`)
      return isRefusal(proven) ? proven : attempt.to
    }
    const proven = await entra.stepUp(connection, session, account, from)
    if (isRefusal(proven)) return proven
    sessionCookie.give(response, proven.secret)
    return attempt.to
  }

  /** Who Entra says came back, through the connection that the attempt was begun with. */
  async function cameBack(attempt: Attempt, query: URLSearchParams) {
    const connection = await settings.find(attempt.connectionId)
    if (!connection) return refuse('admin.entra-settings', 'the connection was changed meanwhile')
    const claims = await provider.finish(connection, settings.secretOf(connection), attempt, query)
    const account = isRefusal(claims) ? claims : accountOf(claims, connection)
    return isRefusal(account) ? account : { connection, account }
  }

  return {
    /** From the sign-in page, by anybody. */
    signIn: (async (request, response) => {
      const to = backTo(new URLSearchParams(String(request.body)).get('to'), publicUrl)
      await leave(request, response, await settings.active(), { purpose: 'sign-in', sessionId: null, to })
    }) as RequestHandler,

    /** From the page that stands before what is dangerous, or from one's account. */
    stepUp: (async ({ administrator, session, fields, request, response, refused }) => {
      if (administrator.via !== 'entra') return refused(refuse('admin.entra-off', 'signs in with a passkey'))
      const kept = fields.get('kept') ?? ''
      const to = /^[\w-]{22}$/.test(kept) ? `${KEPT_PAGE}${kept}` : '/admin/account'
      await leave(request, response, await settings.active(), { purpose: 'step-up', sessionId: session.id, to })
    }) as Handler,

    /** The form that waited for the proof, to be sent now; or that still waits for it. */
    showKept: (async ({ session, administrator, request, show, refused }) => {
      const keptId = String(request.params.id)
      const form = await attempts.keptForm(session, keptId)
      if (!form) return refused(refuse('admin.unknown', 'no such form, or its time is over'))
      const kept = form.fields.map(([name, value]) => ({ name, value }))
      const facts = { what: form.what, action: form.action, kept }
      if (sessions.isFresh(session)) return show('admin/entra-sign-in/kept', { title: 'It is you', ...facts })
      const hasPasskey = (await passkeys.of(administrator.id)).length > 0
      const why = NOT_PROVEN.find((code) => code === request.query.refused)
      const notProven = why && refuse(why, '').sentence
      show('admin/step-up', { title: 'Is it you?', ...facts, keptId, hasPasskey, notProven })
    }) as Handler,

    describeProof: (() => 'Switch on the sign-in with Entra, by signing in with it') as Describe,
    prove: (async ({ session, request, response }) => {
      const to = `${CONNECT_PAGE}?done=entra-on`
      await leave(request, response, await settings.unproven(), { purpose: 'prove', sessionId: session.id, to })
    }) as Handler,

    /** Refuses a return of a browser that began nothing here. For before a limit: any page's image can ask for a return. */
    begunHere: (async (request, response, next) => {
      if (cookies.read(request, COOKIE)) return next()
      await answer(request, response, refuse('admin.entra', 'no attempt of this browser'))
    }) as RequestHandler,

    /** Where Entra leads back to. What this browser did not begin here ends at once. */
    callback: (async (request, response) => {
      const query = new URL(request.originalUrl, publicUrl).searchParams
      const attempt = await attempts.take(cookies.read(request, COOKIE), query.get('state'))
      if (isRefusal(attempt)) return answer(request, response, attempt)
      cookies.write(response, COOKIE, '', 0)
      const back = await cameBack(attempt, query)
      if (isRefusal(back)) return answerTrip(request, response, attempt, back)
      const { connection, account } = back
      const to = await arrive(request, response, attempt, connection, account)
      if (!isRefusal(to)) return response.redirect(303, to)
      if (to.code !== 'admin.entra-role') return answerTrip(request, response, attempt, to)
      const { name, objectId } = account
      Object.assign(eventOf(response), { code: to.code, reason: to.reason })
      const appRoles = Object.values(connection.appRoles).filter((value) => value !== '')
      const facts = { title: 'No role here', name, objectId, appRoles, sentence: to.sentence }
      response.status(403).type('html').send(views.render('admin/entra-sign-in/no-role', facts))
    }) as RequestHandler,
  }
}
