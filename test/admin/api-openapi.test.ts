// /openapi.json against the routes that are really there, both ways.
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { type Console, startConsole } from './console.ts'

type Layer = { route?: { path: string; stack: { method?: string }[] }; handle?: { stack?: Layer[] } }

/** Every route below a router, as `GET /path/{parameter}`; `all` is how a router refuses other methods. */
function routesIn(stack: readonly Layer[]): string[] {
  return stack.flatMap(({ route, handle }) => {
    if (!route) return routesIn(handle?.stack ?? [])
    const path = route.path.replace(/:(\w+)/g, '{$1}')
    return route.stack.flatMap(({ method }) => (method ? [`${method.toUpperCase()} ${path}`] : []))
  })
}

const APIS = /^\w+ \/(device\/v1|admin\/api)\//
const unique = (list: string[]): string[] => [...new Set(list)].sort()

let console: Console
// biome-ignore lint/suspicious/noExplicitAny: a document is walked
let document: any
let routed: string[]
beforeAll(async () => {
  console = await startConsole()
  document = await (await fetch(`${console.url}/openapi.json`)).json()
  const { router } = console.service.app as unknown as { router: { stack: Layer[] } }
  routed = unique(routesIn(router.stack))
})
afterAll(() => console.close())

const described = (): string[] =>
  unique(
    Object.entries<object>(document.paths).flatMap(([path, methods]) =>
      Object.keys(methods).map((method) => `${method.toUpperCase()} ${path}`),
    ),
  )

describe('/openapi.json', () => {
  test('describes every route of the device and admin APIs, and no other', () => {
    const routes = routed.filter((route) => APIS.test(route))
    expect(routes.length).toBeGreaterThanOrEqual(25)
    expect(described()).toEqual(routes)
    // The walk sees what is not described too: else it would prove nothing.
    expect(routed).toContain('GET /admin/account')
    expect(described()).not.toContain('GET /admin/account')
  })

  test('refers only to what it holds, and holds nothing that is not referred to', () => {
    const text = JSON.stringify(document)
    const references = unique([...text.matchAll(/"#\/([\w/]+)"/g)].map(([, path]) => path ?? ''))
    expect(references.length).toBeGreaterThan(20)
    for (const reference of references) {
      const found = reference.split('/').reduce((place, name) => place?.[name], document)
      expect({ reference, found: typeof found }).toEqual({ reference, found: 'object' })
    }
    const adminSchemas = references.filter((path) => path.startsWith('components/schemas/'))
    const named = Object.keys(document.components.schemas).map((name) => `components/schemas/${name}`)
    // Two shapes of the device API travel inside a JWS, and one in a push.
    const inside = ['ApprovalClaims', 'ProofClaims', 'PushPayload'].map((name) => `components/schemas/${name}`)
    expect(named.filter((path) => !adminSchemas.includes(path)).sort()).toEqual(inside)
  })

  test('says of each operation whose it is, with what it is proved, and every parameter of its path', () => {
    const schemes = Object.keys(document.components.securitySchemes)
    expect(schemes).toEqual(['proof', 'token'])
    const ids: string[] = []
    for (const [path, methods] of Object.entries<Record<string, never>>(document.paths)) {
      for (const operation of Object.values<{
        operationId?: string
        tags: string[]
        security: Record<string, string[]>[]
        parameters?: { name: string; in: string }[]
      }>(methods)) {
        const isAdmin = path.startsWith('/admin/')
        expect(operation.tags).toEqual([isAdmin ? 'admin' : 'device'])
        for (const asked of operation.security)
          for (const scheme of Object.keys(asked)) expect(scheme).toBe(isAdmin ? 'token' : 'proof')
        if (!isAdmin) continue
        ids.push(operation.operationId ?? '')
        expect(operation.security).toHaveLength(1)
        const inPath = (operation.parameters ?? []).filter((each) => each.in === 'path').map(({ name }) => name)
        expect(inPath).toEqual([...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name))
      }
    }
    expect(unique(ids)).toHaveLength(ids.length)
    expect(document.tags.map(({ name }: { name: string }) => name)).toEqual(['device', 'admin'])
    expect(document.info.title).toBe('Countersign')
  })

  test('gives parameters and bodies the types that they are written in', () => {
    const { parameters } = document.paths['/admin/api/v1/sign-ins'].get
    const limit = parameters.find(({ name }: { name: string }) => name === 'limit')
    expect(limit).toMatchObject({
      in: 'query',
      required: false,
      schema: { type: 'integer', maximum: 200, default: 50 },
    })
    const created = document.paths['/admin/api/v1/integrations'].post.requestBody
    expect(created.required).toBe(true)
    const { schema } = created.content['application/json']
    expect(schema.required).toEqual(['name', 'tenantId', 'appId'])
    expect(Object.keys(schema.properties)).toEqual([
      ...['name', 'tenantId', 'appId', 'cloud', 'enrolment', 'firstUseUntil'],
    ])
    const changed = document.paths['/admin/api/v1/integrations/{id}'].patch.requestBody.content['application/json']
    expect(changed.schema.required).toEqual(['version'])
    expect(JSON.stringify(changed.schema.properties.firstUseUntil)).toContain('"string"')
    const removed = document.paths['/admin/api/v1/integrations/{id}'].delete.parameters
    expect(removed).toContainEqual(expect.objectContaining({ name: 'name', in: 'query', required: true }))
  })
})
