// Keeps the shell of the app on the phone, so that it opens without a network and can say so. Nothing of the device API
// is kept: what waits for a person is asked for anew each time. And shows what a push says, while the app is closed.
import type { NotificationData } from '../browser/notification-data.ts'
import { closeNotifications, isExpired } from '../browser/notifications.ts'
import { openApp } from './open-app.ts'
import { receivePush } from './receive-push.ts'
import { renewSubscription } from './renew-subscription.ts'

declare const self: ServiceWorkerGlobalScope
/** Written in when the service starts: a digest of the shell, and where its files are. */
declare const SHELL_VERSION: string
declare const SHELL_URLS: string[]

const SHELL = '/authenticator/'
const PREFIX = 'authenticator-'
const CACHE = PREFIX + SHELL_VERSION
/** How long a slow network may hold up the shell. */
const PATIENCE = 3000

self.addEventListener('install', (event) => {
  event.waitUntil(install())
})

self.addEventListener('activate', (event) => {
  event.waitUntil(activate())
})

self.addEventListener('fetch', (event) => {
  const url = new URL(event.request.url)
  if (event.request.method !== 'GET' || url.origin !== self.location.origin) return
  if (event.request.mode === 'navigate' && url.pathname === SHELL) event.respondWith(newestShell(event.request))
  else if (SHELL_URLS.includes(url.pathname)) event.respondWith(cachedFirst(event.request))
})

self.addEventListener('push', (event) => {
  event.waitUntil(receivePush(event.data?.text()))
})

self.addEventListener('notificationclick', (event) => {
  event.waitUntil(follow(event.notification))
})

self.addEventListener('pushsubscriptionchange', (event) => {
  event.waitUntil(renewSubscription())
})

/**
 * The notification goes when the app is there, and no sooner: a browser that at the end of a push sees neither a
 * notification nor a window shows one of its own, "This site has been updated in the background".
 */
async function follow(notification: Notification): Promise<void> {
  try {
    await openApp((notification.data ?? {}) as NotificationData)
  } finally {
    notification.close()
  }
  await closeNotifications(self.registration, isExpired)
}

async function install(): Promise<void> {
  const cache = await caches.open(CACHE)
  await cache.addAll(SHELL_URLS.map((url) => new Request(url, { cache: 'reload' })))
  // Pages that are open have loaded all their files already, so nothing breaks under them.
  await self.skipWaiting()
}

async function activate(): Promise<void> {
  const names = await caches.keys()
  const old = names.filter((name) => name.startsWith(PREFIX) && name !== CACHE)
  await Promise.all(old.map((name) => caches.delete(name)))
  await self.clients.claim()
  await closeNotifications(self.registration, isExpired)
}

async function newestShell(request: Request): Promise<Response> {
  try {
    const response = await fetch(request, { signal: AbortSignal.timeout(PATIENCE) })
    if (response.ok) return response
  } catch {
    // Said by the page itself, as soon as it asks for what is pending.
  }
  return (await caches.match(SHELL, { cacheName: CACHE })) ?? Response.error()
}

async function cachedFirst(request: Request): Promise<Response> {
  return (await caches.match(request, { cacheName: CACHE })) ?? (await fetch(request))
}
