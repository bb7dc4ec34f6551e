import type { Integration } from '../integrations/integration.ts'
import type { IntegrationChange, NewIntegration } from '../integrations/integrations.ts'
import {
  type Mistake,
  readIntegrationChange,
  readNewIntegration,
  whyNotConnectable,
} from '../integrations/read-integration.ts'
import { CommandRefused, type Context, type Given, oneOf, UsageError } from './command.ts'

/** The option of each setting that has one. */
const OPTIONS = {
  name: 'name',
  tenantId: 'tenant-id',
  appId: 'app-id',
  cloud: 'cloud',
  askedBy: 'asked-by',
  enrolment: 'enrolment',
  firstUseUntil: 'first-use-until',
  firstUseDomains: 'first-use-domains',
  digits: 'digits',
  namePersonInPush: 'name-person-in-push',
  'hintAudience.external-mfa': 'external-mfa-audience',
  'hintAudience.custom-control': 'custom-control-audience',
} as const

export const NEW_OPTIONS = ['name', 'tenant-id', 'app-id', 'cloud', 'enrolment', 'first-use-until'] as const
export const CHANGE_OPTIONS = Object.values(OPTIONS).filter((option) => option !== 'tenant-id' && option !== 'cloud')

/** What else an option takes. */
const alsoTaken: Partial<Record<string, string>> = {
  firstUseUntil: ' (never: without an end; to end first use now: --enrolment invitation)',
}

const inWords = ({ setting, problem }: Mistake): string =>
  `--${OPTIONS[setting as keyof typeof OPTIONS]} ${problem}${alsoTaken[setting] ?? ''}`

const lastDayIn = (text: string): string | null => (text === 'never' ? null : text)

function read<T extends object>(answered: T | Mistake[]): T {
  if (!Array.isArray(answered)) return answered
  throw new UsageError(answered.map(inWords).join('; '))
}

/** The tenant that the options name. Throws UsageError, or CommandRefused when it cannot be connected here. */
export function newIntegrationOf({ config, now }: Context, given: Given): NewIntegration {
  const lastDay = given.option('first-use-until')
  const wanted = read(
    readNewIntegration(
      {
        name: given.required('name'),
        tenantId: given.required('tenant-id'),
        appId: given.required('app-id'),
        cloud: given.option('cloud'),
        enrolment: given.option('enrolment'),
        firstUseUntil: lastDay && lastDayIn(lastDay),
      },
      now,
    ),
  )
  const mistake = whyNotConnectable(wanted, { hasLocalCloud: config.localAuthority !== null })
  if (mistake) throw new CommandRefused(`${inWords(mistake)}.`)
  return wanted
}

/** The options that change an integration, read. Throws UsageError. */
export function changesOf({ now }: Context, given: Given, current: Integration): IntegrationChange {
  /** What an option says, as the setting has it. */
  const said = <T>(option: (typeof CHANGE_OPTIONS)[number], as: (text: string) => T): T | undefined => {
    const text = given.option(option)
    return text ? as(text) : undefined
  }
  const asIs = (text: string): string => text
  const change = read(
    readIntegrationChange(
      {
        name: said('name', asIs),
        appId: said('app-id', asIs),
        askedBy: said('asked-by', asIs),
        enrolment: said('enrolment', asIs),
        firstUseUntil: said('first-use-until', lastDayIn),
        firstUseDomains: said('first-use-domains', (text) => (text === 'any' ? [] : text.split(','))),
        digits: said('digits', Number),
        namePersonInPush: said(
          'name-person-in-push',
          (text) => oneOf('name-person-in-push', text, ['yes', 'no']) === 'yes',
        ),
        hintAudience: {
          'external-mfa': said('external-mfa-audience', asIs),
          'custom-control': said('custom-control-audience', asIs),
        },
      },
      current,
      now,
    ),
  )
  if (CHANGE_OPTIONS.every((option) => !given.option(option))) throw new UsageError('nothing to set')
  return change
}
