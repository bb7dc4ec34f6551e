// A browser's push service and its person's permission, played inside the page: a browser of tests has neither. The
// notifications, the service worker and what it is told are real.
import { ADA, app, context, openApp, page } from './in-browser.ts'

export type PermissionState = 'default' | 'granted' | 'denied'
/** `answer`: what the person says when the browser asks. */
export type PlayedPush = {
  permission: PermissionState
  answer: PermissionState
  service: 'works' | 'hangs' | 'refuses'
}

// Strings, because these tests are checked without the browser's library of types. What is played lives in localStorage,
// as a browser's subscription outlives a page.
const PLAY = `
  const bytesOf = (text) => Uint8Array.from(atob(text.replaceAll('-', '+').replaceAll('_', '/')), (c) => c.charCodeAt(0))
  const made = (endpoint, key) => ({
    endpoint,
    expirationTime: null,
    options: { userVisibleOnly: true, applicationServerKey: bytesOf(key).buffer },
    toJSON: () => ({ endpoint, expirationTime: null, keys: { p256dh: 'B'.repeat(87), auth: 'A'.repeat(22) } }),
    unsubscribe: async () => !(kept.subscription = null),
  })
  PushManager.prototype.getSubscription = async () => kept.subscription && made(...kept.subscription)
  PushManager.prototype.subscribe = async ({ userVisibleOnly, applicationServerKey: key }) => {
    if (!userVisibleOnly || bytesOf(key).length !== 65) throw new TypeError('not what browsers take')
    if (kept.service === 'hangs') return await new Promise(() => (kept.hanging = true))
    if (kept.service === 'refuses') throw new DOMException('Registration failed', 'AbortError')
    if (kept.subscription && kept.subscription[1] !== key) throw new DOMException('Another key', 'InvalidStateError')
    kept.made = (kept.made ?? 0) + 1
    kept.subscription ??= ['https://push.example/send/' + kept.made, key]
    return made(...kept.subscription)
  }`
const IN_PAGE = `(() => {
  const kept = new Proxy({}, {
    get: (_, name) => JSON.parse(localStorage.getItem('played-' + name)),
    set: (_, name, value) => !localStorage.setItem('played-' + name, JSON.stringify(value)),
  })
  ${PLAY}
  Object.defineProperty(Notification, 'permission', { get: () => kept.permission })
  Notification.requestPermission = async () => (kept.permission = kept.answer)
})()`
const IN_WORKER = `(() => {
  const kept = globalThis.kept = { service: 'works', subscription: null, made: 100 }
  ${PLAY}
})()`

/** To be called before the first page is opened. */
export async function playPush(played: Partial<PlayedPush> = {}): Promise<void> {
  const whole: PlayedPush = { permission: 'default', answer: 'granted', service: 'works', ...played }
  await context.grantPermissions(['notifications'], { origin: app.api.origin })
  const first = Object.entries(whole).map(([name, value]) => `localStorage['played-${name}'] ??= '"${value}"'`)
  await context.addInitScript(`if (location.protocol === 'http:') { ${first.join(';')};${IN_PAGE} }`)
}

export async function changePlayed(played: Partial<PlayedPush>): Promise<void> {
  for (const [name, value] of Object.entries(played)) {
    await page.evaluate(`localStorage['played-${name}'] = '"${value}"'`)
  }
}

/** When the app has asked a push service that hangs: from then on it counts how long it has waited. */
export async function untilHanging(): Promise<void> {
  await page.waitForFunction(`localStorage['played-hanging'] === 'true'`)
}

/** The address that the browser is subscribed at now. */
export async function endpoint(): Promise<string | undefined> {
  return await page.evaluate<string>(`JSON.parse(localStorage['played-subscription'] ?? 'null')?.[0]`)
}

/** Where the service would wake this person's phone. */
export function wokenAt(person = ADA): string | undefined {
  const { push } = app.api.device(person)
  return push?.kind === 'web' ? push.endpoint : undefined
}

export async function reopen(fragment = ''): Promise<void> {
  await page.close()
  await openApp(fragment)
}

export type ShownNotification = {
  title: string
  body: string
  tag: string
  silent: boolean
  renotify: boolean
  requireInteraction: boolean
  actions: unknown[]
  data: { kind: string; tag?: string; until?: number }
}

export async function notifications(): Promise<ShownNotification[]> {
  return await page.evaluate<ShownNotification[]>(`(async () => {
    const registration = await navigator.serviceWorker.ready
    return (await registration.getNotifications()).map(
      ({ title, body, tag, silent, renotify, requireInteraction, actions, data }) =>
        ({ title, body, tag, silent, renotify, requireInteraction, actions, data }))
  })()`)
}

/** Runs inside the service worker. */
export async function inWorker<T>(script: string): Promise<T> {
  await page.evaluate('navigator.serviceWorker.ready.then(() => undefined)')
  const worker = context.serviceWorkers()[0] ?? (await context.waitForEvent('serviceworker'))
  return await worker.evaluate<T>(script)
}

/** An event that the browser would send, with its handler's work awaited. `make` is an expression. */
export async function sendToWorker(make: string): Promise<void> {
  await inWorker(`(async () => {
    const event = ${make}
    const work = []
    event.waitUntil = (promise) => void work.push(promise)
    self.dispatchEvent(event)
    await Promise.all(work)
  })()`)
}

export const playPushInWorker = (): Promise<void> => inWorker(IN_WORKER)

/** Delivers a push, already decrypted, as its event (the journeys deliver real ones). An empty one has no data. */
export async function deliver(payload: unknown): Promise<void> {
  const text = typeof payload === 'string' ? payload : JSON.stringify(payload)
  await sendToWorker(`new PushEvent('push', ${text === '' ? '{}' : JSON.stringify({ data: text })})`)
}

/** Waits until the notifications shown are such. */
export async function untilShown(fits: (shown: ShownNotification[]) => boolean): Promise<ShownNotification[]> {
  let shown = await notifications()
  for (let tries = 0; !fits(shown); tries++) {
    if (tries === 200) throw new Error(`Shown instead: ${JSON.stringify(shown)}`)
    await page.waitForTimeout(50)
    shown = await notifications()
  }
  return shown
}
