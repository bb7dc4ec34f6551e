// What an administrator gives to connect a tenant or to change its rules, read in one way: the command line, the console's
// forms and the API put what they were given into the shape of settingsOf (described.ts) first.
import { z } from 'zod'
import { instant, millisecondsOf } from '../base/clock.ts'
import { cloudNames, enrolments, hintAudiences, type Integration, isDomain } from './integration.ts'
import type { IntegrationChange, NewIntegration } from './integrations.ts'

/** What is wrong with one setting. `problem` goes on behind the setting's name: “must be a GUID”. */
export type Mistake = { setting: string; problem: string }

const LONGEST_NAME = 100
/** Each is compared at every first use. */
const MOST_DOMAINS = 100
/** Where personal accounts live (Microsoft Learn: ID token claims reference, "iss"). */
const CONSUMERS = '9188040d-6c67-4c5b-b112-36a304b66dad'

const GUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i

const text = () => z.string({ error: ({ input }) => (input === undefined ? 'is missing' : 'must be text') }).trim()
const name = text()
  .min(1, 'is missing')
  .max(LONGEST_NAME, `must have at most ${LONGEST_NAME} characters`)
  .refine((typed) => !/[\p{Cc}\p{Zl}\p{Zp}]/u.test(typed), 'must be one line')
const guid = text()
  .min(1, 'is missing')
  .regex(GUID, 'must be a GUID, such as 7a3c1f60-5b1e-4d5f-9a57-2f0f7c6f1a01')
  .toLowerCase()
const choice = <const T extends readonly (string | number)[]>(choices: T) =>
  z.literal(choices as unknown as T[number][], `must be one of: ${choices.join(', ')}`)
const trueOrFalse = z.boolean('must be true or false')
const domains = z
  .array(text().toLowerCase(), 'must be domains')
  .max(MOST_DOMAINS, `must be at most ${MOST_DOMAINS} domains`)
  .superRefine((given, context) => {
    const wrong = given.find((domain) => !isDomain(domain))
    if (wrong !== undefined)
      context.addIssue({ code: 'custom', message: `has “${wrong}”, and domains are such as contoso.com` })
  })
  .transform((given) => [...new Set(given)])

/** A day, which is meant to its end, or an instant (RFC 3339); NaN when it is neither. */
function lastInstantOf(given: string): number {
  const day = given.slice(0, 10)
  const midnight = /^\d{4}-\d\d-\d\d$/.test(day) ? millisecondsOf(`${day}T00:00:00Z`) : Number.NaN
  // A day that its month does not have would be taken for one of the next.
  if (Number.isNaN(midnight) || !instant(midnight).startsWith(day)) return Number.NaN
  return millisecondsOf(given === day ? `${day}T23:59:59Z` : given)
}

const lastDay = (now: number) =>
  text().transform((given, context) => {
    const time = lastInstantOf(given)
    if (time > now) return time
    const message = Number.isNaN(time)
      ? 'must be a day such as 2027-01-31, or never'
      : 'must be in the future: to end first use now, set the enrolment to invitation'
    context.addIssue({ code: 'custom', message })
    return z.NEVER
  })

const New = z.strictObject({
  name,
  tenantId: guid,
  appId: guid,
  cloud: choice(cloudNames).default('global'),
  enrolment: choice(enrolments).default('first-use'),
})

const Change = (now: number) =>
  z.strictObject({
    name: name.optional(),
    appId: guid.optional(),
    enabled: trueOrFalse.optional(),
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
export function readNewIntegration(given: unknown): NewIntegration | Mistake[] {
  const read = New.safeParse(given)
  return read.success ? read.data : mistakesIn(read.error)
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
export { Change as integrationChangeShape, New as NewIntegrationShape }
