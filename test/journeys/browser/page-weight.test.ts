// What a browser must fetch: bytes over the wire with their headers, as DevTools counts them, and how often. Nothing of time:
// scripts/first-paint.ts measures that.
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import type { Page } from 'playwright-core'
import { createPhone } from '../../phone-simulator/phone.ts'
import { describeInChromium } from '../../support/chromium.ts'
import { type Countersign, startCountersign } from '../../support/countersign.ts'
import { approveBy, beginAtApplication, bindBy, COMPUTER, expectAccepted, PHONE, signInPage } from './steps.ts'

const KB = 1000

type Fetched = { method: string; path: string; bytes: number }

/** Everything that this page fetches from Countersign from now on, and not from the browser's own cache. */
async function watch(page: Page, { url }: Countersign): Promise<Fetched[]> {
  const fetched: Fetched[] = []
  const asked = new Map<string, Fetched>()
  const network = await page.context().newCDPSession(page)
  await network.send('Network.enable')
  network.on('Network.requestWillBeSent', ({ requestId, request, redirectResponse }) => {
    // A redirect has the same id as what it leads to.
    const before = asked.get(requestId)
    if (redirectResponse && before) before.bytes += redirectResponse.encodedDataLength
    asked.delete(requestId)
    if (!request.url.startsWith(url)) return
    const { pathname } = new URL(request.url)
    const one = { method: request.method, path: pathname, bytes: 0 }
    asked.set(requestId, one)
    fetched.push(one)
  })
  network.on('Network.requestServedFromCache', ({ requestId }) => {
    const one = asked.get(requestId)
    if (one) fetched.splice(fetched.indexOf(one), 1)
  })
  network.on('Network.responseReceived', ({ requestId, response }) => {
    const one = asked.get(requestId)
    if (one && response.fromDiskCache) fetched.splice(fetched.indexOf(one), 1)
    else if (one) one.bytes += response.encodedDataLength
  })
  // With the headers and the body. A stream of events never comes to this.
  network.on('Network.loadingFinished', ({ requestId, encodedDataLength }) => {
    const one = asked.get(requestId)
    if (one) one.bytes = encodedDataLength
  })
  return fetched
}
const weightOf = (fetched: readonly Fetched[]): number => fetched.reduce((sum, { bytes }) => sum + bytes, 0)

describeInChromium('the weight of', (chromium) => {
  let countersign: Countersign
  beforeAll(async () => {
    countersign = await startCountersign()
  })
  afterAll(() => countersign.close())

  test('a first sign-in, up to its page, is at most 30 KB; a later one fetches the page and nothing else', async () => {
    const phone = await createPhone({ url: countersign.url })
    const profile = await chromium.profile(COMPUTER)
    const page = await profile.newPage()
    const fetched = await watch(page, countersign)
    await beginAtApplication(page, countersign)
    await signInPage(page, 'ticket')
    await page.waitForLoadState('load')
    const first = weightOf(fetched)
    expect(first).toBeGreaterThan(KB)
    expect(first).toBeLessThanOrEqual(30 * KB)
    await bindBy(phone, page)
    await approveBy(phone, page)
    await expectAccepted(page)

    const later = await profile.newPage()
    const again = await watch(later, countersign)
    await beginAtApplication(later, countersign)
    await signInPage(later, 'number')
    await later.waitForLoadState('load')
    // When a browser fetches the icon of a tab is its own affair: kept for good as well, but perhaps not fetched by the first page.
    const asked = again.filter(({ path }) => !path.startsWith('/assets/icon.'))
    const shape = asked.map(({ method, path }) => `${method} ${path.replace(/[0-9a-f]{32}/, 'ID')}`)
    expect(shape).toEqual(['POST /entra/authorize', 'GET /entra/sign-in/ID', 'GET /entra/sign-in/ID/events'])
  })

  test('the authenticator is at most 100 KB when it is opened for the first time', async () => {
    const page = await chromium.page(PHONE)
    const fetched = await watch(page, countersign)
    await page.goto(`${countersign.url}/authenticator/`)
    await page.waitForLoadState('networkidle')
    expect(weightOf(fetched)).toBeGreaterThan(10 * KB)
    expect(weightOf(fetched)).toBeLessThanOrEqual(100 * KB)
  })
})
