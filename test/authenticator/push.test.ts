// Being told of a sign-in while the app is closed: what the app asks, says and keeps registered.
import { expect, test } from '@jest/globals'
import type { Locator } from 'playwright-core'
import { makeVapidKey } from './fake-device-api.ts'
import { ADA, app, boundPhone, button, context, heading, inBrowser, openApp, page } from './in-browser.ts'
import { changePlayed, endpoint, playPush, reopen, untilHanging, wokenAt } from './push-in-browser.ts'

const BOB = 'bob@fabrikam.example'
const IPHONE =
  'Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.0 Mobile/15E148 Safari/604.1'

const card = (name: string): Locator => page.getByRole('region', { name })
const said = (text: string): Locator => page.getByRole('status').filter({ hasText: text })
const pushRequests = (): string[] =>
  app.api.requests.filter(({ path, body }) => path === '/device/v1/push' && body !== '').map(({ body }) => body)

/** The section says this, and that the open app works all the same. */
async function expectSection(...texts: string[]): Promise<void> {
  for (const text of texts) await card('Notifications').getByText(text).first().waitFor()
  await card('Notifications').getByText('The open app still shows every request.').waitFor()
}

async function turnedOn(): Promise<void> {
  await boundPhone()
  await button('Turn on notifications').click()
  await expectSection('This phone tells you when you are asked.')
}

