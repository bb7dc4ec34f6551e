// The types of events by name, for whoever chooses some of them.
import type { AuditEventType } from './events.ts'

/** Every one of them: the compiler asks for a new one. */
const every: Readonly<Record<AuditEventType, true>> = {
  'request.refused': true,
  'hint.refused': true,
  'signin.refused': true,
  'hint.accepted': true,
  'signin.opened': true,
  'signin.prompted': true,
  'signin.wrong-number': true,
  'signin.approved': true,
  'signin.denied': true,
  'signin.reported': true,
  'signin.expired': true,
  'signin.cancelled': true,
  'signin.answered': true,
  'claim.signing': true,
  'claim.signed': true,
  'ticket.issued': true,
  'ticket.redeemed': true,
  'device.activated': true,
  'invitation.redeemed': true,
  'invitation.refused': true,
  'person.alarmed': true,
  'limit.reached': true,
  'person.locked': true,
  'person.unlocked': true,
  'push.sent': true,
  'push.subscribed': true,
  'push.retired': true,
  'device.revoked': true,
  'invitation.created': true,
  'administrator.link-made': true,
  'administrator.created': true,
  'administrator.recovered': true,
  'administrator.changed': true,
  'administrator.disabled': true,
  'administrator.enabled': true,
  'administrator.removed': true,
  'administrator.passkey-added': true,
  'administrator.passkey-renamed': true,
  'administrator.passkey-removed': true,
  'administrator.refused': true,
  'administrator.entra-refused': true,
  'entra-sign-in.changed': true,
  'administrator.signed-in': true,
  'administrator.stepped-up': true,
  'administrator.signed-out': true,
  'administrator.session-ended': true,
  'administrator.sessions-ended': true,
  'token.created': true,
  'token.revoked': true,
  'integration.created': true,
  'integration.changed': true,
  'integration.removed': true,
  'key.created': true,
  'key.rescheduled': true,
  'key.withdrawn': true,
  'master-key.resealed': true,
  'audit.key-made': true,
  'audit.exported': true,
  'service.started': true,
  'service.stopped': true,
  'webhook.created': true,
  'webhook.removed': true,
  'webhook.secret-rotated': true,
  'webhook.turned-on': true,
  'webhook.turned-off': true,
  'webhook.tested': true,
  'webhook.letters-resent': true,
  'webhook.letters-dropped': true,
  'syslog.begun': true,
}

export const isEventType = (text: string): text is AuditEventType => Object.hasOwn(every, text)

/** Whether such events are counted by the minute, and never recorded one by one. */
export const isOnlyCounted = (type: AuditEventType): boolean => type === 'request.refused' || type === 'hint.refused'

/** What is chosen: a type (`device.revoked`), or all types that begin alike (`device.*`). */
export const isEventChoice = (text: string): boolean =>
  text.endsWith('.*') ? Object.keys(every).some((type) => type.startsWith(text.slice(0, -1))) : isEventType(text)

/** Whether an event is among those that were chosen; null: all are. */
export const isChosen = (type: string, choices: readonly string[] | null): boolean =>
  choices === null || choices.some((each) => (each.endsWith('.*') ? type.startsWith(each.slice(0, -1)) : type === each))
