// One person with two phones, each a Chromium: what is over on one goes from the other.
import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals'
import type { Shown } from '../../push-services/notifications.ts'
import { type PushServices, startPushServices, wherePushChromiumIs } from '../../push-services/push-browsers.ts'
import type { Countersign } from '../../support/countersign.ts'
import { begin, leave } from '../../support/stories.ts'
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

/** Rings that are this long ago count no more, and the next may follow after so long. */
const LIMITS_ARE_OVER = 601_000
const GAP_IS_OVER = 21_000

wherePushChromiumIs('notifications on two phones', (programs) => {
  const clock: MovedClock = { now: Date.now }
  let services: PushServices
  let countersign: Countersign
  let first: PushPhone
  let second: PushPhone
  beforeAll(async () => {
    services = await startPushServices({ now: () => clock.now() })
    ;[countersign, first, second] = await Promise.all([
      startCountersignWith(services, clock),
      startPushPhone({ programs, services }),
      startPushPhone({ programs, services }),
    ])
    const apps = [await connect(countersign, first), await connect(countersign, second, 'invitation')] as const
    await Promise.all([first.turnOn(apps[0]), second.turnOn(apps[1])])
    await Promise.all([first.closeApp(), second.closeApp()])
  })
  beforeEach(() => countersign.clock.leap(LIMITS_ARE_OVER))
  afterAll(async () => {
    await Promise.all([first?.close(), second?.close()])
    await countersign?.close()
    await services?.close()
    expect([...first.complaints, ...second.complaints]).toEqual([])
  })

  async function bothShow(title: string): Promise<Shown[]> {
    const shown = await Promise.all([first, second].map((phone) => phone.notifications.shown.next()))
    expect(shown).toMatchObject([{ title }, { title }])
    return shown
  }

  test('decided on one: the other says so, in the same place and without a sound', async () => {
    const begun = await begin(countersign)
    const [onFirst, onSecond] = await bothShow(ASKED)
    const app = await second.tap(onSecond!)
    await heading(app, ASKED).waitFor()
    await approveWith(countersign, app, begun)

    const over = await first.notifications.shown.next()
    expect(over).toMatchObject({ id: onFirst!.id, title: 'Already decided on another device' })
    expect(over.body).toContain('Contoso')
    const elsewhere = await first.open(homeOf(countersign))
    expect(await elsewhere.evaluate(STANDING)).toEqual([{ title: over.title, silent: true }])
    expect(await app.evaluate(STANDING)).toEqual([])
    await Promise.all([first.closeApp(), second.closeApp()])
  })

  test('left in the browser: both say that it is over', async () => {
    const begun = await begin(countersign)
    const asked = await bothShow(ASKED)
    await leave(begun)
    const over = await bothShow('This sign-in is over')
    expect(over.map(({ id }) => id)).toEqual(asked.map(({ id }) => id))
  })

  test('sent again: it takes the place of the first, on both', async () => {
    const begun = await begin(countersign)
    const asked = await bothShow(ASKED)
    const { text: tooEarly } = await begun.browser.submit(begun.page, 'send-again')
    expect(tooEarly).toMatch(/data-again-after="[1-9]/)
    countersign.clock.leap(GAP_IS_OVER)
    const { text } = await begun.browser.submit(begun.page, 'send-again')
    expect(text).toContain('We sent a notification to your phone.')
    const again = await bothShow(ASKED)
    expect(again.map(({ id }) => id)).toEqual(asked.map(({ id }) => id))

    const app = await first.tap(again[0]!)
    await heading(app, ASKED).waitFor()
    await approveWith(countersign, app, begun)
    expect(await second.notifications.shown.next()).toMatchObject({
      id: asked[1]!.id,
      title: 'Already decided on another device',
    })
    await first.closeApp()
  })
})

/** The notifications that stand on a phone, as its browser tells them to the app. */
const STANDING = `navigator.serviceWorker.ready
  .then((registration) => registration.getNotifications())
  .then((standing) => standing.map(({ title, silent }) => ({ title, silent })))`
