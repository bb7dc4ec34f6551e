import type { TokenScope, TokenState } from '../../administrators/token.ts'

/** What a token may be made for, for people. */
export const scopeWords: Record<TokenScope, { name: string; may: string }> = {
  read: { name: 'Read', may: 'sees tenants, people, sign-ins, keys and the audit log' },
  people: { name: 'People', may: 'invites and unlocks people, and revokes devices' },
  integrations: { name: 'Integrations', may: 'connects, changes and removes tenants' },
  keys: { name: 'Keys', may: 'announces a new signing key' },
}

export const stateWords: Record<TokenState, string> = {
  active: 'Active',
  powerless: 'Refused at present',
  expired: 'Expired',
  revoked: 'Revoked',
}
