// The integrations in Chromium: connecting a tenant, what is copied and kept as a file, what Entra sent last, and two
// administrators at once.
import { readFile } from 'node:fs/promises'
import { afterEach, beforeEach, expect, test } from '@jest/globals'
import type { BrowserContextOptions, Page } from 'playwright-core'
import { COOKIE, type Console, type Desk, startConsole } from '../../admin/console.ts'
import { accessibilityFaults, type Chromium, describeInChromium, faultsAtEverySize } from '../../support/chromium.ts'
import { begin } from '../../support/stories.ts'

const OTHER = 'b1f2c3d4-0000-4000-8000-000000000001'
const APP_ID = 'b1f2c3d4-0000-4000-8000-000000000002'
const FOCUSED = 'document.activeElement.textContent'

/** What is wrong with how a long form looks: a group in a frame, a choice that is not beside its words, a field with no room above. */
const LOOKS = `(() => {
  const boxOf = (one) => one.getBoundingClientRect()
  const all = (what) => [...document.querySelectorAll('.rules-form ' + what)]
  return [
    ...all('fieldset').filter((group) => getComputedStyle(group).borderTopWidth !== '0px'),
    ...all('.choice').filter(({ children: [box, words] }) =>
      boxOf(words).left - boxOf(box).right < 8 || boxOf(words).top > boxOf(box).bottom),
    ...all('.form-field + .form-field').filter((field) => boxOf(field).top - boxOf(field.previousElementSibling).bottom < 16),
  ].map((one) => 'looks wrong: ' + one.textContent.trim().slice(0, 60))
})()`

/** What is wrong with a page, and with how its long forms look. */
const faultsOf = (page: Page): Promise<string[]> => faultsAtEverySize(page, () => page.evaluate<string[]>(LOOKS))

