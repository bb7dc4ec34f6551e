// What happens to and by administrators, and to what they keep, in plain words.
import { changeWords, type WordsTable } from './words-of.ts'

export const administrationEventWords = {
  'administrator.link-made': {
    title: 'A one-time link was made',
    detail: ({ name, isNew }) => (isNew ? `It invites ${name}.` : `It lets ${name} add a passkey.`),
  },
  'administrator.created': {
    title: 'An administrator came in for the first time',
    detail: ({ name, role, address }) => `${name}, as ${role}, from ${address}.`,
  },
  'administrator.recovered': {
    title: 'An administrator came in by a one-time link',
    detail: ({ address }) => `From ${address}.`,
    tone: 'caution',
  },
  'administrator.changed': {
    title: 'An administrator was changed',
    detail: ({ change }) => `To ${changeWords(change)}.`,
  },
  'administrator.disabled': { title: 'An administrator’s access was switched off', tone: 'caution' },
  'administrator.enabled': { title: 'An administrator’s access was switched on' },
  'administrator.removed': { title: 'An administrator was removed', tone: 'caution' },
  'administrator.passkey-added': { title: 'A passkey was added', detail: ({ name }) => `${name}.` },
  'administrator.passkey-renamed': { title: 'A passkey was renamed', detail: ({ name }) => `To ${name}.` },
  'administrator.passkey-removed': { title: 'A passkey was removed', detail: ({ name }) => `${name}.` },
  'administrator.refused': {
    title: 'An administrator was refused',
    detail: ({ reason, address }) => `${reason}. From ${address}.`,
    tone: 'bad',
  },
  'administrator.entra-refused': {
    title: 'An Entra account was not let into the console',
    detail: ({ name, reason, address }) => `${name}: ${reason}. From ${address}.`,
    tone: 'bad',
  },
  'entra-sign-in.changed': {
    title: 'How administrators sign in with Entra was changed',
    detail: ({ change }) => `${changeWords(change)}.`,
    tone: 'caution',
  },
  'administrator.signed-in': {
    title: 'An administrator signed in',
    detail: ({ browser, address }) => `${browser}, from ${address}.`,
  },
  'administrator.stepped-up': {
    title: 'An administrator proved to be there',
    detail: ({ address }) => `From ${address}.`,
  },
  'administrator.signed-out': { title: 'An administrator signed out' },
  'administrator.session-ended': { title: 'A session was ended' },
  'administrator.sessions-ended': {
    title: 'Sessions were ended',
    detail({ administratorId, by }) {
      if (by === 'service') return 'All of them: Entra gives no role any more.'
      return by === `administrator:${administratorId}` ? 'All but the one that was in use.' : 'All of them.'
    },
  },
  'token.created': {
    title: 'An access token was made',
    detail: ({ name, scopes, expiresAt }) => `${name}, for ${scopes}, until ${expiresAt}.`,
  },
  'token.revoked': { title: 'An access token was revoked', detail: ({ name }) => `${name}.`, tone: 'caution' },
  'integration.created': { title: 'A tenant was connected', detail: ({ change }) => `${changeWords(change)}.` },
  'integration.changed': { title: 'An integration was changed', detail: ({ change }) => `${changeWords(change)}.` },
  'integration.removed': {
    title: 'A tenant was disconnected',
    detail: () => 'Its people’s phones were removed with it.',
    tone: 'caution',
  },
  'key.created': {
    title: 'A signing key was made',
    detail: ({ signsFrom, emergency }) =>
      emergency ? 'It signs at once, in the place of keys that were withdrawn.' : `It signs from ${signsFrom}.`,
  },
  'key.rescheduled': {
    title: 'A signing key’s turn was moved',
    detail: ({ signsFrom }) => `It signs from ${signsFrom}: the service was down, or its clock was set.`,
  },
  'key.withdrawn': {
    title: 'A signing key was withdrawn',
    detail: ({ reason }) => `It is published no more: ${reason}.`,
    tone: 'caution',
  },
  'master-key.resealed': {
    title: 'The master key was changed',
    detail: ({ change }) => `Sealed anew: ${changeWords(change)}.`,
    tone: 'caution',
  },
  'audit.key-made': {
    title: 'The key that signs the audit log’s checkpoints was made',
    detail: ({ keyId }) => `Its name is ${keyId}.`,
  },
  'audit.exported': {
    title: 'The audit log was exported',
    detail: ({ filter }) => (filter === '{}' ? 'All of it.' : `${changeWords(filter)}.`),
  },
  'service.started': { title: 'Countersign started', detail: ({ version }) => `Version ${version}.` },
  'service.stopped': { title: 'Countersign stopped' },
} satisfies Partial<WordsTable>
