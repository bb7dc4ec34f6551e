// The signing keys in Chromium: their timetable, and the page for a key in wrong hands, by keyboard and without scripts.
import { afterEach, beforeEach, expect, test } from '@jest/globals'
import type { BrowserContextOptions, Page } from 'playwright-core'
import { COOKIE, type Console, type Desk, startConsole } from '../../admin/console.ts'
import { type Chromium, describeInChromium, faultsAtEverySize } from '../../support/chromium.ts'

describeInChromium('the signing keys', (chromium: Chromium) => {
  let console: Console
  let owner: Desk & { id: string }
  beforeEach(async () => {
    console = await startConsole()
    owner = await console.admitted('owner', 'Ada Lovelace')
  })
  afterEach(() => console.close())

  async function opened(path: string, options: BrowserContextOptions = {}): Promise<Page> {
    const page = await chromium.page(options)
    await page.context().addCookies([{ name: COOKIE, value: owner.cookie() ?? '', url: console.url }])
    await page.goto(`${console.url}${path}`)
    return page
  }
  const keys = () => console.service.capabilities.keys
  const signing = async () => (await keys().timetable()).find(({ phase }) => phase === 'signing')!.key.kid

  test('are easy to read with one key, one announced, and some withdrawn', async () => {
    const page = await opened('/admin/keys')
    expect(await faultsAtEverySize(page)).toEqual([])
    await keys().announce('command-line')
    await keys().replaceAtOnce(await signing(), 'command-line')
    await keys().announce('command-line')
    await page.reload()
    expect(await page.locator('#keys tbody tr').count()).toBe(4)
    expect(await page.locator('#keys .chip.bad').count()).toBe(2)
    expect(await faultsAtEverySize(page)).toEqual([])
  })

  test.each([
    ['with scripts', {}],
    ['without', { javaScriptEnabled: false }],
  ])('are replaced at once by keyboard alone, %s, after what it breaks was read', async (_how, options) => {
    const kid = await signing()
    const page = await opened('/admin/keys', options)
    await page.getByRole('link', { name: 'What replacing it at once does' }).focus()
    await page.keyboard.press('Enter')
    await page.getByRole('heading', { name: 'What this breaks' }).waitFor()
    if (!('javaScriptEnabled' in options)) expect(await faultsAtEverySize(page)).toEqual([])

    await page.getByRole('button', { name: 'Replace the keys at once' }).press('Enter')
    await page.getByRole('alert').waitFor()
    if (!('javaScriptEnabled' in options)) expect(await faultsAtEverySize(page)).toEqual([])
    expect(await signing()).toBe(kid)

    await page.getByRole('textbox').fill(kid.slice(0, 6))
    await page.keyboard.press('Enter')
    await page.getByText('The keys were replaced.').waitFor()
    expect(await signing()).not.toBe(kid)
    expect(new URL(page.url()).pathname).toBe('/admin/keys')
  })
})
