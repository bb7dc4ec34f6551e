import type { Role } from './permissions.ts'

/** What somebody proves with that they are this administrator. */
export type Via = 'passkey' | 'entra'

/** Somebody who may enter the console. */
export type Administrator = {
  id: string
  name: string
  role: Role
  via: Via
  createdAt: number
  /** Since when they may not enter; null: they may. */
  disabledAt: number | null
}

export const LONGEST_NAME = 64

/** A name as it is kept: trimmed, and of one line. Undefined when nothing of it is left, or it is too long. */
export function nameOf(typed: string): string | undefined {
  const name = typed.replace(/[\p{C}\s]+/gu, ' ').trim()
  return name === '' || name.length > LONGEST_NAME ? undefined : name
}

/** A passkey (W3C Web Authentication Level 3, section 4): what an administrator signs in with. */
export type Passkey = {
  /** The credential id, base64url. */
  id: string
  administratorId: string
  name: string
  /** COSE, base64url. */
  publicKey: string
  /** How often it signed, as it says itself; 0 for ever where it does not count. */
  counter: number
  transports: string[]
  /** What kind of authenticator made it; zeros where it does not say. */
  aaguid: string
  /** Whether it is kept somewhere else too (a password manager's cloud). */
  backedUp: boolean
  createdAt: number
  lastUsedAt: number | null
}
