// The words of a notification. None has a button: a sign-in is approved in the app alone, where the number is typed.
import type { PushPayload } from '../../device-api/contract.ts'
import type { NotificationData } from '../browser/notification-data.ts'

/** What `showNotification` takes. */
export type PlainNotification = {
  title: string
  options: {
    body: string
    tag: string
    data: NotificationData
    renotify?: boolean
    requireInteraction?: boolean
    silent?: boolean
  }
}

/** `person` is the name that is known for the account, `now` the phone's clock. */
export function notificationFor(
  payload: PushPayload | undefined,
  person: string | undefined,
  now: number,
): PlainNotification {
  if (payload === undefined) return UNREADABLE
  const { kind, tag, integrationName } = payload
  const body = person === undefined ? integrationName : `${person}: ${integrationName}`
  if (kind === 'test') {
    return {
      title: 'This is a test',
      options: { body: `Notifications reach this phone. ${body}`, tag, data: { kind }, renotify: true },
    }
  }
  if (kind === 'over') {
    // Takes the place of the prompt's: browsers punish a push that shows nothing.
    const title = payload.outcome === 'decided' ? 'Already decided on another device' : 'This sign-in is over'
    return { title, options: { body, tag, data: { kind, tag }, silent: true } }
  }
  const until = now + payload.millisecondsLeft
  return {
    title: 'Is this you signing in?',
    options: { body, tag, data: { kind, tag, until }, renotify: true, requireInteraction: true },
  }
}

/** A push that cannot be read is shown all the same. */
const UNREADABLE: PlainNotification = {
  title: 'Countersign',
  options: {
    body: 'Open Countersign to see what is asked.',
    tag: 'countersign',
    data: { kind: 'unreadable' },
    renotify: true,
  },
}
