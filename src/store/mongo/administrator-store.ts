import type { Administrator } from '../../administrators/administrator.ts'
import type { AdministratorStore, Changed, PasskeyStore } from '../../administrators/administrator-store.ts'
import type { Link } from '../../administrators/link.ts'
import type { AuditEvent } from '../../audit/events.ts'
import type { Engine } from './engine.ts'
import type { Transaction } from './group.ts'
import { createReading } from './reading.ts'
import { fromRow, type Rows, toRow, unnamed } from './rows.ts'

export const readAdministrator = (row: Rows['administrator'] | undefined): Administrator | undefined =>
  row && fromRow(row)

/** Who gets in, and who is left: administrators change seldom, and one after another. */
export const ADMINISTRATORS = 'administrators'
export const SETTINGS = 'entra-sign-in'

/** Whether the administrator exists and may enter; nobody changes that before the transaction is durable. */
export function mayEnter(transaction: Transaction, id: string): boolean {
  transaction.guard(ADMINISTRATORS)
  return transaction.get('administrator', id)?.disabledAt === null
}

type Everybody = {
  administrators: readonly Rows['administrator'][]
  identities: readonly Rows['administrator_entra'][]
  settings: Rows['entra_sign_in'] | undefined
}

/**
 * Owners who may enter, and can: who signs in with Entra can while their tenant is connected, unless it gave them no role
 * when they last came.
 */
function ownersOf({ administrators, identities, settings }: Everybody): Rows['administrator'][] {
  const tenantId = settings?.on ? settings.active?.tenantId : undefined
  const arrives = (id: string): boolean =>
    identities.some((one) => one.administratorId === id && one.tenantId === tenantId && one.confirmedAt !== null)
  return administrators.filter(
    ({ _id, role, via, disabledAt }) =>
      role === 'owner' && disabledAt === null && (via !== 'entra' || (tenantId !== undefined && arrives(_id))),
  )
}

/** Whether a link's maker may still let somebody in: the command line, or an owner. */
const mayLetIn = ({ by }: Pick<Link, 'by'>, everybody: Everybody): boolean =>
  by === 'command-line' || ownersOf(everybody).some(({ _id }) => by === `administrator:${_id}`)

const EVERYBODY = { administrator: [{}], administrator_entra: [{}], entra_sign_in: [{ _id: SETTINGS }] }

/** Whether an administrator may be taken away from the owners: another one is left, or they are none. */
function isLastOwner(transaction: Transaction, { _id, role, disabledAt }: Rows['administrator']): boolean {
  transaction.guard(ADMINISTRATORS)
  if (role !== 'owner' || disabledAt !== null) return false
  return !ownersOf(everybodyIn(transaction)).some((owner) => owner._id !== _id)
}

const everybodyIn = (transaction: Transaction): Everybody => ({
  administrators: transaction.all('administrator', {}),
  identities: transaction.all('administrator_entra', {}),
  settings: transaction.get('entra_sign_in', SETTINGS),
})

const OLDEST_FIRST = { createdAt: 1, _id: 1 } as const

