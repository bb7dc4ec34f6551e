import type { PushPayload } from '../../device-api/contract.ts'
import { accountStore } from '../browser/account-store.ts'
import { inTime } from '../browser/in-time.ts'
import type { WorkerMessage } from '../browser/notification-data.ts'
import { closeNotifications, isExpired } from '../browser/notifications.ts'
import { notificationFor } from './notification-for.ts'
import { appWindows } from './open-app.ts'
import { readPushPayload } from './push-payload.ts'

declare const self: ServiceWorkerGlobalScope
/** Written in when the service starts: where the picture of a notification is. */
declare const ICON_URL: string

/** How long the name of the account may hold up the notification. */
const NAME_PATIENCE = 1000

/** Every push shows a notification, whatever is in it. Then the open windows ask at once, and what is over goes. */
export async function receivePush(text: string | undefined): Promise<void> {
  const payload = readPushPayload(text)
  const { title, options } = notificationFor(payload, payload && (await personOf(payload)), Date.now())
  await self.registration.showNotification(title, { ...options, icon: ICON_URL })
  if (payload?.kind !== 'test') {
    for (const window of await appWindows()) window.postMessage({ say: 'asked' } satisfies WorkerMessage)
  }
  await closeNotifications(self.registration, isExpired)
}

/** The name in the push, if it is allowed there; else the one that this phone keeps for the account. */
async function personOf(payload: PushPayload): Promise<string | undefined> {
  if (payload.kind === 'prompt' && payload.person !== undefined) return payload.person
  const accounts = await inTime(accountStore.accounts(), NAME_PATIENCE).catch(() => [])
  return accounts.find(({ deviceId }) => deviceId === payload.deviceId)?.person
}
