// What a move of a sign-in leaves elsewhere: its record, its person, the integration's last hint.
import type { AuditEvent } from '../../audit/events.ts'
import { fold } from '../../base/fold.ts'
import type { Invitation } from '../../devices/invitation.ts'
import { isEnd } from '../../signin/phases.ts'
import type { SignIn } from '../../signin/sign-in.ts'
import type { Effects } from '../../signin/sign-in-store.ts'
import type { Transaction } from './group.ts'
import type { Wanted } from './overlay.ts'
import { personId } from './rows.ts'

/** When somebody last signed in is known to this: who signs in often costs no write each time. */
const TO_THE_MINUTE = 60_000
/** When a hint was last accepted is known to this. */
const TO_SECONDS = 10_000

const hintId = (integrationId: string, contract: string): string => `${integrationId} ${contract}`

export const wantedByOpened = (signIn: SignIn) =>
  ({
    person: [{ _id: personId(signIn) }],
    last_hint: [{ _id: hintId(signIn.integrationId, signIn.asked.contract) }],
  }) satisfies Wanted

/** Writes the record of a sign-in that is being opened, who begins it, and that a hint was accepted. */
export function noteOpened(transaction: Transaction, signIn: SignIn, now: number): void {
  const { id, openedAt, integrationId, tenantId, objectId, person, asked, phase } = signIn
  const { address, place, browser, application } = signIn
  transaction.put('sign_in_record', {
    ...{ _id: id, openedAt, integrationId, tenantId, objectId, person, contract: asked.contract, outcome: phase },
    ...{ endedAt: null, method: null, deviceId: null, address, place, browser, application },
  })
  notePerson(transaction, signIn)
  const hint = hintId(integrationId, asked.contract)
  const last = transaction.get('last_hint', hint)
  if (last?.acceptedAt && last.acceptedAt >= now - TO_SECONDS) return
  const contract = asked.contract
  transaction.put('last_hint', { refused: null, ...last, _id: hint, integrationId, contract, acceptedAt: now })
}

function notePerson(transaction: Transaction, signIn: SignIn): void {
  const { objectId, tenantId, integrationId, person, openedAt } = signIn
  const _id = personId(signIn)
  const folded = fold(person)
  const known = transaction.get('person', _id)
  const isNews =
    !known ||
    known.integrationId !== integrationId ||
    known.label !== person ||
    known.folded !== folded ||
    known.lastSignInAt === null ||
    known.lastSignInAt <= openedAt - TO_THE_MINUTE
  if (!isNews) return
  const firstSeenAt = known?.firstSeenAt ?? openedAt
  transaction.put('person', {
    ...{ _id, objectId, tenantId, integrationId, label: person, folded, lastSignInAt: openedAt, firstSeenAt },
  })
}

export const wantedByInvited = (invitation: Invitation) =>
  ({ person: [{ _id: personId(invitation) }] }) satisfies Wanted

/** Writes down who is invited: nobody knows what to call them yet. */
export function noteInvited(transaction: Transaction, invitation: Invitation): void {
  const { objectId, tenantId, integrationId, createdAt } = invitation
  const _id = personId(invitation)
  if (transaction.get('person', _id)) return
  const folded = fold(objectId)
  transaction.put('person', {
    ...{ _id, objectId, tenantId, integrationId, label: objectId, folded, lastSignInAt: null, firstSeenAt: createdAt },
  })
}

/** Writes what a move made of a sign-in; most moves change nothing here. */
export function noteMoved(transaction: Transaction, from: SignIn, to: SignIn, { events }: Effects): void {
  if (from.phase === to.phase) return
  const record = transaction.get('sign_in_record', from.id)
  if (!record) return
  const approved = events.find((event) => event.type === 'signin.approved')
  transaction.put('sign_in_record', {
    ...record,
    outcome: to.phase,
    endedAt: isEnd(to.phase) ? transaction.now() : null,
    method: approved?.method ?? record.method,
    deviceId: to.decision?.deviceId ?? record.deviceId,
  })
}

const isOfHint = (event: AuditEvent): event is AuditEvent & { type: 'hint.refused' | 'signin.refused' } =>
  event.type === 'hint.refused' || event.type === 'signin.refused'

export const wantedByRefused = (events: readonly AuditEvent[]) =>
  ({
    last_hint: events
      .filter(isOfHint)
      .filter(({ integrationId }) => integrationId)
      .map(({ integrationId, contract }) => ({ _id: hintId(integrationId ?? '', contract ?? '') })),
  }) satisfies Wanted

/** Writes down a refusal, when it is one of a hint and the integration is known. */
export function noteRefused(transaction: Transaction, event: AuditEvent): void {
  if (!isOfHint(event) || !event.integrationId) return
  const { integrationId, code, reason } = event
  const contract = event.contract ?? ''
  const _id = hintId(integrationId, contract)
  const last = transaction.get('last_hint', _id)
  const refused = { at: transaction.now(), code, reason }
  transaction.put('last_hint', { acceptedAt: null, ...last, _id, integrationId, contract, refused })
}
