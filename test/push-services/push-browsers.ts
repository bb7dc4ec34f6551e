// Browsers that get real pushes from the emulated services and show real desktop notifications. TEST USAGE ONLY.
//
//   wherePushChromiumIs('what is tested', (programs) => {
//     beforeAll: services = await startPushServices()
//                browser = await startPushChromium({ programs, gcm: services.gcm, origins: ['http://localhost:8080'] })
//     browser.context          Playwright’s; one profile, one person: incognito windows cannot subscribe
//     browser.notifications    its desktop, see notifications.ts
//     await browser.close()
//   wherePushFirefoxIs and startPushFirefox likewise; browser.browser is Puppeteer’s
//   services.network           what the sender is given in the place of name servers and of tls.connect, see dial.ts
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type BrowserContext, chromium } from 'playwright-core'
import puppeteer, { type Browser } from 'puppeteer-core'
import { CHROMIUM_FLAGS, chromiumProgram } from '../support/chromium-program.ts'
import { firefox, libnotify } from '../support/firefox.ts'
import { whereInstalled } from '../support/installed.ts'
import { program } from '../support/programs.ts'
import { AUTOPUSH_HOSTS, type Autopush, startAutopush } from './autopush.ts'
import { makeCertificate } from './certificate.ts'
import { createDial } from './dial.ts'
import { GCM_HOSTS, type Gcm, startGcm } from './gcm.ts'
import { type Notifications, startNotifications } from './notifications.ts'

export type PushServices = Awaited<ReturnType<typeof startPushServices>>

/** Both push services, and the network between them and a sender. `now` is what they judge a sender’s token by. */
export async function startPushServices({ now = Date.now }: { now?: () => number } = {}) {
  const certificate = await makeCertificate([...GCM_HOSTS, ...AUTOPUSH_HOSTS])
  const [gcm, autopush] = await Promise.all([startGcm({ certificate, now }), startAutopush({ certificate, now })])
  return {
    gcm,
    autopush,
    network: createDial([gcm, autopush], certificate),
    close: async (): Promise<void> => {
      await Promise.all([gcm.close(), autopush.close()])
    },
  }
}

/** The paths of what a push browser is made of. */
export type Programs = { browser: string; dbusDaemon: string }

const dbusDaemon = program('dbus-daemon', 'dbus', 'dbus-daemon')

/** Runs the tests of `body` where Chromium and a message bus are; otherwise they are skipped, or fail in CI. */
export function wherePushChromiumIs(name: string, body: (programs: Programs) => void): void {
  whereInstalled(name, [chromiumProgram, dbusDaemon], (browser = '', bus = '') => body({ browser, dbusDaemon: bus }))
}

export function wherePushFirefoxIs(name: string, body: (programs: Programs) => void): void {
  const needed = [firefox, dbusDaemon, libnotify]
  whereInstalled(name, needed, (browser = '', bus = '') => body({ browser, dbusDaemon: bus }))
}

export type PushChromium = { context: BrowserContext; notifications: Notifications; close(): Promise<void> }

type ChromiumOptions = {
  programs: Programs
  gcm: Gcm
  /** The sites that may show notifications. */
  origins: readonly string[]
}

export async function startPushChromium({ programs, gcm, origins }: ChromiumOptions): Promise<PushChromium> {
  const notifications = await startNotifications(programs.dbusDaemon)
  const profile = mkdtempSync(join(tmpdir(), 'countersign-chromium-'))
  const end = async (): Promise<void> => {
    await notifications.close()
    rmSync(profile, { recursive: true, force: true })
  }
  try {
    const context = await chromium.launchPersistentContext(profile, {
      executablePath: programs.browser,
      args: [...CHROMIUM_FLAGS, ...gcm.chromiumFlags],
      env: environment(notifications),
    })
    for (const origin of origins) await context.grantPermissions(['notifications'], { origin })
    return {
      context,
      notifications,
      async close() {
        await context.close()
        await end()
      },
    }
  } catch (error) {
    await end()
    throw error
  }
}

export type PushFirefox = { browser: Browser; notifications: Notifications; close(): Promise<void> }

/** In this Firefox every site may show notifications. Its user contexts each subscribe for themselves. */
export async function startPushFirefox(options: { programs: Programs; autopush: Autopush }): Promise<PushFirefox> {
  const { programs, autopush } = options
  const notifications = await startNotifications(programs.dbusDaemon)
  try {
    const browser = await puppeteer.launch({
      browser: 'firefox',
      executablePath: programs.browser,
      extraPrefsFirefox: {
        ...autopush.firefoxPreferences,
        'permissions.default.desktop-notification': 1,
        // libnotify, and so the test's desktop. Without any, showing fails, and Firefox takes the subscription away in the end.
        'alerts.useSystemBackend': true,
      },
      env: environment(notifications),
    })
    return {
      browser,
      notifications,
      async close() {
        await browser.close()
        await notifications.close()
      },
    }
  } catch (error) {
    await notifications.close()
    throw error
  }
}

const environment = ({ address }: Notifications): Record<string, string> => ({
  PATH: process.env.PATH ?? '',
  HOME: process.env.HOME ?? tmpdir(),
  LANG: 'en_US.UTF-8',
  DBUS_SESSION_BUS_ADDRESS: address,
})
