import { createECDH } from 'node:crypto'
import webPush from 'web-push'
import type { Clock } from '../base/clock.ts'
import type { Random } from '../base/random.ts'
import { type MasterKey, seal, unseal } from '../base/seal.ts'
import { StartRefused } from '../base/start-refused.ts'

/** The key by which push services know us (RFC 8292), base64url: the private scalar, and the uncompressed point. */
export type VapidKey = { publicKey: string; privateKey: string }

export type VapidStore = {
  sealedKey(): Promise<string | undefined>
  /** Keeps this key unless there is one; gives the one that is kept, so that a key is made once however many start. */
  keepFirst(sealed: string): Promise<string>
}

const PURPOSE = 'vapid-key'

/** The pair of a private key: 32 bytes in base64url. Undefined when it is no P-256 key. */
export function vapidKeyOf(privateKey: string): VapidKey | undefined {
  const bytes = Buffer.from(privateKey, 'base64url')
  if (bytes.length !== 32 || bytes.toString('base64url') !== privateKey.replace(/=+$/, '')) return undefined
  const ecdh = createECDH('prime256v1')
  try {
    ecdh.setPrivateKey(bytes)
  } catch {
    return undefined
  }
  return { privateKey: bytes.toString('base64url'), publicKey: ecdh.getPublicKey().toString('base64url') }
}

/**
 * The key that was made at the first start and is kept sealed; made now if there is none. It is never changed by us, for
 * every subscription is made for one key and is worth nothing under another. Throws StartRefused when it does not open.
 */
export async function prepareVapidKey(options: {
  store: VapidStore
  master: MasterKey
  random: Random
}): Promise<VapidKey> {
  const { store, master, random } = options
  const sealed = (await store.sealedKey()) ?? (await store.keepFirst(seal(master, PURPOSE, makeKey(random), random)))
  const key = vapidKeyOf(unseal(master, PURPOSE, sealed) ?? '')
  if (!key) {
    throw new StartRefused(
      'The key for push in the store is not opened by this master key. Give the master key that sealed it. A new one is ' +
        'not made: every phone would have to be subscribed again.',
    )
  }
  return key
}

function makeKey(random: Random): string {
  for (;;) {
    // A scalar outside the group's order is as good as never drawn, and is drawn again.
    const key = vapidKeyOf(random.bytes(32).toString('base64url'))
    if (key) return key.privateKey
  }
}

const HOUR = 3600_000
/** At most 24 h by RFC 8292 section 2; Apple wants a token used for a while, so one is made an hour. */
const TOKEN_LIFE = 12 * HOUR

/** The Authorization header for a push service (RFC 8292 section 3), by its origin. One token serves it for an hour. */
export function createVapidHeader({ key, subject, clock }: { key: VapidKey; subject: string; clock: Clock }) {
  const made = new Map<string, { header: string; until: number }>()
  return (origin: string): string => {
    const now = clock.now()
    const known = made.get(origin)
    if (known && now < known.until) return known.header
    // Origins come from phones, and are far fewer than this unless somebody plays.
    if (made.size > 1000) made.clear()
    const expiresAt = Math.floor((now + TOKEN_LIFE) / 1000)
    const { Authorization: header } = webPush.getVapidHeaders(
      origin,
      subject,
      key.publicKey,
      key.privateKey,
      'aes128gcm',
      expiresAt,
    )
    made.set(origin, { header, until: now + HOUR })
    return header
  }
}
