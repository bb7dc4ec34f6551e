import type { RefusalCode } from '../base/refusal.ts'

/** What Entra is told (OpenID Connect Core section 3.1.2.6; Microsoft names access_denied and temporarily_unavailable). */
export type EntraError = 'invalid_request' | 'access_denied' | 'temporarily_unavailable'

const temporary: readonly RefusalCode[] = [
  ...(['entra.keys-unavailable', 'entra.key-unseen'] as const),
  ...(['service.stopping', 'service.busy', 'store.unavailable', 'sign-in.too-many'] as const),
]
const malformed: readonly RefusalCode[] = [
  ...(['request.protocol', 'request.incomplete', 'hint.malformed', 'asked.malformed'] as const),
]

/** The error of a refusal whose destination is proven. What is neither passing nor malformed is a plain no. */
export function entraErrorOf(code: RefusalCode): EntraError {
  if (temporary.includes(code)) return 'temporarily_unavailable'
  return malformed.includes(code) ? 'invalid_request' : 'access_denied'
}