describeInChromium('an owner of the console', (chromium: Chromium) => {
  let console: Console
  let owner: Desk & { id: string }
  beforeEach(async () => {
    console = await startConsole()
    owner = await console.admitted('owner', 'Ada Lovelace')
  })
  afterEach(() => console.close())

  const one = (act = '') => `/admin/integrations/${console.integration.id}${act && `/${act}`}`
  async function opened(path: string, options: BrowserContextOptions = {}): Promise<Page> {
    const context = await chromium.profile(options)
    await context.addCookies([{ name: COOKIE, value: owner.cookie() ?? '', url: console.url }])
    const page = await context.newPage()
    await page.goto(`${console.url}${path}`)
    return page
  }
  const press = (page: Page, name: string) => page.getByRole('button', { name, exact: true }).click()
  const openAll = async (page: Page) => {
    for (const summary of await page.locator('main details > summary').all()) await summary.click()
  }

  test.each([true, false])('connects a tenant; with JavaScript: %s', async (javaScriptEnabled) => {
    const page = await opened('/admin/integrations', { javaScriptEnabled })
    await page.getByRole('link', { name: 'Connect a tenant' }).click()
    await page.getByLabel('Name', { exact: true }).fill('Fabrikam')
    await page.getByLabel('Directory (tenant) ID').fill('fabrikam.example')
    await page.getByLabel('Application (client) ID').fill(APP_ID)
    await page.getByLabel('Invitation').check()
    await press(page, 'Connect')
    const summary = page.getByRole('alert').filter({ hasText: 'Nothing was saved yet' })
    await summary.waitFor()
    if (javaScriptEnabled) {
      expect(await page.evaluate<string>(FOCUSED)).toContain('Nothing was saved yet')
      expect(await faultsOf(page)).toEqual([])
    }
    await summary.getByRole('link').click()
    const tenant = page.getByLabel('Directory (tenant) ID')
    expect(await tenant.inputValue()).toBe('fabrikam.example')
    await tenant.fill(OTHER)
    await press(page, 'Connect')
    await page.getByRole('status').getByText('The tenant is connected').waitFor()
    await page.getByRole('heading', { level: 1, name: 'Fabrikam' }).waitFor()
    expect((await console.service.capabilities.integrations.list()).at(-1)).toMatchObject({
      ...{ name: 'Fabrikam', tenantId: OTHER, appId: APP_ID, enrolment: 'invitation' },
    })
  })

  test('copies what is to be pasted, to the character, and keeps it as a file', async () => {
    const page = await opened(one(), { permissions: ['clipboard-read', 'clipboard-write'], acceptDownloads: true })
    const copied = () => page.evaluate<string>('navigator.clipboard.readText()')
    const copy = page.getByRole('button', { name: 'Copy the JSON of the custom control' })
    await copy.click()
    await page.getByRole('status').getByText('Copied', { exact: true }).waitFor()
    const json = JSON.parse(await copied())
    expect(json).toMatchObject({ Name: 'Contoso', ClientId: console.integration.clientId })
    // The button is called again what it was.
    await copy.waitFor()
    await press(page, 'Copy Discovery endpoint')
    await page.waitForFunction('navigator.clipboard.readText().then((text) => text.startsWith("http"))')
    expect(await copied()).toBe(`${console.url}/entra/${console.integration.id}/.well-known/openid-configuration`)
    const download = page.waitForEvent('download')
    await page.getByRole('link', { name: 'Download the JSON of the custom control' }).click()
    const file = await download
    expect(file.suggestedFilename()).toBe('contoso-custom-control.json')
    expect(JSON.parse(await readFile(await file.path(), 'utf8'))).toEqual(json)
  })

  test('sees a wrong Directory ID as soon as the hint comes, without reloading', async () => {
    const page = await opened(one())
    const hints = page.locator('#last-hints')
    expect(await hints.getByText('Nothing has come yet').count()).toBe(2)
    await begin(console, { hint: { payload: { iss: `${console.entra.authority}/${OTHER}/v2.0` } } })
    await hints.getByText('compare the Directory (tenant) ID').waitFor()
    await openAll(page)
    expect(await faultsOf(page)).toEqual([])
    await page.goto(`${console.url}/admin/integrations`)
    expect(await faultsOf(page)).toEqual([])
    await page.getByRole('link', { name: 'What to check' }).click()
    await hints.getByText(`issuer names tenant ${OTHER}`).waitFor()
  })

  test('is told that another changed the settings first, keeps what they typed, and saves over it', async () => {
    const grace = await console.admitted('owner', 'Grace Hopper')
    const page = await opened(one('settings'))
    await page.getByLabel('Name', { exact: true }).fill('Mine')
    await page.getByLabel('Domains of first use').fill('contoso.com')
    await grace.submit(one('settings'), {
      ...{
        version: '1',
        name: 'Theirs',
        appId: console.integration.appId,
        enrolment: 'closed',
        digits: '6',
        askedBy: 'both',
      },
      ...{ 'hintAudience.external-mfa': 'app-id', 'hintAudience.custom-control': 'either' },
    })
    await press(page, 'Save')
    await page.getByRole('alert').getByText('Grace Hopper changed this integration').waitFor()
    expect(await page.evaluate<string>(FOCUSED)).toContain('Grace Hopper changed this integration')
    expect(await page.getByLabel('Name', { exact: true }).inputValue()).toBe('Mine')
    expect(await page.locator('.now').allTextContents()).toEqual([
      'It is now: Theirs',
      'It is now: Closed',
      'It is now: none: accounts of every domain',
    ])
    expect(await faultsOf(page)).toEqual([])
    await press(page, 'Save mine over it')
    await page.getByRole('status').getByText('The settings were changed').waitFor()
    await page.getByRole('heading', { level: 1, name: 'Mine' }).waitFor()
  })

  test('disables and enables it by keyboard alone, after its name was typed', async () => {
    const page = await opened(one())
    await page.getByRole('link', { name: 'Disable…' }).press('Enter')
    await page.getByLabel('Its name').press('Enter')
    await page.getByRole('alert').getByText('Type the name.').waitFor()
    expect(await page.evaluate<string>('document.activeElement.id')).toBe('name')
    expect(await faultsOf(page)).toEqual([])
    await page.keyboard.type('Contoso')
    await page.keyboard.press('Enter')
    await page.getByRole('status').getByText('It is disabled').waitFor()
    expect(await accessibilityFaults(page)).toEqual([])
    await page.getByRole('button', { name: 'Enable' }).press('Enter')
    await page.getByRole('status').getByText('It is enabled').waitFor()
  })

  test('removes it, after its name was typed, and learns how to begin anew', async () => {
    const page = await opened(one())
    await page.getByRole('link', { name: 'Remove…' }).press('Enter')
    await page.getByRole('heading', { level: 1, name: 'Remove Contoso for good' }).waitFor()
    expect(await accessibilityFaults(page)).toEqual([])
    await page.getByLabel('Its name').fill('Contoso')
    await page.keyboard.press('Enter')
    await page.getByRole('heading', { name: 'No tenant is connected yet' }).waitFor()
    expect(await faultsOf(page)).toEqual([])
  })
})
