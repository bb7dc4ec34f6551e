import { type Bar, CONFIRMED_DAYS, type TokenScope, type TokenState } from '../../administrators/token.ts'

/** What a token may be made for, for people. */
export const scopeWords: Record<TokenScope, { name: string; may: string }> = {
  read: { name: 'Read', may: 'sees tenants, people, sign-ins, keys and the audit log' },
  people: { name: 'People', may: 'invites and unlocks people, and revokes devices' },
  integrations: { name: 'Integrations', may: 'connects, changes and removes tenants' },
  keys: { name: 'Keys', may: 'announces a new signing key' },
}

/** Why nothing counts that a maker made, and what to do. */
export const barWords: Record<Bar, string> = {
  removed: 'Whoever made it was removed.',
  disabled: 'The access of whoever made it is switched off.',
  'entra-off':
    'Whoever made it signs in with Entra, and their tenant is not connected now. Connect it again, or make another token.',
  'entra-no-role':
    'Entra gave whoever made it no role when they last came. Once it gives them one, they sign in again; or make another token.',
  'entra-unconfirmed': `Entra has not confirmed the role of whoever made it for ${CONFIRMED_DAYS} days. It works as soon as they sign in again.`,
}

export const stateWords: Record<TokenState, string> = {
  active: 'Active',
  powerless: 'Refused at present',
  expired: 'Expired',
  revoked: 'Revoked',
}
