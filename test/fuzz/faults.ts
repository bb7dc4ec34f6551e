// What a service may give a stranger, and what is a fault of ours.
import { type Arm, ENDED, type Hit, type Raw, type Shot, SILENT, UNSENT } from './send.ts'

/** The service is gone: whatever else is sent finds the same. */
export const GONE = 'nobody listens'

/** What Node reads of a head, less what its client adds to ours; what our routes read of a body. */
const LONGEST_HEAD = 16_000
const LONGEST_BODY = 64 * 1024

/** What is no request, or longer than what is read, may end its connection: nobody waits for the rest of it. */
const mayEnd = (shot: Shot | Raw): boolean =>
  'raw' in shot ||
  shot.path.length + JSON.stringify(shot.headers ?? {}).length > LONGEST_HEAD ||
  Buffer.byteLength(shot.body ?? '') > LONGEST_BODY

/** Why this is no answer for a stranger. Undefined: it is one. */
export function faultOf(
  { status, text, milliseconds }: Hit,
  { shot, arm, slowest }: { shot: Shot | Raw; arm: Arm; slowest: number },
): string | undefined {
  const { answers } = arm
  if (status === SILENT) return 'no answer'
  if (status === UNSENT) return `not sent: ${text}`
  if (status === ENDED && text === 'ECONNREFUSED') return GONE
  if (status === ENDED) return mayEnd(shot) ? undefined : `connection ended: ${text}`
  if (status >= 500) return `status ${status}`
  if (/name="id_token"/.test(text)) return 'a claim'
  if (answers && !answers.includes(status)) return `status ${status}, where only ${answers.join(', ')} may come`
  if (milliseconds > slowest) return `took ${Math.round(milliseconds)} ms`
  return undefined
}
