// An administrator in Chromium who connects Entra in the console, comes back in by it, and proves there to be who they are.
import { afterEach, beforeEach, expect, test } from '@jest/globals'
import type { Page } from 'playwright-core'
import { type Console, startConsole } from '../../admin/console.ts'
import { connected, registerAtEntra, SECRET } from '../../admin/entra-desk.ts'
import { type Chromium, describeInChromium, faultsAtEverySize } from '../../support/chromium.ts'
import { ADA, APP, GUEST, TENANT } from '../../support/countersign.ts'

const MINUTE = 60_000

describeInChromium('an administrator with Entra', (chromium: Chromium) => {
  let countersign: Console
  let page: Page
  beforeEach(async () => {
    countersign = await startConsole()
    page = await chromium.page()
    const devTools = await page.context().newCDPSession(page)
    await devTools.send('WebAuthn.enable', { enableUI: false })
    const options = {
      ...({ protocol: 'ctap2', ctap2Version: 'ctap2_1', transport: 'internal' } as const),
      ...{ hasResidentKey: true, hasUserVerification: true, isUserVerified: true, automaticPresenceSimulation: true },
    }
    await devTools.send('WebAuthn.addVirtualAuthenticator', { options })
  })
  afterEach(() => countersign.close())

  const button = (name: string) => page.getByRole('button', { name, exact: true })
  const heading = (name: string) => page.getByRole('heading', { level: 1, name, exact: true })
  const asAda = () => page.getByRole('button', { name: `Sign in as ${ADA.name}` }).click()

  test('connects it in the console: what is wrong is said beside its field, and nothing counts before it was proven', async () => {
    registerAtEntra(countersign, { [ADA.objectId]: ['Countersign.Owner'] })
    const { administrators } = countersign.service.capabilities
    await page.goto((await administrators.invite({ name: 'First owner', role: 'owner' }, 'command-line')).url)
    await button('Add a passkey').click()
    await page.getByRole('link', { name: 'First owner' }).waitFor()
    await page.goto(`${countersign.url}/admin/administrators`)
    await page.getByRole('link', { name: 'Sign in with Entra' }).click()
    await heading('Sign in with Entra').waitFor()
    await page.getByLabel('Directory (tenant) ID').fill('contoso.example')
    await page.getByLabel('Application (client) ID').fill(APP)
    await page.getByLabel('Client secret').fill(SECRET)
    await page.getByLabel('Cloud').selectOption('local')
    await button('Save').click()
    await page.getByRole('alert').getByText('One field is not right yet').waitFor()
    expect(await page.evaluate<string>('document.activeElement.getAttribute("role")')).toBe('alert')
    expect(await page.getByLabel('Application (client) ID').inputValue()).toBe(APP)
    expect(await page.getByLabel('Client secret').inputValue()).toBe('')
    expect(await faultsAtEverySize(page)).toEqual([])
    await page.getByLabel('Directory (tenant) ID').fill(TENANT)
    await page.getByLabel('Client secret').fill(SECRET)
    await button('Save').click()
    await page.getByText('Saved, not yet proven').waitFor()
    await button('Sign in with Entra now').click()
    await asAda()
    await page.getByText('Administrators can sign in with Entra now').waitFor()
    expect(await faultsAtEverySize(page)).toEqual([])
    await button('Sign out').click()
    await button('Sign in with Entra').waitFor()
  })

  test('comes in by it, and proves there anew to be who they are; what was typed is kept', async () => {
    await connected(countersign)
    await page.goto(`${countersign.url}/admin/administrators`)
    await button('Sign in with Entra').click()
    await asAda()
    await heading('Administrators').waitFor()
    countersign.clock.leap(6 * MINUTE)
    await page.getByLabel('Name', { exact: true }).fill('Grace Hopper')
    await page.getByLabel('Viewer').check()
    await button('Make a link').click()
    await heading('Is it you?').waitFor()
    await button('Sign in with Entra').click()
    await page.getByText('The password is asked anew').waitFor()
    await asAda()
    await heading('It is you').waitFor()
    await page.getByText('Invite Grace Hopper as Viewer').waitFor()
    // One press, which the keyboard is on already.
    await page.keyboard.press('Enter')
    await heading('One-time link for Grace Hopper').waitFor()
  })

  test('meets no page that is hard to read or to reach', async () => {
    await connected(countersign)
    await page.goto(`${countersign.url}/admin/sign-in`)
    expect(await faultsAtEverySize(page)).toEqual([])
    await button('Sign in with Entra').click()
    await asAda()
    await page.getByRole('link', { name: ADA.name }).waitFor()
    countersign.clock.leap(6 * MINUTE)
    await page.goto(`${countersign.url}/admin/account`)
    await page.getByText('You sign in with Entra.').waitFor()
    expect(await faultsAtEverySize(page)).toEqual([])
    await page.goto(`${countersign.url}/admin/administrators`)
    await page.getByRole('main').getByRole('link', { name: ADA.name }).click()
    await page.getByText('Entra says which role they have').waitFor()
    expect(await faultsAtEverySize(page)).toEqual([])
    await button('Switch the access off').click()
    await heading('Is it you?').waitFor()
    expect(await faultsAtEverySize(page)).toEqual([])
    await button('Sign in with Entra').click()
    await page.getByRole('button', { name: 'Cancel' }).click()
    await page.getByRole('alert').getByText('Entra did not sign you in').waitFor()
    expect(await faultsAtEverySize(page)).toEqual([])
    await button('Sign in with Entra').click()
    await asAda()
    await heading('It is you').waitFor()
    expect(await faultsAtEverySize(page)).toEqual([])
  })

  test('who has no role is told what to ask for, and who cancels at Entra can begin again', async () => {
    await connected(countersign)
    await page.goto(`${countersign.url}/admin/sign-in`)
    await button('Sign in with Entra').click()
    await page.getByRole('button', { name: `Sign in as ${GUEST.name}` }).click()
    await heading('No role here').waitFor()
    await page.getByText(GUEST.objectId).waitFor()
    expect(await faultsAtEverySize(page)).toEqual([])
    await page.getByRole('link', { name: 'To the sign-in page' }).click()
    await button('Sign in with Entra').click()
    await page.getByRole('button', { name: 'Cancel' }).click()
    await page.getByText('Entra did not sign you in').waitFor()
  })

  test('without JavaScript comes in by Entra all the same', async () => {
    await connected(countersign)
    const plain = await chromium.page({ javaScriptEnabled: false })
    await plain.goto(`${countersign.url}/admin/administrators`)
    await plain.getByRole('button', { name: 'Sign in with Entra' }).click()
    await plain.getByRole('button', { name: `Sign in as ${ADA.name}` }).click()
    await plain.getByRole('heading', { level: 1, name: 'Administrators' }).waitFor()
  })
})
