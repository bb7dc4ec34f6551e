// Your account: the passkeys and sessions of whoever is signed in.
import type { z } from 'zod'
import { nameOf } from '../administrators/administrator.ts'
import type { Administrators } from '../administrators/administrators.ts'
import type { RegistrationResponseJSON } from '../administrators/webauthn.ts'
import { isRefusal, refuse } from '../base/refusal.ts'
import { visitorOf } from '../http/visitor.ts'
import type { AddBody } from './contract.ts'
import type { Describe, Handler, Signed } from './frame.ts'
import { moment, NAME_FAULT } from './words.ts'

const PAGE = '/admin/account'

/** A name that was not taken: of a passkey, or without one the administrator's own. */
type WrongName = { passkeyId: string | null; typed: string }

export function createAccount({ administrators }: { administrators: Administrators }) {
  const { passkeys, sessions } = administrators

  const named = async ({ administrator, fields }: Signed) =>
    (await passkeys.of(administrator.id)).find(({ id }) => id === fields.get('id'))

  async function showPage({ administrator, session, request, show }: Signed, wrong?: WrongName): Promise<void> {
    const [keys, all] = await Promise.all([passkeys.of(administrator.id), sessions.list(administrator.id)])
    show('admin/account', {
      title: 'Your account',
      passkeys: keys.map(({ id, name, backedUp, createdAt, lastUsedAt }) => ({
        ...{ id, name, backedUp },
        created: moment(createdAt),
        used: lastUsedAt === null ? null : moment(lastUsedAt),
      })),
      sessions: all.map(({ id, browser, address, startedAt, lastSeenAt }) => ({
        ...{ id, browser, address, isThis: id === session.id },
        started: moment(startedAt),
        seen: moment(lastSeenAt),
      })),
      isOfEntra: administrator.via === 'entra',
      // Without a passkey yet, Entra is where they prove it.
      mustProve: administrator.via === 'entra' && keys.length === 0 && !sessions.isFresh(session),
      suggestedName: visitorOf(request).browser,
      wrong: wrong && { ...wrong, fault: NAME_FAULT },
    })
  }

  /** The page again, with the name as it was typed and what is wrong with it. */
  function showAgain(signed: Signed, passkeyId: string | null): Promise<void> {
    signed.response.status(400)
    return showPage(signed, { passkeyId, typed: signed.fields.get('name') ?? '' })
  }

  const rename: Handler = async (signed) => {
    const { administrator, fields, done, refused } = signed
    const name = nameOf(fields.get('name') ?? '')
    if (!name) return showAgain(signed, null)
    const renamed = await administrators.rename(administrator.id, name, administrator)
    return isRefusal(renamed) ? refused(renamed) : done(PAGE, 'renamed')
  }

  const renamePasskey: Handler = async (signed) => {
    const { administrator, fields, done, refused } = signed
    const name = nameOf(fields.get('name') ?? '')
    if (!name) {
      const passkey = await named(signed)
      return passkey ? showAgain(signed, passkey.id) : refused(refuse('admin.unknown', 'no such passkey of theirs'))
    }
    const renamed = await passkeys.rename(fields.get('id') ?? '', administrator, name)
    return isRefusal(renamed) ? refused(renamed) : done(PAGE, 'passkey-renamed')
  }

  const describeRemoval: Describe = async (signed) => {
    const passkey = await named(signed)
    return passkey ? `Remove your passkey “${passkey.name}”` : refuse('admin.unknown', 'no such passkey of theirs')
  }
  const removePasskey: Handler = async ({ administrator, fields, done, refused }) => {
    const removed = await passkeys.remove(fields.get('id') ?? '', administrator)
    return isRefusal(removed) ? refused(removed) : done(PAGE, 'passkey-removed')
  }

  const endSession: Handler = async ({ administrator, fields, done, refused }) => {
    const ended = await sessions.end(fields.get('id') ?? '', administrator.id, administrator)
    return ended ? done(PAGE, 'session-ended') : refused(refuse('admin.unknown', 'no such session of theirs'))
  }
  const endOtherSessions: Handler = async ({ administrator, session, done }) => {
    await sessions.endOthers(administrator.id, session, administrator)
    done(PAGE, 'sessions-ended')
  }

  return {
    show: ((signed) => showPage(signed)) as Handler,
    ...{ rename, renamePasskey, describeRemoval, removePasskey, endSession, endOtherSessions },
    addOptions: (signed: Signed) => passkeys.addOptions(signed),
    async add(signed: Signed, { name, passkey }: z.infer<typeof AddBody>) {
      const called = name ?? visitorOf(signed.request).browser
      const added = await passkeys.add(signed, called, passkey as RegistrationResponseJSON)
      return isRefusal(added) ? added : { added: true }
    },
  }
}
