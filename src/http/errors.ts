import type { ErrorRequestHandler, Request, RequestHandler, Response } from 'express'
import type { Log } from '../base/log.ts'
import { isRefusal, type Refusal, type RefusalCode, refuse } from '../base/refusal.ts'
import { eventOf } from './request-event.ts'
import type { Views } from './views.ts'

/** The status of each refusal that is not 403. */
const statuses: Partial<Record<RefusalCode, number>> = {
  'request.malformed': 400,
  'request.repeated': 400,
  'request.oversize': 400,
  'request.incomplete': 400,
  'request.too-large': 413,
  'request.too-many': 429,
  'request.destination': 400,
  'request.client': 400,
  'request.protocol': 400,
  'hint.replayed': 409,
  'entra.keys-unavailable': 503,
  'entra.key-unseen': 503,
  'sign-in.unknown': 404,
  'sign-in.ended': 410,
  'sign-in.answered': 410,
  'sign-in.undecided': 409,
  'sign-in.too-many': 429,
  'prompt.open': 409,
  'code.refused': 404,
  'code.too-many': 429,
  'proof.refused': 401,
  'proof.nonce': 401,
  'device.request': 400,
  'device.unknown': 401,
  'decision.nothing': 404,
  'decision.ended': 409,
  'decision.wrong-number': 422,
  'decision.wait': 429,
  'invitation.wait': 429,
  'push.changed-often': 429,
  'push.too-soon': 429,
  'push.nowhere': 409,
  'push.refused': 422,
  'admin.session': 401,
  'admin.last-passkey': 409,
  'admin.last-owner': 409,
  'admin.unknown': 404,
  'admin.form': 400,
  'admin.entra-unreachable': 503,
  'admin.entra-settings': 409,
  'admin.entra-managed': 409,
  'admin.too-many': 429,
  'token.missing': 401,
  'token.refused': 401,
  'token.too-many': 429,
  'api.request': 400,
  'api.unknown': 404,
  'integration.taken': 409,
  'integration.outdated': 409,
  'enrolment.closed': 409,
  'key.announced': 409,
  'key.replaced': 409,
  'service.busy': 503,
  'store.unavailable': 503,
  'service.stopping': 503,
  'http.not-found': 404,
  'http.method': 405,
  'http.content-type': 415,
}

export const statusOf = (code: RefusalCode): number => statuses[code] ?? 403

const titles: Partial<Record<RefusalCode, string>> = {
  'http.not-found': 'Nothing here',
  'sign-in.ended': 'This sign-in is over',
  'sign-in.answered': 'Already answered',
  'hint.replayed': 'Already used',
  'service.stopping': 'One moment',
  'store.unavailable': 'One moment',
  'admin.session': 'You are signed out',
  'admin.forbidden': 'Not allowed',
  'admin.too-many': 'Please wait',
  'request.too-many': 'Please wait',
}

/** Whether the client wants a page. Who takes anything gets one: a person may be looking. */
const wantsPage = (request: Request): boolean =>
  request.accepts(['html', 'json', 'application/problem+json']) === 'html'

/** Answers a refusal: a page with its plain sentence, or the same as problem+json (RFC 9457) where that is asked for. */
export function answerRefusal(views: Views, request: Request, response: Response, refusal: Refusal): void {
  const event = eventOf(response)
  Object.assign(event, { code: refusal.code, reason: refusal.reason })
  const { sentence, code, facts } = refusal
  if (facts.retryAfterSeconds) response.set('Retry-After', String(facts.retryAfterSeconds))
  answer(views, request, response, {
    status: statusOf(code),
    title: titles[code] ?? 'This did not work',
    sentence,
    code,
    reference: event.reference,
  })
}

type Notice = { status: number; title: string; sentence: string; code: string; reference: string }

function answer(views: Views, request: Request, response: Response, notice: Notice): void {
  response.status(notice.status).set('Cache-Control', 'no-store')
  if (wantsPage(request)) {
    response.type('html').send(views.render('notice', notice))
    return
  }
  const { status, title, sentence, code, reference } = notice
  response
    .type('application/problem+json')
    .send(JSON.stringify({ title: sentence, detail: title, status, code, reference }))
}

/** For every path that no door has. */
export const notFound =
  (views: Views): RequestHandler =>
  (request, response) =>
    answerRefusal(views, request, response, refuse('http.not-found', 'no route'))

/** For a path that exists, and a method that it does not have. */
export const methodNotAllowed =
  (views: Views, ...allowed: string[]): RequestHandler =>
  (request, response) => {
    response.set('Allow', allowed.join(', '))
    answerRefusal(views, request, response, refuse('http.method', `${request.method} is not allowed`))
  }

/** What express and its parsers throw at bad input. Everything else is a bug. */
export function refusalOf(error: unknown): Refusal | undefined {
  if (isRefusal(error)) return error
  const { status, type } = (typeof error === 'object' && error !== null ? error : {}) as {
    status?: unknown
    type?: unknown
  }
  if (status === 413) return refuse('request.too-large', String(type))
  if (status === 415) return refuse('http.content-type', String(type))
  if (typeof status === 'number' && status >= 400 && status < 500)
    return refuse('request.malformed', String(type ?? status))
  return undefined
}

export const WENT_WRONG = 'Something went wrong on our side.'

/** Puts a bug into the log, under the reference that the person is shown. */
export function logBug(log: Log, reference: string, error: unknown): void {
  const { message, stack } =
    error instanceof Object && 'message' in error ? (error as Error) : { message: String(error), stack: undefined }
  log.error({ reference, message, stack }, 'bug')
}

/** The last handler: a refusal is said plainly; a bug becomes a reference number, and its stack goes to the log. */
export function handleErrors(views: Views, log: Log): ErrorRequestHandler {
  return (error: unknown, request, response, _next) => {
    const event = eventOf(response)
    const refusal = refusalOf(error)
    if (!refusal) logBug(log, event.reference, error)
    if (response.headersSent) {
      response.destroy()
      return
    }
    if (refusal) {
      answerRefusal(views, request, response, refusal)
      return
    }
    answer(views, request, response, {
      status: 500,
      title: 'Something went wrong',
      sentence: `${WENT_WRONG} Please try again, and give this reference to your administrator.`,
      code: 'internal',
      reference: event.reference,
    })
  }
}
