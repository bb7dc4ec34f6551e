// What became of a message at Firebase Cloud Messaging, read from what its API answered:
// https://firebase.google.com/docs/reference/fcm/rest/v1/ErrorCode and https://firebase.google.com/docs/cloud-messaging/error-codes
import { z } from 'zod'
import type { Clock } from '../base/clock.ts'
import { retryAfterSeconds } from './retry-after.ts'
import type { PushResult, Sent } from './sender.ts'

/** A word of an error: a code. Anything longer could repeat what we sent. */
const Word = z.string().regex(/^[A-Za-z_/-]{1,64}$/)
const Detail = z.looseObject({
  '@type': z.string(),
  errorCode: Word.optional().catch(undefined),
  fieldViolations: z
    .array(z.looseObject({ field: z.string().optional() }))
    .optional()
    .catch(undefined),
})
const Answer = z.object({
  error: z.object({
    message: z.string().catch(''),
    status: Word.optional().catch(undefined),
    details: z.array(Detail).catch([]),
  }),
})
const HttpResponse = z.object({
  status: z.number(),
  headers: z.record(z.string(), z.unknown()),
  data: z.unknown().optional(),
})
/** What firebase-admin rejects with. */
const Failure = z.object({
  code: Word.catch('unknown'),
  httpResponse: HttpResponse.optional().catch(undefined),
  cause: z.unknown().optional(),
})
/** Its cause when there is no access token: an error of a request, which has its `config`, or of what came before. */
const TokenFailure = z.object({
  code: Word.optional().catch(undefined),
  config: z.looseObject({}).optional().catch(undefined),
  response: z
    .object({ status: z.number(), data: z.object({ error: Word }).optional().catch(undefined) })
    .optional()
    .catch(undefined),
})

const FCM_ERROR = 'type.googleapis.com/google.firebase.fcm.v1.FcmError'

/** The result of a send that the library rejected. */
export function fcmFailure(error: unknown, clock: Clock): Sent {
  const failure = Failure.safeParse(error)
  if (!failure.success) return { result: 'rejected', detail: 'unknown' }
  const { code, httpResponse, cause } = failure.data
  if (code === 'app/invalid-credential') return tokenFailure(cause)
  if (httpResponse) return answered(httpResponse, clock)
  return { result: code.startsWith('app/network-') ? 'unreachable' : 'rejected', detail: code }
}

function answered({ status, headers, data }: z.infer<typeof HttpResponse>, clock: Clock): Sent {
  const { error } = Answer.safeParse(data).data ?? {}
  const code = error?.details.find((detail) => detail['@type'] === FCM_ERROR)?.errorCode
  const seconds = retryAfterSeconds(headers['retry-after'], clock)
  return {
    result: resultOf(status, code, error),
    detail: `status ${status} ${code ?? error?.status ?? ''}`.trimEnd(),
    ...(seconds !== undefined && { retryAfterSeconds: seconds }),
  }
}

/**
 * `gone` and `mismatched` retire a subscription, so they must be said of the token in FCM's own words. The library's codes
 * will not do: to them a service account without permission (403) is a sender of other tokens, and a project that is not
 * there (404) a token that is not registered. Either would retire every phone.
 */
function resultOf(
  status: number,
  code: string | undefined,
  error: z.infer<typeof Answer>['error'] | undefined,
): PushResult {
  if (code === 'UNREGISTERED') return 'gone'
  if (code === 'SENDER_ID_MISMATCH') return 'mismatched'
  if (code === 'QUOTA_EXCEEDED' || status === 429) return 'limited'
  if (status >= 500) return 'unavailable'
  if (status === 413) return 'too-large'
  if (code === 'INVALID_ARGUMENT' && error) {
    // One code for every mistake: which it is stands in the field, or only in the sentence.
    const fields = error.details.flatMap(({ fieldViolations }) => fieldViolations ?? []).map(({ field }) => field)
    if (fields.includes('message.token') || /not a valid FCM registration token/i.test(error.message)) return 'gone'
    if (/message is too (big|large)/i.test(error.message)) return 'too-large'
  }
  return 'rejected'
}

/** There is no access token: whatever the reason, it says nothing about the phone. */
function tokenFailure(cause: unknown): Sent {
  const { code, config, response } = TokenFailure.safeParse(cause).data ?? {}
  if (!response) {
    return { result: config ? 'unreachable' : 'rejected', detail: `no access token: ${code ?? 'unknown'}` }
  }
  const { status, data } = response
  return {
    result: status === 429 ? 'limited' : status >= 500 ? 'unavailable' : 'rejected',
    detail: `no access token: ${data?.error ?? `status ${status}`}`,
  }
}
