import { readFileSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import { createRequire } from 'node:module'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { type Browser, chromium, type Page } from 'playwright-core'
import type { Registration } from './registration.ts'
import { type EntraSimulator, startEntraSimulator } from './start-entra-simulator.ts'
import { startTinyProvider, type TinyProvider } from './tiny-provider.ts'

const person = { objectId: '33333333-3333-4333-8333-333333333333', name: 'Ada Lovelace', username: 'ada@example.org' }
const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')
const quiet = ['--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update']

let provider: TinyProvider
let door: Server
let entra: EntraSimulator
let browser: Browser
/** What the provider's door answers with, beside its page. */
let doorHeaders: Record<string, string> = {}

/** A door on another site (localhost, not 127.0.0.1) which answers for the last sign-in at the press of a button. */
async function openDoor(): Promise<string> {
  door = createServer(async (request, response) => {
    let body = ''
    for await (const chunk of request) body += chunk
    const sent = new URLSearchParams(body)
    const attempt = await entra.begin({ person, contract: 'external-mfa' })
    const claims = { nonce: sent.get('nonce') }
    const { id_token } = await provider.answer(attempt, { claims })
    const fields = Object.entries({ id_token, state: sent.get('state') })
    const inputs = fields.map(([name, value]) => `<input type="hidden" name="${name}" value="${value}">`).join('')
    response.writeHead(200, { 'content-type': 'text/html', ...doorHeaders })
    response.end(`<form method="post" action="${sent.get('redirect_uri')}">${inputs}<button>Approve</button></form>`)
  })
  await new Promise<void>((resolve) => door.listen(0, 'localhost', resolve))
  return `http://localhost:${(door.address() as AddressInfo).port}/authorize`
}

beforeAll(async () => {
  provider = await startTinyProvider()
  const endpoint = await openDoor()
  provider.document.authorization_endpoint = endpoint
  const registration: Registration = {
    tenantId: '11111111-1111-4111-8111-111111111111',
    appId: '22222222-2222-4222-8222-222222222222',
    clientId: 'tiny',
    discoveryUrl: provider.discoveryUrl,
    replyUrls: [endpoint],
  }
  entra = await startEntraSimulator({ registrations: [registration], people: [person] })
  const args = ['--no-sandbox', '--disable-gpu', '--disable-sync', ...quiet]
  browser = await chromium.launch({ executablePath: '/usr/bin/chromium', args })
})

afterAll(async () => {
  await browser?.close()
  await entra?.close()
  provider.close()
  door.close()
})

async function withPage(work: (page: Page) => Promise<void>, options: Parameters<Browser['newPage']>[0] = {}) {
  // The policy of the pages forbids inline scripts, axe's own included.
  const page = await browser.newPage({ bypassCSP: true, ...options })
  page.setDefaultTimeout(20_000)
  await work(page).finally(() => page.close())
}

async function expectAccessible(page: Page) {
  await page.evaluate(axe)
  const found = await page.evaluate(
    'axe.run().then(({ violations }) => violations.map(({ id, nodes }) => id + nodes[0].html))',
  )
  expect(found).toEqual([])
  expect(await page.evaluate('document.documentElement.scrollWidth <= innerWidth')).toBe(true)
}

describe('a sign-in in a browser', () => {
  test.each(['light', 'dark'] as const)(
    'crosses three origins on accessible pages, 320 pixels wide, %s',
    (colorScheme) =>
      withPage(
        async (page) => {
          await page.goto(entra.applicationUrl)
          await expectAccessible(page)
          await page.goto(entra.authority)
          await page.getByText('What External MFA asks for').click()
          await expectAccessible(page)
          await page.getByRole('button', { name: 'External MFA for Ada Lovelace' }).click()
          await page.getByRole('button', { name: 'Approve' }).click()
          await page.getByRole('heading', { name: 'Entra accepted this sign-in' }).waitFor()
          expect(new URL(page.url()).origin).toBe(entra.applicationUrl)
          await expectAccessible(page)
          await page.reload()
          await page.getByRole('heading', { name: 'Entra accepted this sign-in' }).waitFor()
        },
        { colorScheme, viewport: { width: 320, height: 640 } },
      ),
  )

  test('shows an accessible refusal', () =>
    withPage(async (page) => {
      const { id } = await entra.receive('external-mfa', { state: 'nobody' })
      await page.goto(`${entra.applicationUrl}/signed-in?verdict=${id}`)
      await page.getByRole('heading', { name: 'Entra refused this sign-in' }).waitFor()
      await expectAccessible(page)
    }))

  test('works without script', () =>
    withPage(
      async (page) => {
        await page.goto(entra.applicationUrl)
        await page.getByRole('button', { name: 'Sign in', exact: true }).click()
        await page.getByRole('button', { name: 'Continue to' }).click()
        await page.getByRole('button', { name: 'Approve' }).click()
        await page.getByRole('heading', { name: 'Entra accepted this sign-in' }).waitFor()
      },
      { javaScriptEnabled: false },
    ))
})

describe('a sign-in in a popup', () => {
  const openPopup = async (page: Page) => {
    await page.goto(entra.applicationUrl)
    const opened = page.waitForEvent('popup')
    await page.getByRole('button', { name: 'Sign in with a popup' }).click()
    return opened
  }

  test('reports back to the page that opened it, and closes', () =>
    withPage(async (page) => {
      const popup = await openPopup(page)
      const closed = popup.waitForEvent('close')
      await popup.getByRole('button', { name: 'Approve' }).click()
      await closed
      await page.locator('#result[data-state=accepted]').waitFor()
      expect(await page.locator('#result').textContent()).toContain('Entra accepted this sign-in')
    }))

  test('is lost when the provider cuts it off with Cross-Origin-Opener-Policy', () =>
    withPage(async (page) => {
      doorHeaders = { 'cross-origin-opener-policy': 'same-origin' }
      const popup = await openPopup(page)
      await page.locator('#result[data-state=lost]').waitFor()
      await popup.close()
      doorHeaders = {}
    }))
})
