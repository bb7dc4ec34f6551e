// A page with a service worker, that tells the test what reaches the worker. For the tests of this folder.
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { createJournal, type Journal } from './journal.ts'

export type Heard = { kind: 'push'; text: string | null } | { kind: 'click'; action: string; text: string | null }

export type TinySite = { origin: string; heard: Journal<Heard>; close(): Promise<void> }

const WORKER = `
const tell = (heard) => fetch('/heard', { method: 'POST', body: JSON.stringify(heard) })
addEventListener('install', () => skipWaiting())
addEventListener('push', (event) => {
  const text = event.data ? event.data.text() : null
  event.waitUntil(Promise.all([
    tell({ kind: 'push', text }),
    registration.showNotification('A title', {
      body: text ?? 'empty',
      data: text,
      actions: [{ action: 'yes', title: 'Approve' }, { action: 'no', title: 'Decline' }],
    }),
  ]))
})
addEventListener('notificationclick', (event) => {
  event.notification.close()
  event.waitUntil(tell({ kind: 'click', action: event.action, text: event.notification.data }))
})
`

/** To be evaluated in the page: subscribes for a key, and gives the subscription as JSON. */
export const SUBSCRIBE = `async (key) => {
  await navigator.serviceWorker.register('/worker.js')
  const { pushManager } = await navigator.serviceWorker.ready
  return (await pushManager.subscribe({ userVisibleOnly: true, applicationServerKey: key })).toJSON()
}`

/** And this ends it. */
export const UNSUBSCRIBE = `async () => {
  const { pushManager } = await navigator.serviceWorker.ready
  return (await pushManager.getSubscription()).unsubscribe()
}`

export async function startTinySite(): Promise<TinySite> {
  const heard = createJournal<Heard>('word from the service worker')
  const server = createServer(async (request, response) => {
    if (request.url === '/worker.js') response.setHeader('content-type', 'text/javascript').end(WORKER)
    else if (request.url === '/heard') {
      heard.add(JSON.parse(Buffer.concat(await request.toArray()).toString()))
      response.end()
    } else response.setHeader('content-type', 'text/html').end('<!doctype html><title>Tiny site</title>')
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    origin: `http://localhost:${(server.address() as AddressInfo).port}`,
    heard,
    async close() {
      const ended = new Promise<void>((resolve) => server.close(() => resolve()))
      server.closeAllConnections()
      await ended
    },
  }
}
