// Every view on the narrowest screen, light and dark: automatic checks, reflow and the size of targets.
import { expect, test } from '@jest/globals'
import { accessibilityFaults, scrollsSideways, smallTargets } from '../support/chromium.ts'
import { app, approve, boundPhone, button, heading, inBrowser, openApp, page } from './in-browser.ts'
import { changePlayed, playPush, reopen } from './push-in-browser.ts'

for (const colorScheme of ['light', 'dark'] as const) {
  const options = { viewport: { width: 320, height: 640 }, colorScheme, reducedMotion: 'reduce' } as const
  inBrowser(`the authenticator's views (${colorScheme})`, options, () => {
    test('are accessible', walk)
    test('are accessible in each state of notifications', walkNotifications)
  })
}

/** Looks at the page, and remembers the faults by the name of what is shown. */
function looker() {
  const found: Record<string, string[]> = {}
  const look = async (view: string) => {
    found[view] = await accessibilityFaults(page)
    if (await scrollsSideways(page)) found[view].push('scrolls sideways')
    found[view].push(...(await smallTargets(page)))
  }
  const faults = () => Object.entries(found).filter(([, list]) => list.length > 0)
  return { look, faults }
}

async function walkNotifications(): Promise<void> {
  const { look, faults } = looker()
  const section = (text: string) => page.locator('.push').getByText(text).first().waitFor()
  await playPush({ answer: 'granted', service: 'refuses' })
  await boundPhone('ada.augusta.king-noel.countess.of.lovelace@contoso.example')
  await section('Be told when you are asked')
  await look('offered')
  await button('Not now').click()
  await section('To see who asks')
  await look('off')
  await button('Turn on notifications').click()
  await section('push service cannot be reached')
  await look('failed')
  await changePlayed({ service: 'works' })
  await button('Try again').click()
  await section('This phone tells you')
  await button('Send me a test push').click()
  await section('Sent.')
  await look('on, a test sent')
  await changePlayed({ permission: 'denied' })
  await reopen()
  await section('Blocked')
  await look('denied')
  app.api.push.kinds = ['fcm']
  await changePlayed({ permission: 'default' })
  await reopen()
  await section('sends none to browsers')
  await look('not offered')
  app.api.down = 'before'
  await reopen('#sign-in=gone')
  await heading('Opening the sign-in…').waitFor()
  await look('opening')
  expect(faults()).toEqual([])
}

async function walk(): Promise<void> {
  const { look, faults } = looker()
  await openApp()
  await button('Type a code').waitFor()
  await look('welcome')
  await button('Type a code').click()
  await button('Continue').click()
  await page.getByText('That is not a whole code').waitFor()
  await look('code')
  app.api.allow('7K2M-9QXA-3HTN', 'ada.augusta.king-noel.countess.of.lovelace@contoso.example')
  await page.getByLabel('Code from the sign-in page').fill('7k2m9qxa3htn')
  await button('Continue').click()
  await look('confirm')
  await button('Add this phone').click()
  await approve('111111')
  await page.getByText('You have 2 tries left').waitFor()
  expect(await page.locator('h1').count()).toBe(1)
  await look('prompt')
  await approve()
  await heading('Approved').waitFor()
  expect(await page.locator('h1:focus').count()).toBe(1)
  await look('approved')
  const person = [...app.api.devices.values()][0]!.account.person
  await button('Done').click()
  app.api.ask(person, { application: null, place: null })
  await button('Review').waitFor()
  await look('waiting')
  await button('Review').click()
  await button('This was not me').click()
  await look('not me')
  await button('Stop it and report it').click()
  await heading('Reported').waitFor()
  await look('reported')
  await button('Done').click()
  await button(/^Remove /).click()
  app.api.down = 'before'
  await button('Remove').click()
  await page.getByText('could not be reached').waitFor()
  await look('remove, no connection')
  expect(faults()).toEqual([])
}