export function createAdministratorStore(engine: Engine): AdministratorStore {
  const { one, many } = createReading(engine)

  /** One administrator changed, and recorded; or none, and nothing is. */
  const change = (
    id: string,
    event: AuditEvent,
    changed: (row: Rows['administrator']) => Rows['administrator'] | undefined,
  ): Promise<boolean> =>
    engine.write({ administrator: [{ _id: id }] }, (transaction) => {
      transaction.guard(ADMINISTRATORS)
      const row = transaction.get('administrator', id)
      const next = row && changed(row)
      if (!next) return false
      transaction.put('administrator', next)
      transaction.audit([event])
      return true
    })

  async function everybody(): Promise<Everybody> {
    const [administrators, identities, settings] = await Promise.all([
      many('administrator', {}, OLDEST_FIRST),
      many('administrator_entra', {}),
      one('entra_sign_in', { _id: SETTINGS }),
    ])
    return { administrators, identities, settings }
  }

  return {
    hasOwner: async () => ownersOf(await everybody()).length > 0,
    owners: async () => ownersOf(await everybody()).map(fromRow),
    find: async (id) => readAdministrator(await one('administrator', { _id: id })),
    list: async () => (await many('administrator', {}, OLDEST_FIRST)).map(fromRow),
    rename: (id, name, event) => change(id, event, (row) => ({ ...row, name })),
    setRole: (id, role, event) =>
      engine.write({ ...EVERYBODY, administrator: [{}, { _id: id }] }, (transaction): Changed => {
        const row = transaction.get('administrator', id)
        if (!row) return 'unknown'
        if (role !== 'owner' && isLastOwner(transaction, row)) return 'last-owner'
        transaction.put('administrator', { ...row, role })
        transaction.audit([event])
        return 'done'
      }),
    disable: (id, at, event) => {
      const sessions = [{ administratorId: id }]
      const wanted = { ...EVERYBODY, administrator: [{}, { _id: id }], administrator_session: sessions }
      return engine.write(wanted, (transaction): Changed => {
        const row = transaction.get('administrator', id)
        if (!row) return 'unknown'
        if (row.disabledAt !== null) return 'done'
        if (isLastOwner(transaction, row)) return 'last-owner'
        transaction.put('administrator', { ...row, disabledAt: at })
        endSessions(transaction, id)
        transaction.audit([event])
        return 'done'
      })
    },
    enable: (id, event) =>
      change(id, event, (row) => (row.disabledAt === null ? undefined : { ...row, disabledAt: null })),
    remove: (id, event) => {
      const theirs = [{ administratorId: id }]
      const wanted = {
        ...EVERYBODY,
        ...{ administrator: [{}, { _id: id }], administrator_passkey: theirs, administrator_session: theirs },
        ...{ administrator_link: theirs, administrator_entra: [{}, ...theirs] },
      }
      return engine.write(wanted, (transaction): Changed => {
        const row = transaction.get('administrator', id)
        if (!row) return 'unknown'
        if (isLastOwner(transaction, row)) return 'last-owner'
        transaction.remove('administrator', id)
        for (const collection of OF_ADMINISTRATOR)
          for (const { _id } of transaction.all(collection, { administratorId: id }))
            transaction.remove(collection, _id)
        transaction.audit([event])
        return 'done'
      })
    },

    insertLink: (link, event) =>
      engine.write({}, (transaction) => {
        transaction.put('administrator_link', { _id: link.digest, ...link, endsAt: new Date(link.expiresAt) })
        transaction.audit([event])
      }),
    findLink: async (digest, now) => {
      const row = await one('administrator_link', { _id: digest, expiresAt: { $gt: now } })
      if (!row || !mayLetIn(row, await everybody())) return undefined
      const { endsAt: _endsAt, ...link } = unnamed(row)
      return link
    },
    enter: ({ linkDigest, now, create, passkey, session, replaces }, events) => {
      const { administratorId } = session
      const wanted = {
        ...EVERYBODY,
        administrator: [{}, { _id: administratorId }],
        administrator_passkey: [{ _id: passkey.id }],
        administrator_link: [{ _id: linkDigest }],
        administrator_session: [{ administratorId }, ...(replaces ? [{ digest: replaces }] : [])],
      }
      return engine.write(wanted, (transaction) => {
        if (!create && !mayEnter(transaction, administratorId)) return false
        transaction.guard(ADMINISTRATORS)
        if (transaction.get('administrator_passkey', passkey.id)) return false
        const link = transaction.get('administrator_link', linkDigest)
        if (!link || link.administratorId !== administratorId || link.expiresAt <= now) return false
        if (!mayLetIn(link, everybodyIn(transaction))) return false
        transaction.remove('administrator_link', linkDigest)
        if (create) transaction.put('administrator', toRow(create))
        endSessions(transaction, administratorId)
        const replaced = replaces ? transaction.all('administrator_session', { digest: replaces }) : []
        for (const { _id } of replaced) transaction.remove('administrator_session', _id)
        transaction.put('administrator_passkey', toRow(passkey))
        transaction.put('administrator_session', toRow(session))
        transaction.audit(events)
        return true
      })
    },
  }
}

const OF_ADMINISTRATOR = [
  'administrator_passkey',
  'administrator_session',
  'administrator_link',
  'administrator_entra',
] as const

/** Ends every session of an administrator; the write said that it wants them. */
function endSessions(transaction: Transaction, administratorId: string): void {
  for (const { _id } of transaction.all('administrator_session', { administratorId }))
    transaction.remove('administrator_session', _id)
}

export function createPasskeyStore(engine: Engine): PasskeyStore {
  const { one, many } = createReading(engine)
  return {
    find: async (id) => {
      const row = await one('administrator_passkey', { _id: id })
      return row && fromRow(row)
    },
    of: async (administratorId) =>
      (await many('administrator_passkey', { administratorId }, { createdAt: 1, _id: 1 })).map(fromRow),
    insert: (passkey, event) => {
      const { id, administratorId } = passkey
      const wanted = { administrator: [{ _id: administratorId }], administrator_passkey: [{ _id: id }] }
      return engine.write(wanted, (transaction) => {
        if (!mayEnter(transaction, administratorId) || transaction.get('administrator_passkey', id)) return false
        transaction.put('administrator_passkey', toRow(passkey))
        transaction.audit([event])
        return true
      })
    },
    rename: (id, administratorId, name, event) =>
      engine.write({ administrator_passkey: [{ _id: id }] }, (transaction) => {
        const passkey = transaction.get('administrator_passkey', id)
        if (passkey?.administratorId !== administratorId) return false
        transaction.put('administrator_passkey', { ...passkey, name })
        transaction.audit([event])
        return true
      }),
    remove: (id, administratorId, event) => {
      const wanted = { administrator: [{ _id: administratorId }], administrator_passkey: [{ administratorId }] }
      return engine.write(wanted, (transaction) => {
        transaction.guard(ADMINISTRATORS)
        const theirs = transaction.all('administrator_passkey', { administratorId })
        if (!theirs.some(({ _id }) => _id === id)) return 'unknown'
        if (theirs.length === 1 && transaction.get('administrator', administratorId)?.via !== 'entra') return 'last'
        transaction.remove('administrator_passkey', id)
        transaction.audit([event])
        return 'done'
      })
    },
  }
}
