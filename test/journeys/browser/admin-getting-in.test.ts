// An administrator in Chromium, with the authenticator that its DevTools protocol has: the one-time link, the first
// passkey, out and in again, and a fresh proof before what is dangerous.
import { afterEach, beforeEach, expect, test } from '@jest/globals'
import type { BrowserContext, CDPSession, Page } from 'playwright-core'
import { type Chromium, describeInChromium, faultsAtEverySize } from '../../support/chromium.ts'
import { type Countersign, startCountersign } from '../../support/countersign.ts'

const MINUTE = 60_000

describeInChromium('an administrator', (chromium: Chromium) => {
  let countersign: Countersign
  let context: BrowserContext
  let page: Page
  let devTools: CDPSession
  let authenticatorId: string
  beforeEach(async () => {
    countersign = await startCountersign()
    context = await chromium.profile()
    page = await context.newPage()
    devTools = await context.newCDPSession(page)
    await devTools.send('WebAuthn.enable', { enableUI: false })
    const options = {
      protocol: 'ctap2',
      ctap2Version: 'ctap2_1',
      transport: 'internal',
      hasResidentKey: true,
      hasUserVerification: true,
      isUserVerified: true,
      automaticPresenceSimulation: true,
    } as const
    const added = await devTools.send('WebAuthn.addVirtualAuthenticator', { options })
    authenticatorId = added.authenticatorId
  })
  afterEach(() => countersign.close())

  const button = (name: string) => page.getByRole('button', { name, exact: true })
  const heading = (name: string) => page.getByRole('heading', { level: 1, name, exact: true })
  const link = async () =>
    (
      await countersign.service.capabilities.administrators.invite(
        { name: 'Ada Lovelace', role: 'owner' },
        'command-line',
      )
    ).url

  async function enter(): Promise<void> {
    await page.goto(await link())
    await button('Add a passkey').click()
    await heading('Overview').waitFor()
    await page.goto(`${countersign.url}/admin/account`)
  }

  test('opens the link, adds a passkey, signs out, and signs in again, to where they were going', async () => {
    await page.goto(await link())
    await page
      .getByText('Ada Lovelace, you are invited to this console as: Owner. That role may do everything.')
      .waitFor()
    expect(await faultsAtEverySize(page)).toEqual([])
    await page.getByLabel('Name of this passkey').fill('My laptop')
    await page.keyboard.press('Enter')
    await heading('Overview').waitFor()
    expect(page.url()).toBe(`${countersign.url}/admin/`)
    await page.getByRole('link', { name: /your account$/ }).click()
    await page.locator('.rows bdi', { hasText: 'My laptop' }).waitFor()

    await button('Sign out').click()
    await heading('You are signed out').waitFor()
    await page.goto(`${countersign.url}/admin/administrators`)
    await heading('Sign in').waitFor()
    await page.getByText('I have no passkey here').click()
    expect(await faultsAtEverySize(page)).toEqual([])
    await button('Sign in with a passkey').click()
    await heading('Administrators').waitFor()
  })

  test('proves to be there before inviting another; nothing typed is lost', async () => {
    await enter()
    await page.goto(`${countersign.url}/admin/administrators`)
    countersign.clock.leap(6 * MINUTE)
    await page.getByLabel('Name', { exact: true }).fill('Grace Hopper')
    await page.getByLabel('Viewer').check()
    await button('Make a link').click()
    await heading('Is it you?').waitFor()
    await page.getByText('Invite Grace Hopper as Viewer').waitFor()
    expect(await faultsAtEverySize(page)).toEqual([])
    await button('Confirm with a passkey').click()
    await heading('One-time link for Grace Hopper').waitFor()
    expect(await faultsAtEverySize(page)).toEqual([])
    const invitation = await page.locator('#link').textContent()
    expect(invitation).toMatch(new RegExp(`^${countersign.url}/admin/enter#[\\w-]{43}$`))
  })

  test('meets no page that is hard to read or to reach', async () => {
    await enter()
    await page.getByText('Change').click()
    expect(await faultsAtEverySize(page)).toEqual([])
    await page.getByRole('link', { name: 'Administrators' }).click()
    await heading('Administrators').waitFor()
    expect(await faultsAtEverySize(page)).toEqual([])
    await page.getByRole('main').getByRole('link', { name: 'Ada Lovelace' }).click()
    await heading('Ada Lovelace').waitFor()
    expect(await faultsAtEverySize(page)).toEqual([])
    await button('Remove').click()
    await page.getByText('No owner would be left').waitFor()
    expect(await faultsAtEverySize(page)).toEqual([])
  })

  test('reads beside the field what is wrong with a name, and finds what was typed', async () => {
    await enter()
    const fault = page.locator('.fault', { hasText: 'Type a name of 1 to' })
    const typed = page.getByLabel('Name that other administrators see')
    await typed.fill('   ')
    await button('Save').last().click()
    await fault.waitFor()
    expect(await typed.inputValue()).toBe('   ')
    expect(await faultsAtEverySize(page)).toEqual([])
    await page.getByRole('link', { name: 'Administrators' }).click()
    await page.getByLabel('Name', { exact: true }).fill('   ')
    await page.getByLabel('Viewer').check()
    await button('Make a link').click()
    await fault.waitFor()
    expect(await page.getByLabel('Viewer').isChecked()).toBe(true)
    expect(await faultsAtEverySize(page)).toEqual([])
  })

  test('adds a second passkey after a fresh proof, on the same page, and removes the first', async () => {
    await enter()
    countersign.clock.leap(6 * MINUTE)
    // The same authenticator has one already: another one is at hand.
    const options = {
      ...({ protocol: 'ctap2', ctap2Version: 'ctap2_1', transport: 'usb' } as const),
      ...{ hasResidentKey: true, hasUserVerification: true, isUserVerified: true, automaticPresenceSimulation: true },
    }
    await devTools.send('WebAuthn.addVirtualAuthenticator', { options })
    await page.getByLabel('Name', { exact: true }).last().fill('Security key')
    await button('Add a passkey').click()
    await page.getByText('The passkey was added.').waitFor()
    expect(await page.locator('.rows bdi').allTextContents()).toEqual([
      expect.stringMatching(/^(Chrome|Chromium) on/),
      'Security key',
    ])
    const first = page.locator('.rows > li').first()
    await first.getByText('Change').click()
    await first.getByRole('button', { name: /^Remove/ }).click()
    await page.getByText('The passkey was removed').waitFor()
    expect(await page.locator('.rows bdi').allTextContents()).toEqual(['Security key'])
  })

  test('is told when a link is spent, or not whole, and how to go on', async () => {
    const url = await link()
    await page.goto(url)
    await button('Add a passkey').click()
    await heading('Overview').waitFor()
    await page.goto(url)
    await page.getByRole('alert').getByText('This link does not work').waitFor()
    expect(await button('Add a passkey').count()).toBe(0)
    await page.goto(url.slice(0, -5))
    await page.getByRole('alert').getByText('This link is not complete').waitFor()
    expect(await faultsAtEverySize(page)).toEqual([])
    expect(await page.getByRole('link', { name: 'Sign in' }).getAttribute('href')).toBe('/admin/sign-in')
  })

  test('is told why nothing happened when the passkey is not given, and can try again', async () => {
    await enter()
    await button('Sign out').click()
    await devTools.send('WebAuthn.setUserVerified', { authenticatorId, isUserVerified: false })
    await button('Sign in with a passkey').click()
    await page.getByRole('alert').getByText('Nothing was done').waitFor()
    await devTools.send('WebAuthn.setUserVerified', { authenticatorId, isUserVerified: true })
    await button('Sign in with a passkey').click()
    await heading('Overview').waitFor()
    // The browser's history keeps no link: back is not the page of the link.
    expect(await page.evaluate<string>('document.referrer')).not.toContain('#')
  })

  test('reaches everything by keyboard; the first Tab leads past the navigation', async () => {
    await enter()
    await page.keyboard.press('Tab')
    expect(await page.evaluate<string>('document.activeElement.textContent')).toBe('Skip to the content')
    await page.keyboard.press('Enter')
    expect(await page.evaluate<string>('document.activeElement.id')).toBe('content')
  })

  test('at another address of this service is told where the console is, and gets there with the whole link', async () => {
    const url = await link()
    await page.goto(url.replace('localhost', '127.0.0.1'))
    await page.getByRole('alert').getByText(`This console is at ${countersign.url}.`).waitFor()
    expect(await button('Add a passkey').count()).toBe(0)
    expect(await faultsAtEverySize(page)).toEqual([])
    await page.getByRole('link', { name: 'Open it there' }).click()
    await button('Add a passkey').click()
    await heading('Overview').waitFor()
  })
})
