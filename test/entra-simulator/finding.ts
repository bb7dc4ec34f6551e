import type { EntraAttempt } from './make-attempt.ts'
import type { ProviderMetadata } from './provider-metadata.ts'
import type { Contract } from './registration.ts'

export type Outcome = 'pass' | 'fail' | 'not-applicable'
export type Finding = { outcome: Outcome; found: string }

export const pass = (found: string): Finding => ({ outcome: 'pass', found })
export const fail = (found: string): Finding => ({ outcome: 'fail', found })
export const notApplicable = (found: string): Finding => ({ outcome: 'not-applicable', found })

/** What arrived, with the path (which names the contract) and the manner in which it did; `address` where it is known. */
export type Answer = {
  contract: Contract
  method: string
  contentType: string
  address?: string
  form: URLSearchParams
}

export type Claim = { header: Record<string, unknown>; payload: Record<string, unknown> }

/** All there is to judge by once the sign-in that the answer belongs to is known. */
export type Facts = {
  answer: Answer
  attempt: EntraAttempt
  metadata: ProviderMetadata
  /** The kids published at this moment, looked up only when Entra's own copy lacks the token's. */
  publishedNow: unknown[] | undefined
  seen: { token: boolean; nonce: boolean }
  now: number
  token: string | null
  claim: Claim | undefined
}

/** A value as found, for a person to read: JSON, so that a string differs from a list and a missing claim from both. */
export function shown(value: unknown): string {
  if (value === undefined || value === null) return 'nothing'
  const text = JSON.stringify(value)
  return text.length > 240 ? `${text.slice(0, 240)}…` : text
}

/** The usual shape of a finding: no fault is a pass. */
export const verdictOf = (faults: string[], good: string): Finding =>
  faults.length ? fail(faults.join('; ')) : pass(good)
