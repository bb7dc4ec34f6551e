// The notifications that the service worker showed. The page and the worker both take away what is over.

import type { NotificationData } from './notification-data.ts'

export function isExpired({ until }: NotificationData): boolean {
  return until !== undefined && until <= Date.now()
}

export async function closeNotifications(
  registration: ServiceWorkerRegistration | undefined,
  isOver: (data: NotificationData) => boolean,
): Promise<void> {
  // Absent where a browser has service workers and no notifications.
  const shown = (await registration?.getNotifications?.()) ?? []
  for (const notification of shown) if (isOver((notification.data ?? {}) as NotificationData)) notification.close()
}
