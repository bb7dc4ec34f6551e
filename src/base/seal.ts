// Secrets at rest: AES-256-GCM (NIST SP 800-38D) under a key derived for one purpose (HKDF, RFC 5869).
import { createCipheriv, createDecipheriv, createHmac, hkdfSync, type KeyObject } from 'node:crypto'
import type { Random } from './random.ts'

/** 32 bytes from the environment, a file, or made at a first run. Never logged, never written by us but by that first run. */
export type MasterKey = Buffer

/** What is kept sealed in the store, so that it is sealed anew when the master key changes (capabilities' reseal.ts). */
export const keptSealed = [
  'signing-key',
  'vapid-key',
  'audit-key',
  'entra-sign-in-secret',
  'administrator-kept-form',
  'webhook-secrets',
] as const
export type KeptSealed = (typeof keptSealed)[number]

/**
 * Everything that is ever sealed. One signing key is sealed for its own id, so that it does not open under another's name.
 * What lives in a browser's cookie for ten minutes is not kept.
 */
export type Purpose = Exclude<KeptSealed, 'signing-key'> | `signing-key:${string}` | 'entra-attempt'

/** A key for one purpose: what leaks of one says nothing of another. */
export const deriveKey = (master: MasterKey, purpose: string): Buffer =>
  Buffer.from(hkdfSync('sha256', master, Buffer.alloc(0), `countersign:${purpose}`, 32))

/** Seals `plain` so that only this master key opens it, for this purpose only. Gives `v1.<iv>.<tag>.<ciphertext>`. */
export function seal(master: MasterKey, purpose: Purpose, plain: string, random: Random): string {
  const iv = random.bytes(12)
  const cipher = createCipheriv('aes-256-gcm', deriveKey(master, purpose), iv)
  cipher.setAAD(Buffer.from(purpose))
  const sealed = Buffer.concat([cipher.update(plain, 'utf8'), cipher.final()])
  return `v1.${[iv, cipher.getAuthTag(), sealed].map((part) => part.toString('base64url')).join('.')}`
}

/** Opens what `seal` made; undefined when the master key or the purpose is another, or a bit was changed. */
export function unseal(master: MasterKey, purpose: Purpose, sealed: string): string | undefined {
  const [version, iv, tag, body] = sealed.split('.')
  if (version !== 'v1' || !iv || !tag || body === undefined) return undefined
  try {
    const decipher = createDecipheriv('aes-256-gcm', deriveKey(master, purpose), Buffer.from(iv, 'base64url'), {
      authTagLength: 16,
    })
    decipher.setAAD(Buffer.from(purpose))
    decipher.setAuthTag(Buffer.from(tag, 'base64url'))
    return Buffer.concat([decipher.update(Buffer.from(body, 'base64url')), decipher.final()]).toString('utf8')
  } catch {
    return undefined
  }
}

/** HMAC-SHA-256 under a derived key. */
export const mac = (key: KeyObject | Buffer | string, text: string): Buffer =>
  createHmac('sha256', key).update(text).digest()
