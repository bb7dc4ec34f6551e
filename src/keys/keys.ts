import { createPrivateKey, createPublicKey, type KeyObject, X509Certificate } from 'node:crypto'
import { SignJWT } from 'jose'
import type { Actor, AuditEvent } from '../audit/events.ts'
import { type Clock, instant } from '../base/clock.ts'
import type { Random } from '../base/random.ts'
import { type MasterKey, seal, unseal } from '../base/seal.ts'
import { StartRefused } from '../base/start-refused.ts'
import { makeKeyMaterial } from './certificate.ts'
import { ANNOUNCED_FOR, type Phase, phasesAt } from './rotation.ts'
import type { SigningKey } from './signing-key.ts'

export type KeyStore = {
  /** Inserts only into an empty store, so that a key is made once however many processes start. */
  insertFirst(key: SigningKey, event: AuditEvent): Promise<boolean>
  /** Inserts unless a key is announced already, so that two commands do not announce two. */
  insertNext(key: SigningKey, now: number, event: AuditEvent): Promise<boolean>
  list(): Promise<SigningKey[]>
}

/** A key that Entra may read (RFC 7517). */
export type PublishedKey = {
  kty: 'RSA'
  use: 'sig'
  alg: 'RS256'
  kid: string
  x5t: string
  n: string
  e: string
  x5c: [string]
}

/** The stored keys are not opened by this master key: the start must stop, for new keys would fail every sign-in. */
export class KeysNotOpened extends StartRefused {
  constructor(kid: string) {
    super(
      `The signing key ${kid} in the store is not opened by this master key. ` +
        'Give the master key that sealed it (COUNTERSIGN_MASTER_KEY or COUNTERSIGN_MASTER_KEY_FILE). ' +
        'New keys are not made: Entra would refuse every sign-in until its cache turns over.',
    )
  }
}

/** Sealed for this key alone: a sealed key under another's name does not open. */
const purposeOf = (kid: string): string => `signing-key:${kid}`

export type Keys = ReturnType<typeof createKeys>

/** Our signing keys: made once, sealed at rest, published with their certificates, and the only way to sign a claim. */
export function createKeys(options: { store: KeyStore; master: MasterKey; clock: Clock; random: Random }) {
  const { store, master, clock, random } = options
  const opened = new Map<string, { privateKey: KeyObject; as: string }>()

  function open(key: SigningKey): KeyObject {
    const as = `${key.n}.${key.e}.${key.certificate}.${key.sealedPrivateKey}`
    const known = opened.get(key.kid)
    if (known?.as === as) return known.privateKey
    const pem = unseal(master, purposeOf(key.kid), key.sealedPrivateKey)
    if (!pem) throw new KeysNotOpened(key.kid)
    const privateKey = createPrivateKey(pem)
    const { n, e } = createPublicKey(privateKey).export({ format: 'jwk' })
    const certified = new X509Certificate(Buffer.from(key.certificate, 'base64')).checkPrivateKey(privateKey)
    // Whoever can write to the store must not be able to make us publish a key of theirs.
    if (n !== key.n || e !== key.e || !certified) throw new KeysNotOpened(key.kid)
    opened.set(key.kid, { privateKey, as })
    return privateKey
  }

  /** Every key and what it does now. */
  const timetable = async (): Promise<{ key: SigningKey; phase: Phase }[]> => phasesAt(await store.list(), clock.now())
  const signingKey = async (): Promise<SigningKey | undefined> =>
    (await timetable()).find(({ phase }) => phase === 'signing')?.key

  async function openAll(): Promise<void> {
    for (const key of await store.list()) open(key)
  }

  async function make(signsFrom: number): Promise<SigningKey> {
    const now = clock.now()
    const { privateKey, ...published } = await makeKeyMaterial(now, random.bytes(16))
    return {
      ...published,
      sealedPrivateKey: seal(master, purposeOf(published.kid), privateKey, random),
      createdAt: now,
      signsFrom,
    }
  }

  const created = (key: SigningKey, by: Actor): AuditEvent => ({
    type: 'key.created',
    keyId: key.kid,
    signsFrom: instant(key.signsFrom),
    by,
  })

  return {
    /** Makes the first key in an empty store, and proves that every stored key opens. Throws KeysNotOpened. */
    async prepare(): Promise<void> {
      if ((await store.list()).length === 0) {
        const key = await make(clock.now())
        await store.insertFirst(key, created(key, 'service'))
      }
      await openAll()
    },

    /** Announces a key that takes over in 48 hours; undefined when one is announced already. Throws KeysNotOpened. */
    async announce(by: Actor): Promise<SigningKey | undefined> {
      // A key sealed under another master key than its forerunners would stop the next start.
      await openAll()
      const key = await make(clock.now() + ANNOUNCED_FOR)
      return (await store.insertNext(key, clock.now(), created(key, by))) ? key : undefined
    },

    timetable,

    /** Every key that is announced, signing or retiring. Each is proven to be ours first. Throws KeysNotOpened. */
    async published(): Promise<PublishedKey[]> {
      return (await timetable())
        .filter(({ key, phase }) => phase !== 'retired' && open(key))
        .map(({ key }) => ({
          kty: 'RSA',
          use: 'sig',
          alg: 'RS256',
          kid: key.kid,
          x5t: key.kid,
          n: key.n,
          e: key.e,
          x5c: [key.certificate],
        }))
    },

    /** Signs `claims` with the key that signs now (RS256). Gives the compact JWS and the key's id. */
    async sign(claims: Record<string, unknown>): Promise<{ token: string; kid: string }> {
      const key = await signingKey()
      if (!key) throw new Error('no signing key is usable')
      const { kid } = key
      const token = await new SignJWT(claims).setProtectedHeader({ alg: 'RS256', typ: 'JWT', kid }).sign(open(key))
      return { token, kid }
    },

    /** Whether a claim could be signed now. */
    async usable(): Promise<boolean> {
      const key = await signingKey()
      return key !== undefined && open(key) !== undefined
    },
  }
}
