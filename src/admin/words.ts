import { LONGEST_NAME } from '../administrators/administrator.ts'
import type { Role } from '../administrators/permissions.ts'
import type { Contract } from '../integrations/integration.ts'

/** What a role is called, and what it may, for people. */
export const roleWords: Record<Role, { name: string; may: string }> = {
  viewer: { name: 'Viewer', may: 'sees all but who has access (administrators, API tokens), and changes nothing' },
  helpdesk: { name: 'Help desk', may: 'sees the same, removes phones, unlocks and invites people' },
  owner: { name: 'Owner', may: 'may do everything' },
}

const contractNames: Record<Contract, string> = {
  'external-mfa': 'External MFA',
  'custom-control': 'Custom control',
}

/** What a contract is called. One that a later version recorded stands as it is. */
export const contractName = (contract: string): string =>
  Object.hasOwn(contractNames, contract) ? contractNames[contract as Contract] : contract

/** Beside a name that `nameOf` does not take. */
export const NAME_FAULT = `Type a name of 1 to ${LONGEST_NAME} characters, in one line.`

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
  'phone-removed': 'The phone was removed. It approves nothing from now on.',
  unlocked: 'They may try again.',
  'phones-removed': 'All phones were removed. They approve nothing from now on.',
  'entra-saved': 'Saved. It counts once you have signed in with it.',
  'entra-on': 'Administrators can sign in with Entra now.',
  'entra-off': 'The sign-in with Entra is off. Who came in by it is signed out.',
  'entra-discarded': 'The change was discarded.',
  'entra-removed': 'The sign-in with Entra was removed, with its client secret.',
  'integration-connected': 'The tenant is connected. Now set it up in Entra, as told below.',
  'integration-changed': 'The settings were changed. They hold for every sign-in from now on.',
  'integration-unchanged': 'Nothing was changed: the settings are so already.',
  'integration-enabled': 'It is enabled: its sign-ins are served again.',
  'integration-disabled': 'It is disabled: its sign-ins are refused from now on.',
  'integration-removed': 'The integration was removed, and its phones with it.',
  'key-announced': 'A new key is announced. It is published from now on, and takes over by itself.',
  'keys-replaced': 'The keys were replaced. Sign-ins fail until Entra has read the new one, within about a day.',
  'webhook-removed': 'The webhook was removed. Nothing more is sent there.',
  'webhook-on': 'The webhook is on: it goes on from where it was turned off.',
  'letters-resent': 'They are sent again, in a moment.',
  'letters-dropped': 'They were dropped. The records stay in the audit log.',
  'token-revoked': 'The token was revoked. What uses it is refused from now on.',
}

export const doneSentence = (key: unknown): string | undefined =>
  typeof key === 'string' && Object.hasOwn(doneWords, key) ? doneWords[key] : undefined
