// Webhooks in Chromium: an owner makes one, copies its secret, tries it out, and removes it; with and without JavaScript.
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import type { BrowserContextOptions, Page } from 'playwright-core'
import { COOKIE, type Console, type Desk, startConsole } from '../../admin/console.ts'
import { type Chromium, describeInChromium, faultsAtEverySize } from '../../support/chromium.ts'

describeInChromium('an owner who forwards the audit log', (chromium: Chromium) => {
  let console: Console
  let owner: Desk & { id: string }
  let server: Server
  let url: string
  beforeAll(async () => {
    server = createServer((request, response) => request.resume().on('end', () => response.writeHead(204).end()))
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/a-long-path/that-does-not-break/anywhere-in-between`
    console = await startConsole()
    owner = await console.admitted('owner', 'Ada Lovelace')
  })
  afterAll(async () => {
    await console.close()
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
  })

  async function opened(options: BrowserContextOptions = {}): Promise<Page> {
    const context = await chromium.profile(options)
    await context.addCookies([{ name: COOKIE, value: owner.cookie() ?? '', url: console.url }])
    const page = await context.newPage()
    await page.goto(`${console.url}/admin/`)
    await page.getByRole('link', { name: 'Forwarding' }).click()
    return page
  }
  const press = (page: Page, name: string | RegExp) => page.getByRole('button', { name }).click()

  test.each([true, false])(
    'makes a webhook, tries it, and removes it; with JavaScript: %s',
    async (javaScriptEnabled) => {
      const page = await opened({ javaScriptEnabled })
      await page.getByLabel('Address').fill(url)
      await page.getByLabel('Only these events').fill('device.*')
      await press(page, 'Make a webhook')
      expect(await page.locator('#secret').textContent()).toMatch(/^whsec_/)
      await page.getByRole('link', { name: 'Done' }).click()
      await press(page, 'Send a test message')
      await page.getByRole('status').getByText('Delivered (status 204)').waitFor()
      await page.getByText('Remove', { exact: true }).click()
      await press(page, 'Remove the webhook')
      await page.getByRole('status').getByText('The webhook was removed').waitFor()
    },
  )

  test('is told what is wrong, and every page is one that everybody can use', async () => {
    const page = await opened()
    await page.getByLabel('Address').fill('https://10.0.0.7/')
    await press(page, 'Make a webhook')
    await page.getByRole('alert').getByText('No webhook was made').waitFor()
    expect(await faultsAtEverySize(page)).toEqual([])
    await page.getByLabel('Address').fill(url)
    await press(page, 'Make a webhook')
    await page.getByRole('heading', { level: 1, name: 'New webhook' }).waitFor()
    expect(await faultsAtEverySize(page)).toEqual([])
    const id = (await page.getByRole('link', { name: 'Done' }).getAttribute('href'))?.split('/').at(-1) ?? ''
    const facts = { writer: 'ab', type: 'device.revoked', at: 0, failedAt: 0, tries: 7, detail: 'status 400' } as const
    for (const seq of [1, 2])
      await console.service.capabilities.stores.forwarding.bury(
        { ...facts, destinationId: id, seq, result: 'refused', again: false },
        [],
        { at: 0, result: 'refused', detail: 'status 400' },
      )
    await page.getByRole('link', { name: 'Done' }).click()
    for (const summary of await page.locator('main summary').all()) await summary.click()
    expect(await faultsAtEverySize(page)).toEqual([])
    await page.getByRole('link', { name: 'Forwarding' }).click()
    await page.getByText('2 dead letters').waitFor()
    expect(await faultsAtEverySize(page)).toEqual([])
  })
})
