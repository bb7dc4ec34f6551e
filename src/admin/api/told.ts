// What is kept, as it is told to machines: instants in words, and never more than is described.
import type { AuditRecord } from '../../audit/events.ts'
import { recordLine } from '../../audit/export-lines.ts'
import { instant } from '../../base/clock.ts'
import type { Page } from '../../base/page.ts'
import type { Person as KeptPerson } from '../../devices/people.ts'
import type { ListedWebhook } from '../../forwarding/webhooks.ts'
import { settingsOf } from '../../integrations/described.ts'
import type { Integration as KeptIntegration } from '../../integrations/integration.ts'
import type { Scheduled } from '../../keys/schedule.ts'
import type { SignInRecord } from '../../signin/history.ts'
import type { AuditEntry, Integration, Key, Person, SignIn, Webhook } from './contract.ts'

export const instantOrNull = (at: number | null): string | null => (at === null ? null : instant(at))

export const integrationTold = (integration: KeptIntegration): Integration => {
  const { id, clientId, createdAt, version } = integration
  return { id, clientId, ...settingsOf(integration), createdAt: instant(createdAt), version }
}

export const personTold = ({
  tenantId,
  objectId,
  integrationId,
  label,
  firstSeenAt,
  lastSignInAt,
}: KeptPerson): Person => ({
  ...{ tenantId, objectId, integrationId, label },
  firstSeenAt: instant(firstSeenAt),
  lastSignInAt: instantOrNull(lastSignInAt),
})

export const signInTold = (record: SignInRecord): SignIn => {
  const { id, integrationId, tenantId, objectId, person, contract, outcome, method, deviceId } = record
  const { address, place, browser, application } = record
  return {
    ...{ id, integrationId, tenantId, objectId, person, contract, outcome, method, deviceId },
    ...{ address, place, browser, application },
    openedAt: instant(record.openedAt),
    endedAt: instantOrNull(record.endedAt),
  }
}

/** Of its address only the origin: what stands behind that may be a secret. */
export const webhookTold = ({ id, webhook, createdAt, last, trouble, deadLetters }: ListedWebhook): Webhook => ({
  ...{ id, receiver: new URL(webhook.url).origin, events: webhook.events, deadLetters },
  state: webhook.on ? (trouble ? 'trying-again' : 'on') : 'off',
  createdAt: instant(createdAt),
  last: last && { ...last, at: instant(last.at) },
})

/** A record as every export of the log has it. */
export const auditTold = (record: AuditRecord): AuditEntry => recordLine(record) as AuditEntry

export const keyTold = ({ key, phase, isPlanned, ...ends }: Scheduled): Key => ({
  ...{ kid: key.kid, phase, isPlanned },
  createdAt: instant(key.createdAt),
  signsFrom: instant(key.signsFrom),
  signsUntil: instantOrNull(ends.signsUntil),
  publishedUntil: instant(ends.publishedUntil),
  certificateUntil: instant(ends.certificateUntil),
  withdrawnAt: instantOrNull(key.withdrawnAt),
})

export const pageTold = <T, U>({ rows, next }: Page<T>, told: (row: T) => U): { rows: U[]; next: string | null } => ({
  rows: rows.map(told),
  next,
})