inBrowser('notifications', { viewport: { width: 390, height: 780 } }, () => {
  test('are offered once an account is active, with the reason; a press asks and tells the service', async () => {
    await playPush()
    await openApp()
    await button('Type a code').waitFor()
    expect(await page.getByText('notification').count()).toBe(0)
    await page.close()

    // At once, and not when the app next asks what waits.
    app.api.pollAfterMilliseconds = 60_000
    await boundPhone()
    await card('Be told when you are asked').getByText('Without it you must open this app yourself').waitFor()
    await page.getByText('The open app still shows every request.').waitFor()
    expect(pushRequests()).toEqual([])
    await button('Turn on notifications').click()
    await said('Notifications are on.').waitFor({ state: 'attached' })
    await expectSection('This phone tells you when you are asked.')
    expect(wokenAt()).toBe(await endpoint())
    expect(await page.locator('h2:focus').textContent()).toBe('Notifications')
  })

  test('“Not now” is remembered in this browser, and they can be turned on later', async () => {
    await playPush()
    await boundPhone()
    await button('Not now').click()
    await expectSection('To see who asks, you open this app yourself.')
    await reopen()
    await expectSection('To see who asks, you open this app yourself.')
    expect(await page.getByText('Be told when you are asked').count()).toBe(0)
    await button('Turn on notifications').click()
    await expectSection('This phone tells you when you are asked.')
  })

  test('come after the sign-ins that wait, whose button alone is the main one', async () => {
    await playPush()
    await boundPhone()
    await button('Turn on notifications').waitFor()
    const main = () => page.locator('button.primary').allTextContents()
    expect(await main()).toEqual(['Turn on notifications'])
    app.api.ask(ADA)
    await button('Review').waitFor()
    expect(await main()).toEqual(['Review'])
    const tops = await page.locator('.card').evaluateAll((all) => all.map((one) => one.className))
    expect(tops).toEqual(['card waiting', 'card account', 'card push'])
  })

  test('a person who closes the browser’s question is told that they stay off', async () => {
    await playPush({ answer: 'default' })
    await boundPhone()
    await button('Turn on notifications').click()
    await said('notifications stay off').waitFor({ state: 'attached' })
    expect(pushRequests()).toEqual([])
  })

  test('denied: it is said how to undo that, and seen when it was', async () => {
    await playPush({ answer: 'denied' })
    await boundPhone()
    await button('Turn on notifications').click()
    await expectSection('Blocked', 'allow notifications in the browser’s settings for this site')
    expect(await button('Turn on notifications').count()).toBe(0)
    await changePlayed({ permission: 'granted' })
    await page.evaluate(`document.dispatchEvent(new Event('visibilitychange'))`)
    await expectSection('This phone tells you when you are asked.')
    expect(wokenAt()).toBe(await endpoint())
  })

  test('a browser without push, and a service that offers none to browsers, are said', async () => {
    await playPush()
    app.api.push.kinds = ['fcm']
    await boundPhone()
    await expectSection('Not possible here', 'sends none to browsers')
    await context.addInitScript('delete window.PushManager')
    await reopen()
    await expectSection('Not possible here', 'This browser cannot receive them.')
  })

  test('a push service that never answers is given up, said and tried again', async () => {
    await playPush({ service: 'hangs' })
    await context.clock.install()
    await boundPhone()
    await button('Turn on notifications').click()
    await page.getByText('Turning on…').first().waitFor()
    await untilHanging()
    await page.clock.fastForward(11_000)
    await expectSection('Not on', 'push service cannot be reached')
    await changePlayed({ service: 'refuses' })
    await button('Try again').click()
    await said('That did not work either.').waitFor({ state: 'attached' })
    await changePlayed({ service: 'works' })
    await button('Try again').click()
    await expectSection('This phone tells you when you are asked.')
    expect(wokenAt()).toBe(await endpoint())
  })

  test('what the service refuses is said in its words', async () => {
    await playPush()
    await boundPhone()
    app.api.next = { code: 'push-refused', status: 422, title: 'This push service is not one that we send to.' }
    await button('Turn on notifications').click()
    await expectSection('Not on', 'This push service is not one that we send to.')
  })

  test('a lost connection is said, and made good by itself', async () => {
    await playPush()
    await context.clock.install()
    await boundPhone()
    await button('Turn on notifications').waitFor()
    app.api.down = 'before'
    await button('Turn on notifications').click()
    await expectSection('Not on', 'This is tried again by itself.')
    app.api.down = 'no'
    await page.clock.fastForward(16_000)
    await expectSection('This phone tells you when you are asked.')
  })

  test('a test push: each result is said', async () => {
    await playPush()
    await turnedOn()
    const test = button('Send me a test push')
    await test.click()
    await said('Sent.').waitFor({ state: 'attached' })
    await page.locator('.push').getByText('Sent. A notification “This is a test” should appear now.').waitFor()
    app.api.push.testResult = 'failed'
    await test.click()
    await said('the push service refused it or could not be reached').waitFor({ state: 'attached' })
    app.api.next = { code: 'wait', status: 429, retryAfterSeconds: 40 }
    await test.click()
    await said('Too many tests. Try again in 40 seconds.').waitFor({ state: 'attached' })
    app.api.down = 'before'
    await test.click()
    await said('Not sent: localhost').waitFor({ state: 'attached' })
  })

  test('a test that finds the subscription dead renews it', async () => {
    await playPush()
    await turnedOn()
    const dead = await endpoint()
    app.api.push.testResult = 'gone'
    await button('Send me a test push').click()
    await said('had ended and was renewed').waitFor({ state: 'attached' })
    expect(await endpoint()).not.toBe(dead)
    expect(wokenAt()).toBe(await endpoint())
  })

  test('turned off, the browser is unsubscribed, the service is told, and it stays so', async () => {
    await playPush()
    await turnedOn()
    await button('Turn off').click()
    await said('Notifications are off.').waitFor({ state: 'attached' })
    expect([await endpoint(), wokenAt()]).toEqual([undefined, undefined])
    await reopen()
    await expectSection('To see who asks, you open this app yourself.')
    expect(wokenAt()).toBeUndefined()
  })

  test('nothing is registered anew while the service knows the subscription', async () => {
    await playPush()
    await turnedOn()
    app.api.requests.length = 0
    await reopen()
    await expectSection('This phone tells you when you are asked.')
    expect(pushRequests()).toEqual([])
  })

  test('a subscription that the service called dead is replaced at the next start', async () => {
    await playPush()
    await turnedOn()
    const dead = await endpoint()
    app.api.device(ADA).push = undefined
    await reopen()
    await expectSection('This phone tells you when you are asked.')
    expect(await endpoint()).not.toBe(dead)
    expect(wokenAt()).toBe(await endpoint())
  })

  test('another address at the service is corrected at the next start, by the same subscription', async () => {
    await playPush()
    await turnedOn()
    const good = await endpoint()
    const { push } = app.api.device(ADA)
    app.api.device(ADA).push = { ...push, endpoint: 'https://push.example/old' } as typeof push
    await reopen()
    await expectSection('This phone tells you when you are asked.')
    expect([await endpoint(), wokenAt()]).toEqual([good, good])
  })

  test('a service with another key gets a subscription for that key', async () => {
    await playPush()
    await turnedOn()
    const old = await endpoint()
    app.api.push.vapidPublicKey = makeVapidKey()
    await reopen()
    await expectSection('This phone tells you when you are asked.')
    expect(await endpoint()).not.toBe(old)
    expect(wokenAt()).toBe(await endpoint())
  })

  test('every account has the one subscription, a new one at once; with the last account it goes', async () => {
    await playPush()
    await turnedOn()
    const one = await endpoint()
    await boundPhone(BOB, 'ZyXwVuTsRqPoNmLkJiHgFe')
    while (!wokenAt(BOB)) await page.waitForTimeout(50)
    expect([wokenAt(ADA), wokenAt(BOB), await endpoint()]).toEqual([one, one, one])
    for (const person of [ADA, BOB]) {
      await button(`Remove ${person}, Contoso`).click()
      expect(await endpoint()).toBe(one)
      await button('Remove').click()
      await heading('Remove account?').waitFor({ state: 'detached' })
    }
    await page.waitForFunction(`localStorage['played-subscription'] === 'null'`)
  })

  test('one account that was removed elsewhere does not keep the others from being told', async () => {
    await playPush()
    await boundPhone()
    await boundPhone(BOB, 'ZyXwVuTsRqPoNmLkJiHgFe')
    app.api.device(BOB).removed = true
    await button('Turn on notifications').click()
    await expectSection('This phone tells you when you are asked.')
    expect(wokenAt()).toBe(await endpoint())
  })
})

inBrowser('notifications on an iPhone', { viewport: { width: 390, height: 780 }, userAgent: IPHONE }, () => {
  test('outside the installed app: they are said to come to the installed one alone', async () => {
    await playPush()
    await boundPhone()
    await expectSection('Not possible here', 'Add this page to the Home Screen')
    expect(await button('Turn on notifications').count()).toBe(0)
  })
})
