// The page of one person: their phones, their invitation, their last sign-ins.
import { mayRole } from '../../administrators/permissions.ts'
import { millisecondsOf } from '../../base/clock.ts'
import { type PersonKey, personKeyOf } from '../../base/person.ts'
import { refuse } from '../../base/refusal.ts'
import type { DeviceRow } from '../../devices/people.ts'
import { addressOf } from '../filters/asked.ts'
import { integrationNames } from '../filters/integration-choice.ts'
import { personField } from '../filters/which-person.ts'
import { rowOf, SIGN_INS } from '../sign-ins/rows.ts'
import type { AdminDeps } from '../wiring.ts'
import { moment } from '../words.ts'
import { pageOfPerson } from './page-of-person.ts'
import { personIn, type ShowPerson } from './remove-phones.ts'

const LAST_SIGN_INS = 10
/** Nobody is rung for after alarms for far less than this. */
const DAY = 24 * 3_600_000

const notifications = { web: 'on', fcm: 'on', none: 'off' } as const

type Deps = Pick<
  AdminDeps,
  'people' | 'locks' | 'devices' | 'integrations' | 'signInHistory' | 'auditReading' | 'push' | 'clock'
>

export function createPersonPage(deps: Deps): ShowPerson {
  const { people, locks, integrations, signInHistory, auditReading, push, clock } = deps

  /** Until when their phones are left alone because of sign-ins that they did not want. */
  async function quietUntil(person: PersonKey): Promise<number | null> {
    const from = clock.now() - DAY
    const { rows } = await auditReading.list({ person, type: 'person.alarmed', from, limit: 1 })
    const event = rows[0]?.record.event
    const until = event?.type === 'person.alarmed' ? millisecondsOf(event.quietUntil) : 0
    return until > clock.now() ? until : null
  }

  /** The sign-in that bound a phone, and by which right; nothing of one that is forgotten. */
  async function boundBy({ boundBy: signInId }: DeviceRow): Promise<{ page: string; how: string } | null> {
    if (!(await signInHistory.find(signInId))) return null
    const { rows } = await auditReading.list({ signInId, type: 'invitation.redeemed', limit: 1 })
    return { page: `${SIGN_INS}/${signInId}`, how: rows.length > 0 ? 'with an invitation code' : 'at their first use' }
  }

  const phoneOf = async (device: DeviceRow) => ({
    id: device.id,
    name: device.name,
    platform: device.platform,
    bound: moment(device.boundAt),
    by: await boundBy(device),
    used: device.lastUsedAt === null ? null : moment(device.lastUsedAt),
    removed: device.revokedAt === null ? null : moment(device.revokedAt),
    notifications: device.state === 'active' ? notifications[(await push.standingOf(device.id)).subscribed] : null,
  })

  return async (signed, wrong) => {
    const person = await people.find(personIn(signed))
    if (!person) return signed.refused(refuse('admin.unknown', 'no such person'))
    const key = personKeyOf(person)
    const [all, devices, invitation, quiet, locked, signIns] = await Promise.all([
      integrations.list(),
      people.devicesOf(key),
      people.invitationOf(key),
      quietUntil(key),
      locks.of(key),
      signInHistory.list({ person: key, limit: LAST_SIGN_INS }),
    ])
    const names = integrationNames(all)
    // Whoever connects a tenant again gives it another integration.
    const integration = all.find(({ tenantId }) => tenantId === key.tenantId)
    const phones = await Promise.all(devices.map(phoneOf))
    signed.show('admin/people/one', {
      title: person.label,
      person: {
        ...key,
        label: person.label,
        page: pageOfPerson(key),
        integration: names(integration?.id ?? person.integrationId),
        firstSeen: moment(person.firstSeenAt),
        lastSignIn: person.lastSignInAt === null ? null : moment(person.lastSignInAt),
      },
      active: phones.filter(({ removed }) => removed === null),
      removed: phones.filter(({ removed }) => removed !== null),
      quiet: quiet === null ? null : moment(quiet),
      locked: { number: locked.includes('number'), code: locked.includes('code') },
      invitation: invitation && { created: moment(invitation.createdAt), expires: moment(invitation.expiresAt) },
      wrong,
      mayAct: mayRole(signed.administrator.role, 'people'),
      inviting: integration && {
        id: integration.id,
        name: integration.name,
        isClosed: integration.enrolment === 'closed',
        // Narrowed by time or domain, a first use may need a code all the same.
        mayNeedNone: integration.enrolment === 'first-use' && devices.length === 0,
      },
      signIns: signIns.rows.map((record) => rowOf(record, names)),
      allSignIns: signIns.next && addressOf(SIGN_INS, { person: personField(key) }),
      inAudit: addressOf('/admin/audit', { person: personField(key) }),
    })
  }
}
