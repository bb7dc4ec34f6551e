import { compactVerify, decodeProtectedHeader } from 'jose'
import { z } from 'zod'
import type { Clock } from '../base/clock.ts'
import { isRefusal, type Refusal, refuse } from '../base/refusal.ts'
import type { Contract, Integration } from '../integrations/integration.ts'
import type { Cloud } from './clouds.ts'
import type { EntraKeys } from './entra-keys.ts'

export type VerifiedHint = {
  tenantId: string
  objectId: string
  subject: string
  /** What to call the person on screens. Never a key. */
  label: string
  application: string | null
  issuer: string
  keyId: string
  issuedAt: number
}

/** How far in the future a hint may lie: clocks differ by that much, not by more. Milliseconds. */
export const FUTURE = 60_000

/** The largest age that a setting may allow: used hints are remembered for at least this long. Milliseconds. */
export const LONGEST_HINT_AGE = 3_600_000

const GUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/
const seconds = z.number().int().nonnegative().max(4_102_444_800) // the year 2100
const Payload = z.looseObject({
  iss: z.string().max(512),
  aud: z.string().max(256),
  iat: seconds,
  nbf: seconds.optional(),
  exp: z.number().optional(),
  tid: z.string().regex(GUID),
  oid: z.string().regex(GUID),
  sub: z.string().min(1).max(256),
  ver: z.string().optional(),
})
const label = z.string().trim().min(1).max(256)

/** Header members that bring a key, or demand something that we do not know (RFC 7515 section 4.1). */
const FOREIGN_KEYS = ['jwk', 'jku', 'x5u', 'x5c', 'crit', 'b64', 'enc']

/**
 * Verifies Entra's `id_token_hint` (Microsoft Learn, External MFA method provider reference, "Token validation"; for custom
 * controls the same, with v1 tokens too). It checks, in this order, that
 * - it is a compact JWS of three parts, alg RS256 and nothing else, typ JWT if given, with a kid, and no key of its own,
 * - its issuer is, to the character, one that this contract may have in the integration's cloud and tenant,
 * - the key of that kid in that cloud's own key set signed it, and is not published for another tenant,
 * - tid is the integration's tenant; oid and tid are GUIDs; sub is there,
 * - its audience is a single one, among those that the integration accepts,
 * - ver fits the issuer,
 * - iat is at most `maxAge` old and at most 60 s ahead; nbf, if given, is not ahead either. `exp` is not asked for: Entra
 *   issues hints already expired.
 * That it is used once is for signin to hold.
 */
export async function verifyHint(
  hint: string,
  context: {
    integration: Integration
    contract: Contract
    cloud: Cloud
    keys: EntraKeys
    clock: Clock
    maxAge: number
    /** Told when a hint of this tenant was issued, by Entra's clock, before that is judged by ours. */
    hintIssued: (issuedAt: number) => void
  },
): Promise<VerifiedHint | Refusal> {
  const { integration, contract, cloud, keys, ...times } = context
  if (!/^[\w-]+\.[\w-]+\.[\w-]+$/.test(hint)) return refuse('hint.malformed', 'not a compact JWS')

  const kid = checkHeader(hint)
  if (isRefusal(kid)) return kid

  // Read before it is verified, only to choose a row of the table of clouds.
  const claimed = unverifiedIssuer(hint)
  const versions = contract === 'custom-control' ? [cloud.v2, cloud.v1] : [cloud.v2]
  const version = versions.find(({ issuer }) => issuer(integration.tenantId) === claimed)
  if (!version) return refuse('hint.issuer', whyNotIssuer(claimed, integration))

  const key = await keys.find(version.keysUrl, kid, integration.tenantId)
  if (isRefusal(key)) return key

  let verified: Uint8Array
  try {
    verified = (await compactVerify(hint, key, { algorithms: ['RS256'] })).payload
  } catch (error) {
    return refuse('hint.signature', (error as Error).message)
  }
  return checkClaims(verified, integration, contract, version === cloud.v1 ? '1.0' : '2.0', { ...times, kid })
}

