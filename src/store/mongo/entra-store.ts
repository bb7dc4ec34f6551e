import type { TokenStore } from '../../administrators/administrator-store.ts'
import type { EntraIdentity } from '../../administrators/entra-connection.ts'
import type { EntraStore, KeptFormStore } from '../../administrators/entra-store.ts'
import type { Token } from '../../administrators/token.ts'
import { ADMINISTRATORS, mayEnter, readAdministrator, SETTINGS } from './administrator-store.ts'
import type { Engine } from './engine.ts'
import { createReading } from './reading.ts'
import { fromRow, personId, type Rows, toRow, unnamed } from './rows.ts'

export function createEntraStore(engine: Engine): EntraStore {
  const { one } = createReading(engine)

  const administratorOf = async (identity: EntraIdentity): Promise<Rows['administrator'] | undefined> => {
    const known = await one('administrator_entra', { _id: personId(identity) })
    return known && one('administrator', { _id: known.administratorId })
  }

  return {
    settings: async () => {
      const row = await one('entra_sign_in', { _id: SETTINGS })
      return row && unnamed(row)
    },
    save: (next, event) => {
      const wanted = {
        ...{ entra_sign_in: [{ _id: SETTINGS }], administrator: [{}], administrator_entra: [{}] },
        administrator_session: [{}],
      }
      return engine.write(wanted, (transaction) => {
        transaction.guard(ADMINISTRATORS)
        const kept = transaction.get('entra_sign_in', SETTINGS)
        if ((kept?.version ?? 0) !== next.version - 1) return 'changed'
        const hasPasskeyOwner = transaction
          .all('administrator', {})
          .some(({ role, via, disabledAt }) => role === 'owner' && via !== 'entra' && disabledAt === null)
        if (!next.on && kept?.on && kept.active && !hasPasskeyOwner) return 'last-owner'
        transaction.put('entra_sign_in', { _id: SETTINGS, ...next })
        const tenantId = next.on ? next.active?.tenantId : undefined
        const out = new Set(
          transaction
            .all('administrator_entra', {})
            .filter((identity) => identity.tenantId !== tenantId)
            .map(({ administratorId }) => administratorId),
        )
        for (const { _id, administratorId } of transaction.all('administrator_session', {}))
          if (out.has(administratorId)) transaction.remove('administrator_session', _id)
        transaction.audit([event])
        return 'done'
      })
    },

    find: async (identity) => readAdministrator(await administratorOf(identity)),
    identityOf: async (administratorId) => {
      const row = await one('administrator_entra', { administratorId })
      return row && { tenantId: row.tenantId, objectId: row.objectId }
    },
    standingOf: async (administratorId) => {
      const [row, settings] = await Promise.all([
        one('administrator_entra', { administratorId }),
        one('entra_sign_in', { _id: SETTINGS }),
      ])
      if (!row) return undefined
      const isConnected = settings?.on === true && settings.active?.tenantId === row.tenantId
      return { isConnected, confirmedAt: row.confirmedAt }
    },
    arrive: ({ connectionId, identity, at, known, administrator, session, replaces }, events) => {
      const { tenantId, objectId } = identity
      const _id = personId(identity)
      const wanted = {
        entra_sign_in: [{ _id: SETTINGS }],
        administrator_entra: [{ _id }],
        administrator: [{}, { _id: administrator.id }],
        administrator_session: replaces ? [{ digest: replaces }] : [],
      }
      return engine.write(wanted, (transaction) => {
        transaction.guard(ADMINISTRATORS)
        const settings = transaction.get('entra_sign_in', SETTINGS)
        const active = settings?.on ? settings.active : undefined
        if (active?.id !== connectionId || active.tenantId !== tenantId) return 'refused'
        const mine = transaction.get('administrator_entra', _id)
        const current = transaction.all('administrator', {}).find((each) => each._id === mine?.administratorId)
        if (current?._id !== known?.id || current?.role !== known?.role) return 'again'
        if (current?.disabledAt) return 'again'
        transaction.put('administrator', current ? { ...current, role: administrator.role } : toRow(administrator))
        const { id: administratorId } = administrator
        transaction.put('administrator_entra', { _id, tenantId, objectId, administratorId, confirmedAt: at })
        const replaced = replaces ? transaction.all('administrator_session', { digest: replaces }) : []
        for (const each of replaced) transaction.remove('administrator_session', each._id)
        if (session) transaction.put('administrator_session', toRow(session))
        transaction.audit(events)
        return 'done'
      })
    },
    turnAway: (identity, events) => {
      const _id = personId(identity)
      return engine.write({ administrator_entra: [{ _id }], administrator_session: [{}] }, (transaction) => {
        transaction.guard(ADMINISTRATORS)
        const row = transaction.get('administrator_entra', _id)
        if (row) {
          transaction.put('administrator_entra', { ...row, confirmedAt: null })
          for (const session of transaction.all('administrator_session', {}))
            if (session.administratorId === row.administratorId)
              transaction.remove('administrator_session', session._id)
        }
        transaction.audit(events)
      })
    },
  }
}

export function createKeptFormStore(engine: Engine): KeptFormStore {
  const { one } = createReading(engine)
  return {
    insert: ({ digest, sessionId, expiresAt, sealed }) =>
      engine.write({}, (transaction) => {
        const endsAt = new Date(expiresAt)
        transaction.put('administrator_kept_form', { _id: digest, sessionId, expiresAt, sealed, endsAt })
      }),
    find: async (digest, sessionId, now) =>
      (await one('administrator_kept_form', { _id: digest, sessionId, expiresAt: { $gt: now } }))?.sealed,
  }
}

export function createTokenStore(engine: Engine): TokenStore {
  const { one, many, drop } = createReading(engine)
  const read = ({ endsAt: _endsAt, ...row }: Rows['administrator_token']): Token => fromRow(row)
  return {
    insert: (token, event) =>
      engine.write({ administrator: [{ _id: token.createdBy }] }, (transaction) => {
        if (!mayEnter(transaction, token.createdBy)) return false
        transaction.put('administrator_token', { ...toRow(token), endsAt: new Date(token.expiresAt) })
        transaction.audit([event])
        return true
      }),
    find: async (digest) => {
      const row = await one('administrator_token', { digest })
      if (!row) return undefined
      return { token: read(row), maker: readAdministrator(await one('administrator', { _id: row.createdBy })) }
    },
    byId: async (id) => {
      const row = await one('administrator_token', { _id: id })
      return row && read(row)
    },
    list: async () => (await many('administrator_token', {}, { createdAt: -1, _id: 1 })).map(read),
    touch: (id, at) =>
      engine.write({ administrator_token: [{ _id: id }] }, (transaction) => {
        const token = transaction.get('administrator_token', id)
        if (token && (token.lastUsedAt === null || token.lastUsedAt < at))
          transaction.put('administrator_token', { ...token, lastUsedAt: at })
      }),
    revoke: (id, at, event) =>
      engine.write({ administrator_token: [{ _id: id }] }, (transaction) => {
        const token = transaction.get('administrator_token', id)
        if (!token || token.revokedAt !== null) return false
        // It is over from now on, unless it was before.
        const endsAt = new Date(Math.min(token.endsAt.getTime(), at))
        transaction.put('administrator_token', { ...token, revokedAt: at, endsAt })
        transaction.audit([event])
        return true
      }),
    forget: (endedBefore) => drop('administrator_token', { endsAt: { $lt: new Date(endedBefore) } }),
  }
}
