// The doorbell, rung for real: the phone is a Firefox, Mozilla's push service an emulation on loopback, and the
// notification is clicked on a desktop of the test's. Headless Firefox opens windows as one with a screen does.
import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals'
import type { Page } from 'puppeteer-core'
import {
  type PushFirefox,
  type PushServices,
  startPushFirefox,
  startPushServices,
  wherePushFirefoxIs,
} from '../../push-services/push-browsers.ts'
import { digitsOn, ticketOn } from '../../support/browser.ts'
import type { Countersign } from '../../support/countersign.ts'
import { type Begun, begin, finish, reload, signInIdOf } from '../../support/stories.ts'
import { ASKED, homeOf, type MovedClock, startCountersignWith } from './push-phone.ts'

const LIMITS_ARE_OVER = 601_000

wherePushFirefoxIs('a notification in Firefox', (programs) => {
  const clock: MovedClock = { now: Date.now }
  let services: PushServices
  let countersign: Countersign
  let phone: PushFirefox
  beforeAll(async () => {
    services = await startPushServices({ now: () => clock.now() })
    ;[countersign, phone] = await Promise.all([
      startCountersignWith(services, clock),
      startPushFirefox({ programs, autopush: services.autopush }),
    ])
    const first = await begin(countersign)
    const app = await phone.browser.newPage()
    await app.goto(`${homeOf(countersign)}#ticket=${ticketOn(first.page)}`)
    await press(app, 'Add this phone')
    await approve(app, first)
    await press(app, 'Done')
    // In this Firefox every site may show notifications, and an allowed app turns them on by itself: so off, and on again.
    await press(app, 'Turn off')
    await press(app, 'Turn on notifications')
    await app.waitForSelector('#push-test')
    await app.close()
  })
  beforeEach(() => countersign.clock.leap(LIMITS_ARE_OVER))
  afterAll(async () => {
    await phone?.close()
    await countersign?.close()
    await services?.close()
  })

  const press = (app: Page, name: string): Promise<void> => app.locator(`button::-p-text(${name})`).click()

  /** Types the number that the sign-in page shows, and takes the answer to Entra. */
  async function approve(app: Page, begun: Begun): Promise<void> {
    await app.waitForSelector('#number')
    await app.locator('#number').fill(digitsOn(await reload(begun)) ?? '')
    await press(app, 'Approve')
    await app.waitForSelector('.sign.approved')
    expect(await finish(countersign, begun)).toMatchObject({ accepted: true })
  }

  /** The notification of this sign-in. It tells of the organisation, and nothing of the number. */
  async function notified(begun: Begun) {
    expect(begun.page.text).toContain('We sent a notification to your phone.')
    expect(await services.autopush.received.next()).toMatchObject({ topic: signInIdOf(begun.page), status: 201 })
    const shown = await phone.notifications.shown.next()
    expect(shown).toMatchObject({ title: ASKED, body: 'ada@contoso.example: Contoso' })
    expect(JSON.stringify(shown)).not.toContain(digitsOn(begun.page))
    return shown
  }

  const windows = () => phone.browser.targets().filter((target) => target.url().startsWith(homeOf(countersign)))

  test('wakes a phone whose app is closed; a tap leads to the question, and the typed number to Entra', async () => {
    const begun = await begin(countersign)
    const shown = await notified(begun)
    expect(windows()).toEqual([])
    phone.notifications.click(shown)
    const opened = await phone.browser.waitForTarget((target) => windows().includes(target))
    const app = (await opened.page()) as Page
    await approve(app, begun)
    await app.close()
  })

  test('leads to the app where it is open already, and opens no second one', async () => {
    const app = await phone.browser.newPage()
    await app.goto(homeOf(countersign))
    const other = await phone.browser.newPage()
    await other.bringToFront()
    expect(await app.evaluate('document.hasFocus()')).toBe(false)

    const begun = await begin(countersign, { contract: 'custom-control' })
    phone.notifications.click(await notified(begun))
    // The focus is what Firefox gives where it has no screen: its tabs stay in the order that they are in.
    await app.evaluate(UNTIL_FOCUSED)
    await app.waitForSelector('#number')
    expect(windows()).toHaveLength(1)
    await app.bringToFront()
    await approve(app, begun)
  })
})

/** A script that waits until its page has the focus. */
const UNTIL_FOCUSED = `new Promise((resolve) => {
  addEventListener('focus', resolve)
  if (document.hasFocus()) resolve()
})`
