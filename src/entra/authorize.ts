// A sign-in request of Entra, as an ordered list of steps. Read from top to bottom, it is the protocol.
import type { Audit } from '../audit/audit.ts'
import type { CameFrom } from '../audit/events.ts'
import type { Clock } from '../base/clock.ts'
import { jwsDigest, sha256 } from '../base/digest.ts'
import { isRefusal, type Refusal, type RefusalCode, refuse } from '../base/refusal.ts'
import type { Visitor } from '../http/visitor.ts'
import { type Contract, type Integration, isAskedBy } from '../integrations/integration.ts'
import type { Integrations } from '../integrations/integrations.ts'
import type { OpenedSignIn } from '../signin/open.ts'
import type { Asked } from '../signin/sign-in.ts'
import type { SignIns } from '../signin/sign-ins.ts'
import type { Clouds } from './clouds.ts'
import { readAskedByCustomControl } from './custom-control.ts'
import { type Destination, proveDestination } from './destination.ts'
import type { EntraKeys } from './entra-keys.ts'
import { canMeetExternalMfa, readAskedByExternalMfa } from './external-mfa.ts'
import { type AuthorizeRequest, checkProtocol, parseRequest } from './parse-request.ts'
import type { Strangers } from './strangers.ts'
import { FUTURE, LONGEST_HINT_AGE, type VerifiedHint, verifyHint } from './verify-hint.ts'

export type AuthorizeDeps = {
  clouds: Clouds
  keys: EntraKeys
  integrations: Pick<Integrations, 'findByClientId' | 'lastKnown'>
  signIns: Pick<SignIns, 'open'>
  audit: Audit
  strangers: Strangers
  clock: Clock
  places: (address: string) => string | null
  hintMaxAge: number
  /** Told when a verified hint was issued: what lies in the future shows that our clock is behind. */
  hintIssued: (issuedAt: number) => void
  isStopping: () => boolean
  /** Whether a refusal of a verified hint is new: thins out the audit log (first-time.ts). */
  isFirstTime: (key: string) => boolean
  /** Told of every request that opened no sign-in, and why; contract `none`: it was refused before that was known. */
  countRefusal: (code: RefusalCode | 'internal', contract: Contract | 'none') => void
}

/** What the log's line of this request is to say, as soon as it is known. */
export type NoteFacts = (facts: { clientRequestId?: string; integrationId?: string; signInId?: string }) => void

/** A refusal, and where it may be told: to Entra when the destination is proven, else on a page. */
export type RefusedRequest = { refusal: Refusal; destination: Destination | null }
/** Something broke after the destination was proven: the person is led back all the same. */
export type FailedRequest = { failed: unknown; destination: Destination }
export type Authorized = OpenedSignIn

/** Answers Entra's POST: a sign-in to go to, or a refusal and where that may be told. */
export async function authorize(
  body: string,
  visitor: Visitor,
  deps: AuthorizeDeps & { note: NoteFacts },
): Promise<Authorized | RefusedRequest | FailedRequest> {
  const { strangers, countRefusal, note } = deps
  const { address } = visitor

  const countRequest = async (refusal: Refusal): Promise<RefusedRequest> => {
    countRefusal(refusal.code, 'none')
    return { refusal: await strangers.count(refusal, { type: 'request.refused', address }), destination: null }
  }
  const fail = (failed: unknown, destination: Destination): FailedRequest => {
    countRefusal(isRefusal(failed) ? failed.code : 'internal', destination.contract)
    return { failed, destination }
  }

  // 2. The listed parameters, each once.
  const request = parseRequest(body)
  if (isRefusal(request)) return countRequest(request)
  const clientRequestId = request['client-request-id']
  if (clientRequestId) note({ clientRequestId })

  // 3. Where an answer may go. Until here every refusal is a page, never a redirect.
  const { findByClientId, lastKnown } = deps.integrations
  let destination: Destination | Refusal
  try {
    destination = await proveDestination(request, deps.clouds, findByClientId)
  } catch (failed) {
    // The store is away. What it last said is enough to lead the person back with an error, and for nothing else.
    const known = await proveDestination(request, deps.clouds, lastKnown)
    if (isRefusal(known)) {
      countRefusal(isRefusal(failed) ? failed.code : 'internal', 'none')
      throw failed
    }
    return fail(failed, known)
  }
  if (isRefusal(destination)) return countRequest(destination)
  note({ integrationId: destination.integration.id })
  try {
    return await openFor(destination, request, visitor, deps)
  } catch (failed) {
    return fail(failed, destination)
  }
}

