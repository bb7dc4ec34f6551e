// Cross-site request forgery: what changes something must come from a page of ours, given to this very session.
import type { Request } from 'express'
import { sameText } from '../base/digest.ts'
import { type Refusal, refuse } from '../base/refusal.ts'
import { mac } from '../base/seal.ts'

/**
 * The token in a session's forms. It is made of the session's id, not of the secret in the cookie, which changes at every
 * step-up: forms that are open in other tabs stay good.
 */
export const csrfToken = (key: Buffer, sessionId: string): string => mac(key, `csrf:${sessionId}`).toString('base64url')

/**
 * Whether a request was sent by a page of ours, as the browser says: by Origin, which every browser of today sends with a
 * POST, or, where a proxy took that away, by Sec-Fetch-Site. A request that says neither is refused.
 */
export function checkOrigin({ headers }: Request, publicUrl: string): true | Refusal {
  const { origin } = headers
  if (origin !== undefined) return origin === publicUrl || refuse('admin.forged', 'Origin is another')
  return (
    headers['sec-fetch-site'] === 'same-origin' || refuse('admin.forged', 'neither Origin nor Sec-Fetch-Site is ours')
  )
}

export function checkToken(sent: unknown, expected: string): true | Refusal {
  if (typeof sent !== 'string' || sent === '') return refuse('admin.forged', 'no token')
  return sameText(sent, expected) || refuse('admin.forged', 'the token is another session’s')
}
