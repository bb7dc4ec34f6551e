import { randomUUID } from 'node:crypto'
import type { JWK } from 'jose'
import type { Answer } from './finding.ts'
import { type Judgement, judge, judgeStray, readClaim } from './judge.ts'
import { type BeginOptions, type EntraAttempt, makeAttempt } from './make-attempt.ts'
import { keysOf, type ProviderCache, type ProviderMetadata } from './provider-metadata.ts'
import { type Contract, configuredFor, member, type Registration } from './registration.ts'

/** What Entra made of one answer. `attempt` is missing when the answer belongs to no sign-in. */
export type Verdict = Judgement & { id: string; contract: Contract; receivedAt: number; attempt?: EntraAttempt }

/** How an answer arrived, when it is not a form posted as it should be; `address` is where, when that is to be judged too. */
export type Manner = { method?: string; contentType?: string; address?: string }

export type SignIns = {
  begin(options: BeginOptions): Promise<EntraAttempt>
  receive(contract: Contract, form: URLSearchParams | Record<string, string>, manner?: Manner): Promise<Verdict>
  verdicts: Verdict[]
}

type Needs = {
  authority: string
  v1Authority?: string
  registrations: Registration[]
  providers: ProviderCache
  signingKey: () => JWK
  now: () => number
}

/** The sign-ins of this Entra: those begun, and the verdicts on what came back. */
export function createSignIns({ registrations, providers, signingKey, now, ...authorities }: Needs): SignIns {
  const begun: EntraAttempt[] = []
  const verdicts: Verdict[] = []
  const usedTokens = new Set<string>()
  const usedNonces = new Set<unknown>()

  const kidsNow = async (metadata: ProviderMetadata, kid: unknown) =>
    keysOf(metadata).some((key) => key.kid === kid)
      ? undefined
      : keysOf(await providers.look(metadata.discoveryUrl)).map((key) => key.kid)

  /** Used up at the first post, whatever becomes of it, and before anything is awaited: two posts at once race here. */
  function use(token: string | null, nonce: unknown) {
    const seen = { token: token !== null && usedTokens.has(token), nonce: nonce !== undefined && usedNonces.has(nonce) }
    if (token) usedTokens.add(token)
    if (nonce !== undefined) usedNonces.add(nonce)
    return seen
  }

  async function judgeAnswer(answer: Answer) {
    const token = answer.form.get('id_token')
    const claim = readClaim(token)
    const nonce = claim?.payload.nonce
    const state = answer.form.get('state')
    // By its nonce too: an answer with a wrong state is then still judged by all the other rules.
    const attempt =
      begun.find((each) => each.state !== '' && each.state === state) ??
      begun.find((each) => each.nonce !== '' && each.nonce === nonce)
    if (!attempt) return { judgement: judgeStray(answer) }
    const seen = use(token, nonce)
    const metadata = await providers.read(attempt.configured.discoveryUrl)
    const publishedNow = claim && (await kidsNow(metadata, claim.header.kid))
    const facts = { answer, attempt, metadata, publishedNow, seen, now: now(), token, claim }
    return { judgement: await judge(facts), attempt }
  }

  return {
    verdicts,
    async begin(options) {
      const registration = options.registration ?? registrations[0]
      if (!registration) throw new Error('No provider is registered with this Entra.')
      const provider = await providers.read(configuredFor(registration, options.contract).discoveryUrl)
      const attempt = await makeAttempt(options, registration, {
        ...authorities,
        provider,
        signing: signingKey(),
        now: now(),
      })
      begun.push(attempt)
      return attempt
    },
    async receive(contract, form, manner = {}) {
      const { method = 'POST', contentType = 'application/x-www-form-urlencoded', address } = manner
      const { judgement, attempt } = await judgeAnswer({
        contract,
        method,
        contentType,
        ...(address !== undefined && { address }),
        form: new URLSearchParams(form),
      })
      const about = { id: randomUUID(), contract, receivedAt: now() }
      const verdict: Verdict = { ...judgement, ...about, ...(attempt && { attempt }) }
      verdicts.push(verdict)
      return verdict
    },
  }
}

/** Replaces the registration of the same tenant, as an administrator who edits it would; otherwise adds one. */
export function keepRegistration(registrations: Registration[], registration: Registration) {
  const at = registrations.findIndex((each) => each.tenantId === registration.tenantId)
  if (at < 0) registrations.push(registration)
  else registrations[at] = registration
}

/** The name the administrator gave the provider in Entra, for the pages. */
export function providerName({ customControl, externalMfa }: Registration): string {
  const name = member(externalMfa, 'displayName') ?? member(customControl, 'Name')
  return typeof name === 'string' ? name : 'the provider'
}
