import { accountStore } from '../browser/account-store.ts'
import { createDeviceClient } from '../browser/device-client.ts'
import { registerForPush } from '../browser/push-subscription.ts'

declare const self: ServiceWorkerGlobalScope

/** The browser ended or changed the subscription by itself. What fails here is done again when the app next starts. */
export async function renewSubscription(): Promise<void> {
  const accounts = (await accountStore.accounts()).filter(({ status }) => status === 'active')
  if (Notification.permission !== 'granted' || accounts.length === 0) return
  const client = createDeviceClient({ origin: self.location.origin, fetch: (...request) => fetch(...request) })
  await registerForPush({ accounts, client, manager: self.registration.pushManager, renewal: 'when-forgotten' })
}
