import { type Facts, type Finding, fail, notApplicable, pass, shown } from './finding.ts'
import { member } from './registration.ts'

const possession = 'fido hwk otp pop sc sms swk tel'.split(' ').map((amr) => [amr, 'possession'] as const)
const inherence = 'face fpt iris retina vbm'.split(' ').map((amr) => [amr, 'inherence'] as const)

/** Microsoft Learn: External MFA method provider reference, amr table. No method there proves knowledge. */
const typeOfMethod = new Map<string, string>([...possession, ...inherence])
const typeOfFirstFactor = (factor: string) => (factor === 'pwd' ? 'knowledge' : typeOfMethod.get(factor))

/** What the `claims` parameter really asked for, read from the request as it was sent. */
function requested(facts: Facts): [string, unknown][] {
  try {
    const asked = member(JSON.parse(facts.attempt.parameters.claims ?? '{}'), 'id_token')
    return typeof asked === 'object' && asked !== null ? Object.entries(asked) : []
  } catch {
    return []
  }
}

const wantedValues = (asked: unknown): unknown[] => {
  const values = member(asked, 'values')
  return [member(asked, 'value') ?? [], Array.isArray(values) ? values : []].flat()
}

const valuesOf = (facts: Facts, claim: string) => wantedValues(requested(facts).find(([name]) => name === claim)?.[1])

/** V11. Microsoft Learn: External MFA method provider reference, response: membership in the request, not implication. */
export function judgeAcr(facts: Facts): Finding {
  if (facts.attempt.contract !== 'external-mfa') return notApplicable('a custom control requests no acr')
  if (!facts.claim) return notApplicable('no id_token that could be read')
  const { acr } = facts.claim.payload
  const wanted = valuesOf(facts, 'acr')
  const good = typeof acr === 'string' && wanted.includes(acr)
  return good ? pass(`acr is ${shown(acr)}`) : fail(`acr is ${shown(acr)}; requested: ${shown(wanted)}`)
}

/** V12. Microsoft Learn: External MFA method provider reference, response and amr table. */
export function judgeAmr(facts: Facts): Finding {
  const { attempt, claim } = facts
  if (attempt.contract !== 'external-mfa') return notApplicable('a custom control requests no amr')
  if (!claim) return notApplicable('no id_token that could be read')
  const { amr } = claim.payload
  if (!Array.isArray(amr) || amr.length !== 1) return fail(`amr is ${shown(amr)}, not a list of exactly one`)
  const type = typeof amr[0] === 'string' ? typeOfMethod.get(amr[0]) : undefined
  if (type === undefined) return fail(`amr ${shown(amr[0])} is not in Microsoft's table`)
  if (!valuesOf(facts, 'amr').includes(amr[0])) return fail(`amr ${shown(amr[0])} was not requested`)
  const first = typeOfFirstFactor(attempt.firstFactor)
  if (type === first)
    return fail(`amr ${shown(amr[0])} is ${type}, and so was the first factor (${attempt.firstFactor})`)
  return pass(`amr is ${shown(amr)}: ${type}, after ${first ?? 'another type'} (${attempt.firstFactor})`)
}

/** V17. OpenID Connect Core 1.0 section 5.5.1: each requested claim is there and equals a requested value, as a string. */
export function judgeControl(facts: Facts): Finding {
  const { attempt, claim } = facts
  if (attempt.contract !== 'custom-control') return notApplicable('External MFA requests no such claim')
  if (!claim) return notApplicable('no id_token that could be read')
  const asked = requested(facts)
  if (asked.length === 0) return fail('nothing was requested, so nothing can satisfy it')
  const findings = asked.map(([name, how]) => {
    const value = claim.payload[name]
    const wanted = wantedValues(how)
    return typeof value === 'string' && wanted.includes(value)
      ? pass(`${name} is ${shown(value)}`)
      : fail(`${name} is ${shown(value)}; requested: ${shown(wanted.length === 1 ? wanted[0] : wanted)}`)
  })
  return findings.find(({ outcome }) => outcome === 'fail') ?? pass(findings.map(({ found }) => found).join('; '))
}
