// What machines are told of the API in /openapi.json, made of the very shapes that requests are parsed with.
import { z } from 'zod'
import * as shape from './contract.ts'
import { API, type Operation, operations } from './operations.ts'

/** The shapes that have a name of their own in the document. */
const named = {
  ApiProblem: shape.ApiProblem,
  AuditLine: shape.AuditLine,
  AuditPage: shape.AuditPage,
  Integration: shape.Integration,
  IntegrationDetails: shape.IntegrationDetails,
  IntegrationPage: shape.IntegrationPage,
  Invitation: shape.Invitation,
  Key: shape.Key,
  KeyPage: shape.KeyPage,
  LastHints: shape.LastHints,
  Overview: shape.Overview,
  PersonDetails: shape.PersonDetails,
  PersonPage: shape.PersonPage,
  Removed: shape.Removed,
  RevokeRequest: shape.RevokeRequest,
  RevokedDevice: shape.RevokedDevice,
  SignInDetails: shape.SignInDetails,
  SignInPage: shape.SignInPage,
} satisfies Record<string, z.ZodType>

const schemaOf = (of: z.ZodType, io: 'input' | 'output'): Record<string, unknown> => {
  const { $schema: _dialect, ...schema } = z.toJSONSchema(of, { io, unrepresentable: 'any' })
  return schema
}

/** By reference where the shape has a name. */
function referTo(of: z.ZodType): object {
  const name = Object.entries(named).find(([, shape]) => shape === of)?.[0]
  return name ? { $ref: `#/components/schemas/${name}` } : schemaOf(of, 'input')
}

const content = (of: z.ZodType, type = 'application/json') => ({ [type]: { schema: referTo(of) } })

function parametersOf({ path, query }: Operation): object[] {
  const inPath = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => ({
    ...{ name, in: 'path', required: true, schema: { type: 'string' } },
  }))
  // What a parameter is once it was read: a number is written in digits.
  const { properties = {}, required = [] } = schemaOf(query ?? shape.Nothing, 'output') as {
    properties?: Record<string, { default?: unknown }>
    required?: string[]
  }
  const inQuery = Object.entries(properties).map(([name, schema]) => ({
    ...{ name, in: 'query', required: required.includes(name) && schema.default === undefined, schema },
  }))
  return [...inPath, ...inQuery]
}

function described(operationId: string, operation: Operation): object {
  const { scope, summary, body, bodyShape = body, answer, status = 200, lines } = operation
  return {
    operationId,
    tags: ['admin'],
    summary,
    description: `Needs a token with the scope \`${scope}\`.`,
    security: [{ token: [scope] }],
    parameters: parametersOf(operation),
    ...(bodyShape && {
      requestBody: { required: !bodyShape.safeParse({}).success, content: content(bodyShape) },
    }),
    responses: {
      [status]: { description: 'Done', content: content(answer, lines && 'application/jsonl') },
      default: { description: 'Refused', content: content(shape.ApiProblem, 'application/problem+json') },
    },
  }
}

/** The part of the OpenAPI 3.1 document that tells of the admin API. */
export function describeAdminApi() {
  const paths: Record<string, Record<string, object>> = {}
  for (const [name, operation] of Object.entries<Operation>(operations)) {
    const path = `${API}${operation.path}`
    paths[path] = { ...paths[path], [operation.method]: described(name, operation) }
  }
  return {
    tags: [{ name: 'admin', description: 'For machines of the administrators. Told in words in docs/admin-api.md.' }],
    paths,
    components: {
      securitySchemes: {
        token: { type: 'http', scheme: 'bearer', description: 'A token made in the console, under API tokens' },
      },
      schemas: Object.fromEntries(Object.entries(named).map(([name, shape]) => [name, schemaOf(shape, 'input')])),
    },
  }
}
