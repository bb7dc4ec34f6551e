// `npm run first-paint -- [--times N]`: how soon a person sees the sign-in page, and how soon the claim is on its way once their
// phone approved: in Chromium, over a slowed connection. Prints the median and the slowest of N sign-ins.
import { performance } from 'node:perf_hooks'
import { parseArgs } from 'node:util'
import { type BrowserContext, chromium, type Page } from 'playwright-core'
import { median } from '../bench/numbers.ts'
import { html } from '../test/entra-simulator/html.ts'
import type { Person } from '../test/entra-simulator/registration.ts'
import { createPhone, type Phone } from '../test/phone-simulator/phone.ts'
import { CHROMIUM_FLAGS, chromiumProgram } from '../test/support/chromium-program.ts'
import { startProcess } from '../test/support/process.ts'

const { values } = parseArgs({ options: { times: { type: 'string' } } })
const times = Number(values.times ?? 10)
/** Milliseconds from a request to the first byte of its answer; bytes a second (1.6 Mbit/s). */
const SLOW = { offline: false, latency: 150, downloadThroughput: 200_000, uploadThroughput: 200_000 }

const say = (line: string): void => void process.stdout.write(`${line}\n`)
const executablePath = chromiumProgram.find()
if (!executablePath) {
  say(`${chromiumProgram.title} is missing: install the package "${chromiumProgram.package}"`)
  process.exit(1)
}
const countersign = await startProcess()
const { url, entra } = countersign
const browser = await chromium.launch({ executablePath, args: CHROMIUM_FLAGS })

/** Notes the frame in which a page has its number, in milliseconds since the browser set off for it. It runs in the page. */
const NOTES_NUMBER = `(() => {
  const look = () => {
    if (!document.querySelector('[data-digits]')) return requestAnimationFrame(look)
    requestAnimationFrame(() => requestAnimationFrame(() => { window.numberAt = performance.now() }))
  }
  look()
})()`
const FIRST_PAINT = `new Promise((resolve) => new PerformanceObserver((list, observer) => {
  const painted = list.getEntriesByName('first-contentful-paint')[0]
  if (painted) { observer.disconnect(); resolve(painted.startTime) }
}).observe({ type: 'paint', buffered: true }))`

async function slowedPage(profile: BrowserContext): Promise<Page> {
  const page = await profile.newPage()
  const network = await profile.newCDPSession(page)
  await network.send('Network.enable')
  await network.send('Network.emulateNetworkConditions', SLOW)
  await page.addInitScript(NOTES_NUMBER)
  return page
}

/** From Entra to our page, as Entra's page sends a browser: by a form. */
async function begin(page: Page, person: Person): Promise<void> {
  const { authorizationEndpoint, parameters } = await entra.begin({ person, contract: 'external-mfa' })
  const inputs = Object.entries(parameters).map(([name, value]) => html`<input name="${name}" value="${value}">`)
  await page.goto(`${entra.authority}/`)
  await page.setContent(html`<form method="post" action="${authorizationEndpoint}">${inputs}</form>`.markup)
  await page.locator('form').evaluate((form) => (form as unknown as { submit(): void }).submit())
  await page.waitForURL(`${url}/entra/sign-in/**`)
}

/** Approves with the number on the page; gives the milliseconds from the phone's request until the browser sends the claim. */
async function approve(page: Page, phone: Phone): Promise<number> {
  const digits = (await page.locator('[data-digits]').textContent()) ?? ''
  const [asked] = (await phone.pending()).body.pending
  const sent = page.waitForRequest(
    (request) => request.method() === 'POST' && request.url().startsWith(entra.authority),
  )
  const began = performance.now()
  const { status } = await phone.approve(asked, digits)
  if (status !== 200) throw new Error(`not approved: ${status}`)
  await sent
  const took = performance.now() - began
  await page.locator('#verdict[data-accepted="true"]').waitFor()
  return took
}

const found = { first: [] as number[], later: [] as number[], number: [] as number[], posted: [] as number[] }
for (let i = 0; i < times; i++) {
  const number = String(i).padStart(12, '0')
  const person = { objectId: `a1000000-0000-4000-8000-${number}`, name: 'Ada', username: `ada${i}@contoso.example` }
  // A browser that has nothing of ours, and a person without a phone: the code to scan.
  const profile = await browser.newContext()
  const page = await slowedPage(profile)
  const phone = await createPhone({ url })
  await begin(page, person)
  found.first.push(await page.evaluate<number>(FIRST_PAINT))
  const link = (await page.locator('[data-link]').getAttribute('href')) ?? ''
  await phone.bind({ ticket: link.split('#ticket=')[1] ?? '' })
  await page.locator('#sign-in[data-stage="number"]').waitFor()
  await approve(page, phone)

  // The same browser again: the page with the number.
  const again = await slowedPage(profile)
  await begin(again, person)
  const painted = await again.evaluate<number>(FIRST_PAINT)
  const numbered = await (await again.waitForFunction('window.numberAt')).evaluate((at) => Number(at))
  found.later.push(painted)
  found.number.push(Math.max(painted, numbered))
  found.posted.push(await approve(again, phone))
  await profile.close()
}
await browser.close()
await countersign.close()

const row = (what: string, measured: readonly number[]): void =>
  say(`${what.padEnd(66)} ${Math.round(median(measured))} ms (slowest ${Math.round(Math.max(...measured))})`)
say(
  `${times} times, ${SLOW.latency} ms from a request to its answer, 1.6 Mbit/s, after Entra's page sent the browser to us:`,
)
row('first sign-in: first paint, with the code to scan', found.first)
row('later sign-in: first paint', found.later)
row('later sign-in: the number can be read', found.number)
row('from the approval on the phone to the claim on its way to Entra', found.posted)
