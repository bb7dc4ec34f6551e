// Every operation of the API: where it is, what a token needs for it, what it takes and what it answers. The routes and
// /openapi.json are both made of this table.
import { z } from 'zod'
import type { TokenScope } from '../../administrators/token.ts'
import { integrationChangeShape, newIntegrationShape } from '../../integrations/read-integration.ts'
import * as shape from './contract.ts'

export const API = '/admin/api/v1'

type Method = 'get' | 'post' | 'patch' | 'delete'

type Shapes = {
  /** Without one, there is nothing to ask for. */
  query?: z.ZodObject
  /** Without one, there is nothing to send. */
  body?: z.ZodType
  /** The body as it is described, where the act itself reads it. */
  bodyShape?: z.ZodType
  answer: z.ZodType
  /** 200, unless something new was made. */
  status?: 201
  /** The answer is many of these, one a line (JSON Lines), for as long as it takes. */
  lines?: true
}

/** `{name}` in its path, which is below API, stands for a parameter. */
export type Operation = Shapes & { method: Method; path: string; scope: TokenScope; summary: string }

const on = <const Path extends string, const S extends Shapes>(
  method: Method,
  path: Path,
  scope: TokenScope,
  summary: string,
  shapes: S,
) => ({ method, path, scope, summary, ...shapes })

export const operations = {
  getOverview: on('get', '/overview', 'read', 'How things stand', { answer: shape.Overview }),

  listIntegrations: on('get', '/integrations', 'read', 'The connected tenants, oldest first', {
    query: shape.IntegrationsQuery,
    answer: shape.IntegrationPage,
  }),
  createIntegration: on('post', '/integrations', 'integrations', 'Connects a tenant', {
    body: z.looseObject({}),
    bodyShape: newIntegrationShape(0),
    answer: shape.IntegrationDetails,
    status: 201,
  }),
  getIntegration: on('get', '/integrations/{id}', 'read', 'One, with all that is to be set up at Microsoft', {
    answer: shape.IntegrationDetails,
  }),
  changeIntegration: on(
    'patch',
    '/integrations/{id}',
    'integrations',
    'Changes what is given, unless somebody changed it since `version`',
    {
      body: z.looseObject({ version: shape.Version }),
      bodyShape: z.strictObject({ version: shape.Version, ...integrationChangeShape(0).shape }),
      answer: shape.Integration,
    },
  ),
  removeIntegration: on(
    'delete',
    '/integrations/{id}',
    'integrations',
    'Disconnects the tenant and revokes its devices. There is no way back',
    { query: shape.Confirmed, answer: shape.Removed },
  ),
  getLastHints: on(
    'get',
    '/integrations/{id}/last-hints',
    'read',
    'When Microsoft last sent somebody, and what was wrong with who was refused',
    { answer: shape.LastHints },
  ),

  listPeople: on('get', '/people', 'read', 'People, in the order of their labels', {
    query: shape.PeopleQuery,
    answer: shape.PersonPage,
  }),
  getPerson: on('get', '/people/{tenantId}/{objectId}', 'read', 'A person and their devices', {
    answer: shape.PersonDetails,
  }),
  invitePerson: on(
    'post',
    '/people/{tenantId}/{objectId}/invitations',
    'people',
    'Makes a one-time code with which this person may bind a phone; an earlier one stops working',
    { answer: shape.Invitation, status: 201 },
  ),
  unlockPerson: on(
    'post',
    '/people/{tenantId}/{objectId}/unlock',
    'people',
    'Lets this person try again who was locked after too many wrong numbers or codes. Twice is once',
    { answer: shape.Unlocked },
  ),
  revokeDevice: on('post', '/devices/{id}/revoke', 'people', 'Revokes a device for good. Twice is once', {
    body: shape.RevokeRequest,
    answer: shape.RevokedDevice,
  }),

  listSignIns: on('get', '/sign-ins', 'read', 'Sign-ins, newest first', {
    query: shape.SignInsQuery,
    answer: shape.SignInPage,
  }),
  getSignIn: on('get', '/sign-ins/{id}', 'read', 'A sign-in, step by step', { answer: shape.SignInDetails }),

  listAudit: on('get', '/audit', 'read', 'The audit log, newest first', {
    query: shape.AuditQuery,
    answer: shape.AuditPage,
  }),
  exportAudit: on('get', '/audit/export', 'read', 'The audit log, oldest first, one event a line', {
    query: shape.AuditExportQuery,
    answer: shape.AuditLine,
    lines: true,
  }),

  listWebhooks: on('get', '/webhooks', 'read', 'Where the audit log is forwarded, and what became of it', {
    query: shape.WebhooksQuery,
    answer: shape.WebhookPage,
  }),

  listKeys: on('get', '/keys', 'read', 'The signing keys and what each does now', {
    query: shape.KeysQuery,
    answer: shape.KeyPage,
  }),
  announceKey: on('post', '/keys', 'keys', 'Announces a new signing key. It takes over in 48 hours', {
    answer: shape.Key,
    status: 201,
  }),
} satisfies Record<string, Operation>

export type Operations = typeof operations
export type OperationName = keyof Operations

type ParametersIn<Path extends string> = Path extends `${string}{${infer Name}}${infer Rest}`
  ? Name | ParametersIn<Rest>
  : never
type Read<S> = S extends z.ZodType ? z.output<S> : z.output<typeof shape.Nothing>

/** A request that is as described, of a machine that may make it. */
export type Call<O extends Operation> = {
  parameters: Record<ParametersIn<O['path']>, string>
  query: Read<O['query']>
  body: Read<O['body']>
  /** Who does it, for the audit. */
  by: `token:${string}`
}

export type AnswerOf<O extends Operation> = O extends { lines: true }
  ? AsyncIterable<z.output<O['answer']>>
  : z.output<O['answer']>
