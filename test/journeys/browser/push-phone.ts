// A person's phone that can be woken: a Chromium of its own with the authenticator in it, and the desktop that its
// notifications appear on. The computer beside it is a browser of browser.ts, which shows no pictures.
import { expect } from '@jest/globals'
import type { Page } from 'playwright-core'
import type { Shown } from '../../push-services/notifications.ts'
import { type Programs, type PushServices, startPushChromium } from '../../push-services/push-browsers.ts'
import { digitsOn, ticketOn } from '../../support/browser.ts'
import { noteComplaints } from '../../support/chromium.ts'
import { ADA, type Countersign, startCountersign } from '../../support/countersign.ts'
import { type Begun, begin, finish, invite, reload } from '../../support/stories.ts'
import { addThisPhone, approveOn } from './steps.ts'

export const ASKED = 'Is this you signing in?'

/** A Countersign whose pushes go to these services, by their network. They judge them by its clock. */
export async function startCountersignWith(services: PushServices, clock: MovedClock): Promise<Countersign> {
  const { lookup, dial } = services.network
  const countersign = await startCountersign({ world: { lookup, dial } })
  clock.now = countersign.clock.now
  return countersign
}

/** The clock of the push services: they are started before the Countersign whose clock they shall have. */
export type MovedClock = { now: () => number }

export type PushPhone = Awaited<ReturnType<typeof startPushPhone>>

export async function startPushPhone({ programs, services }: { programs: Programs; services: PushServices }) {
  // Nobody has allowed notifications yet: `turnOn` does.
  const { context, notifications, close } = await startPushChromium({ programs, gcm: services.gcm, origins: [] })
  const complaints: string[] = []
  noteComplaints(context, complaints)
  // Shorter than a test may take, so that what was waited for is named.
  context.setDefaultTimeout(20_000)
  const windows = (): Page[] => context.pages().filter((page) => page.url().startsWith('http'))

  return {
    notifications,
    complaints,
    close,

    async open(address: string): Promise<Page> {
      const app = await context.newPage()
      await app.goto(address)
      return app
    },

    windows,

    /** What stays is the empty window that the browser began with. */
    async closeApp(): Promise<void> {
      await Promise.all(windows().map((window) => window.close()))
    },

    /** Asks for a test push, which it shows. */
    async tryPush(app: Page): Promise<Shown> {
      await app.getByRole('button', { name: 'Send me a test push' }).click()
      await app.locator('#view').getByText('A notification “This is a test” should appear now.').waitFor()
      return notifications.shown.next()
    },

    /** Turns notifications on with the app's button. Who sits in front of this browser has just allowed them: it cannot ask. */
    async turnOn(app: Page): Promise<void> {
      const button = app.getByRole('button', { name: 'Turn on notifications' })
      await button.waitFor()
      await context.grantPermissions(['notifications'], { origin: new URL(app.url()).origin })
      await button.click()
      await app.getByText('This phone tells you when you are asked.').waitFor()
    },

    /** The window that a tapped notification opens, when the app has none. */
    async tap(shown: Shown): Promise<Page> {
      const opened = context.waitForEvent('page')
      notifications.click(shown)
      return opened
    },
  }
}

export const homeOf = ({ url }: Countersign): string => `${url}/authenticator/`

/** Connects the phone to Ada’s account, by an administrator's code when she has another; leaves the app open at its home. */
export async function connect(countersign: Countersign, phone: PushPhone, by?: 'invitation'): Promise<Page> {
  const begun = await begin(countersign)
  const { browser, page } = begun
  const withTicket = by ? await browser.submit(page, 'invitation', { code: await invite(countersign, ADA) }) : page
  const app = await phone.open(`${homeOf(countersign)}#ticket=${ticketOn(withTicket)}`)
  await addThisPhone(app)
  await approveWith(countersign, app, begun)
  return app
}

/** Types the number that the sign-in page shows, and takes the answer to Entra. Leaves the app at its home. */
export async function approveWith(countersign: Countersign, app: Page, begun: Begun): Promise<void> {
  await approveOn(app, digitsOn(await reload(begun)) ?? '')
  expect(await finish(countersign, begun)).toMatchObject({ accepted: true })
  await app.getByRole('button', { name: 'Done' }).click()
}
