import { type Answer, type Claim, type Facts, type Finding, fail, notApplicable, type Outcome } from './finding.ts'
import { judgeAudience, judgeIssuer, judgeLife, judgeNonce, judgeSubject } from './judge-claims.ts'
import { judgeDiscovery } from './judge-discovery.ts'
import { judgeError, judgeIdToken, judgePost, judgeReplay, judgeState, judgeTime } from './judge-form.ts'
import { judgeCertificates, judgeOverlap, judgeSignature } from './judge-keys.ts'
import { judgeAcr, judgeAmr, judgeControl } from './judge-methods.ts'
import { judgeServicePrincipal, judgeSwitchedOn } from './judge-registration.ts'
import { generalRefusal, type RuleId, rules, stumblingOrder } from './rules.ts'

export type Line = { rule: RuleId; title: string; outcome: Outcome; found: string; source: string }

export type Judgement = {
  accepted: boolean
  /** Such as AADSTS50161: what Entra would show. An error form of the provider has none. */
  code?: string
  /** The sentence that Entra would show. */
  message: string
  /** The provider's own `error`. */
  error?: string
  claim?: Claim
  lines: Line[]
}

const judges: Record<RuleId, (facts: Facts) => Finding | Promise<Finding>> = {
  V1: judgeIdToken,
  V2: judgeState,
  V3: judgeSignature,
  V4: judgeCertificates,
  V5: judgeIssuer,
  V6: judgeDiscovery,
  V7: judgeAudience,
  V8: judgeSubject,
  V9: judgeNonce,
  V10: judgeLife,
  V11: judgeAcr,
  V12: judgeAmr,
  V13: judgeReplay,
  V14: judgeTime,
  V15: judgePost,
  V16: judgeOverlap,
  V17: judgeControl,
  V18: judgeServicePrincipal,
  V19: judgeSwitchedOn,
  V20: judgeError,
}

/** Header and payload of a compact JWS, unverified; undefined when it is none. RFC 7515 section 7.1. */
export function readClaim(token: string | null): Claim | undefined {
  const parts = token?.split('.') ?? []
  if (parts.length !== 3) return undefined
  try {
    const [header, payload] = parts
      .slice(0, 2)
      .map((part): unknown => JSON.parse(Buffer.from(part, 'base64url').toString()))
    const objects = [header, payload].every((each) => typeof each === 'object' && each !== null && !Array.isArray(each))
    return objects ? ({ header, payload } as Claim) : undefined
  } catch {
    return undefined
  }
}

const line = (rule: RuleId, { outcome, found }: Finding): Line => {
  const { title, source } = rules[rule]
  return { rule, title, outcome, found, source }
}

/** An answer that belongs to no sign-in: its state is nobody's, so there is nothing to compare the rest with. */
export function judgeStray(answer: Answer): Judgement {
  const claim = readClaim(answer.form.get('id_token'))
  const lines = (Object.keys(rules) as RuleId[]).map((rule) =>
    line(rule, rule === 'V2' ? fail('it belongs to no sign-in') : notApplicable('no sign-in to compare it with')),
  )
  return conclude(answer, lines, claim)
}

/** Judges one answer by every rule; none is skipped because another failed. */
export async function judge(facts: Facts): Promise<Judgement> {
  const lines: Line[] = []
  for (const rule of Object.keys(rules) as RuleId[]) lines.push(line(rule, await judges[rule](facts)))
  return conclude(facts.answer, lines, facts.claim)
}

function conclude(answer: Answer, lines: Line[], claim: Claim | undefined): Judgement {
  const broken = stumblingOrder.find((rule) => lines.some((each) => each.rule === rule && each.outcome === 'fail'))
  const error = answer.form.get('error') || undefined
  const common = { ...(error !== undefined && { error }), ...(claim && { claim }), lines }
  if (broken) {
    const message = rules[broken].refusal ?? generalRefusal
    return { accepted: false, code: message.slice(0, message.indexOf(':')), message, ...common }
  }
  if (error === undefined) return { accepted: true, message: 'Signed in.', ...common }
  // The sentence that people have reported from Entra's page.
  return {
    accepted: false,
    message: `Cannot complete external authentication: provider returned '${error}' error.`,
    ...common,
  }
}
