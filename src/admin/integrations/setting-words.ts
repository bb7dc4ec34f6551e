// The settings of an integration in words: what each is called, and what each choice means.
import { instant } from '../../base/clock.ts'
import type { AskedBy, Enrolment, HintAudience, Integration } from '../../integrations/integration.ts'

/** What each field of the forms is called. */
export const LABELS = {
  name: 'Name',
  tenantId: 'Directory (tenant) ID',
  appId: 'Application (client) ID',
  cloud: 'Cloud',
  askedBy: 'How Entra may ask',
  enrolment: 'Who may add a phone',
  firstUseUntil: 'Last day of first use',
  firstUseDomains: 'Domains of first use',
  digits: 'Digits to type',
  namePersonInPush: 'Notifications',
  'hintAudience.external-mfa': 'Audience of External MFA’s requests',
  'hintAudience.custom-control': 'Audience of custom controls’ requests',
} as const

export type Field = keyof typeof LABELS

export const enrolmentWords: Record<Enrolment, { name: string; means: string }> = {
  'first-use': {
    name: 'First use',
    means:
      'Scan and go: whoever never had a phone adds one in a sign-in of their own. But whoever stole the password of such a ' +
      'person can be first, adds their own phone, and is let in. Give it a last day, and invite those who are left.',
  },
  invitation: {
    name: 'Invitation',
    means: 'Whoever types a one-time code of yours first. A stolen password alone adds no phone.',
  },
  closed: {
    name: 'Closed',
    means: 'Nobody, invited or not. The phones that are there go on working.',
  },
}

export const digitsWords: Record<Integration['digits'], string> = {
  6: 'Six. A guess hits once in a million.',
  3: 'Three. Below what NIST SP 800-63B-4 and OWASP ASVS 5.0 ask for: a guess hits once in a thousand.',
  2: 'Two. Below what NIST SP 800-63B-4 and OWASP ASVS 5.0 ask for: a guess hits once in a hundred.',
}

export const askedByWords: Record<AskedBy, string> = {
  both: 'By External MFA and by a custom control',
  'external-mfa': 'By External MFA only',
  'custom-control': 'By a custom control only',
}

export const audienceWords: Record<HintAudience, string> = {
  'app-id': 'The application id',
  'client-id': 'The client id',
  either: 'Either of the two',
}

/** The last day on which first use binds, as a date field has it; empty when there is none. */
export const lastDayOf = ({ firstUseUntil }: Integration): string =>
  firstUseUntil === null ? '' : instant(firstUseUntil).slice(0, 10)

const pushWords = (names: boolean): string => (names ? 'Name the account' : 'Name the organisation only')

/** What a setting is now. */
export function nowWords(integration: Integration): Partial<Record<Field, string>> {
  const { name, appId, askedBy, enrolment, firstUseDomains, digits, namePersonInPush, hintAudience } = integration
  return {
    ...{ name, appId },
    askedBy: askedByWords[askedBy],
    enrolment: enrolmentWords[enrolment].name,
    firstUseUntil: lastDayOf(integration) || 'none',
    firstUseDomains: firstUseDomains.join(', ') || 'none: accounts of every domain',
    digits: String(digits),
    namePersonInPush: pushWords(namePersonInPush),
    'hintAudience.external-mfa': audienceWords[hintAudience['external-mfa']],
    'hintAudience.custom-control': audienceWords[hintAudience['custom-control']],
  }
}

/** The rules as the integration's page lists them. First use has two more that mean nothing under another enrolment. */
export function rulesOf(integration: Integration, now: number): { label: string; words: string; caution?: string }[] {
  const words = nowWords(integration)
  const { enrolment, firstUseUntil, firstUseDomains, digits } = integration
  const isFirstUse = enrolment === 'first-use'
  const rule = (field: Field, caution?: string | false) => ({
    ...{ label: LABELS[field], words: words[field] ?? '' },
    ...(caution && { caution }),
  })
  return [
    rule(
      'enrolment',
      isFirstUse && firstUseUntil === null && 'A stolen password is enough, until you give it a last day',
    ),
    ...(isFirstUse ? [rule('firstUseUntil', firstUseUntil !== null && firstUseUntil < now && 'It is over')] : []),
    ...(isFirstUse && firstUseDomains.length > 0 ? [rule('firstUseDomains')] : []),
    rule('askedBy'),
    rule('digits', digits < 6 && 'Below what NIST and OWASP ask for'),
    rule('namePersonInPush'),
    rule('hintAudience.external-mfa'),
    rule('hintAudience.custom-control'),
  ]
}