/** The steps behind a proven destination: from here on Entra is told what became of it. */
async function openFor(
  destination: Destination,
  request: AuthorizeRequest,
  visitor: Visitor,
  deps: AuthorizeDeps,
): Promise<Authorized | RefusedRequest> {
  const { integration, contract, cloud } = destination
  const { audit, strangers, clock, countRefusal } = deps
  const { address } = visitor

  const countHint = async (refusal: Refusal): Promise<RefusedRequest> => {
    const counted = { type: 'hint.refused', address, contract, integrationId: integration.id } as const
    const told = await strangers.count(refusal, counted)
    countRefusal(refusal.code, contract)
    return { refusal: told, destination: told === refusal ? destination : null }
  }
  if (deps.isStopping()) return countHint(refuse('service.stopping', 'the service is stopping'))

  // 4. Asked the way we answer, with a hint that Entra signed for this tenant and for us, not long ago.
  const protocol = checkProtocol(request)
  if (isRefusal(protocol)) return countHint(protocol)
  const maxAge = deps.hintMaxAge
  const { keys, hintIssued } = deps
  const hint = await verifyHint(protocol.hint, { integration, contract, cloud, keys, clock, maxAge, hintIssued })
  if (isRefusal(hint)) return countHint(hint)

  const refused = async (refusal: Refusal): Promise<RefusedRequest> => {
    const { tenantId, objectId } = hint
    const { code, reason } = refusal
    // The same hint sent again and again fills no log: the first time is on record, the others are counted.
    const isNew = code !== 'hint.replayed' && deps.isFirstTime(`${code} ${jwsDigest(protocol.hint)}`)
    if (!isNew) {
      const told = await countHint(refusal)
      // A used hint proves nothing about who is asking now: that is said on a page, not to Entra.
      return code === 'hint.replayed' ? { ...told, destination: null } : told
    }
    await audit.record({
      type: 'signin.refused',
      ...{ code, reason, address, contract, tenantId, objectId },
      integrationId: integration.id,
    })
    countRefusal(code, contract)
    return { refusal, destination }
  }

  // 5. We serve this tenant now, and can honestly give what is asked.
  if (!integration.enabled) return refused(refuse('integration.disabled', 'integration is disabled'))
  if (!isAskedBy(integration, contract))
    return refused(refuse('integration.contract', `the integration is not asked by ${contract}`))
  const asked = readAsked(request, destination.contract, integration)
  if (isRefusal(asked)) return refused(asked)

  // 6. Opened, once for each hint.
  const opened = await deps.signIns.open(openRequest(request, protocol, hint, asked, destination, visitor, deps))
  if (isRefusal(opened)) return refused(opened)
  return opened
}

function readAsked(
  request: AuthorizeRequest,
  contract: Destination['contract'],
  integration: Integration,
): Asked | Refusal {
  if (contract === 'custom-control') return readAskedByCustomControl(request.claims, integration)
  const asked = readAskedByExternalMfa(request.claims)
  if (isRefusal(asked) || canMeetExternalMfa(asked)) return asked
  return refuse('asked.unmeetable', 'no proof of ours satisfies the acr and amr asked for')
}

/**
 * Where the browser says that it came from. It is on record and decides nothing: what Entra's page sends was published
 * nowhere. Another site would mean that somebody makes a person's browser carry a request that is not theirs.
 */
const cameFrom = (origin: string | undefined, authority: string): CameFrom =>
  origin === undefined ? 'unsaid' : origin === 'null' ? 'hidden' : origin === authority ? 'entra' : 'elsewhere'

function openRequest(
  request: AuthorizeRequest,
  protocol: { nonce: string; hint: string },
  hint: VerifiedHint,
  asked: Asked,
  { integration, redirectUri, state, cloud }: Destination,
  { address, browser, origin }: Visitor,
  { hintMaxAge, places }: AuthorizeDeps,
): Parameters<SignIns['open']>[0] {
  const { enrolment, firstUseUntil, firstUseDomains, digits, namePersonInPush } = integration
  return {
    tenantId: hint.tenantId,
    objectId: hint.objectId,
    integrationId: integration.id,
    integrationName: integration.name,
    person: hint.label,
    subject: hint.subject,
    clientId: integration.clientId,
    redirectUri,
    state,
    nonce: protocol.nonce,
    clientRequestId: request['client-request-id'] ?? null,
    requestDigest: sha256(JSON.stringify(Object.entries(request).sort())),
    asked,
    policy: { enrolment, firstUseUntil, firstUseDomains, digits, namePersonInPush },
    browser,
    address,
    place: places(address),
    application: hint.application,
    from: cameFrom(origin, cloud.authority),
    // Remembered for longer than any hint is accepted under any setting, counted from its own time.
    hint: {
      digest: jwsDigest(protocol.hint),
      keepUntil: hint.issuedAt + Math.max(hintMaxAge, LONGEST_HINT_AGE) + 2 * FUTURE,
      keyId: hint.keyId,
      issuer: hint.issuer,
    },
  }
}
