import type { Role } from '../administrators/permissions.ts'

/** What a role is called, and what it may, for people. */
export const roleWords: Record<Role, { name: string; may: string }> = {
  viewer: { name: 'Viewer', may: 'sees everything, changes nothing' },
  helpdesk: { name: 'Help desk', may: 'removes devices and invites people' },
  owner: { name: 'Owner', may: 'may do everything' },
}

/** An instant for people: `2026-11-23 14:05 UTC`. The page's script shows it in the reader's own time. */
export const moment = (milliseconds: number): { iso: string; words: string } => {
  const iso = new Date(milliseconds).toISOString()
  return { iso, words: `${iso.slice(0, 10)} ${iso.slice(11, 16)} UTC` }
}

/** What was just done, as the page after it says. Named in the address by its key, so that nobody can put words there. */
const doneWords: Record<string, string> = {
  'passkey-added': 'The passkey was added.',
  'passkey-renamed': 'The passkey has its new name.',
  'passkey-removed': 'The passkey was removed. Delete it on your device too.',
  'session-ended': 'That session was ended.',
  'sessions-ended': 'All other sessions were ended.',
  renamed: 'The name was changed.',
  'role-changed': 'The role was changed.',
  disabled: 'Their access is switched off, and their sessions were ended.',
  enabled: 'Their access is switched on again.',
  removed: 'The administrator was removed.',
}

export const doneSentence = (key: unknown): string | undefined =>
  typeof key === 'string' && Object.hasOwn(doneWords, key) ? doneWords[key] : undefined
