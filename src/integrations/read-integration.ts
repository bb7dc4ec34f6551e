// What an administrator gives to connect a tenant or to change its rules, read in one way: the command line, the console's
// forms and the API put what they were given into the shape of settingsOf (described.ts) first.
import { z } from 'zod'
import { asciiDomain } from '../base/ascii-domain.ts'
import { isDay, millisecondsOf } from '../base/clock.ts'
import { askedBys, cloudNames, enrolments, hintAudiences, type Integration, isDomain } from './integration.ts'
import type { IntegrationChange, NewIntegration } from './integrations.ts'

/** What is wrong with one setting. `problem` goes on behind the setting's name: “must be a GUID”. */
export type Mistake = { setting: string; problem: string }

const LONGEST_NAME = 100
/** Each is compared at every first use. */
const MOST_DOMAINS = 100
/** What a last day that is over must be. */
export const IN_THE_FUTURE = 'must be in the future'

/** Where personal accounts live (Microsoft Learn: ID token claims reference, "iss"). */
const CONSUMERS = '9188040d-6c67-4c5b-b112-36a304b66dad'

const GUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i
const NO_GUID = /^[0-]+$/

const text = () => z.string({ error: ({ input }) => (input === undefined ? 'is missing' : 'must be text') }).trim()
const name = text()
  .min(1, 'is missing')
  .max(LONGEST_NAME, `must have at most ${LONGEST_NAME} characters`)
  // People read it when they decide: nothing in it may hide, or turn round what stands beside it.
  .refine((typed) => !/[\p{C}\p{Zl}\p{Zp}]/u.test(typed), 'must be one line, without characters that cannot be seen')
const guid = text()
  // As .NET and the registry write it.
  .overwrite((typed) => typed.replace(/^\{(.*)\}$/, '$1'))
  .min(1, 'is missing')
  .regex(GUID, 'must be a GUID, such as 7a3c1f60-5b1e-4d5f-9a57-2f0f7c6f1a01')
  .refine((typed) => !NO_GUID.test(typed), 'must be the one that Entra shows: zeros are nobody’s')
  .toLowerCase()
const choice = <const T extends readonly (string | number)[]>(choices: T) =>
  z.literal(choices as unknown as T[number][], `must be one of: ${choices.join(', ')}`)
const trueOrFalse = z.boolean('must be true or false')
/** “a”, “b” and “c”. */
const listOf = (words: readonly string[]): string =>
  [words.slice(0, -1).join(', '), ...words.slice(-1)].filter(Boolean).join(' and ')
const domains = z
  .array(text().toLowerCase(), 'must be domains')
  .max(MOST_DOMAINS, `must be at most ${MOST_DOMAINS} domains`)
  .superRefine((given, context) => {
    const wrong = given.filter((domain) => !isDomain(asciiDomain(domain))).map((domain) => `“${domain}”`)
    if (wrong.length > 0)
      context.addIssue({ code: 'custom', message: `has ${listOf(wrong)}, and domains are such as contoso.com` })
  })
  .transform((given) => [...new Set(given.map(asciiDomain))])

/** A day, which is meant to its end, or an instant (RFC 3339); NaN when it is neither. */
function lastInstantOf(given: string): number {
  const day = given.slice(0, 10)
  if (!isDay(day)) return Number.NaN
  return millisecondsOf(given === day ? `${day}T23:59:59Z` : given)
}

const lastDay = (now: number) =>
  text().transform((given, context) => {
    const time = lastInstantOf(given)
    if (time > now) return time
    const message = Number.isNaN(time) ? 'must be a day such as 2027-01-31' : IN_THE_FUTURE
    context.addIssue({ code: 'custom', message })
    return z.NEVER
  })

const New = (now: number) =>
  z.strictObject({
    name,
    tenantId: guid,
    appId: guid,
    cloud: choice(cloudNames).default('global'),
    enrolment: choice(enrolments).default('first-use'),
    firstUseUntil: lastDay(now).nullish(),
  })

const Change = (now: number) =>
  z.strictObject({
    name: name.optional(),
    appId: guid.optional(),
    enabled: trueOrFalse.optional(),
    askedBy: choice(askedBys).optional(),
    enrolment: choice(enrolments).optional(),
    firstUseUntil: lastDay(now).nullish(),
    firstUseDomains: domains.optional(),
    digits: choice([6, 3, 2]).optional(),
    namePersonInPush: trueOrFalse.optional(),
    hintAudience: z
      .strictObject({
        'custom-control': choice(hintAudiences).optional(),
        'external-mfa': choice(hintAudiences).optional(),
      })
      .optional(),
  })

/** The first mistake of each setting. */
function mistakesIn({ issues }: z.ZodError): Mistake[] {
  const found = issues.flatMap((issue): Mistake[] => {
    const inside = issue.path.join('.')
    if (issue.code !== 'unrecognized_keys') {
      const setting = issue.path[0] === 'hintAudience' ? inside : String(issue.path[0] ?? '')
      return [{ setting, problem: issue.message }]
    }
    const within = inside ? `${inside}.` : ''
    return issue.keys.map((key) => ({ setting: `${within}${key}`, problem: 'cannot be set' }))
  })
  return found.filter(({ setting }, i) => found.findIndex((other) => other.setting === setting) === i)
}

/** A tenant to connect, or what is wrong with it. */
export function readNewIntegration(given: unknown, now: number): NewIntegration | Mistake[] {
  const read = New(now).safeParse(given)
  return read.success ? { ...read.data, firstUseUntil: read.data.firstUseUntil ?? null } : mistakesIn(read.error)
}

/** Why a tenant that was read well cannot be connected all the same. */
export function whyNotConnectable(
  { tenantId, cloud }: NewIntegration,
  { hasLocalCloud }: { hasLocalCloud: boolean },
): Mistake | undefined {
  if (cloud === 'local' && !hasLocalCloud)
    return { setting: 'cloud', problem: 'local is a simulator: set COUNTERSIGN_ENTRA_AUTHORITY to use it' }
  if (tenantId === CONSUMERS)
    return {
      setting: 'tenantId',
      problem: 'must not be the tenant of personal Microsoft accounts: Countersign serves organisations',
    }
  return undefined
}

/** What to change of an integration, or what is wrong with it. What is not given is not changed. */
export function readIntegrationChange(
  given: unknown,
  current: Integration,
  now: number,
): IntegrationChange | Mistake[] {
  const read = Change(now).safeParse(given)
  if (!read.success) return mistakesIn(read.error)
  const { hintAudience, ...settings } = read.data
  const audiences = withoutUndefined(hintAudience ?? {})
  const change: IntegrationChange = withoutUndefined(settings)
  if (Object.keys(audiences).length > 0) change.hintAudience = { ...current.hintAudience, ...audiences }
  return change
}

/** What is there: a member that holds undefined was not given. */
const withoutUndefined = <T extends object>(given: T) =>
  Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined)) as {
    [K in keyof T]?: Exclude<T[K], undefined>
  }

/** Of a change, what is not so already: that is what is done, and what the audit tells. */
export function differenceFrom(current: Integration, change: IntegrationChange): IntegrationChange {
  const differs = ([setting, value]: [string, unknown]): boolean =>
    JSON.stringify(value) !== JSON.stringify(current[setting as keyof IntegrationChange])
  return Object.fromEntries(Object.entries(change).filter(differs)) as IntegrationChange
}

/** What is read here, as shapes: /openapi.json tells machines of them. */
export { Change as integrationChangeShape, New as newIntegrationShape }
