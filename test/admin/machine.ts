// A machine with an API token. Every answer that it gets is held against what /openapi.json is made of.

import { ApiProblem } from '../../src/admin/api/contract.ts'
import { API, type Operation, operations } from '../../src/admin/api/operations.ts'
import type { TokenScope } from '../../src/administrators/token.ts'
import { isRefusal } from '../../src/base/refusal.ts'
import type { Console } from './console.ts'

// What a test expects of an answer, it says itself.
// biome-ignore lint/suspicious/noExplicitAny: answers differ in shape
export type MachineAnswer = { status: number; headers: Headers; text: string; body: any }

export type Machine = { id: string; secret: string } & ReturnType<typeof createMachine>

const DAY = 24 * 3_600_000

/** What describes a request; undefined when nothing does. */
function operationOf(method: string, path: string): [string, Operation] | undefined {
  const at = path.split('?')[0] ?? ''
  const fits = ({ path, ...operation }: Operation): boolean =>
    operation.method === method.toLowerCase() && new RegExp(`^${API}${path.replace(/\{\w+\}/g, '[^/]+')}$`).test(at)
  // A fixed path goes before one with a parameter, as it does in the router.
  return Object.entries<Operation>(operations).find(([, operation]) => fits(operation))
}

export function createMachine(url: string, secret: string | undefined, answered?: Set<string>) {
  async function call(
    method: string,
    path: string,
    body?: unknown,
    headers: Record<string, string> = {},
  ): Promise<MachineAnswer> {
    const response = await fetch(`${url}${path}`, {
      method,
      headers: {
        ...(secret !== undefined && { authorization: `Bearer ${secret}` }),
        ...(body !== undefined && { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    })
    const answer = { status: response.status, headers: response.headers, text: await response.text() }
    return { ...answer, body: asDescribed(method, path, answer) }
  }

  /** The answer's body; throws when it is not as described. */
  function asDescribed(method: string, path: string, { status, headers, text }: Omit<MachineAnswer, 'body'>): unknown {
    const type = headers.get('content-type')?.split(';')[0]
    if (status >= 400) {
      if (type !== 'application/problem+json') throw new Error(`${method} ${path}: ${status} as ${type}: ${text}`)
      return ApiProblem.parse(JSON.parse(text))
    }
    const [name, operation] = operationOf(method, path) ?? []
    if (!name || !operation) throw new Error(`${method} ${path} is not described, and was answered ${status}`)
    if (status !== (operation.status ?? 200)) throw new Error(`${method} ${path}: ${status}`)
    answered?.add(name)
    const read = (one: string): unknown => operation.answer.parse(JSON.parse(one))
    return operation.lines ? text.split('\n').filter(Boolean).map(read) : read(text)
  }

  return {
    call,
    get: (path: string, headers?: Record<string, string>) => call('GET', `${API}${path}`, undefined, headers),
    post: (path: string, body?: unknown) => call('POST', `${API}${path}`, body),
    patch: (path: string, body: unknown) => call('PATCH', `${API}${path}`, body),
    delete: (path: string) => call('DELETE', `${API}${path}`),
  }
}

/** A token that this administrator made, and the machine that has it. */
export async function machineOf(
  console: Console,
  makerId: string,
  scopes: TokenScope[],
  { days = 30, answered }: { days?: number; answered?: Set<string> } = {},
): Promise<Machine> {
  const { administrators } = console.service.capabilities
  const maker = await administrators.find(makerId)
  if (!maker) throw new Error('no such administrator')
  const expiresAt = console.clock.now() + days * DAY
  const made = await administrators.tokens.make({ name: `Machine for ${scopes.join()}`, scopes, expiresAt }, maker)
  if (isRefusal(made)) throw new Error(made.reason)
  return { id: made.token.id, secret: made.secret, ...createMachine(console.url, made.secret, answered) }
}
