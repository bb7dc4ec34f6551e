import {
  AuthorizationResponseError,
  ClientError,
  ResponseBodyError,
  WWWAuthenticateChallengeError,
} from 'openid-client'
import { type Refusal, refuse } from '../../base/refusal.ts'

/** What says that nobody answered, or nobody who speaks OpenID Connect. */
const SILENCE = [
  'OAUTH_TIMEOUT',
  'OAUTH_ABORT',
  'OAUTH_RESPONSE_IS_NOT_CONFORM',
  'OAUTH_RESPONSE_IS_NOT_JSON',
  'OAUTH_PARSE_ERROR',
]

/** Entra's own number for what went wrong; nothing else of its text, which may name people. */
const numberIn = (text: string | undefined): string => /AADSTS\d{3,8}/.exec(text ?? '')?.[0] ?? 'no number'

/** The codes of RFC 6749 are lower case words: anything else is not repeated. */
const word = (code: string): string => (/^[a-z_]{1,40}$/.test(code) ? code : 'unknown')

/** What fetch says when there is no answer at all (WHATWG Fetch, "network error"), as it is or as the library's cause. */
function silenceOf(error: unknown): string | undefined {
  const told = error instanceof ClientError ? error.cause : error
  const { name, message, cause } = (typeof told === 'object' && told !== null ? told : {}) as Partial<Error>
  if (name !== 'TypeError' || message !== 'fetch failed') return undefined
  return String((cause as Error | undefined)?.message ?? message)
}

/** What a sign-in with Entra failed by, as a refusal. Throws what is a mistake of ours. */
export function refusalFor(error: unknown): Refusal {
  if (error instanceof AuthorizationResponseError)
    return refuse('admin.entra-declined', `Entra: ${word(error.error)}, ${numberIn(error.error_description)}`)
  if (error instanceof ResponseBodyError) {
    const reason = `Entra: ${word(error.error)}, ${numberIn(error.error_description)}`
    const isSecret = error.error === 'invalid_client' || error.error === 'unauthorized_client'
    if (isSecret) return refuse('admin.entra-secret', reason)
    return refuse(error.status >= 500 ? 'admin.entra-unreachable' : 'admin.entra', reason)
  }
  if (error instanceof WWWAuthenticateChallengeError) return refuse('admin.entra-secret', 'Entra challenges the client')
  const silence = silenceOf(error)
  if (silence !== undefined) return refuse('admin.entra-unreachable', silence)
  if (error instanceof ClientError) {
    const reason = `${error.message}${error.cause instanceof Error ? `: ${error.cause.message}` : ''}`
    return refuse(SILENCE.includes(error.code ?? '') ? 'admin.entra-unreachable' : 'admin.entra', reason)
  }
  // passport's word for an attempt that the strategy gave up: Entra said access_denied.
  if (error !== null && typeof error === 'object' && !(error instanceof Error) && 'message' in error)
    return refuse('admin.entra-declined', `Entra: access_denied, ${numberIn(String(error.message))}`)
  throw error
}
