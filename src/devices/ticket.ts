// The single-use right to bind a device. It is derived from the secret that only the browser of the sign-in holds, so it
// can be shown again after a reload, is bound to that browser, and is nowhere in the store: there is only its digest.
import { sha256 } from '../base/digest.ts'
import { crockford, normalizeCode } from '../base/random.ts'
import { mac } from '../base/seal.ts'

/** What the page shows: the ticket for the QR code and link (128 bits), the code for typing (12 characters, 60 bits). */
export type Ticket = { ticket: string; code: string }

export type TicketDigests = { ticketDigest: string; codeDigest: string }

export const ticketOf = (browserSecret: string, signInId: string): Ticket => ({
  ticket: mac(browserSecret, `ticket:${signInId}`).subarray(0, 16).toString('base64url'),
  code: crockford(mac(browserSecret, `code:${signInId}`).subarray(0, 8), 12),
})

export const digestsOf = ({ ticket, code }: Ticket): TicketDigests => ({
  ticketDigest: ticketDigest(ticket),
  codeDigest: codeDigest(code),
})

export const ticketDigest = (ticket: string): string => sha256(`ticket:${ticket}`)

/** Digest of a typed code: case, spaces, dashes and look-alike letters do not matter. */
export const codeDigest = (typed: string): string => sha256(`code:${normalizeCode(typed)}`)
