import { z } from 'zod'
import {
  ApprovalClaims,
  BindAnswer,
  BindRequest,
  DecideAnswer,
  DecideRequest,
  type DeviceApiPath,
  DeviceProblem,
  NonceAnswer,
  PendingAnswer,
  ProofClaims,
  PushPayload,
  PushRequest,
  PushStanding,
  PushTestAnswer,
  PushTestRequest,
  RemoveAnswer,
  RemoveRequest,
} from './contract.ts'

const schemas = {
  ApprovalClaims,
  BindAnswer,
  BindRequest,
  DecideAnswer,
  DecideRequest,
  DeviceProblem,
  NonceAnswer,
  PendingAnswer,
  ProofClaims,
  PushPayload,
  PushRequest,
  PushStanding,
  PushTestAnswer,
  PushTestRequest,
  RemoveAnswer,
  RemoveRequest,
}
type Name = keyof typeof schemas

const content = (name: Name, type = 'application/json') => ({
  [type]: { schema: { $ref: `#/components/schemas/${name}` } },
})

function operation(summary: string, answer: Name, request?: Name, proof = true) {
  return {
    tags: ['device'],
    summary,
    security: proof ? [{ proof: [] }] : [],
    ...(request && { requestBody: { required: true, content: content(request) } }),
    responses: {
      200: {
        description: 'Done',
        headers: { 'DPoP-Nonce': { description: 'the nonce for the next proof', schema: { type: 'string' } } },
        content: content(answer),
      },
      default: { description: 'Refused', content: content('DeviceProblem', 'application/problem+json') },
    },
  }
}

/** The part of the OpenAPI 3.1 document that tells of the device API, made from the very shapes that requests are parsed with. */
export function describeDeviceApi() {
  const paths: Record<DeviceApiPath, object> = {
    '/device/v1/nonce': { get: operation('A nonce for the first proof', 'NonceAnswer', undefined, false) },
    '/device/v1/bind': {
      post: operation('Spends a ticket or short code: binds this key', 'BindAnswer', 'BindRequest'),
    },
    '/device/v1/pending': { get: operation('What waits for this device', 'PendingAnswer') },
    '/device/v1/decide': {
      post: operation('Decides a sign-in, by a signed approval', 'DecideAnswer', 'DecideRequest'),
    },
    '/device/v1/remove': { post: operation('Revokes this device', 'RemoveAnswer', 'RemoveRequest') },
    '/device/v1/push': {
      get: operation('How this device is woken', 'PushStanding'),
      post: operation('Where to wake this device from now on', 'PushStanding', 'PushRequest'),
    },
    '/device/v1/push-test': { post: operation('Sends this device a test push', 'PushTestAnswer', 'PushTestRequest') },
  }
  return {
    tags: [{ name: 'device', description: 'For the phones of people. Told in words in docs/device-api.md.' }],
    paths,
    components: {
      securitySchemes: {
        proof: {
          type: 'apiKey',
          in: 'header',
          name: 'DPoP',
          description: 'An RFC 9449 proof with a nonce and a body digest (ProofClaims)',
        },
      },
      schemas: Object.fromEntries(
        Object.entries(schemas).map(([name, schema]) => [
          name,
          z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' }),
        ]),
      ),
    },
  }
}
