// The service worker: what it shows for a push, where a tap leads, and what it takes away.
import { expect, test } from '@jest/globals'
import {
  ADA,
  app,
  approve,
  boundPhone,
  button,
  heading,
  inBrowser,
  number,
  openApp,
  page,
  TICKET,
} from './in-browser.ts'
import {
  deliver,
  endpoint,
  inWorker,
  notifications,
  playPush,
  playPushInWorker,
  sendToWorker,
  untilShown,
  wokenAt,
} from './push-in-browser.ts'

const isShown = (count: number) => (shown: unknown[]) => shown.length === count

/** What the service pushes to Ada's phone about a sign-in. */
function inPush(tag = 's1') {
  const { deviceId, integrationName } = app.api.device(ADA).account
  return { tag, deviceId, integrationName }
}
const prompt = (more = {}, tag?: string) => ({ kind: 'prompt', ...inPush(tag), millisecondsLeft: 90_000, ...more })

/** A tap on the notification of a tag. No test can touch the screen's own, so the event is made here. */
const tap = (tag: string): Promise<void> =>
  sendToWorker(`new NotificationEvent('notificationclick', {
    notification: (await self.registration.getNotifications({ tag: '${tag}' }))[0],
  })`)

inBrowser('the service worker', { viewport: { width: 390, height: 780 } }, () => {
  test('shows who is asked and by which integration, with nothing to approve by', async () => {
    await playPush()
    await boundPhone()
    const before = Date.now()
    await deliver(prompt())
    const [shown] = await untilShown(isShown(1))
    expect(shown).toMatchObject({
      title: 'Is this you signing in?',
      body: `${ADA}: Contoso`,
      tag: 's1',
      renotify: true,
      requireInteraction: true,
      silent: false,
      actions: [],
      data: { kind: 'prompt', tag: 's1' },
    })
    expect(shown!.data.until).toBeGreaterThanOrEqual(before + 90_000)
  })

  test('the name in the push goes before the one kept on the phone; an account unknown here has none', async () => {
    await playPush()
    await boundPhone()
    await deliver(prompt({ person: 'Ada Lovelace' }))
    await untilShown(([one]) => one?.body === 'Ada Lovelace: Contoso')
    await deliver(prompt({ deviceId: 'another' }))
    await untilShown(([one]) => one?.body === 'Contoso')
  })

  test('a prompt that is over is replaced, silently, by what became of it', async () => {
    await playPush()
    await boundPhone()
    await deliver(prompt())
    await untilShown(isShown(1))
    await deliver({ kind: 'over', ...inPush(), outcome: 'decided' })
    const [shown, ...others] = await untilShown(([one]) => one?.title === 'Already decided on another device')
    expect(shown).toMatchObject({ silent: true, renotify: false, requireInteraction: false, body: `${ADA}: Contoso` })
    expect(others).toEqual([])
    await deliver({ kind: 'over', ...inPush(), outcome: 'ended' })
    await untilShown(([one]) => one?.title === 'This sign-in is over')
  })

  test('a test says that it is one', async () => {
    await playPush()
    await boundPhone()
    await deliver({ kind: 'test', ...inPush('t1') })
    await untilShown(([one]) => one?.title === 'This is a test')
  })

  test.each([
    ['empty', ''],
    ['no JSON', 'hello'],
    ['of a kind that it does not know', { kind: 'approve', tag: 's1', deviceId: 'd', integrationName: 'i' }],
  ])('a push that is %s shows something all the same', async (_name, payload) => {
    await playPush()
    await openApp()
    await deliver(payload)
    await untilShown(([one]) => one?.body === 'Open Countersign to see what is asked.')
  })

  test('an open window asks at once when a prompt is pushed', async () => {
    await playPush()
    await boundPhone()
    app.api.pollAfterMilliseconds = 60_000
    // The next answer sets the new pace; then nothing is asked by itself.
    await page.waitForTimeout(600)
    app.api.ask(ADA)
    expect(await button('Review').count()).toBe(0)
    await deliver(prompt())
    await button('Review').waitFor()
  })

  test('a tap leads the open window to the prompt, and keeps what is typed there', async () => {
    await playPush()
    await boundPhone()
    const { shown } = app.api.ask(ADA, { application: 'Wiki' })
    app.api.ask(ADA, { application: 'Payroll' })
    await deliver(prompt({}, shown.signInId))
    await untilShown(isShown(1))
    await tap(shown.signInId)
    await heading('Is this you signing in?').waitFor()
    await page.getByText('Wiki').waitFor()
    expect(await notifications()).toEqual([])

    await number().fill('4938')
    await deliver(prompt({}, shown.signInId))
    await untilShown(isShown(1))
    await tap(shown.signInId)
    expect(await number().inputValue()).toBe('4938')
  })

  test('a tap without a window opens the app at the prompt, which the address bar forgets', async () => {
    await playPush()
    await boundPhone()
    const { shown } = app.api.ask(ADA)
    await deliver(prompt({}, shown.signInId))
    await untilShown(isShown(1))
    await inWorker(`Clients.prototype.matchAll = async () => []
      Clients.prototype.openWindow = async (url) => void (self.opened = url)`)
    await tap(shown.signInId)
    const opened = await inWorker<string>('self.opened')
    expect(opened).toBe(`/authenticator/#sign-in=${shown.signInId}`)
    await page.close()
    await openApp(opened.slice(opened.indexOf('#')))
    await heading('Is this you signing in?').waitFor()
    expect(page.url()).toBe(app.url)
    await approve()
    await heading('Approved').waitFor()
  })

  test('opened for a sign-in that is over, the app says so; without a connection it goes on asking', async () => {
    await playPush()
    await boundPhone()
    await page.close()
    app.api.down = 'before'
    await openApp('#sign-in=gone')
    await heading('Opening the sign-in…').waitFor()
    await page.getByText('No connection to').waitFor()
    app.api.down = 'no'
    await heading('No longer waiting').waitFor()
    await page.getByText('Its time is over, or it was decided elsewhere.').waitFor()
  })

  test('what was decided in the app is taken away, and what waits is not', async () => {
    await playPush()
    await boundPhone()
    const [one, other] = [app.api.ask(ADA), app.api.ask(ADA)]
    await deliver(prompt({}, one.shown.signInId))
    await deliver(prompt({}, other.shown.signInId))
    await untilShown(isShown(2))
    await button('Review').first().click()
    await approve()
    await heading('Approved').waitFor()
    const [left] = await untilShown(isShown(1))
    expect(left!.tag).toBe(other.shown.signInId)
    // Decided elsewhere, as the open app sees it.
    app.api.device(ADA).pending = []
    await untilShown(isShown(0))
  })

  test('an expired one goes when the worker or the app next runs', async () => {
    await playPush()
    await boundPhone()
    await deliver(prompt({ millisecondsLeft: -1 }, 'old'))
    await deliver({ kind: 'test', ...inPush('t1') })
    await untilShown((shown) => shown.length === 1 && shown[0]!.tag === 't1')

    await inWorker(
      `self.registration.showNotification('Left over', { tag: 'old', data: { kind: 'prompt', tag: 'old', until: 1 } })`,
    )
    await untilShown(isShown(2))
    await page.reload()
    await untilShown((shown) => shown.length === 1 && shown[0]!.tag === 't1')
  })

  test('a subscription that the browser changed is made anew and told to the service, with the app’s keys', async () => {
    await playPush()
    await boundPhone()
    await button('Turn on notifications').click()
    await button('Send me a test push').waitFor()
    expect(wokenAt()).toBe(await endpoint())
    await playPushInWorker()
    await sendToWorker(`new ExtendableEvent('pushsubscriptionchange')`)
    expect(wokenAt()).toBe('https://push.example/send/101')
  })

  test('a phone whose first sign-in was not approved is registered nowhere', async () => {
    await playPush({ permission: 'granted' })
    app.api.allow(TICKET, ADA)
    await openApp(`#ticket=${TICKET}`)
    await button('Add this phone').click()
    await number().waitFor()
    await playPushInWorker()
    await sendToWorker(`new ExtendableEvent('pushsubscriptionchange')`)
    expect(app.api.requests.filter(({ path }) => path === '/device/v1/push')).toEqual([])
  })
})
