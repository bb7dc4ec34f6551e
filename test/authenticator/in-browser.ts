// A phone's browser beside the fake device API, fresh for every test.
import { afterAll, afterEach, beforeAll, beforeEach, expect } from '@jest/globals'
import type { Browser, BrowserContext, BrowserContextOptions, Page } from 'playwright-core'
import { whereChromiumIs } from '../support/chromium.ts'
import { type RunningApp, startApp } from './start-app.ts'

export const ADA = 'ada@contoso.example'
export const TICKET = 'AbCdEfGhIjKlMnOpQrStUv'

let browser: Browser
export let context: BrowserContext
export let page: Page
export let app: RunningApp
let complaints: string[]

export const button = (name: string | RegExp) => page.getByRole('button', { name, exact: true })
export const heading = (name: string) => page.getByRole('heading', { level: 1, name })
export const number = () => page.getByLabel('Number on your sign-in page')

export async function openApp(fragment = '', url = app.url): Promise<void> {
  page = await context.newPage()
  page.on('pageerror', (error) => complaints.push(String(error)))
  page.on('console', (message) => {
    if (/Content Security Policy|Refused to/.test(message.text())) complaints.push(message.text())
  })
  await page.goto(url + fragment)
}

export async function approve(digits = app.api.number): Promise<void> {
  await number().fill(digits)
  await button('Approve').click()
}

/** What was sent to a path that ends so. */
export const sent = (path: string): string[] =>
  app.api.requests.filter((request) => request.path.endsWith(path)).map(({ body }) => body)

/** Two polls: what the first one brought is drawn. */
export async function polled(): Promise<void> {
  for (let i = 0; i < 2; i++) await page.waitForResponse((response) => response.url().endsWith('/pending'))
}

/** A phone with one active account, on its home view. */
export async function boundPhone(person = ADA, ticket = TICKET): Promise<void> {
  app.api.allow(ticket, person)
  await openApp(`#ticket=${ticket}`)
  await button('Add this phone').click()
  await approve()
  await heading('Approved').waitFor()
  await button('Done').click()
  await page.getByText('Ready').first().waitFor()
}

/** Runs the tests of `body` where a browser is, each with a page and a service of its own. */
export function inBrowser(name: string, options: BrowserContextOptions, body: () => void): void {
  whereChromiumIs(name, (launch) => {
    beforeAll(async () => {
      browser = await launch()
    })
    afterAll(() => browser.close())

    beforeEach(async () => {
      complaints = []
      app = await startApp()
      context = await browser.newContext(options)
      // Shorter than a test may take, so that what was waited for is named.
      context.setDefaultTimeout(20_000)
    })

    afterEach(async () => {
      await context.close()
      await app.stop()
      expect(complaints).toEqual([])
    })

    body()
  })
}
