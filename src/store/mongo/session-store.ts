import type { ChallengeStore, PasskeyUse, Proven, SessionStore } from '../../administrators/administrator-store.ts'
import type { LimitStore } from '../../base/limit-store.ts'
import { mayEnter } from './administrator-store.ts'
import type { Engine } from './engine.ts'
import type { Transaction } from './group.ts'
import type { Models } from './models.ts'
import { createReading } from './reading.ts'
import { fromRow, toRow } from './rows.ts'

const passkeyOf = (use: PasskeyUse | null) => (use ? [{ _id: use.id }] : [])

/** Moves a passkey's counter forward, if there is such a passkey and it did not go backwards. */
function usePasskey(transaction: Transaction, { id, counter, backedUp, at }: PasskeyUse): Proven {
  const passkey = transaction.get('administrator_passkey', id)
  if (!passkey) return 'refused'
  if (passkey.counter >= counter && !(passkey.counter === 0 && counter === 0)) return 'counter'
  transaction.put('administrator_passkey', { ...passkey, counter, backedUp, lastUsedAt: at })
  return 'done'
}

export function createSessionStore(engine: Engine): SessionStore {
  const { one, many } = createReading(engine)
  return {
    begin: (session, { replaces, use }, events) => {
      const wanted = {
        administrator: [{ _id: session.administratorId }],
        administrator_passkey: passkeyOf(use),
        administrator_session: replaces ? [{ digest: replaces }] : [],
      }
      return engine.write(wanted, (transaction) => {
        if (!mayEnter(transaction, session.administratorId)) return 'refused'
        const used = use ? usePasskey(transaction, use) : 'done'
        if (used !== 'done') return used
        const replaced = replaces ? transaction.all('administrator_session', { digest: replaces }) : []
        for (const { _id } of replaced) transaction.remove('administrator_session', _id)
        transaction.put('administrator_session', toRow(session))
        transaction.audit(events)
        return 'done'
      })
    },
    stepUp: async (from, { digest, at, use }, events) => {
      // A session is never given to another administrator: whose it is may be read before.
      const known = await one('administrator_session', { digest: from })
      if (!known) return 'refused'
      const wanted = {
        administrator: [{ _id: known.administratorId }],
        administrator_passkey: passkeyOf(use),
        administrator_session: [{ digest: from }],
      }
      return engine.write(wanted, (transaction) => {
        const [current] = transaction.all('administrator_session', { digest: from })
        if (!current || !mayEnter(transaction, current.administratorId)) return 'refused'
        const used = use ? usePasskey(transaction, use) : 'done'
        if (used !== 'done') return used
        transaction.put('administrator_session', { ...current, digest, steppedUpAt: at, lastSeenAt: at })
        transaction.audit(events)
        return 'done'
      })
    },
    find: async (digest) => {
      const session = await one('administrator_session', { digest })
      if (!session) return undefined
      const administrator = await one('administrator', { _id: session.administratorId, disabledAt: null })
      return administrator && { session: fromRow(session), administrator: fromRow(administrator) }
    },
    touch: (id, at) =>
      engine.write({ administrator_session: [{ _id: id }] }, (transaction) => {
        const session = transaction.get('administrator_session', id)
        if (session && session.lastSeenAt < at) transaction.put('administrator_session', { ...session, lastSeenAt: at })
      }),
    list: async (administratorId) =>
      (await many('administrator_session', { administratorId }, { lastSeenAt: -1, _id: 1 })).map(fromRow),
    end: (id, administratorId, event) =>
      engine.write({ administrator_session: [{ _id: id }] }, (transaction) => {
        if (transaction.get('administrator_session', id)?.administratorId !== administratorId) return false
        transaction.remove('administrator_session', id)
        transaction.audit([event])
        return true
      }),
    endOthers: (administratorId, except, event) =>
      engine.write({ administrator_session: [{ administratorId }] }, (transaction) => {
        const others = transaction.all('administrator_session', { administratorId }).filter(({ _id }) => _id !== except)
        for (const { _id } of others) transaction.remove('administrator_session', _id)
        if (others.length > 0) transaction.audit([event])
        return others.length
      }),
  }
}

export function createChallengeStore(engine: Engine): ChallengeStore {
  return {
    insert: ({ digest, purpose, subject, expiresAt }) =>
      engine.write({}, (transaction) => {
        const endsAt = new Date(expiresAt)
        transaction.put('administrator_challenge', { _id: digest, purpose, subject, expiresAt, endsAt })
      }),
    take: (digest, purpose, subject, now) =>
      engine.write({ administrator_challenge: [{ _id: digest }] }, (transaction) => {
        const challenge = transaction.get('administrator_challenge', digest)
        if (challenge?.purpose !== purpose || challenge.subject !== subject || challenge.expiresAt <= now) return false
        transaction.remove('administrator_challenge', digest)
        return true
      }),
  }
}

export function createLimitStore(engine: Engine): LimitStore {
  const { drop } = createReading(engine)
  return {
    hit: (key, windowMs, now) =>
      engine.write({ limit_window: [{ _id: key }] }, (transaction) => {
        const kept = transaction.get('limit_window', key)
        const isOver = !kept || kept.resetAt <= now
        const [hits, resetAt] = isOver ? [1, now + windowMs] : [kept.hits + 1, kept.resetAt]
        transaction.put('limit_window', { _id: key, hits, resetAt, endsAt: new Date(resetAt) })
        return { hits, resetAt }
      }),
    forget: (now) => drop('limit_window', { resetAt: { $lte: now } }),
  }
}

/** Forgets links, challenges and kept forms that are over, and sessions begun or last seen before these times. */
export async function forgetAdministration(
  models: Models,
  { now, startedBefore, seenBefore }: { now: number; startedBefore: number; seenBefore: number },
): Promise<void> {
  const { drop } = createReading({ models })
  const isOver = { expiresAt: { $lte: now } }
  await drop('administrator_link', isOver)
  await drop('administrator_challenge', isOver)
  await drop('administrator_kept_form', isOver)
  await drop('administrator_session', { startedAt: { $lte: startedBefore } })
  await drop('administrator_session', { lastSeenAt: { $lte: seenBefore } })
}
