// A push service in trouble, and a subscription that died: no sign-in is delayed or lost by it.
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from '@jest/globals'
import type { Page } from 'playwright-core'
import { type PushServices, startPushServices, wherePushChromiumIs } from '../../push-services/push-browsers.ts'
import { digitsOn } from '../../support/browser.ts'
import type { Countersign } from '../../support/countersign.ts'
import { type Begun, begin, eventsOf } from '../../support/stories.ts'
import {
  ASKED,
  approveWith,
  connect,
  homeOf,
  type MovedClock,
  type PushPhone,
  startCountersignWith,
  startPushPhone,
} from './push-phone.ts'
import { heading } from './steps.ts'

const GAP_IS_OVER = 21_000

wherePushChromiumIs('a phone that no push reaches', (programs) => {
  const clock: MovedClock = { now: Date.now }
  let services: PushServices
  let phone: PushPhone
  let countersign: Countersign
  let app: Page
  beforeAll(async () => {
    services = await startPushServices({ now: () => clock.now() })
    phone = await startPushPhone({ programs, services })
  })
  beforeEach(async () => {
    countersign = await startCountersignWith(services, clock)
    app = await connect(countersign, phone)
    await phone.turnOn(app)
  })
  afterEach(async () => {
    await phone.closeApp()
    await countersign.close()
    expect(phone.complaints).toEqual([])
  })
  afterAll(async () => {
    await phone?.close()
    await services?.close()
  })

  /** The next request to the push service for this sign-in. */
  const pushed = ({ page }: Begun) => services.gcm.received.next(({ topic }) => page.url.endsWith(`/${topic}`))

  /** Opens what the app lists, without any notification. */
  async function review(): Promise<void> {
    await app.getByRole('button', { name: 'Review' }).click()
    await heading(app, ASKED).waitFor()
  }

  /** Where the service says that the app's device is woken. */
  async function standing(): Promise<string> {
    const [event] = await eventsOf(countersign, 'push.subscribed')
    return (await countersign.service.capabilities.push.standingOf(event?.deviceId ?? '')).subscribed
  }

  /** What the service says of the subscription, to the app's next request of this kind. */
  async function told(method: 'GET' | 'POST'): Promise<string> {
    const ofPush = (url: string): boolean => url.endsWith('/device/v1/push')
    const answer = await app.waitForResponse((one) => ofPush(one.url()) && one.request().method() === method)
    return (await answer.json()).subscribed
  }

  test('a dead subscription: the sign-in is approved in the open app, and the next start of the app subscribes anew', async () => {
    await phone.tryPush(app)
    const endpoint = services.gcm.received.entries.at(-1)?.endpoint ?? ''
    services.gcm.retire(endpoint)

    const begun = await begin(countersign)
    expect(digitsOn(begun.page)).toHaveLength(6)
    expect(await pushed(begun)).toMatchObject({ endpoint, status: 410 })
    await review()
    await approveWith(countersign, app, begun)
    expect(await eventsOf(countersign, 'push.retired')).toMatchObject([{ reason: 'gone' }])
    expect(await standing()).toBe('none')

    await phone.closeApp()
    app = await phone.open('about:blank')
    const heard = Promise.all([told('GET'), told('POST')])
    await app.goto(homeOf(countersign))
    expect(await heard).toEqual(['none', 'web'])
    await app.getByText('This phone tells you when you are asked.').waitFor()
    expect(await standing()).toBe('web')
    await phone.closeApp()

    countersign.clock.leap(GAP_IS_OVER)
    const next = await begin(countersign)
    const shown = await phone.notifications.shown.next()
    const renewed = await pushed(next)
    expect(renewed.status).toBe(201)
    expect(renewed.endpoint).not.toBe(endpoint)
    app = await phone.tap(shown)
    await heading(app, ASKED).waitFor()
    await approveWith(countersign, app, next)
  })

  test('a push service that never answers: nobody waits for it', async () => {
    services.gcm.answerNext('hang')
    const begun = await begin(countersign)
    expect(digitsOn(begun.page)).toHaveLength(6)
    const unanswered = await pushed(begun)
    let givenUp = false
    void unanswered.closed.then(() => {
      givenUp = true
    })
    await review()
    expect(givenUp).toBe(false)
    await approveWith(countersign, app, begun)
    // What nobody needs any more is not waited for to its end.
    await unanswered.closed
    expect(unanswered.status).toBeNull()
  })
})
