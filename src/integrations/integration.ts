// The Entra tenants that we serve.

export type Contract = 'custom-control' | 'external-mfa'
export const contracts: readonly Contract[] = ['custom-control', 'external-mfa']

/** By which contracts Entra may ask. One that nobody uses need not be open. */
export type AskedBy = 'both' | Contract
export const askedBys: readonly AskedBy[] = ['both', 'external-mfa', 'custom-control']

export const isAskedBy = ({ askedBy }: Pick<Integration, 'askedBy'>, contract: Contract): boolean =>
  askedBy === 'both' || askedBy === contract

export type CloudName = 'global' | 'usgov' | 'china' | 'local'
export const cloudNames: readonly CloudName[] = ['global', 'usgov', 'china', 'local']

/**
 * Who may bind a phone in a sign-in of their own:
 * - `first-use`: whoever never had one, by scanning; others need an invitation,
 * - `invitation`: whoever types the one-time code that an administrator made for them,
 * - `closed`: nobody.
 */
export type Enrolment = 'first-use' | 'invitation' | 'closed'
export const enrolments: readonly Enrolment[] = ['first-use', 'invitation', 'closed']

/** Which audience a hint may name. Nobody has published a custom control's hint, so `either` is its default. */
export type HintAudience = 'app-id' | 'client-id' | 'either'
export const hintAudiences: readonly HintAudience[] = ['app-id', 'client-id', 'either']

/** A domain as it stands behind the @ of an account, in lower case and ASCII (base/ascii-domain.ts). */
export const isDomain = (text: string): boolean => /^(?=.{1,253}$)([a-z0-9-]{1,63}\.)+[a-z0-9-]{2,63}$/.test(text)

/** One tenant connected to us. A tenant id belongs to at most one; it serves both contracts, unless told otherwise. */
export type Integration = {
  id: string
  name: string
  tenantId: string
  cloud: CloudName
  appId: string
  /** What Entra names us by: one for each integration, so that tenants cannot be mixed up. */
  clientId: string
  enabled: boolean
  askedBy: AskedBy
  enrolment: Enrolment
  /** The last instant at which `first-use` binds; null: no end. */
  firstUseUntil: number | null
  /** How many digits are typed: 6, or 2 or 3 as an explicit step below NIST SP 800-63B-4. */
  digits: 2 | 3 | 6
  /** Whether a push may name the account: else it says the organisation only, and the phone knows the rest. */
  namePersonInPush: boolean
  /** Whose first use binds: accounts of these domains, or everybody when there is none. It narrows, it proves nothing. */
  firstUseDomains: string[]
  hintAudience: Record<Contract, HintAudience>
  /** The custom control: its Id in Conditional Access, and the claim that satisfies it. */
  control: { id: string; claimType: string; claimValue: string }
  createdAt: number
  /** Counts the changes made, so that of two administrators who change it at once the second is told. */
  version: number
}