/** The kid of an acceptable header. */
function checkHeader(hint: string): string | Refusal {
  let header: Record<string, unknown>
  try {
    header = decodeProtectedHeader(hint)
  } catch (error) {
    return refuse('hint.malformed', (error as Error).message)
  }
  if (header.alg !== 'RS256') return refuse('hint.algorithm', 'alg is not RS256')
  const foreign = FOREIGN_KEYS.find((name) => name in header)
  if (foreign) return refuse('hint.algorithm', `header carries ${foreign}`)
  if (header.typ !== undefined && (typeof header.typ !== 'string' || header.typ.toUpperCase() !== 'JWT'))
    return refuse('hint.algorithm', 'typ is not JWT')
  if (typeof header.kid !== 'string' || header.kid.length === 0 || header.kid.length > 256)
    return refuse('hint.key', 'kid is missing')
  return header.kid
}

/** Says whose tenant it is, where it is another: an administrator who mistyped the Directory ID recognises their own. */
function whyNotIssuer(claimed: string | undefined, { tenantId }: Integration): string {
  const named = claimed?.split('/').find((part) => GUID.test(part))
  return named && named !== tenantId
    ? `issuer names tenant ${named}, not this integration’s`
    : 'issuer is not one of this tenant, cloud and contract'
}

function unverifiedIssuer(hint: string): string | undefined {
  try {
    const issuer = JSON.parse(Buffer.from(hint.split('.')[1] ?? '', 'base64url').toString('utf8'))?.iss
    return typeof issuer === 'string' ? issuer : undefined
  } catch {
    return undefined
  }
}

function checkClaims(
  verified: Uint8Array,
  integration: Integration,
  contract: Contract,
  version: '1.0' | '2.0',
  { clock, maxAge, kid, hintIssued }: { clock: Clock; maxAge: number; kid: string; hintIssued: (at: number) => void },
): VerifiedHint | Refusal {
  const parsed = Payload.safeParse(parseJson(verified))
  if (!parsed.success) {
    const member = String(parsed.error.issues[0]?.path[0] ?? 'payload')
    const reason = `${member} is missing or malformed`
    if (member === 'aud') return refuse('hint.audience', reason)
    if (['iat', 'nbf', 'exp'].includes(member)) return refuse('hint.time', reason)
    if (['oid', 'tid', 'sub'].includes(member)) return refuse('hint.subject', reason)
    return refuse('hint.malformed', reason)
  }
  const { iss, aud, iat, nbf, tid, oid, sub, ver, ...rest } = parsed.data
  if (tid !== integration.tenantId) return refuse('hint.tenant', 'tid is another tenant')
  if (!acceptedAudiences(integration, contract).includes(aud)) return refuse('hint.audience', 'aud is not ours')
  // v1 tokens of custom controls were published by nobody: a missing ver is not held against them.
  if (ver !== version && !(version === '1.0' && ver === undefined))
    return refuse('hint.version', `ver is not ${version}`)
  hintIssued(iat * 1000)
  const now = clock.now()
  if (iat * 1000 > now + FUTURE || (nbf ?? 0) * 1000 > now + FUTURE) return refuse('hint.time', 'issued in the future')
  if (iat * 1000 < now - maxAge) return refuse('hint.time', 'issued too long ago')
  return {
    tenantId: tid,
    objectId: oid,
    subject: sub,
    label: firstLabel(rest.preferred_username, rest.upn, rest.unique_name, rest.name) ?? oid,
    application: firstLabel(rest.app_displayname) ?? null,
    issuer: iss,
    keyId: kid,
    issuedAt: iat * 1000,
  }
}

function acceptedAudiences({ hintAudience, appId, clientId }: Integration, contract: Contract): string[] {
  const accepted = hintAudience[contract]
  return accepted === 'either' ? [appId, clientId] : [accepted === 'app-id' ? appId : clientId]
}

const firstLabel = (...candidates: unknown[]): string | undefined =>
  candidates.map((candidate) => label.safeParse(candidate)).find(({ success }) => success)?.data

function parseJson(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes))
  } catch {
    return undefined
  }
}
