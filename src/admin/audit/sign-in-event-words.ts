// What happens in a sign-in and to a person's phones, in plain words.
import type { AuditEvent, ConsoleLimit } from '../../audit/events.ts'
import type { PushResult } from '../../push/sender.ts'
import { contractName } from '../words.ts'
import type { WordsTable } from './words-of.ts'

const pushWords: Record<PushResult, string> = {
  accepted: 'The push service took it.',
  gone: 'The push service knows this phone no more.',
  mismatched: 'The push service has this phone for another sender.',
  'too-large': 'The push service found it too large.',
  limited: 'The push service asks to slow down.',
  unavailable: 'The push service is in trouble.',
  rejected: 'The push service refused it.',
  unreachable: 'The push service could not be reached.',
  forbidden: 'Its address is one that Countersign does not connect to.',
}

const ways = { web: 'Web Push', fcm: 'Firebase Cloud Messaging' }
const purposes: Readonly<Record<string, string>> = {
  prompt: 'To ask for a decision',
  over: 'To say that it is over',
  test: 'A test, asked for on the phone',
}
const invitationFaults: Readonly<Record<string, string>> = {
  'wrong code': 'The code is not the one that was made.',
  'the person has no open invitation': 'There is no code for this person: none was made, or it was used or is too old.',
  'held by another sign-in': 'Another sign-in of this person is using the code now.',
}

const known = (words: Readonly<Record<string, string>>, key: string): string => words[key] ?? key
const phones = (count: number): string => (count === 1 ? '1 phone' : `${count} phones`)

