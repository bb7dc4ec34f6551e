import { createPrivateKey, createPublicKey, type KeyObject, X509Certificate } from 'node:crypto'
import { SignJWT } from 'jose'
import type { Actor, AuditEvent } from '../audit/events.ts'
import { type Clock, instant } from '../base/clock.ts'
import type { Random } from '../base/random.ts'
import { type MasterKey, seal, unseal } from '../base/seal.ts'
import { StartRefused } from '../base/start-refused.ts'
import { type MakeKeyPair, makeKeyMaterial } from './certificate.ts'
import { byBook, phasesAt } from './rotation.ts'
import { isDue, type Scheduled, settled, timetableAt, turnOf, withdrawAll, withNext } from './schedule.ts'
import type { KeyBook, SigningKey } from './signing-key.ts'

export type KeyStore = {
  read(): Promise<KeyBook>
  /** Writes the next version, in the place of exactly the one before it. Keys are added and changed, never removed. */
  replace(next: KeyBook, events: AuditEvent[]): Promise<boolean>
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
        'If you are changing it, give the old one too (COUNTERSIGN_MASTER_KEY_PREVIOUS), and start the service once. ' +
        'New keys are not made: Entra would refuse every sign-in until its cache turns over.',
    )
  }
}

/** Sealed for this key alone: a sealed key under another's name does not open. */
const purposeOf = (kid: string) => `signing-key:${kid}` as const

type Change = { book: KeyBook; events: AuditEvent[] }

export type Keys = ReturnType<typeof createKeys>

/** Our signing keys: made in time, sealed at rest, published with their certificates, and the only way to sign a claim. */
export function createKeys(options: {
  store: KeyStore
  master: MasterKey
  clock: Clock
  random: Random
  makePair: MakeKeyPair
  /** How long a key signs before the next one takes over, in milliseconds. */
  rotateAfter: number
}) {
  const { store, master, clock, random, makePair, rotateAfter } = options
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

  const phases = async () => phasesAt(await store.read(), clock.now())
  const signingKey = async (): Promise<SigningKey | undefined> =>
    (await phases()).find(({ phase }) => phase === 'signing')?.key

  async function openAll(): Promise<void> {
    for (const key of (await store.read()).keys) open(key)
  }

  async function make(now: number, signsFrom: number): Promise<SigningKey> {
    const { privateKey, ...published } = await makeKeyMaterial(now, random.bytes(16), makePair)
    return {
      ...published,
      sealedPrivateKey: seal(master, purposeOf(published.kid), privateKey, random),
      createdAt: now,
      signsFrom,
      withdrawnAt: null,
    }
  }

  /** Changes the book as `decide` says, which is asked anew when somebody else was faster. Undefined: it wants no change. */
  async function change<C extends Change>(decide: (book: KeyBook, now: number) => Promise<C | undefined>) {
    for (;;) {
      const book = await store.read()
      const wanted = await decide(book, clock.now())
      if (!wanted || (await store.replace({ ...wanted.book, version: book.version + 1 }, wanted.events))) return wanted
    }
  }

  const created = ({ kid, signsFrom }: SigningKey, by: Actor): AuditEvent & { type: 'key.created' } => ({
    type: 'key.created',
    keyId: kid,
    signsFrom: instant(signsFrom),
    by,
  })
  const withdrawn = ({ kid }: SigningKey, reason: string, by: Actor): AuditEvent => ({
    type: 'key.withdrawn',
    ...{ keyId: kid, reason, by },
  })

  /** The book as it must be now, and what of that is to be recorded. */
  function mended(book: KeyBook, now: number): Change {
    const { book: next, moved, dropped } = settled(book, now)
    const events = [
      ...moved.map(({ kid, signsFrom }): AuditEvent => {
        return { type: 'key.rescheduled', keyId: kid, signsFrom: instant(signsFrom), by: 'service' }
      }),
      ...dropped.map((key) => withdrawn(key, 'its certificate does not fit the time', 'service')),
    ]
    return { book: next, events }
  }

  const announceIf = (isWanted: (book: KeyBook, now: number) => boolean, by: Actor) =>
    change(async (book, now) => {
      const { book: current, events } = mended(book, now)
      if (!isWanted(current, now)) return undefined
      // A key sealed under another master key than its forerunners would stop the next start.
      await openAll()
      const key = await make(now, turnOf(current, now))
      return { book: withNext(current, key), events: [...events, created(key, by)], key }
    })

  const hasRoom = (book: KeyBook, now: number): boolean =>
    book.keys.length > 0 && !phasesAt(book, now).some(({ phase }) => phase === 'announced')

  /**
   * What the service does every few seconds: notes that it publishes an announced key, mends the timetable after it was down
   * or the clock was set, and announces the next key when that is due. Gives what was recorded.
   */
  async function tend(): Promise<AuditEvent[]> {
    const settling = await change(async (book, now) => {
      const wanted = mended(book, now)
      return wanted.book === book ? undefined : wanted
    })
    const announced = await announceIf((book, now) => isDue(book, now, rotateAfter), 'service')
    return [...(settling?.events ?? []), ...(announced?.events ?? [])]
  }

  return {
    /** Makes the first key in an empty store, proves that every stored key opens, and tends them. Throws KeysNotOpened. */
    async prepare(): Promise<AuditEvent[]> {
      const first = await change(async (book, now) => {
        if (book.keys.length > 0) return undefined
        const key = await make(now, now)
        return { book: withNext(book, key), events: [created(key, 'service')] }
      })
      await openAll()
      return [...(first?.events ?? []), ...(await tend())]
    },

    tend,

    /** Proves that the master key is the store's, for whoever seals something of their own with it. Throws KeysNotOpened. */
    proveMaster: openAll,

    /** Announces a key that takes over in 48 hours; undefined when one is announced already. Throws KeysNotOpened. */
    announce: async (by: Actor): Promise<SigningKey | undefined> => (await announceIf(hasRoom, by))?.key,

    /**
     * Replaces keys that somebody else may have, at once: a new one signs from now, and every key that was published until
     * now is withdrawn. The announced one too: who could open one could open all. Undefined when `compromised` is not the key
     * that signs (any more). Entra does not know the new key until it reads our keys again. Throws KeysNotOpened.
     */
    async replaceAtOnce(compromised: string, by: Actor): Promise<SigningKey | undefined> {
      const done = await change(async (book, now) => {
        const { book: current, events } = mended(book, now)
        const signing = phasesAt(current, now).find(({ phase }) => phase === 'signing')
        if (signing?.key.kid !== compromised) return undefined
        await openAll()
        // A clock that is a little behind what has happened must not make the new key wait.
        const at = byBook(current, now)
        const key = await make(now, at)
        const { book: emptied, lost } = withdrawAll(current, at)
        const withdrawals = lost.map((each) => withdrawn(each, 'emergency rotation', by))
        const announced: AuditEvent = { ...created(key, by), emergency: true }
        return { book: withNext(emptied, key), events: [...events, announced, ...withdrawals], key }
      })
      return done?.key
    },

    /** Every key, what it does now, and its times, the planned ones too. */
    timetable: async (): Promise<Scheduled[]> => timetableAt(await store.read(), clock.now(), rotateAfter),

    /** Every key that is announced, signing or retiring. Each is proven to be ours first. Throws KeysNotOpened. */
    async published(): Promise<PublishedKey[]> {
      return (await phases())
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
