// Every page we serve, in its sizes and colours. 1280 CSS px at 200 % zoom are 640 CSS px, and at 400 % they are 320
// (WCAG 2.2, 1.4.4 and 1.4.10): a narrow viewport is the same layout, so that is how zoom is tested here.
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import type { Page } from 'playwright-core'
import { describeInChromium, faultsAtEverySize } from '../../support/chromium.ts'
import { type Countersign, startCountersign } from '../../support/countersign.ts'
import { pages } from './pages.ts'

// Run inside the page. Strings, because these tests are checked without the browser's library of types.
const FOCUSED = `(() => {
  const focused = document.activeElement
  if (!focused || focused === document.body) return null
  const { top, left, width, height } = focused.getBoundingClientRect()
  const { outlineStyle, outlineWidth } = getComputedStyle(focused)
  return {
    name: focused.textContent.trim() || focused.id,
    top: top + scrollY,
    left,
    visible: width > 0 && height > 0 && outlineStyle !== 'none' && parseFloat(outlineWidth) >= 2,
  }
})()`
type Focused = { name: string; top: number; left: number; visible: boolean } | null

/** Goes through the page by Tab alone. */
async function tabThrough(page: Page): Promise<NonNullable<Focused>[]> {
  const next = async () => {
    await page.keyboard.press('Tab')
    return page.evaluate<Focused>(FOCUSED)
  }
  // To the end first: wherever the focus was, Tab begins anew from there.
  while (await next()) {}
  const found: NonNullable<Focused>[] = []
  for (let focused = await next(); focused; focused = await next()) found.push(focused)
  return found
}

describeInChromium('every page', (chromium) => {
  let countersign: Countersign
  beforeEach(async () => {
    countersign = await startCountersign()
  })
  afterEach(() => countersign.close())

  describe.each(Object.entries(pages))('%s', (_name, visit) => {
    test('is accessible in light and dark, narrow, zoomed and wide; Tab reaches every control in order', async () => {
      const page = await chromium.page()
      await visit(page, countersign)
      expect(await faultsAtEverySize(page)).toEqual([])

      const controls = await page.locator('a:visible, button:visible, summary:visible, input:visible').count()
      const reached = await tabThrough(page)
      expect(reached.filter(({ visible }) => !visible)).toEqual([])
      expect(reached.length).toBe(controls)
      const inOrder = [...reached].sort((a, b) => a.top - b.top || a.left - b.left)
      expect(reached.map(({ name }) => name)).toEqual(inOrder.map(({ name }) => name))
    })
  })
})
