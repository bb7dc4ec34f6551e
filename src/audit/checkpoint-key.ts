// The key that signs checkpoints: Ed25519, made once, sealed in the store, and never in the JWKS: Entra would believe it.
import { createPrivateKey, createPublicKey, type KeyObject } from 'node:crypto'
import { calculateJwkThumbprint, type JWK } from 'jose'
import type { Random } from '../base/random.ts'
import { type MasterKey, seal, unseal } from '../base/seal.ts'
import { StartRefused } from '../base/start-refused.ts'
import type { AuditEvent } from './events.ts'

export type CheckpointKeyStore = {
  sealedKey(): Promise<string | undefined>
  /** Keeps this key, with its event, unless there is one; gives the one that is kept. */
  keepFirstKey(sealed: string, event: AuditEvent): Promise<string>
}

/** What an auditor keeps: enough to verify with, and nothing to sign with. */
export type CheckpointPublicKey = { kid: string; jwk: JWK; pem: string; key: KeyObject }

export type CheckpointKey = { kid: string; privateKey: KeyObject; public: CheckpointPublicKey }

const PURPOSE = 'audit-key'
/** PKCS #8 of an Ed25519 key is this, and its 32 bytes (RFC 8410 section 7). */
const PKCS8 = Buffer.from('302e020100300506032b657004220420', 'hex')

/** The key that is kept; made now if there is none. Throws StartRefused when the master key does not open it. */
export async function prepareCheckpointKey(options: {
  store: CheckpointKeyStore
  master: MasterKey
  random: Random
}): Promise<CheckpointKey> {
  const { store, master, random } = options
  const kept = await findCheckpointKey(options)
  if (kept) return kept
  const secret = random.bytes(32)
  const { kid } = await keyOf(secret)
  const sealed = seal(master, PURPOSE, secret.toString('base64url'), random)
  return openKey(master, await store.keepFirstKey(sealed, { type: 'audit.key-made', keyId: kid, by: 'service' }))
}

/** The key that is kept; undefined when none was made yet. Throws StartRefused when the master key does not open it. */
export async function findCheckpointKey(options: {
  store: Pick<CheckpointKeyStore, 'sealedKey'>
  master: MasterKey
}): Promise<CheckpointKey | undefined> {
  const sealed = await options.store.sealedKey()
  return sealed === undefined ? undefined : openKey(options.master, sealed)
}

async function openKey(master: MasterKey, sealed: string): Promise<CheckpointKey> {
  const secret = unseal(master, PURPOSE, sealed)
  if (secret === undefined) {
    throw new StartRefused(
      'The key that signs checkpoints of the audit log is not opened by this master key. Give the master key that sealed ' +
        'it. A new one is not made: what was signed until now would be worth nothing.',
    )
  }
  return keyOf(Buffer.from(secret, 'base64url'))
}

async function keyOf(secret: Buffer): Promise<CheckpointKey> {
  const privateKey = createPrivateKey({ key: Buffer.concat([PKCS8, secret]), format: 'der', type: 'pkcs8' })
  const known = await publicKeyOf(createPublicKey(privateKey))
  return { kid: known.kid, privateKey, public: known }
}

async function publicKeyOf(key: KeyObject): Promise<CheckpointPublicKey> {
  const jwk = key.export({ format: 'jwk' }) as JWK
  const kid = await calculateJwkThumbprint(jwk)
  const pem = key.export({ format: 'pem', type: 'spki' }) as string
  return { kid, jwk: { ...jwk, kid, alg: 'EdDSA', use: 'sig' }, pem, key }
}

/** Reads a public key as `audit key` printed it, as PEM or as a JWK; undefined when it is no Ed25519 key. */
export async function readCheckpointKey(text: string): Promise<CheckpointPublicKey | undefined> {
  try {
    const isJson = text.trimStart().startsWith('{')
    const key = isJson ? createPublicKey({ key: JSON.parse(text), format: 'jwk' }) : createPublicKey(text)
    return key.asymmetricKeyType === 'ed25519' ? await publicKeyOf(key) : undefined
  } catch {
    return undefined
  }
}
