// API tokens in Chromium: an owner makes one, copies it, and revokes it; with and without JavaScript.
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import type { BrowserContextOptions, Page } from 'playwright-core'
import { COOKIE, type Console, type Desk, startConsole } from '../../admin/console.ts'
import { createMachine, machineOf } from '../../admin/machine.ts'
import { type Chromium, describeInChromium, faultsAtEverySize } from '../../support/chromium.ts'

describeInChromium('an owner who gives machines access', (chromium: Chromium) => {
  let console: Console
  let owner: Desk & { id: string }
  beforeAll(async () => {
    console = await startConsole()
    owner = await console.admitted('owner', 'Ada Lovelace')
  })
  afterAll(() => console.close())

  async function opened(options: BrowserContextOptions = {}): Promise<Page> {
    const context = await chromium.profile(options)
    await context.addCookies([{ name: COOKIE, value: owner.cookie() ?? '', url: console.url }])
    const page = await context.newPage()
    await page.goto(`${console.url}/admin/tokens`)
    return page
  }
  const press = (page: Page, name: string | RegExp) => page.getByRole('button', { name }).click()

  test.each([true, false])('makes one, and revokes it; with JavaScript: %s', async (javaScriptEnabled) => {
    const page = await opened({ javaScriptEnabled })
    const name = `Help desk tool ${javaScriptEnabled}`
    await page.getByLabel('Name', { exact: true }).fill(name)
    await page.getByLabel('People invites').check()
    await page.getByLabel('Days until it expires').fill('7')
    await press(page, 'Make a token')
    await page.getByRole('heading', { level: 1, name: `New API token: ${name}` }).waitFor()
    const secret = (await page.locator('#secret').textContent()) ?? ''
    const machine = createMachine(console.url, secret)
    expect((await machine.get('/overview')).status).toBe(200)
    await page.getByRole('link', { name: 'Done' }).click()
    await page.getByText(`Revoke ${name}`).click()
    await press(page, `Revoke for good ${name}`)
    await page.getByRole('status').getByText('The token was revoked').waitFor()
    expect((await machine.get('/overview')).body.code).toBe('token.refused')
  })

  test('copies it, and the command to try it, to the character', async () => {
    const page = await opened({ permissions: ['clipboard-read', 'clipboard-write'] })
    const copied = () => page.evaluate<string>('navigator.clipboard.readText()')
    await page.getByLabel('Name', { exact: true }).fill('SIEM')
    await press(page, 'Make a token')
    await press(page, 'Copy the token')
    await page.getByRole('status').getByText('Copied', { exact: true }).waitFor()
    expect(await copied()).toBe(await page.locator('#secret').textContent())
    expect((await createMachine(console.url, await copied()).get('/overview')).status).toBe(200)
    await press(page, 'Copy the command')
    await page.waitForFunction('navigator.clipboard.readText().then((text) => text.startsWith("curl"))')
    expect(await copied()).toBe(
      `curl -H "Authorization: Bearer $COUNTERSIGN_TOKEN" ${console.url}/admin/api/v1/overview`,
    )
    expect(await faultsAtEverySize(page)).toEqual([])
  })

  test('is led to what is wrong, by keyboard alone', async () => {
    const page = await opened()
    await page.getByLabel('Read').uncheck()
    await page.getByLabel('Name', { exact: true }).fill('SIEM')
    await page.keyboard.press('Enter')
    await page.getByRole('alert').filter({ hasText: 'No token was made' }).waitFor()
    expect(await page.evaluate<string>('document.activeElement.textContent')).toContain('No token was made')
    await page.keyboard.press('Tab')
    await page.keyboard.press('Enter')
    await page.keyboard.press('Space')
    expect(await page.getByLabel('Read').isChecked()).toBe(true)
    expect(await page.getByLabel('Name', { exact: true }).inputValue()).toBe('SIEM')
    expect(await faultsAtEverySize(page)).toEqual([])
  })

  test('sees at once that one was used, and what each is worth', async () => {
    const grace = await console.admitted('owner', 'Grace Hopper')
    const machine = await machineOf(console, grace.id, ['read', 'integrations', 'keys'])
    await machineOf(console, owner.id, ['people'])
    await owner.submit(`/admin/administrators/${grace.id}/role`, { role: 'viewer' })
    const page = await opened()
    const row = page.locator('#tokens > .rows > li', { hasText: 'integrations,keys' })
    await row.getByText('Never used').waitFor()
    await machine.get('/overview')
    await row.getByText('Last used').waitFor()
    await row.getByText('does not allow: Integrations, Keys').waitFor()
    for (const summary of await page.locator('#tokens summary').all()) await summary.click()
    expect(await faultsAtEverySize(page)).toEqual([])
  })
})
