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
/**
 * At most one refetch in this time, whatever kids strangers invent. What a stranger's kid made us fetch serves everybody, so
 * that this is also the longest that a key which Entra has just begun to sign with waits for us.
 */
const REFETCH_AFTER = 15_000
/** While there are no keys at all every sign-in fails: then sooner. */
const RETRY_AFTER = 5000
const TIMEOUT = 5000
const LARGEST_ANSWER = 512 * 1024
const MOST_KEYS = 100

/** What is in the list is read one by one: a key of a kind to come must not take the others away. */
const Jwks = z.object({ keys: z.array(z.unknown()).max(MOST_KEYS) })
const SigningKey = z.looseObject({
  kty: z.literal('RSA'),
  use: z.literal('sig').optional(),
  kid: z.string(),
  n: z.string(),
  e: z.string(),
  issuer: z.string().max(512).optional(),
})

/** A key, and the issuer that it is published for; none: every tenant of its cloud. */
type EntraKey = { key: KeyObject; issuer: string | undefined }
/** By kid: a list, because a key set may publish one kid for two issuers. */
type KeySet = Map<string, EntraKey[]>
type Known = { keys: KeySet; fetchedAt: number }

/** What becomes of a key that Entra publishes for another tenant than the hint's. */
export type ForeignKeys = 'refuse' | 'log'
export type Fetch = (url: string, init: RequestInit) => Promise<Response>
export type EntraKeys = ReturnType<typeof createEntraKeys>

/**
 * Entra's signing keys by address, fetched, kept, and refetched once on an unknown kid, within a limit. Addresses come
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

  async function load(url: string): Promise<KeySet> {
    const response = await fetch(url, {
      redirect: 'error',
      signal: AbortSignal.timeout(TIMEOUT),
      headers: { accept: 'application/json' },
    })
    if (response.status !== 200) {
      await response.body?.cancel()
      throw new Error(`status ${response.status}`)
    }
    const { keys } = Jwks.parse(JSON.parse(await readBounded(response)))
    const found: KeySet = new Map()
    for (const published of keys) {
      const read = SigningKey.safeParse(published)
      if (!read.success) continue
      const { kty, n, e, kid, issuer } = read.data
      const key = publicKeyOf({ kty, n, e })
      if (key) found.set(kid, [...(found.get(kid) ?? []), { key, issuer }])
    }
    if (found.size === 0) throw new Error('no RSA signing key in the answer')
    return found
  }

  const mayTry = (url: string, after = REFETCH_AFTER): boolean =>
    clock.now() - (triedAt.get(url) ?? Number.NEGATIVE_INFINITY) >= after
  const usable = (keys: Known | undefined): Known | undefined =>
    keys && clock.now() - keys.fetchedAt < STALE_FOR ? keys : undefined

  function whyUnknown(url: string, { fetchedAt }: Known, askedAt: number): Refusal {
    if (fetchedAt >= askedAt) return refuse('hint.key', 'kid is not among the keys of its cloud')
    return (triedAt.get(url) ?? 0) > fetchedAt
      ? refuse('entra.keys-unavailable', `kid is unknown, and no newer keys from ${url}`)
      : refuse('entra.key-unseen', 'kid is unknown, and the keys were fetched a moment ago')
  }

  return {
    /**
     * The key `kid` at `url`, for a hint of `tenantId`. Refuses a kid that is not among keys fetched after it was asked for,
     * a key that is published for another tenant, and everything when no keys can be had. A kid that is unknown to older keys
     * may be one that Entra has just begun to sign with: while no newer ones can be had it is put off, not denied.
     */
    async find(url: string, kid: string, tenantId: string): Promise<KeyObject | Refusal> {
      const askedAt = clock.now()
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
      const named = current.keys.get(kid) ?? []
      const found = named.find((key) => servesTenant(key, tenantId)) ?? named[0]
      if (!found) return whyUnknown(url, current, askedAt)
      if (!servesTenant(found, tenantId)) {
        log.warn({ url, kid, issuer: found.issuer }, 'a hint is signed with a key that is published for another tenant')
        if (foreignKeys === 'refuse') return refuse('hint.key', 'key is published for another tenant')
      }
      return found.key
    },

    /**
     * Fetches the keys of these addresses that are due, so that no sign-in has to wait for it: those that are not there, or
     * an hour old; all that may be fetched when `anew`. Resolves when that was tried.
     */
    async keepFresh(urls: readonly string[], anew: boolean): Promise<void> {
      const isDue = (url: string): boolean => {
        const current = usable(known.get(url))
        return anew || !current || clock.now() - current.fetchedAt >= FRESH_FOR
      }
      await Promise.all(urls.filter((url) => isDue(url) && mayTry(url)).map(refresh))
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
