// Chromium for tests: where it is, how it is started, and that no page of ours breaks its own rules in it.
import { afterAll, afterEach, beforeAll, expect } from '@jest/globals'
import axe, { type AxeResults } from 'axe-core'
import jsQr from 'jsqr'
import { type Browser, type BrowserContext, type BrowserContextOptions, chromium, type Page } from 'playwright-core'
import { PNG } from 'pngjs'
import { CHROMIUM_FLAGS, chromiumProgram } from './chromium-program.ts'
import { whereInstalled } from './installed.ts'

/**
 * Runs the tests of `body` where Chromium is, with the means to start it; in CI its absence is a failure, not a skipped
 * test.
 */
export function whereChromiumIs(name: string, body: (launch: () => Promise<Browser>) => void): void {
  whereInstalled(name, [chromiumProgram], (executablePath = '') => {
    body(() => chromium.launch({ executablePath, args: CHROMIUM_FLAGS }))
  })
}

export type Chromium = {
  /** A browser profile of its own: one for each computer or phone. It is closed after the test. */
  profile(options?: BrowserContextOptions): Promise<BrowserContext>
  /** A page in a profile of its own. */
  page(options?: BrowserContextOptions): Promise<Page>
}

/** Tests with profiles to open. A test fails when any page of it threw an error or broke its Content-Security-Policy. */
export function describeInChromium(name: string, body: (chromium: Chromium) => void): void {
  whereChromiumIs(name, (launch) => {
    let browser: Browser
    let profiles: BrowserContext[] = []
    let complaints: string[] = []
    beforeAll(async () => {
      browser = await launch()
    })
    afterAll(() => browser.close())
    afterEach(async () => {
      await Promise.all(profiles.map((profile) => profile.close()))
      const heard = complaints
      profiles = []
      complaints = []
      expect(heard).toEqual([])
    })

    async function profile(options: BrowserContextOptions = {}): Promise<BrowserContext> {
      const context = await browser.newContext(options)
      profiles.push(context)
      // Shorter than a test may take, so that what was waited for is named.
      context.setDefaultTimeout(20_000)
      noteComplaints(context, complaints)
      return context
    }

    body({ profile, page: async (options) => (await profile(options)).newPage() })
  })
}

/** Notes what goes wrong in the pages of a profile: errors that nobody caught, and what their own policy blocks. */
export function noteComplaints(context: BrowserContext, complaints: string[]): void {
  context.on('weberror', (error) => complaints.push(`${error.page()?.url()} ${error.error().stack}`))
  context.on('console', (message) => {
    if (/Content Security Policy|Refused to|has been blocked/.test(message.text())) complaints.push(message.text())
  })
}

/** What a phone's camera reads on the screen of this page. */
export async function scan(page: Page): Promise<string | undefined> {
  const { data, width, height } = PNG.sync.read(await page.screenshot())
  return jsQr.default(new Uint8ClampedArray(data), width, height)?.data
}

/** What axe-core finds wrong with the page and calls serious or critical. */
export async function accessibilityFaults(page: Page): Promise<string[]> {
  // Evaluated, as a script tag would be blocked by our own policy.
  await page.evaluate(axe.source)
  const { violations } = await page.evaluate<AxeResults>('axe.run()')
  return violations
    .filter(({ impact }) => impact !== 'minor' && impact !== 'moderate')
    .map(({ id, impact, nodes }) => `${impact}: ${id}: ${nodes.map((node) => node.html).join(' ')}`)
}

export const scrollsSideways = (page: Page): Promise<boolean> =>
  page.evaluate('document.scrollingElement.scrollWidth > document.documentElement.clientWidth')

/** What people touch, but for the small box of a choice: its words are touched too. */
const TARGETS =
  ':is(button, summary, select, textarea, .button, .choice, nav a, input:not([type=radio], [type=checkbox])):visible'
/** WCAG 2.2, 2.5.5: how large a target is. In CSS pixels, its border of one on either side with it. */
const TARGET = 44

/** Targets of the page that are lower than a finger is wide. */
export async function smallTargets(page: Page): Promise<string[]> {
  const small = await page
    .locator(TARGETS)
    .evaluateAll((all, least) => all.filter((one) => one.clientHeight + 2 < least).map((one) => one.outerHTML), TARGET)
  return small.map((html) => `under ${TARGET} px: ${html}`)
}

/**
 * What is wrong with a page at 320, 640 and 1280 CSS pixels (1280 at 400 %, 200 % and 100 %), in light and dark: what axe-core
 * finds, whether it scrolls sideways, small targets, and another number of headings of the first level than one. `more` looks for
 * what else is to be right at each size.
 */
export async function faultsAtEverySize(page: Page, more: () => Promise<string[]> = async () => []): Promise<string[]> {
  const found: string[] = []
  for (const width of [320, 640, 1280]) {
    for (const colorScheme of ['light', 'dark'] as const) {
      await page.setViewportSize({ width, height: 800 })
      await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' })
      // In between, a page has what the narrow and the wide one have.
      const faults = width === 640 ? [] : await accessibilityFaults(page)
      if (await scrollsSideways(page)) faults.push('scrolls sideways')
      faults.push(...(await smallTargets(page)), ...(await more()))
      found.push(...faults.map((fault) => `${page.url()} at ${width} px, ${colorScheme}: ${fault}`))
    }
  }
  const headings = await page.locator('h1').count()
  if (headings !== 1) found.push(`${page.url()}: ${headings} headings of the first level`)
  return found
}
