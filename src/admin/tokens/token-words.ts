import type { TokenScope, TokenState } from '../../administrators/token.ts'

/** What a token may be made for, for people. */
export const scopeWords: Record<TokenScope, { name: string; may: string }> = {
  read: { name: 'Read', may: 'sees everything the console shows, and the audit log' },
  people: { name: 'People', may: 'invites people and revokes devices' },
  integrations: { name: 'Integrations', may: 'connects, changes and removes tenants' },
  keys: { name: 'Keys', may: 'announces a new signing key' },
}

export const stateWords: Record<TokenState, string> = {
  active: 'Active',
  powerless: 'Worth nothing now',
  expired: 'Expired',
  revoked: 'Revoked',
}
