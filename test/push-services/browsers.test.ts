// A real push to a real browser: encrypted by web-push, carried by an emulated service, decrypted by the browser, shown on
// a desktop, and clicked there.
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import webPush, { type PushSubscription } from 'web-push'
import type { Notifications } from './notifications.ts'
import {
  type PushServices,
  startPushChromium,
  startPushFirefox,
  startPushServices,
  wherePushChromiumIs,
  wherePushFirefoxIs,
} from './push-browsers.ts'
import type { PushService } from './sender-endpoint.ts'
import { SUBSCRIBE, startTinySite, type TinySite, UNSUBSCRIBE } from './tiny-site.ts'

/** What the tests need of either browser. */
type Driven = {
  service: PushService
  notifications: Notifications
  /** Its one page. */
  page: { goto(url: string): Promise<unknown>; evaluate(script: string): Promise<unknown> }
  close(): Promise<void>
}

wherePushChromiumIs('Chromium', (programs) => {
  describeDelivery(async ({ gcm }, { origin }) => {
    const { context, notifications, close } = await startPushChromium({ programs, gcm, origins: [origin] })
    return { service: gcm, notifications, page: await context.newPage(), close }
  })
})

wherePushFirefoxIs('Firefox', (programs) => {
  describeDelivery(async ({ autopush }) => {
    const { browser, notifications, close } = await startPushFirefox({ programs, autopush })
    return { service: autopush, notifications, page: await browser.newPage(), close }
  }, cutsFirefox)
})

/** Chromium too comes back when it is cut, but only after ten seconds: gcm.test.ts has what it would meet. */
function cutsFirefox({ autopush }: PushServices): void {
  autopush.disconnect()
}

function describeDelivery(
  start: (services: PushServices, site: TinySite) => Promise<Driven>,
  cut?: (services: PushServices) => void,
): void {
  const keys = webPush.generateVAPIDKeys()
  let services: PushServices
  let site: TinySite
  let driven: Driven
  let subscription: PushSubscription
  const subscribe = async () => (await driven.page.evaluate(`(${SUBSCRIBE})('${keys.publicKey}')`)) as PushSubscription

  beforeAll(async () => {
    ;[services, site] = await Promise.all([startPushServices(), startTinySite()])
    driven = await start(services, site)
    await driven.page.goto(site.origin)
    subscription = await subscribe()
  })
  afterAll(async () => {
    await driven?.close()
    await Promise.all([services?.close(), site?.close()])
  })

  const send = (text: string | null, options: webPush.RequestOptions = {}) =>
    webPush.sendNotification(subscription, text, {
      vapidDetails: { subject: 'mailto:ada@example.com', ...keys },
      agent: services.network.agent,
      TTL: 60,
      ...options,
    })

  test('decrypts a push, shows it, and hears of the click on it', async () => {
    const { service, notifications } = driven
    expect(subscription.endpoint).toMatch(new RegExp(`^https://${service.hosts[0]}/`))
    expect((await send('first', { topic: 'a-sign-in', urgency: 'high' })).statusCode).toBe(201)
    expect(await service.received.next()).toMatchObject({
      endpoint: subscription.endpoint,
      topic: 'a-sign-in',
      urgency: 'high',
      ttl: 60,
      status: 201,
      vapid: { sub: 'mailto:ada@example.com', aud: new URL(subscription.endpoint).origin },
    })
    expect(await site.heard.next()).toEqual({ kind: 'push', text: 'first' })
    await service.delivered.next()
    const shown = await notifications.shown.next()
    expect(shown.title).toBe('A title')
    expect(shown.body).toContain('first')
    notifications.click(shown)
    expect(await site.heard.next()).toEqual({ kind: 'click', action: '', text: 'first' })
  })

  test('with no page open, and a click on a button', async () => {
    await driven.page.goto('about:blank')
    await send('second')
    expect(await site.heard.next()).toEqual({ kind: 'push', text: 'second' })
    const shown = await driven.notifications.shown.next()
    driven.notifications.click(shown, 'Approve')
    expect(await site.heard.next()).toEqual({ kind: 'click', action: 'yes', text: 'second' })
    expect(() => driven.notifications.click(shown, 'Perhaps')).toThrow('nothing to click')
  })

  test('a push with no content, and the largest one', async () => {
    await send(null)
    expect(await site.heard.next()).toEqual({ kind: 'push', text: null })
    const most = 'm'.repeat(3993)
    await send(most)
    expect(await site.heard.next()).toEqual({ kind: 'push', text: most })
    await expect(send(`${most}m`)).rejects.toMatchObject({ statusCode: 413 })
  })

  test('what was sent while it could not be reached comes afterwards, of one topic only the last', async () => {
    driven.service.pause()
    await send('for now or never', { TTL: 0 })
    await send('outdated', { topic: 'weather' })
    await send('newest', { topic: 'weather' })
    await send('another topic', { topic: 'time' })
    driven.service.resume()
    const texts = [await site.heard.next(), await site.heard.next()].map(({ text }) => text)
    expect(texts.sort()).toEqual(['another topic', 'newest'])
  })

  test('a sender with another key is refused, and so is one that gives none', async () => {
    const others = webPush.generateVAPIDKeys()
    const vapidDetails = { subject: 'mailto:eve@example.com', ...others }
    await expect(send('forged', { vapidDetails })).rejects.toMatchObject({ statusCode: 403 })
    const anonymous = webPush.sendNotification(subscription, 'anonymous', { agent: services.network.agent })
    await expect(anonymous).rejects.toMatchObject({ statusCode: 401 })
  })

  test('an unsubscribed browser is gone, and can subscribe anew', async () => {
    const { endpoint } = subscription
    await driven.page.goto(site.origin)
    await driven.page.evaluate(`(${UNSUBSCRIBE})()`)
    await expect(send('too late')).rejects.toMatchObject({ statusCode: 410 })
    subscription = await subscribe()
    expect(subscription.endpoint).not.toBe(endpoint)
    await send('anew')
    expect((await site.heard.next((heard) => heard.text === 'anew')).kind).toBe('push')
  })

  test('a subscription that never was is unknown', async () => {
    const { endpoint } = subscription
    await expect(
      webPush.sendNotification({ ...subscription, endpoint: `${endpoint}x` }, 'lost', {
        agent: services.network.agent,
      }),
    ).rejects.toMatchObject({ statusCode: 404 })
  })

  if (cut) {
    test('what was sent while its connection was cut comes afterwards', async () => {
      cut(services)
      await send('while away')
      const heard = await site.heard.next(({ text }) => text === 'while away')
      expect(heard.kind).toBe('push')
    })
  }
}
