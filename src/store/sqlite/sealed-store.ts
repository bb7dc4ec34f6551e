import type { KeptSealed } from '../../base/seal.ts'
import type { SealedSecret, SealedStore } from '../../keys/reseal.ts'
import type { Engine, Transaction } from './engine.ts'

/** Where the secrets of a kind are: a query for `id` and `sealed`, and what puts another in the place of one (sealed, id). */
type Place = { find: string; put: string }

const entraSecret = (member: 'active' | 'draft'): Place => ({
  find: `SELECT '${member}' AS id, body -> '${member}' ->> 'sealedSecret' AS sealed FROM entra_sign_in
    WHERE body -> '${member}' ->> 'sealedSecret' IS NOT NULL`,
  put: `UPDATE entra_sign_in SET body = json_set(body, '$.${member}.sealedSecret', ?) WHERE '${member}' = ?`,
})

const setting = (name: KeptSealed): Place => ({
  find: `SELECT name AS id, value AS sealed FROM setting WHERE name = '${name}'`,
  put: 'UPDATE setting SET value = ? WHERE name = ?',
})

/** Every kind has its places: the compiler asks for those of a new one. */
const places: Readonly<Record<KeptSealed, readonly Place[]>> = {
  'signing-key': [
    {
      find: `SELECT kid AS id, body ->> 'sealedPrivateKey' AS sealed FROM signing_key`,
      put: `UPDATE signing_key SET body = json_set(body, '$.sealedPrivateKey', ?) WHERE kid = ?`,
    },
  ],
  'vapid-key': [setting('vapid-key')],
  'audit-key': [setting('audit-key')],
  'entra-sign-in-secret': [entraSecret('active'), entraSecret('draft')],
  'administrator-kept-form': [
    {
      find: 'SELECT digest AS id, sealed FROM administrator_kept_form',
      put: 'UPDATE administrator_kept_form SET sealed = ? WHERE digest = ?',
    },
  ],
  'webhook-secrets': [
    {
      find: `SELECT id, body -> 'webhook' ->> 'sealedSecrets' AS sealed FROM forward_destination
        WHERE body -> 'webhook' ->> 'sealedSecrets' IS NOT NULL`,
      put: `UPDATE forward_destination SET body = json_set(body, '$.webhook.sealedSecrets', ?) WHERE id = ?`,
    },
  ],
}

export function createSealedStore(engine: Engine): SealedStore {
  const found = (): { secret: SealedSecret; put: string }[] =>
    (Object.entries(places) as [KeptSealed, Place[]][]).flatMap(([kind, ofKind]) =>
      ofKind.flatMap(({ find, put }) =>
        engine.all(find).map(({ id, sealed }) => {
          return { secret: { kind, id: id as string, sealed: sealed as string }, put }
        }),
      ),
    )

  /** Whoever has read the keys before this must read them again before they change anything. */
  const turnPage = (transaction: Transaction) => transaction.run('UPDATE key_book SET version = version + 1')

  return {
    list: async () => found().map(({ secret }) => secret),
    replace: (again, eventOf) =>
      engine.write((transaction) => {
        // All reading is done in the transaction of the writing: nobody adds a secret in between.
        const renewed = found()
          .map(({ secret, put }) => ({ secret, put, sealed: again(secret) }))
          .filter(({ secret, sealed }) => sealed !== secret.sealed)
        if (renewed.length === 0) return 0
        for (const { secret, put, sealed } of renewed) transaction.run(put, sealed, secret.id)
        turnPage(transaction)
        transaction.audit([eventOf(renewed.map(({ secret }) => secret))])
        return renewed.length
      }),
    forgetReplaced: engine.scrub,
  }
}
