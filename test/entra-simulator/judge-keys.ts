import { createHash, X509Certificate } from 'node:crypto'
import { compactVerify, importJWK, type JWK } from 'jose'
import { type Facts, type Finding, fail, notApplicable, pass, shown, verdictOf } from './finding.ts'
import { keysOf } from './provider-metadata.ts'

const foreignKeySources = ['jwk', 'jku', 'x5u', 'x5c', 'crit']

/** V3. OpenID Connect Core 1.0 section 3.1.3.7 (6-8): RS256, by the key in the cached set whose kid is the token's. */
export async function judgeSignature({ token, claim, metadata }: Facts): Promise<Finding> {
  if (!token) return notApplicable('no id_token')
  if (!claim) return fail('not a JSON Web Token')
  const { alg, kid } = claim.header
  const named = foreignKeySources.filter((each) => each in claim.header)
  if (named.length) return fail(`the header carries ${named.join(', ')}`)
  if (alg !== 'RS256') return fail(`alg is ${shown(alg)}`)
  if (typeof kid !== 'string') return fail('no kid in the header')
  const key = keysOf(metadata).find((each) => each.kid === kid)
  if (!key) return fail(`no key with the kid ${shown(kid)}, exactly so, in Entra's copy of the key set`)
  try {
    await compactVerify(token, await importJWK({ ...key, alg: 'RS256' }, 'RS256'), { algorithms: ['RS256'] })
    return pass(`RS256, verified with key ${kid}`)
  } catch (error) {
    return fail(`the signature does not verify with key ${kid} (${(error as Error).message})`)
  }
}

/** V16. Microsoft Learn: External MFA method provider reference: keys are cached 24 h, so old and new must overlap. */
export function judgeOverlap({ token, claim, metadata, publishedNow, now }: Facts): Finding {
  if (!token || !claim) return notApplicable('no id_token that could be read')
  const { kid } = claim.header
  const minutes = Math.round((now - metadata.fetchedAt) / 60_000)
  if (keysOf(metadata).some((key) => key.kid === kid)) return pass(`in Entra's copy, ${minutes} min old`)
  const published = publishedNow?.includes(kid)
    ? 'it is published now: rolled without overlap'
    : 'nor is it published now'
  return fail(`key ${shown(kid)} is not in Entra's copy, ${minutes} min old; ${published}`)
}

function keyFault(key: JWK): string | undefined {
  if (key.kty !== 'RSA') return `kty is ${shown(key.kty)}`
  if ('d' in key) return 'it is a private key'
  if (typeof key.kid !== 'string' || !/^[\w-]+$/.test(key.kid) || key.kid.length % 4 === 1)
    return 'kid is not base64url'
  if (key.use !== undefined && key.use !== 'sig') return `use is ${shown(key.use)}`
  const first: unknown = Array.isArray(key.x5c) ? key.x5c[0] : undefined
  if (typeof first !== 'string') return 'no x5c'
  if (!/^[A-Za-z0-9+/]+={0,2}$/.test(first)) return 'x5c is not standard base64'
  const der = Buffer.from(first, 'base64')
  try {
    const certified = new X509Certificate(der).publicKey.export({ format: 'jwk' })
    if (certified.n !== key.n || certified.e !== key.e) return 'the certificate in x5c is for another key than n and e'
  } catch {
    return 'x5c holds no certificate'
  }
  const thumbprint = createHash('sha1').update(der).digest('base64url')
  // Entra's sample shows x5t equal to kid; RFC 7517 section 4.8 says the certificate's thumbprint. Either is taken.
  if (key.x5t !== undefined && key.x5t !== thumbprint && key.x5t !== key.kid) return 'x5t is neither thumbprint nor kid'
  return undefined
}

/** V4. Microsoft Learn: External MFA method provider reference, discovery: every JWK has x5c. RFC 7517 section 4.7. */
export function judgeCertificates({ metadata }: Facts): Finding {
  const keys = keysOf(metadata)
  if (keys.length === 0) return fail('no key could be read')
  const faults = keys.map((key) => [key, keyFault(key)] as const).filter(([, fault]) => fault !== undefined)
  const doubled = new Set(keys.map((key) => key.kid)).size < keys.length ? ['two keys share one kid'] : []
  return verdictOf(
    [...faults.map(([key, fault]) => `key ${shown(key.kid)}: ${fault}`), ...doubled],
    `${keys.length} ${keys.length === 1 ? 'key' : 'keys'}, each with a certificate for its n and e`,
  )
}
