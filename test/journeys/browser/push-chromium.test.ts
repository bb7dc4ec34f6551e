// The doorbell, rung for real: the phone is a Chromium, Google's push service an emulation on loopback, and the
// notification is clicked on a desktop of the test's. See test/push-services/README.md.
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from '@jest/globals'
import { type PushServices, startPushServices, wherePushChromiumIs } from '../../push-services/push-browsers.ts'
import { describeInChromium, scan } from '../../support/chromium.ts'
import type { Countersign } from '../../support/countersign.ts'
import { begin } from '../../support/stories.ts'
import {
  ASKED,
  approveWith,
  connect,
  type MovedClock,
  type PushPhone,
  startCountersignWith,
  startPushPhone,
} from './push-phone.ts'
import {
  addThisPhone,
  approveOn,
  beginAtApplication,
  COMPUTER,
  digitsOn,
  expectAccepted,
  heading,
  signInId,
  signInPage,
} from './steps.ts'

wherePushChromiumIs('a notification in Chromium', (programs) => {
  describeInChromium('beside a computer', (chromium) => {
    const clock: MovedClock = { now: Date.now }
    let services: PushServices
    let phone: PushPhone
    let countersign: Countersign
    beforeAll(async () => {
      services = await startPushServices({ now: () => clock.now() })
      phone = await startPushPhone({ programs, services })
    })
    beforeEach(async () => {
      countersign = await startCountersignWith(services, clock)
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

    test('wakes a phone whose app is closed; a tap leads to the question, and the typed number to the application', async () => {
      const computer = await chromium.page(COMPUTER)
      await beginAtApplication(computer, countersign)
      await signInPage(computer, 'ticket')
      const bound = await phone.open((await scan(computer)) ?? '')
      await addThisPhone(bound)
      await signInPage(computer, 'number')
      await approveOn(bound, await digitsOn(computer))
      await expectAccepted(computer)
      await bound.getByRole('button', { name: 'Done' }).click()
      await phone.turnOn(bound)
      await phone.closeApp()

      await beginAtApplication(computer, countersign, { contract: 'custom-control' })
      await signInPage(computer, 'number')
      await computer.getByText('We sent a notification to your phone. Tap it, and type this number.').waitFor()
      const digits = await digitsOn(computer)
      const shown = await phone.notifications.shown.next()
      expect(shown).toMatchObject({ title: ASKED, body: expect.stringContaining('Contoso') })
      expect(JSON.stringify(shown)).not.toContain(digits)
      expect(await services.gcm.received.next()).toMatchObject({
        topic: signInId(computer),
        urgency: 'high',
        status: 201,
      })

      const app = await phone.tap(shown)
      await heading(app, ASKED).waitFor()
      await approveOn(app, digits)
      await expectAccepted(computer)
    })

    test('leads to the app where it is open already; a test push comes too', async () => {
      const app = await connect(countersign, phone)
      await phone.turnOn(app)
      const tried = await phone.tryPush(app)
      expect(tried).toMatchObject({ title: 'This is a test', body: expect.stringContaining('Contoso') })

      const begun = await begin(countersign)
      phone.notifications.click(await phone.notifications.shown.next())
      await heading(app, ASKED).waitFor()
      expect(phone.windows()).toEqual([app])
      await approveWith(countersign, app, begun)
    })
  })
})
