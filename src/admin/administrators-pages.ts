// Who administers this Countersign: the list, the invitation of another, and the page of each.
import { type Administrator, nameOf } from '../administrators/administrator.ts'
import type { Administrators, MadeLink } from '../administrators/administrators.ts'
import { type Role, roles } from '../administrators/permissions.ts'
import { isRefusal, type Refusal, refuse } from '../base/refusal.ts'
import type { Describe, Handler, Signed } from './frame.ts'
import { moment, NAME_FAULT, roleWords } from './words.ts'

const LIST = '/admin/administrators'
const pageOf = ({ id }: Administrator): string => `${LIST}/${id}`

/** What is wrong with an invitation, beside which field. */
type Faults = { name?: string; role?: string }

const roleChoices = (chosen: Role | undefined) =>
  roles.map((role) => ({ role, ...roleWords[role], chosen: role === chosen }))

const roleOf = (typed: string | null): Role | undefined => roles.find((role) => role === typed)

export function createAdministratorsPages({ administrators }: { administrators: Administrators }) {
  const { passkeys, sessions } = administrators

  /** Whom the path names, for a handler; else a refusal. */
  async function target({ request }: Signed): Promise<Administrator | Refusal> {
    const found = await administrators.find(String(request.params.id))
    return found ?? refuse('admin.unknown', 'no such administrator')
  }
  const withTarget =
    (act: (signed: Signed, who: Administrator) => Promise<unknown>): Handler =>
    async (signed) => {
      const who = await target(signed)
      return isRefusal(who) ? signed.refused(who) : act(signed, who)
    }
  const describing =
    (words: (who: Administrator, signed: Signed) => string): Describe =>
    async (signed) => {
      const who = await target(signed)
      return isRefusal(who) ? who : words(who, signed)
    }
  /** An act on one administrator, and where it leads. */
  const change = (
    act: (who: Administrator, signed: Signed) => Promise<true | Refusal>,
    key: string,
    to: (who: Administrator) => string = pageOf,
  ): Handler =>
    withTarget(async (signed, who) => {
      const changed = await act(who, signed)
      return isRefusal(changed) ? signed.refused(changed) : signed.done(to(who), key)
    })

  const factsOf = (who: Administrator, { administrator }: Signed) => ({
    id: who.id,
    name: who.name,
    role: roleWords[who.role].name,
    via: who.via === 'entra' ? 'Entra sign-in' : 'Passkey',
    isOfEntra: who.via === 'entra',
    created: moment(who.createdAt),
    disabled: who.disabledAt === null ? null : moment(who.disabledAt),
    isYou: who.id === administrator.id,
    page: pageOf(who),
  })

  const showLink = (
    { show }: Signed,
    who: { name: string },
    role: Role,
    { url, expiresAt }: MadeLink,
    isNew: boolean,
  ) =>
    show('admin/link', {
      title: 'One-time link',
      name: who.name,
      ...{ url, isNew, role: roleWords[role].name, expires: moment(expiresAt) },
    })

  async function showList(signed: Signed, typed = '', role: Role | undefined = 'helpdesk', faults: Faults = {}) {
    const all = (await administrators.list()).map((who) => factsOf(who, signed))
    signed.show('admin/administrators', { title: 'Administrators', all, roles: roleChoices(role), typed, faults })
  }

  /** Whether Entra alone would say who is an owner without them. */
  async function isLastWithPasskey({ id }: Administrator): Promise<boolean> {
    const owners = await administrators.owners()
    const withPasskey = owners.filter(({ via }) => via !== 'entra')
    return owners.length > 1 && withPasskey.length === 1 && withPasskey[0]?.id === id
  }

  /** Who is to be invited, as what; null when that was typed wrongly: then the form is shown again, with its faults. */
  async function readInvited(signed: Signed): Promise<{ name: string; role: Role } | null> {
    const typed = signed.fields.get('name') ?? ''
    const [name, role] = [nameOf(typed), roleOf(signed.fields.get('role'))]
    if (name && role) return { name, role }
    const faults = { ...(!name && { name: NAME_FAULT }), ...(!role && { role: 'Choose a role.' }) }
    signed.response.status(400)
    await showList(signed, typed, role, faults)
    return null
  }

  return {
    list: ((signed) => showList(signed)) as Handler,

    describeInvitation: (async (signed) => {
      const invited = await readInvited(signed)
      return invited && `Invite ${invited.name} as ${roleWords[invited.role].name}`
    }) as Describe,
    invite: (async (signed) => {
      const invited = await readInvited(signed)
      if (invited) showLink(signed, invited, invited.role, await administrators.invite(invited, signed.by), true)
    }) as Handler,

    one: withTarget(async (signed, who) => {
      const [keys, live] = await Promise.all([passkeys.of(who.id), sessions.list(who.id)])
      signed.show('admin/administrator', {
        title: who.name,
        administrator: factsOf(who, signed),
        roles: roleChoices(who.role),
        isLastWithPasskey: await isLastWithPasskey(who),
        entraAccount: await administrators.entra.identityOf(who.id),
        passkeys: keys.length,
        sessions: live.length,
      })
    }),

    describeRole: describing((who, { fields }) => {
      const role = roleOf(fields.get('role'))
      return `Change the role of ${who.name} to ${role ? roleWords[role].name : 'another'}`
    }),
    setRole: change(async (who, { administrator, fields }) => {
      const role = roleOf(fields.get('role'))
      if (!role) return refuse('admin.form', 'no such role')
      return administrators.setRole(who.id, role, administrator)
    }, 'role-changed'),

    describeLink: describing((who) => `Make a one-time link for ${who.name}`),
    recover: withTarget(async (signed, who) => {
      if (who.via === 'entra')
        return signed.refused(refuse('admin.entra-managed', 'a passkey would let them in past Entra'))
      if (who.disabledAt !== null) return signed.refused(refuse('admin.disabled', 'a link would let nobody in'))
      showLink(signed, who, who.role, await administrators.recover(who, signed.by), false)
    }),

    endSessions: change(async (who, { administrator, session }) => {
      await sessions.endOthers(who.id, who.id === administrator.id ? session : null, administrator)
      return true
    }, 'sessions-ended'),

    describeDisable: describing((who) => `Switch off the access of ${who.name}`),
    disable: change((who, { administrator }) => administrators.disable(who.id, administrator), 'disabled'),
    describeEnable: describing((who) => `Switch on the access of ${who.name}`),
    enable: change((who, { administrator }) => administrators.enable(who.id, administrator), 'enabled'),
    describeRemove: describing((who) => `Remove ${who.name} for good`),
    remove: change(
      (who, { administrator }) => administrators.remove(who.id, administrator),
      'removed',
      () => LIST,
    ),
  }
}
