// The API's door: the console's acts for machines. A bearer token says who it is (RFC 6750); cookies are not looked at, so
// that no browser can be made to act here, and no other site's page may read an answer: there is no CORS.
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import express, {
  type ErrorRequestHandler,
  type Request,
  type RequestHandler,
  type Response,
  type Router,
} from 'express'
import { type Token, type TokenScope, tokenDigest } from '../../administrators/token.ts'
import type { Tokens } from '../../administrators/tokens.ts'
import type { Audit } from '../../audit/audit.ts'
import { networkOf } from '../../audit/network.ts'
import { isRefusal, type Refusal, refuse } from '../../base/refusal.ts'
import { refusalOf } from '../../http/errors.ts'
import { eventOf } from '../../http/request-event.ts'
import { visitorOf } from '../../http/visitor.ts'
import type { MakeLimit } from '../limits.ts'
import { Nothing } from './contract.ts'
import {
  type AnswerOf,
  API,
  type Call,
  type Operation,
  type OperationName,
  type Operations,
  operations,
} from './operations.ts'
import { inPlainWords, sendProblem, WrongRequest, wrongOf } from './problems.ts'

/** One for each operation: the compiler sees to it that each takes and gives what is described. */
export type Acts = {
  [Name in OperationName]: (call: Call<Operations[Name]>) => Promise<AnswerOf<Operations[Name]> | Refusal>
}

export type ApiDeps = {
  tokens: Tokens
  audit: Pick<Audit, 'count'>
  limit: MakeLimit
  acts: Acts
}

const LINES = 'application/jsonl'
const MINUTE = 60_000
/** Enough for a script that reads everything; too little to keep the sign-ins waiting. */
const MOST_REQUESTS = 300
/** Nobody guesses 256 bits: this keeps strangers from filling the log. */
const MOST_WRONG_TOKENS = 20

/** The token in a request's header; nowhere else is it looked for (RFC 6750 section 2.1). */
const presentedIn = ({ headers }: Request): string | undefined =>
  /^Bearer +(\S+) *$/i.exec(headers.authorization ?? '')?.[1]

type Machine = { token: Token; may: TokenScope[] }
const machineOf = (response: Response): Machine => response.locals.machine as Machine

