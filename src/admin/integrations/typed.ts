// What was typed into the forms, between the browser and read-integration.ts: kept to the letter, and shown again with what
// is wrong with it.
import { asciiDomain } from '../../base/ascii-domain.ts'
import { instant, millisecondsOf } from '../../base/clock.ts'
import {
  askedBys,
  cloudNames,
  enrolments,
  type HintAudience,
  hintAudiences,
  type Integration,
} from '../../integrations/integration.ts'
import { IN_THE_FUTURE, type Mistake } from '../../integrations/read-integration.ts'
import { cloudWords } from './cloud-words.ts'
import {
  askedByWords,
  audienceWords,
  digitsWords,
  enrolmentWords,
  type Field,
  LABELS,
  lastDayOf,
} from './setting-words.ts'

export type Typed = Partial<Record<Field, string>>

export const NEW_FIELDS = [
  'name',
  'tenantId',
  'appId',
  'cloud',
  'enrolment',
  'firstUseUntil',
] as const satisfies Field[]
export const SETTINGS_FIELDS = [
  ...(['name', 'appId', 'enrolment', 'firstUseUntil', 'firstUseDomains', 'digits', 'namePersonInPush'] as const),
  'askedBy',
  ...(['hintAudience.external-mfa', 'hintAudience.custom-control'] as const),
] satisfies Field[]

/** What a posted form holds. A box that is not ticked is not in it. */
export const typedIn = (fields: URLSearchParams, names: readonly Field[]): Typed =>
  Object.fromEntries(names.map((name) => [name, fields.get(name)?.trim() ?? '']))

/** An integration's settings as if they had been typed. */
export const typedOf = (integration: Integration): Typed => ({
  name: integration.name,
  appId: integration.appId,
  enrolment: integration.enrolment,
  firstUseUntil: lastDayOf(integration),
  firstUseDomains: integration.firstUseDomains.join('\n'),
  askedBy: integration.askedBy,
  digits: String(integration.digits),
  namePersonInPush: integration.namePersonInPush ? 'yes' : '',
  'hintAudience.external-mfa': integration.hintAudience['external-mfa'],
  'hintAudience.custom-control': integration.hintAudience['custom-control'],
})

const domainsIn = (text: string): string[] => text.split(/[\s,;]+/).filter(Boolean)
const sameDomains = (text: string): string => domainsIn(text).map(asciiDomain).join()

/** What was typed, in the shape of the settings. A last day that is as it was stays what it is, to the second. */
export const settingsTyped = (typed: Typed, current: Integration): object => ({
  name: typed.name,
  appId: typed.appId,
  enrolment: typed.enrolment,
  firstUseUntil: typed.firstUseUntil === lastDayOf(current) ? undefined : typed.firstUseUntil || null,
  firstUseDomains: domainsIn(typed.firstUseDomains ?? ''),
  askedBy: typed.askedBy,
  digits: Number(typed.digits),
  namePersonInPush: typed.namePersonInPush === 'yes',
  hintAudience: {
    'external-mfa': typed['hintAudience.external-mfa'],
    'custom-control': typed['hintAudience.custom-control'],
  },
})

/** Whether two forms say the same in one field, however it is written. */
export function saysTheSame(field: Field, one: Typed, other: Typed): boolean {
  const [a, b] = [one[field] ?? '', other[field] ?? '']
  if (field === 'firstUseDomains') return sameDomains(a) === sameDomains(b)
  return field === 'appId' ? a.toLowerCase() === b.toLowerCase() : a === b
}

type Choice = { value: string; name: string; means?: string }
const audiences: Choice[] = hintAudiences.map((value: HintAudience) => ({ value, name: audienceWords[value] }))

function choicesOf(field: Field, hasLocalCloud: boolean): Choice[] {
  switch (field) {
    case 'cloud':
      return cloudNames
        .filter((cloud) => cloud !== 'local' || hasLocalCloud)
        .map((value) => ({ value, name: cloudWords[value].name }))
    case 'enrolment':
      return enrolments.map((value) => ({ value, ...enrolmentWords[value] }))
    case 'askedBy':
      return askedBys.map((value) => ({ value, name: askedByWords[value] }))
    case 'digits':
      return ([6, 3, 2] as const).map((value) => ({ value: String(value), name: digitsWords[value] }))
    case 'hintAudience.external-mfa':
    case 'hintAudience.custom-control':
      return audiences
    default:
      return []
  }
}

/** What is wrong with a field, in words of the form: what can be chosen there is seen, and goes by other names. */
function inWords({ setting, problem }: Mistake): string {
  if (choicesOf(setting as Field, true).length > 0) return 'must be one of these'
  return problem === IN_THE_FUTURE ? `${problem}; to end first use now, choose Invitation` : problem
}

/** Whether a date field can hold it: browsers empty one that says anything else. */
const isDay = (text: string): boolean =>
  /^\d{4}-\d\d-\d\d$/.test(text) && isSame(text, millisecondsOf(`${text}T00:00:00Z`))
const isSame = (day: string, at: number): boolean => !Number.isNaN(at) && instant(at).startsWith(day)

/** Fields as the templates show them, by name: what is in them, what is wrong, and what it is now where that is to be told. */
export function fieldsOf(
  names: readonly Field[],
  typed: Typed,
  {
    mistakes = [],
    now = {},
    hasLocalCloud = false,
  }: { mistakes?: readonly Mistake[]; now?: Partial<Record<Field, string>>; hasLocalCloud?: boolean } = {},
) {
  const facts = names.map((name) => ({
    name,
    id: name.replace('.', '-'),
    label: LABELS[name],
    value: typed[name] ?? '',
    isDay: isDay(typed[name] ?? ''),
    mistake: mistakes.filter(({ setting }) => setting === name).map(inWords)[0] ?? null,
    now: now[name] ?? null,
    choices: choicesOf(name, hasLocalCloud).map((choice) => ({ ...choice, chosen: choice.value === typed[name] })),
  }))
  return Object.fromEntries(facts.map((fact) => [fact.name, fact]))
}

/** The mistakes for the summary above a form, each with the field that it leads to. */
export const summaryOf = (mistakes: readonly Mistake[]) =>
  mistakes.map((mistake) => ({
    sentence: `${LABELS[mistake.setting as Field] ?? mistake.setting} ${inWords(mistake)}.`,
    id: mistake.setting.replace('.', '-'),
  }))
