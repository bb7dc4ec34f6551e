// Integrations, people, their devices and sign-ins.
import type { Copied } from './copied.ts'
import { bodied, flat, type Mapping } from './mapping.ts'

const PERSON_ID = `tenant_id || '/' || object_id`
const person = { tenantId: 'tenant_id', objectId: 'object_id' } as const

export const signInTables = {
  integration: bodied<'integration'>('integration', {
    columns: { _id: 'id', tenantId: 'tenant_id', clientId: 'client_id' },
  }),
  device: bodied<'device'>('device', {
    columns: {
      ...{ _id: 'id', thumbprint: 'thumbprint', ...person, state: 'state', boundAt: 'bound_at' },
      ...{ revokedAt: 'revoked_at', lastUsedAt: 'last_used_at' },
    },
    notInBody: ['lastUsedAt', 'touches'],
  }),
  invitation: bodied<'invitation'>('invitation', {
    columns: {
      ...{ _id: 'id', ...person, expiresAt: 'expires_at' },
      ...{ heldBy: 'held_by', heldUntil: 'held_until', spentAt: 'spent_at' },
    },
  }),
  sign_in: bodied<'sign_in'>('sign_in', {
    columns: {
      ...{ _id: 'id', version: 'version', phase: 'phase', ...person, openedAt: 'opened_at', expiresAt: 'expires_at' },
    },
    derived: ({ ticket, pendingDevice }) => ({
      ticket_digest: ticket?.ticketDigest ?? null,
      code_digest: ticket?.codeDigest ?? null,
      pending_thumbprint: pendingDevice?.thumbprint ?? null,
    }),
  }),
  used_hint: flat<'used_hint'>('used_hint', {
    ...{ _id: 'digest', signInId: 'sign_in_id', keepUntil: 'keep_until', endsAt: 'keep_until' },
  }),
  used_proof: flat<'used_proof'>('used_proof', {
    ...{ _id: 'id', digest: 'digest', expiresAt: 'expires_at', endsAt: 'expires_at' },
  }),
  person_failure: flat<'person_failure'>('person_failure', {
    ...{ _id: `${PERSON_ID} || ' ' || kind`, ...person, kind: 'kind', count: 'count', lastAt: 'last_at' },
  }),
  person: flat<'person'>('person', {
    ...{ _id: PERSON_ID, ...person, integrationId: 'integration_id', label: 'label', folded: 'label_folded' },
    ...{ lastSignInAt: 'last_sign_in_at', firstSeenAt: 'first_seen_at' },
  }),
  sign_in_record: flat<'sign_in_record'>('sign_in_record', {
    ...{ _id: 'id', openedAt: 'opened_at', integrationId: 'integration_id', ...person, person: 'person' },
    ...{ contract: 'contract', outcome: 'outcome', endedAt: 'ended_at', method: 'method', deviceId: 'device_id' },
    ...{ address: 'address', place: 'place', browser: 'browser', application: 'application' },
  }),
} as const satisfies { readonly [C in Copied]?: Mapping<C> }
