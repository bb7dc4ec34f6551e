import { createPublicKey, type KeyObject } from 'node:crypto'
import { z } from 'zod'
import type { Clock } from '../base/clock.ts'
import type { Log } from '../base/log.ts'
import { type Refusal, refuse } from '../base/refusal.ts'

const HOUR = 3_600_000

/** Keys are used this long without asking again. Microsoft: check for new keys every 24 hours at the latest. */
const FRESH_FOR = HOUR
/** Keys that could not be refreshed serve this long: an outage of the key endpoint must not stop every sign-in at once. */
const STALE_FOR = 24 * HOUR
/** At most one refetch in this time, whatever kids strangers invent. */
const REFETCH_AFTER = 60_000
/** While there are no keys at all every sign-in fails: then sooner. */
const RETRY_AFTER = 5000
const TIMEOUT = 5000
const LARGEST_ANSWER = 512 * 1024
const MOST_KEYS = 100

const Jwks = z.object({
  keys: z
    .array(z.looseObject({ kty: z.string(), kid: z.string().optional(), use: z.string().optional() }))
    .max(MOST_KEYS),
})
const RsaKey = z.looseObject({
  kty: z.literal('RSA'),
  kid: z.string(),
  n: z.string(),
  e: z.string(),
  issuer: z.string().max(512).optional(),
})

/** A key, and the issuer that it is published for; none: every tenant of its cloud. */
type EntraKey = { key: KeyObject; issuer: string | undefined }
type Known = { keys: Map<string, EntraKey>; fetchedAt: number }

/** What becomes of a key that Entra publishes for another tenant than the hint's. */
export type ForeignKeys = 'refuse' | 'log'
export type Fetch = (url: string, init: RequestInit) => Promise<Response>
export type EntraKeys = ReturnType<typeof createEntraKeys>

/**
 * Entra's signing keys by address, fetched, kept, and refetched once on an unknown kid, at most once a minute. Addresses come
 * from the clouds table only; redirects are not followed; time and size of an answer are bounded. When keys cannot be had:
 * `entra.keys-unavailable`, and nobody gets in. The shared key set also holds keys that sign for one tenant only (personal
 * accounts among them) and says so in `issuer`: such a key proves nothing about another tenant.
 */
export function createEntraKeys(options: { fetch: Fetch; clock: Clock; log: Log; foreignKeys: ForeignKeys }) {
  const { fetch, clock, log, foreignKeys } = options
  const known = new Map<string, Known>()
  const triedAt = new Map<string, number>()
  const underway = new Map<string, Promise<void>>()

  /** Fetches the keys of `url`; any number of callers share one request. */
  function refresh(url: string): Promise<void> {
    const running = underway.get(url)
    if (running) return running
    triedAt.set(url, clock.now())
    const started = load(url)
      .then((keys) => void known.set(url, { keys, fetchedAt: clock.now() }))
      .catch((error: unknown) =>
        log.warn({ url, reason: (error as Error).message }, 'keys of Entra could not be fetched'),
      )
      .finally(() => underway.delete(url))
    underway.set(url, started)
    return started
  }

  async function load(url: string): Promise<Map<string, EntraKey>> {
    const response = await fetch(url, {
      redirect: 'error',
      signal: AbortSignal.timeout(TIMEOUT),
      headers: { accept: 'application/json' },
    })
    if (response.status !== 200) throw new Error(`status ${response.status}`)
    const { keys } = Jwks.parse(JSON.parse(await readBounded(response)))
    const found = new Map<string, EntraKey>()
    for (const published of keys) {
      const rsa = RsaKey.safeParse(published)
      if (!rsa.success || (published.use !== undefined && published.use !== 'sig')) continue
      const { kty, n, e, kid, issuer } = rsa.data
      const key = publicKeyOf({ kty, n, e })
      if (key) found.set(kid, { key, issuer })
    }
    if (found.size === 0) throw new Error('no RSA signing key in the answer')
    return found
  }

  const mayTry = (url: string, after = REFETCH_AFTER): boolean =>
    clock.now() - (triedAt.get(url) ?? Number.NEGATIVE_INFINITY) >= after
  const usable = (keys: Known | undefined): Known | undefined =>
    keys && clock.now() - keys.fetchedAt < STALE_FOR ? keys : undefined

  return {
    /**
     * The key `kid` at `url`, for a hint of `tenantId`. Refuses a kid that is unknown after a refetch, a key that is
     * published for another tenant, and everything when no keys can be had.
     */
    async find(url: string, kid: string, tenantId: string): Promise<KeyObject | Refusal> {
      let current = usable(known.get(url))
      if (!current) {
        if (underway.has(url) || mayTry(url, RETRY_AFTER)) await refresh(url)
      } else if (clock.now() - current.fetchedAt >= FRESH_FOR && mayTry(url)) {
        // What is stale still serves; the refresh is for those who come after.
        void refresh(url)
      }
      current = usable(known.get(url))
      if (current && !current.keys.has(kid) && (underway.has(url) || mayTry(url))) {
        await refresh(url)
        current = usable(known.get(url))
      }
      if (!current) return refuse('entra.keys-unavailable', `no keys from ${url}`)
      const found = current.keys.get(kid)
      if (!found) return refuse('hint.key', 'kid is not among the keys of its cloud')
      if (!servesTenant(found, tenantId)) {
        log.warn({ url, kid, issuer: found.issuer }, 'a hint is signed with a key that is published for another tenant')
        if (foreignKeys === 'refuse') return refuse('hint.key', 'key is published for another tenant')
      }
      return found.key
    },
  }
}

/** Whether the issuer of a key, seen in Entra's key set as `https://host/{tenantid}/v2.0`, is the template or this tenant. */
const servesTenant = ({ issuer }: EntraKey, tenantId: string): boolean =>
  issuer === undefined || issuer.split('/').some((part) => part === '{tenantid}' || part === tenantId)

/** An RSA key that may verify; undefined for one that is malformed or shorter than RFC 7518 section 3.3 allows. */
function publicKeyOf(jwk: { kty: 'RSA'; n: string; e: string }): KeyObject | undefined {
  try {
    const key = createPublicKey({ key: jwk, format: 'jwk' })
    return (key.asymmetricKeyDetails?.modulusLength ?? 0) >= 2048 ? key : undefined
  } catch {
    return undefined
  }
}

/** Reads a body, and stops at LARGEST_ANSWER. */
async function readBounded(response: Response): Promise<string> {
  if (!response.body) throw new Error('no body')
  const parts: Uint8Array[] = []
  let size = 0
  for await (const part of response.body) {
    size += part.length
    if (size > LARGEST_ANSWER) throw new Error('answer is too large')
    parts.push(part)
  }
  return Buffer.concat(parts).toString('utf8')
}
