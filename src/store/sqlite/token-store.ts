import type { TokenStore } from '../../administrators/administrator-store.ts'
import type { Token } from '../../administrators/token.ts'
import { mayEnter, readAdministrator } from './administrator-store.ts'
import type { Engine } from './engine.ts'

type Row = Record<string, unknown> | undefined

// What changes lives in columns; the rest of the token in its body.
const readToken = (row: Row): Token | undefined =>
  row
    ? {
        ...JSON.parse(row.body as string),
        lastUsedAt: row.last_used_at === null ? null : Number(row.last_used_at),
        revokedAt: row.revoked_at === null ? null : Number(row.revoked_at),
      }
    : undefined

export function createTokenStore(engine: Engine): TokenStore {
  return {
    insert: (token, event) =>
      engine.write((transaction) => {
        const { id, digest, createdBy, createdAt, expiresAt } = token
        if (!mayEnter(transaction, createdBy)) return false
        transaction.run(
          'INSERT INTO administrator_token VALUES (?, ?, ?, ?, ?, NULL, NULL, ?)',
          ...[id, digest, createdBy, createdAt, expiresAt],
          JSON.stringify(token),
        )
        transaction.audit([event])
        return true
      }),
    find: async (digest) => {
      const token = readToken(engine.get('SELECT * FROM administrator_token WHERE digest = ?', digest))
      if (!token) return undefined
      const maker = readAdministrator(engine.get('SELECT * FROM administrator WHERE id = ?', token.createdBy))
      return { token, maker }
    },
    byId: async (id) => readToken(engine.get('SELECT * FROM administrator_token WHERE id = ?', id)),
    list: async () =>
      engine
        .all('SELECT * FROM administrator_token ORDER BY created_at DESC, id')
        .map((row) => readToken(row) as Token),
    touch: async (id, at) => {
      const sql =
        'UPDATE administrator_token SET last_used_at = ?2 WHERE id = ?1 AND (last_used_at IS NULL OR last_used_at < ?2)'
      await engine.write((transaction) => transaction.run(sql, id, at))
    },
    revoke: (id, at, event) =>
      engine.write((transaction) => {
        // It is over from now on, unless it was before.
        const sql =
          'UPDATE administrator_token SET revoked_at = ?2, ends_at = min(ends_at, ?2) WHERE id = ?1 AND revoked_at IS NULL'
        if (transaction.run(sql, id, at) !== 1) return false
        transaction.audit([event])
        return true
      }),
    forget: async (endedBefore) => {
      if (!engine.get('SELECT 1 FROM administrator_token WHERE ends_at < ? LIMIT 1', endedBefore)) return
      await engine.write((transaction) =>
        transaction.run('DELETE FROM administrator_token WHERE ends_at < ?', endedBefore),
      )
    },
  }
}
