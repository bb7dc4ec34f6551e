// Who gets into the console, and with what.
import type { Copied } from './copied.ts'
import { bodied, flat, type Mapping } from './mapping.ts'

export const administrationTables = {
  administrator: flat<'administrator'>('administrator', {
    ...{ _id: 'id', name: 'name', role: 'role', via: 'via', createdAt: 'created_at', disabledAt: 'disabled_at' },
  }),
  administrator_link: bodied<'administrator_link'>('administrator_link', {
    columns: { _id: 'digest', administratorId: 'administrator_id', expiresAt: 'expires_at', endsAt: 'expires_at' },
    named: false,
    notInBody: ['endsAt'],
  }),
  administrator_passkey: bodied<'administrator_passkey'>('administrator_passkey', {
    columns: {
      ...{ _id: 'id', administratorId: 'administrator_id', name: 'name', counter: 'counter', backedUp: 'backed_up' },
      ...{ createdAt: 'created_at', lastUsedAt: 'last_used_at' },
    },
    flags: ['backedUp'],
  }),
  administrator_session: bodied<'administrator_session'>('administrator_session', {
    columns: {
      ...{ _id: 'id', digest: 'digest', administratorId: 'administrator_id', startedAt: 'started_at' },
      ...{ lastSeenAt: 'last_seen_at', steppedUpAt: 'stepped_up_at' },
    },
  }),
  administrator_challenge: flat<'administrator_challenge'>('administrator_challenge', {
    ...{ _id: 'digest', purpose: 'purpose', subject: 'subject', expiresAt: 'expires_at', endsAt: 'expires_at' },
  }),
  administrator_token: bodied<'administrator_token'>('administrator_token', {
    columns: {
      ...{ _id: 'id', digest: 'digest', createdBy: 'created_by', createdAt: 'created_at', endsAt: 'ends_at' },
      ...{ lastUsedAt: 'last_used_at', revokedAt: 'revoked_at' },
    },
    notInBody: ['endsAt'],
  }),
  administrator_entra: flat<'administrator_entra'>('administrator_entra', {
    ...{ _id: `tenant_id || '/' || object_id`, tenantId: 'tenant_id', objectId: 'object_id' },
    ...{ administratorId: 'administrator_id', confirmedAt: 'confirmed_at' },
  }),
  administrator_kept_form: flat<'administrator_kept_form'>('administrator_kept_form', {
    ...{ _id: 'digest', sessionId: 'session_id', expiresAt: 'expires_at', endsAt: 'expires_at', sealed: 'sealed' },
  }),
  entra_sign_in: bodied<'entra_sign_in'>('entra_sign_in', {
    columns: { _id: `'entra-sign-in'`, version: 'version' },
    named: false,
    derived: ({ on, active }) => ({
      one: 1,
      tenant_id: on ? (active?.tenantId ?? null) : null,
      connection_id: on ? (active?.id ?? null) : null,
    }),
  }),
} as const satisfies { readonly [C in Copied]?: Mapping<C> }