export function createApi({ tokens, audit, limit, acts }: ApiDeps): Router {
  const perToken = limit({
    ...{ kind: 'token', most: MOST_REQUESTS, windowMs: MINUTE, code: 'token.too-many' },
    keyOf: (request) => tokenDigest(presentedIn(request) ?? ''),
  })
  // Counts the wrong ones only: who has a right token is not locked out by a neighbour.
  const perNetwork = limit({
    ...{ kind: 'token-wrong', most: MOST_WRONG_TOKENS, windowMs: 5 * MINUTE },
    keyOf: (request) => networkOf(visitorOf(request).address),
  })

  /** Answers a refusal that is counted for the audit: somebody tries what they can. */
  async function refuseOnRecord(request: Request, response: Response, refusal: Refusal): Promise<void> {
    const { code, reason } = refusal
    await audit.count({ type: 'request.refused', code, reason, address: visitorOf(request).address })
    sendProblem(response, refusal)
  }

  const authenticate: RequestHandler = async (request, response, next) => {
    const presented = presentedIn(request)
    if (!presented) return sendProblem(response, refuse('token.missing', 'no bearer token'))
    const machine = await tokens.of(presented)
    if (!isRefusal(machine)) {
      eventOf(response).tokenId = machine.token.id
      response.locals.machine = machine
      return next()
    }
    perNetwork(request, response, async (error?: unknown) => {
      if (error) return next(error)
      await refuseOnRecord(request, response, machine).catch(next)
    })
  }

  const authorize =
    (scope: TokenScope): RequestHandler =>
    async (request, response, next) => {
      const { token, may } = machineOf(response)
      if (may.includes(scope)) return next()
      await refuseOnRecord(request, response, refuse('token.scope', `token ${token.id} may not: ${scope}`))
    }

  const perform =
    (operation: Operation, act: (call: Call<Operation>) => Promise<unknown>): RequestHandler =>
    async (request, response) => {
      const call = readCall(operation, request, `token:${machineOf(response).token.id}`)
      // Who asks for the headers of an export exports nothing: nothing is read, and nothing put on record.
      if (!isRefusal(call) && operation.lines && request.method === 'HEAD') return response.type(LINES).end()
      const answered = isRefusal(call) ? call : await act(call)
      if (isRefusal(answered)) return sendProblem(response, answered)
      if (operation.lines) return sendLines(response, answered as AsyncIterable<object>)
      response.status(operation.status ?? 200).json(answered)
    }

  const router = express.Router({ caseSensitive: true, strict: true })
  router.use('/admin/api', (request, _response, next) => {
    // Programs talk here: whatever goes wrong, they get problem+json.
    request.headers.accept = 'application/problem+json'
    next()
  })
  const readText = express.text({ type: 'application/json', limit: '64kb' })
  const methods = new Map<string, string[]>()
  for (const [name, operation] of Object.entries<Operation>(operations)) {
    const path = `${API}${operation.path.replace(/\{(\w+)\}/g, ':$1')}`
    const act = acts[name as OperationName] as (call: Call<Operation>) => Promise<unknown>
    router[operation.method](
      path,
      authenticate,
      perToken,
      authorize(operation.scope),
      readText,
      perform(operation, act),
    )
    methods.set(path, [...(methods.get(path) ?? []), operation.method.toUpperCase()])
  }
  for (const [path, allowed] of methods) {
    router.all(path, (request, response) => {
      response.set('Allow', allowed.join(', '))
      sendProblem(response, refuse('http.method', `${request.method} is not allowed`))
    })
  }
  router.use('/admin/api', (_request, response) => sendProblem(response, refuse('http.not-found', 'no route')))
  router.use('/admin/api', ((error, _request, response, next) => {
    const refusal = refusalOf(error)
    if (!refusal || response.headersSent) return next(error)
    const { code, reason } = refusal
    sendProblem(response, code === 'request.malformed' ? new WrongRequest('request', reason) : refusal)
  }) as ErrorRequestHandler)
  return router
}

function readCall(operation: Operation, request: Request, by: `token:${string}`): Call<Operation> | Refusal {
  // A body of no length is none, whatever it is called.
  const isEmpty = request.headers['content-length'] === '0'
  if (!isEmpty && request.is('application/json') === false)
    return refuse('http.content-type', 'body is not application/json')
  const query = (operation.query ?? Nothing).safeParse(request.query, { error: inPlainWords })
  if (!query.success) return wrongOf(query.error, 'query')
  const given = parseJson(request.body)
  if (isRefusal(given)) return given
  const body = (operation.body ?? Nothing).safeParse(given, { error: inPlainWords })
  if (!body.success) return wrongOf(body.error, 'body')
  return { parameters: request.params, query: query.data, body: body.data, by } as Call<Operation>
}

/** No body says as much as an empty one. */
function parseJson(text: unknown): unknown {
  if (typeof text !== 'string' || text === '') return {}
  try {
    return JSON.parse(text)
  } catch {
    return new WrongRequest('body', 'is not JSON')
  }
}

/** Writes as fast as the reader reads, and stops when they leave. */
async function sendLines(response: Response, rows: AsyncIterable<object>): Promise<void> {
  async function* lines() {
    for await (const row of rows) yield `${JSON.stringify(row)}\n`
  }
  response.type(LINES)
  try {
    await pipeline(Readable.from(lines()), response)
  } catch (error) {
    if ((error as { code?: unknown }).code !== 'ERR_STREAM_PREMATURE_CLOSE') throw error
  }
}