export const signInEventWords = {
  'request.refused': { title: 'A request was refused', detail: ({ reason }) => `Because: ${reason}.`, tone: 'bad' },
  'hint.refused': {
    title: 'A request of Entra was refused',
    detail: ({ reason }) => `Because: ${reason}.`,
    tone: 'bad',
  },
  'signin.refused': {
    title: 'A sign-in was refused before it began',
    detail: ({ reason, address }) => `Because: ${reason}. From ${address}.`,
    tone: 'bad',
  },
  'hint.accepted': {
    title: 'Entra’s request was verified',
    detail: ({ keyId }) => `Signed with Entra’s key ${keyId}.`,
  },
  'signin.opened': {
    title: 'The sign-in began',
    detail: ({ contract, browser, address, from }) =>
      `${contractName(contract)}. ${browser}, from ${address}.${from === 'elsewhere' ? ' The browser came from another site than Microsoft’s.' : ''}`,
  },
  'signin.prompted': {
    title: 'The phones were asked',
    detail: ({ promptNumber, devices }) =>
      promptNumber === 1 ? `${phones(devices)}.` : `${phones(devices)}, for the ${ordinal(promptNumber)} time.`,
  },
  'signin.wrong-number': {
    title: 'A wrong number was typed on the phone',
    detail: ({ promptNumber }) => `Not the one on the sign-in page (prompt ${promptNumber}).`,
    tone: 'caution',
  },
  'signin.approved': {
    title: 'Approved on the phone',
    detail: ({ promptNumber }) => `The right number was typed, and the phone signed it (prompt ${promptNumber}).`,
    tone: 'good',
  },
  'signin.denied': {
    title: 'Declined on the phone',
    detail: () => 'The person cancelled it, and the phone signed that.',
    tone: 'caution',
  },
  'signin.reported': {
    title: 'Reported as “not me”',
    detail: () => 'The person said that they are not signing in. Somebody may know their password.',
    tone: 'bad',
  },
  'signin.expired': {
    title: 'Time was over',
    detail: () => 'Nobody finished it within four minutes.',
    tone: 'caution',
  },
  'signin.cancelled': {
    title: 'Given up in the browser',
    detail: () => 'Who was signing in went back to Entra.',
    tone: 'caution',
  },
  'signin.answered': { title: 'The browser came for the answer', detail: () => 'That is possible once.' },
  'claim.signing': {
    title: 'The claim is about to be signed',
    detail: ({ contract }) => `For ${contractName(contract)}.`,
  },
  'claim.signed': {
    title: 'The claim was signed and sent to Entra',
    detail: ({ keyId }) => `With our key ${keyId}.`,
    tone: 'good',
  },
  'ticket.issued': { title: 'A code to scan was shown', detail: () => 'It binds one phone, in this sign-in only.' },
  'ticket.redeemed': {
    title: 'A phone scanned the code',
    detail: ({ deviceName, platform, address }) => `${deviceName} (${platform}), from ${address}.`,
  },
  'device.activated': {
    title: 'The phone was bound',
    detail: () => 'It decides this person’s sign-ins from now on.',
    tone: 'good',
  },
  'invitation.redeemed': { title: 'The invitation code was typed' },
  'invitation.refused': {
    title: 'An invitation code was refused',
    detail: ({ reason }) => known(invitationFaults, reason),
    tone: 'caution',
  },
  'person.alarmed': {
    title: 'Notifications are held back',
    detail: ({ because, quietUntil }) =>
      `${because === 'reported' ? 'They said that a sign-in was not theirs' : 'They declined twice'}: nobody rings their phones until ${quietUntil.slice(0, 16).replace('T', ' ')} UTC.`,
    tone: 'caution',
  },
  'limit.reached': {
    title: 'Too many requests were refused',
    detail: (event) =>
      `${tooMany(event)} Until ${event.until.slice(0, 16).replace('T', ' ')} UTC the rest is ${isConsole(event.of) ? 'refused' : 'not counted'}.`,
    tone: 'caution',
  },
  'person.locked': {
    title: 'The person was locked',
    detail: ({ because }) =>
      because === 'number'
        ? 'Too many wrong numbers in a row: they approve nothing before an administrator unlocks them.'
        : 'Too many wrong invitation codes in a row: they bind no phone by a code before an administrator unlocks them.',
    tone: 'bad',
  },
  'person.unlocked': { title: 'The person was unlocked', detail: () => 'They may try again.' },
  'push.sent': {
    title: 'A notification was sent',
    detail: ({ purpose, via, result }) => `${known(purposes, purpose)}, by ${ways[via]}. ${known(pushWords, result)}`,
  },
  'push.subscribed': { title: 'Notifications were switched on', detail: ({ via }) => `By ${ways[via]}.` },
  'push.retired': {
    title: 'Notifications were switched off',
    detail: ({ via, reason }) => `${ways[via]}: ${known(pushWords, reason)}`,
  },
  'device.revoked': { title: 'A phone was removed', detail: ({ reason }) => `Reason: ${reason}.`, tone: 'caution' },
  'invitation.created': { title: 'An invitation code was made', detail: () => 'It is good for three days, once.' },
} satisfies Partial<WordsTable>

const held = 'Who brings that is not held up.'

/** What came too often, at the limits of the console and its API. */
const atConsole: Readonly<Record<ConsoleLimit, string>> = {
  'admin-attempt': 'attempts to get into this console',
  'admin-question': 'beginnings of a sign-in to this console',
  'admin-return': 'returns from Entra to this console',
  token: 'requests to the API',
  'token-wrong': 'wrong tokens for the API',
}
const isConsole = (of: string): of is ConsoleLimit => Object.hasOwn(atConsole, of)

function tooMany(event: AuditEvent & { type: 'limit.reached' }): string {
  switch (event.of) {
    case 'integration':
      return `From many networks, without anything that Microsoft had signed. ${held}`
    case 'all-codes':
      return 'From many networks, wrong codes typed to connect a phone. Nobody has to wait for that.'
    case 'network':
      return `From ${event.address}, without anything that Microsoft had signed. ${held}`
    case 'codes':
      return `From ${event.address}, wrong codes typed to connect a phone. Codes that are scanned still work.`
    default: {
      const { of, address, tokenId } = event
      return `From ${address}, ${atConsole[of]}${tokenId === undefined ? '' : ` with the token ${tokenId}`}.`
    }
  }
}

const ordinal = (count: number): string => ['first', 'second', 'third'][count - 1] ?? `${count}th`
