// The console's frame: who may call a handler, and how its pages are dressed. Every page of the console is built on it.
//
// A page is a handler in a file of its own, and a line in routes.ts that says what it needs:
//
//   router.get(path, frame.only('read', showIt))                       a page
//   router.post(path, frame.act('people', doIt))                       a form that changes something
//   router.post(path, frame.dangerous('keys', describeIt, doIt))       the same, behind a fresh proof (step-up)
//   router.post(path, frame.call('read', Body, answerIt))              JSON for a page's script
//
// A handler gets a `Signed`: the administrator, the session, the form's `fields`, `show(template, facts)` for a page in
// the frame (its template begins with `layout('/admin/layout')` and puts `_csrf` with the value `it.csrf` into every
// form), `done(path, key)` for POST-303-GET with a sentence of words.ts, and `refused(refusal)`. A new page that belongs
// in the navigation is added to navigation.ts.
import type { Request, RequestHandler, Response } from 'express'
import type { z } from 'zod'
import type { Administrator } from '../administrators/administrator.ts'
import type { Administrators } from '../administrators/administrators.ts'
import { mayRole, type Permission } from '../administrators/permissions.ts'
import type { Session } from '../administrators/session.ts'
import type { Audit } from '../audit/audit.ts'
import type { Actor } from '../audit/events.ts'
import { isRefusal, type Refusal, refuse } from '../base/refusal.ts'
import { answerRefusal } from '../http/errors.ts'
import { eventOf } from '../http/request-event.ts'
import type { Views } from '../http/views.ts'
import { visitorOf } from '../http/visitor.ts'
import { backTo } from './back-to.ts'
import { checkOrigin, checkToken, csrfToken } from './forgery.ts'
import { navigationFor } from './navigation.ts'
import type { SessionCookie } from './session-cookie.ts'
import { doneSentence, roleWords } from './words.ts'

/** A request of an administrator who is signed in, and may do what it asks. */
export type Signed = {
  administrator: Administrator
  session: Session
  /** Who does it, for the audit. */
  by: Actor
  request: Request
  response: Response
  /** What a form holds; empty for a GET. */
  fields: URLSearchParams
  /** Answers with a page in the frame. */
  show(template: string, facts: { title: string } & Record<string, unknown>): void
  /** Leads on to a page that says what was done. */
  done(path: string, key: string): void
  refused(refusal: Refusal): void
}

export type Handler = (signed: Signed) => Promise<unknown> | unknown
/**
 * What a dangerous form is about to do, as its page of confirmation says it; a refusal when it cannot be done at all. Null:
 * it has answered itself, with the form again and what is wrong in it.
 */
export type Describe = (signed: Signed) => Promise<string | Refusal | null> | string | Refusal | null

export type FrameDeps = {
  administrators: Pick<Administrators, 'sessions' | 'passkeys' | 'entra'>
  audit: Pick<Audit, 'count'>
  cookie: SessionCookie
  csrfKey: Buffer
  publicUrl: string
  views: Views
}

export type Frame = ReturnType<typeof createFrame>

export const FORM = 'application/x-www-form-urlencoded'

/** Sent by a page that fetches itself anew (browser/live.ts): nobody did anything. */
const LIVE = 'countersign-live'

/** What a script posted, as described; else a refusal. */
function readJson<B>(body: z.ZodType<B>, { body: text }: Request): B | Refusal {
  try {
    const given = body.safeParse(JSON.parse(String(text)))
    return given.success ? given.data : refuse('admin.form', `body: ${given.error.issues[0]?.path.join('.')}`)
  } catch {
    return refuse('admin.form', 'the body is not JSON')
  }
}

