import type { JWK } from 'jose'
import { type Fetched, fetchJson } from './fetch-json.ts'
import { member } from './registration.ts'

/** The provider's discovery document and keys, as fetched at one moment. Faults are in it as values. */
export type ProviderMetadata = { discoveryUrl: string; fetchedAt: number; document: Fetched; keys?: Fetched }

/** Microsoft Learn: External MFA method provider reference: Entra keeps metadata, keys included, for 24 hours. */
export const cacheLife = 24 * 60 * 60 * 1000

export const documentMember = (metadata: ProviderMetadata, name: string) => member(metadata.document.json, name)

const textMember = (metadata: ProviderMetadata, name: string) => {
  const value = documentMember(metadata, name)
  return typeof value === 'string' ? value : undefined
}

export const authorizationEndpointOf = (metadata: ProviderMetadata) => textMember(metadata, 'authorization_endpoint')

/** The keys that are objects at all; whether they are good ones is for the judge. */
export function keysOf(metadata: ProviderMetadata): JWK[] {
  const keys = member(metadata.keys?.json, 'keys')
  return Array.isArray(keys) ? keys.filter((each): each is JWK => typeof each === 'object' && each !== null) : []
}

/** Why nothing could be read, in words for a page; undefined when both documents were. */
export function unreadable({ document, keys }: ProviderMetadata): string | undefined {
  const broken = [document, keys].find((each) => each?.fault !== undefined)
  return broken && `${broken.url}: ${broken.fault}`
}

async function fetchMetadata(discoveryUrl: string, now: () => number): Promise<ProviderMetadata> {
  const document = await fetchJson(discoveryUrl)
  const metadata = { discoveryUrl, fetchedAt: now(), document }
  const keysUrl = textMember(metadata, 'jwks_uri')
  return keysUrl === undefined ? metadata : { ...metadata, keys: await fetchJson(keysUrl) }
}

export type ProviderCache = {
  read(discoveryUrl: string): Promise<ProviderMetadata>
  /** Past the cache and without touching it: to tell a rollover without overlap from a key nobody published. */
  look(discoveryUrl: string): Promise<ProviderMetadata>
  forget(): void
}

/** Keeps what could be read for 24 hours by the simulator's clock; what could not is asked for again. */
export function createProviderCache(now: () => number): ProviderCache {
  const kept = new Map<string, ProviderMetadata>()
  return {
    async read(discoveryUrl) {
      const cached = kept.get(discoveryUrl)
      if (cached && now() - cached.fetchedAt < cacheLife) return cached
      const fetched = await fetchMetadata(discoveryUrl, now)
      if (fetched.keys && unreadable(fetched) === undefined) kept.set(discoveryUrl, fetched)
      return fetched
    },
    look: (discoveryUrl) => fetchMetadata(discoveryUrl, now),
    forget: () => kept.clear(),
  }
}
