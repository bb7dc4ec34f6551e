import type { KeyStore } from '../../keys/keys.ts'
import type { SigningKey } from '../../keys/signing-key.ts'
import type { Engine } from './engine.ts'

const BOOK = 'SELECT version, seen_at FROM key_book'

export function createKeyStore(engine: Engine): KeyStore {
  return {
    read: async () => {
      // One turn of the event loop, but not one transaction: the version is read first, so that keys which are newer than it
      // are never replaced by what was decided without them.
      const book = engine.get(BOOK)
      const keys = engine.all('SELECT body FROM signing_key ORDER BY position')
      return {
        version: Number(book?.version ?? 0),
        seenAt: Number(book?.seen_at ?? 0),
        keys: keys.map(({ body }) => JSON.parse(body as string) as SigningKey),
      }
    },

    replace: ({ version, seenAt, keys }, events) =>
      engine.write((transaction) => {
        if (Number(transaction.get(BOOK)?.version ?? 0) !== version - 1) return false
        transaction.run(
          `INSERT INTO key_book VALUES (1, ?, ?) ON CONFLICT DO UPDATE SET
             version = excluded.version, seen_at = excluded.seen_at`,
          version,
          seenAt,
        )
        for (const [position, key] of keys.entries()) {
          transaction.run(
            `INSERT INTO signing_key (kid, signs_from, body, position) VALUES (?, ?, ?, ?)
             ON CONFLICT DO UPDATE SET signs_from = excluded.signs_from, body = excluded.body
             WHERE body <> excluded.body`,
            key.kid,
            key.signsFrom,
            JSON.stringify(key),
            position,
          )
        }
        transaction.audit(events)
        return true
      }),
  }
}