export function createFrame(deps: FrameDeps) {
  const { administrators, audit, cookie, csrfKey, publicUrl, views } = deps

  /**
   * Answers a refusal. What looks forged is counted for the audit, and so is an act that none of our pages offers to this
   * role: somebody tries what they can.
   */
  async function answer(request: Request, response: Response, refusal: Refusal): Promise<void> {
    const isTried = refusal.code === 'admin.forbidden' && request.method === 'POST'
    if (refusal.code === 'admin.forged' || isTried) {
      const { code, reason } = refusal
      await audit.count({ type: 'request.refused', code, reason, address: visitorOf(request).address })
    }
    answerRefusal(views, request, response, refusal)
  }

  /** Refuses what no page of ours sent. For what is posted before anybody is signed in. */
  const sameOrigin: RequestHandler = async (request, response, next) => {
    const ours = checkOrigin(request, publicUrl)
    if (isRefusal(ours)) return answer(request, response, ours)
    next()
  }

  /** Who is signed in and may do this; else a refusal. */
  async function admit(request: Request, response: Response, needs: Permission): Promise<Signed | Refusal> {
    const isUse = !(request.method === 'GET' && LIVE in request.headers)
    const found = await administrators.sessions.of(cookie.read(request), { isUse })
    if (!found) return refuse('admin.session', 'no live session')
    const { administrator, session } = found
    const by: Actor = `administrator:${administrator.id}`
    Object.assign(eventOf(response), { administratorId: administrator.id })
    if (!mayRole(administrator.role, needs))
      return refuse('admin.forbidden', `administrator ${administrator.id} (${administrator.role}) may not: ${needs}`)
    const csrf = csrfToken(csrfKey, session.id)
    return {
      ...{ administrator, session, by, request, response },
      fields: new URLSearchParams(request.is(FORM) ? String(request.body) : ''),
      show(template, facts) {
        const frame = {
          csrf,
          who: { name: administrator.name, role: roleWords[administrator.role].name },
          navigation: navigationFor(administrator.role, request.path),
          atAccount: request.path.startsWith('/admin/account'),
          done: doneSentence(request.query.done),
          // What a form answered is not what its address answers.
          isRefetchable: request.method === 'GET',
        }
        response.type('html').send(views.render(template, { ...frame, ...facts }))
      },
      done: (path, key) => response.redirect(303, `${path}?done=${key}`),
      refused: (refusal) => answerRefusal(views, request, response, refusal),
    }
  }

  /** The same for what changes something: it came from a page of ours that was given to this session. */
  async function admitChange(
    request: Request,
    response: Response,
    needs: Permission,
    tokenOf: (signed: Signed) => unknown,
  ): Promise<Signed | Refusal> {
    const ours = checkOrigin(request, publicUrl)
    if (isRefusal(ours)) return ours
    const signed = await admit(request, response, needs)
    if (isRefusal(signed)) return signed
    const token = checkToken(tokenOf(signed), csrfToken(csrfKey, signed.session.id))
    return isRefusal(token) ? token : signed
  }

  const inForm = ({ fields }: Signed): unknown => fields.get('_csrf')
  const inHeader = ({ request }: Signed): unknown => request.headers['x-csrf-token']

  return {
    sameOrigin,

    /** A page for whoever may. Who is not signed in is led there, and back. */
    only:
      (needs: Permission, handler: Handler): RequestHandler =>
      async (request, response) => {
        const signed = await admit(request, response, needs)
        if (isRefusal(signed) && signed.code === 'admin.session') {
          const to = backTo(request.originalUrl, publicUrl)
          return response.redirect(303, `/admin/sign-in?to=${encodeURIComponent(to)}`)
        }
        if (isRefusal(signed)) return answer(request, response, signed)
        await handler(signed)
      },

    /** A form of our own page, by whoever may. */
    act:
      (needs: Permission, handler: Handler): RequestHandler =>
      async (request, response) => {
        const signed = await admitChange(request, response, needs, inForm)
        if (isRefusal(signed)) return answer(request, response, signed)
        await handler(signed)
      },

    /**
     * The same for what is dangerous: the administrator must have proved to be there in the last five minutes. Who has not
     * gets a page that says what is about to happen and holds what the form held, and posts it again after the proof.
     */
    dangerous:
      (needs: Permission, describe: Describe, handler: Handler): RequestHandler =>
      async (request, response) => {
        const signed = await admitChange(request, response, needs, inForm)
        if (isRefusal(signed)) return answer(request, response, signed)
        if (administrators.sessions.isFresh(signed.session)) return handler(signed)
        const what = await describe(signed)
        if (what === null) return
        if (isRefusal(what)) return signed.refused(what)
        const kept = [...signed.fields].filter(([name]) => name !== '_csrf').map(([name, value]) => ({ name, value }))
        // Who signs in with Entra proves it there: the form waits for them in the store.
        const action = request.originalUrl
        const form = { what, action, fields: kept.map(({ name, value }): [string, string] => [name, value]) }
        const isOfEntra = signed.administrator.via === 'entra'
        const keptId = isOfEntra ? await administrators.entra.attempts.keepForm(signed.session, form) : null
        const hasPasskey = !isOfEntra || (await administrators.passkeys.of(signed.administrator.id)).length > 0
        response.status(403)
        signed.show('admin/step-up', { title: 'Is it you?', what, action, kept, keptId, hasPasskey })
      },

    /** JSON from a page's script, by whoever may; `fresh` when it is dangerous. Answers what `handler` gives. */
    call:
      <B>(
        needs: Permission,
        body: z.ZodType<B>,
        handler: (signed: Signed, body: B) => Promise<object | Refusal>,
        { fresh = false } = {},
      ): RequestHandler =>
      async (request, response) => {
        const signed = await admitChange(request, response, needs, inHeader)
        if (isRefusal(signed)) return answer(request, response, signed)
        if (fresh && !administrators.sessions.isFresh(signed.session))
          return signed.refused(refuse('admin.step-up', 'the last proof is too old'))
        const given = readJson(body, request)
        const answered = isRefusal(given) ? given : await handler(signed, given)
        if (isRefusal(answered)) return signed.refused(answered)
        response.json(answered)
      },

    /** JSON from the script of a page that anybody may open. */
    callByAnybody:
      <B>(
        body: z.ZodType<B>,
        handler: (body: B, request: Request, response: Response) => Promise<object | Refusal>,
      ): RequestHandler =>
      async (request, response) => {
        const given = readJson(body, request)
        const answered = isRefusal(given) ? given : await handler(given, request, response)
        if (isRefusal(answered)) return answerRefusal(views, request, response, answered)
        response.json(answered)
      },
  }
}
