import type { NotificationData, WorkerMessage } from '../browser/notification-data.ts'

declare const self: ServiceWorkerGlobalScope

const HOME = '/authenticator/'

export async function appWindows(): Promise<readonly WindowClient[]> {
  const windows = await self.clients.matchAll({ type: 'window', includeUncontrolled: true })
  return windows.filter(({ url }) => new URL(url).pathname === HOME)
}

/** A tapped notification leads to the app: to the window that is open, at the sign-in that was asked about. */
export async function openApp({ tag }: NotificationData): Promise<void> {
  const windows = await appWindows()
  const window = windows.find(({ visibilityState }) => visibilityState === 'visible') ?? windows[0]
  if (!window) {
    await self.clients.openWindow(tag === undefined ? HOME : `${HOME}#sign-in=${encodeURIComponent(tag)}`)
    return
  }
  if (tag !== undefined) window.postMessage({ say: 'open', signInId: tag } satisfies WorkerMessage)
  // A browser that refuses the focus has told the window all the same.
  await window.focus().catch(() => undefined)
}
