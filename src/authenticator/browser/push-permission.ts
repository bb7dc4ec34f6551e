import { isApplePage } from './keeping.ts'

/** Why this browser cannot be woken, whatever the service does. */
export type Obstacle = 'home-screen' | 'unsupported' | 'denied'

export function obstacle(): Obstacle | undefined {
  // On Apple's phones push is for installed apps alone.
  if (isApplePage()) return 'home-screen'
  const isSupported = 'serviceWorker' in navigator && 'PushManager' in window && permission() !== undefined
  if (!isSupported) return 'unsupported'
  return permission() === 'denied' ? 'denied' : undefined
}

/** Nothing where the browser knows no notifications. */
export function permission(): NotificationPermission | undefined {
  return 'Notification' in window ? Notification.permission : undefined
}

export async function askPermission(): Promise<void> {
  if (permission() === 'default') await Notification.requestPermission()
}
