import type { KeptSealed } from '../../base/seal.ts'
import type { KeyStore } from '../../keys/keys.ts'
import type { SealedSecret, SealedStore } from '../../keys/reseal.ts'
import type { KeyBook } from '../../keys/signing-key.ts'
import type { VapidStore } from '../../push/vapid.ts'
import type { Engine } from './engine.ts'
import type { Alone } from './group.ts'
import type { Models } from './models.ts'
import { createReading, whileThere } from './reading.ts'
import type { Rows } from './rows.ts'

const BOOK = 'key-book'
const EMPTY: KeyBook = { version: 0, seenAt: 0, keys: [] }

export function createKeyStore(engine: Engine): KeyStore {
  const { matching } = createReading(engine)
  return {
    read: async () => {
      const { version, seenAt, keys } = (await matching('key_book', { _id: BOOK }))[0] ?? EMPTY
      return { version, seenAt, keys }
    },
    replace: ({ version, seenAt, keys }, events) =>
      engine.write({ key_book: [{ _id: BOOK }] }, (transaction) => {
        if ((transaction.get('key_book', BOOK)?.version ?? 0) !== version - 1) return false
        transaction.put('key_book', { _id: BOOK, version, seenAt, keys })
        transaction.audit(events)
        return true
      }),
  }
}

const VAPID = 'vapid-key'

export function createVapidStore(engine: Engine): VapidStore {
  const { one } = createReading(engine)
  return {
    sealedKey: async () => (await one('setting', { _id: VAPID }))?.value,
    keepFirst: (sealed) =>
      engine.write({ setting: [{ _id: VAPID }] }, (transaction) => {
        const kept = transaction.get('setting', VAPID)
        if (kept) return kept.value
        transaction.put('setting', { _id: VAPID, value: sealed })
        return sealed
      }),
  }
}

/** The secrets of a kind: where they are, and how another is put in the place of one. */
type Place = {
  list: (models: Models, session: Alone['session'] | null) => Promise<{ id: string; sealed: string }[]>
  put: (transaction: Pick<Alone, 'models' | 'session'>, id: string, sealed: string) => Promise<unknown>
}

const entraSecret = (member: 'active' | 'draft'): Place => ({
  list: async (models, session) => {
    const settings = (await models.entra_sign_in.findOne().session(session).lean()) as Rows['entra_sign_in'] | null
    const sealed = settings?.[member]?.sealedSecret
    return sealed ? [{ id: member, sealed }] : []
  },
  put: ({ models, session }, id, sealed) =>
    models.entra_sign_in.updateOne({}, { $set: { [`${id}.sealedSecret`]: sealed } }, { session }),
})

const setting = (name: KeptSealed): Place => ({
  list: async (models, session) => {
    const kept = (await models.setting.findById(name).session(session).lean()) as Rows['setting'] | null
    return kept ? [{ id: kept._id, sealed: kept.value }] : []
  },
  put: ({ models, session }, id, sealed) =>
    models.setting.updateOne({ _id: id }, { $set: { value: sealed } }, { session }),
})

/** Every kind has its places: the compiler asks for those of a new one. */
const places: Readonly<Record<KeptSealed, readonly Place[]>> = {
  'signing-key': [
    {
      list: async (models, session) => {
        const book = (await models.key_book.findById(BOOK).session(session).lean()) as Rows['key_book'] | null
        return (book?.keys ?? []).map(({ kid, sealedPrivateKey }) => ({ id: kid, sealed: sealedPrivateKey }))
      },
      put: ({ models, session }, id, sealed) =>
        models.key_book.updateOne(
          { _id: BOOK },
          { $set: { 'keys.$[key].sealedPrivateKey': sealed } },
          { session, arrayFilters: [{ 'key.kid': id }] },
        ),
    },
  ],
  'vapid-key': [setting(VAPID)],
  'audit-key': [setting('audit-key')],
  'entra-sign-in-secret': [entraSecret('active'), entraSecret('draft')],
  'administrator-kept-form': [
    {
      list: async (models, session) => {
        const forms = await models.administrator_kept_form.find().session(session).lean()
        return (forms as Rows['administrator_kept_form'][]).map(({ _id, sealed }) => ({ id: _id, sealed }))
      },
      put: ({ models, session }, id, sealed) =>
        models.administrator_kept_form.updateOne({ _id: id }, { $set: { sealed } }, { session }),
    },
  ],
  'webhook-secrets': [
    {
      list: async (models, session) => {
        const rows = (await models.forward_destination
          .find({ kind: 'webhook' })
          .session(session)
          .lean()) as Rows['forward_destination'][]
        return rows.flatMap(({ _id, webhook }) => (webhook ? [{ id: _id, sealed: webhook.sealedSecrets }] : []))
      },
      put: ({ models, session }, id, sealed) =>
        models.forward_destination.updateOne({ _id: id }, { $set: { 'webhook.sealedSecrets': sealed } }, { session }),
    },
  ],
}

export function createSealedStore(engine: Engine): SealedStore {
  async function found(models: Models, session: Alone['session'] | null) {
    const secrets: { secret: SealedSecret; place: Place }[] = []
    for (const [kind, ofKind] of Object.entries(places) as [KeptSealed, readonly Place[]][])
      for (const place of ofKind)
        for (const one of await place.list(models, session)) secrets.push({ secret: { kind, ...one }, place })
    return secrets
  }

  return {
    list: async () => (await whileThere(() => found(engine.models, null))).map(({ secret }) => secret),
    replace: (again, eventOf) =>
      engine.alone(async ({ session, models, audit, nothingToDo }) => {
        // All reading is done in the transaction of the writing: nobody adds a secret in between.
        const renewed = (await found(models, session))
          .map(({ secret, place }) => ({ secret, place, sealed: again(secret) }))
          .filter(({ secret, sealed }) => sealed !== secret.sealed)
        if (renewed.length === 0) return nothingToDo(0)
        for (const { secret, place, sealed } of renewed) await place.put({ models, session }, secret.id, sealed)
        // Whoever has read the keys before this must read them again before they change anything.
        await models.key_book.updateOne({ _id: BOOK }, { $inc: { version: 1 } }, { session })
        audit([eventOf(renewed.map(({ secret }) => secret))])
        return renewed.length
      }),
    // MongoDB keeps what was replaced in its log for as long as the operator lets it: docs/operating.md says so.
    forgetReplaced: async () => undefined,
  }
}
