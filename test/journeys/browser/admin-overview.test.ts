// The overview, the keys and the settings in Chromium, and how a page of the console keeps itself current.
import { afterEach, beforeEach, expect, test } from '@jest/globals'
import type { Page } from 'playwright-core'
import { outcomeWords } from '../../../src/admin/sign-ins/outcome-words.ts'
import type { Phase } from '../../../src/signin/sign-in.ts'
import { COOKIE, type Console, type Desk, startConsole } from '../../admin/console.ts'
import { accessibilityFaults, type Chromium, describeInChromium, faultsAtEverySize } from '../../support/chromium.ts'
import { GRACE } from '../../support/countersign.ts'
import { begin, enrol, shownOn } from '../../support/stories.ts'

const MINUTE = 60_000
/** The console fetches a page anew this often. */
const EVERY = 5000

describeInChromium('the console’s overview', (chromium: Chromium) => {
  let console: Console
  let owner: Desk & { id: string }
  let page: Page
  beforeEach(async () => {
    console = await startConsole()
    owner = await console.admitted('owner', 'Ada Lovelace')
    page = await chromium.page()
    await page.context().addCookies([{ name: COOKIE, value: owner.cookie() ?? '', url: console.url }])
  })
  afterEach(() => console.close())

  const open = (path: string) => page.goto(`${console.url}${path}`)
  const countOf = (outcome: Phase) =>
    page.locator('#last-day tr', { hasText: outcomeWords[outcome].name }).locator('.count').textContent()
  const shows = (outcome: Phase, count: number) =>
    page
      .locator('#last-day tr', { hasText: outcomeWords[outcome].name })
      .locator('.count', { hasText: new RegExp(`^${count}$`) })
      .waitFor()
  const note = (words: string) => page.locator('.live-note', { hasText: words })
  /** Lets the page's clock pass the time to its next look, without waiting for it. */
  const nextLook = () => page.clock.fastForward(EVERY)
  /** How often the page looks from now on. When a browser fetches the icon of a tab is its own affair. */
  function countLooks(): () => number {
    const looked: string[] = []
    page.on('request', (request) => looked.push(request.url()))
    return () => looked.filter((url) => url === page.url()).length
  }
  async function reportOne(): Promise<void> {
    const phone = await enrol(console)
    const begun = await begin(console)
    await phone.notMe(await shownOn(phone, begun))
  }

  test('shows what happened elsewhere without being reloaded, and reads out what matters', async () => {
    await open('/admin/')
    await page.evaluate('window.loadedOnce = true')
    expect(await page.locator('#first-steps').isVisible()).toBe(true)
    await reportOne()
    // Nobody touches the page.
    await page.locator('#attention').getByText('said “not me” to a sign-in').waitFor()
    await shows('answered', 1)
    expect(await countOf('reported')).toBe('1')
    expect(await page.locator('#announce').textContent()).toMatch(
      /^ada@contoso.example said “not me” to a sign-in with Chrome on Windows from \S+\.$/,
    )
    // Times are the reader's in what is new, too.
    const time = page.locator('#attention time').first()
    expect(await time.getAttribute('title')).toMatch(/ UTC$/)
    expect(await time.textContent()).not.toMatch(/ UTC$/)
    expect(await page.evaluate('window.loadedOnce')).toBe(true)
  })

  test.each([
    {
      what: 'types in',
      occupy: `const field = Object.assign(document.createElement('input'), { ariaLabel: 'Typed' })
        document.querySelector('#last-day').append(field)
        field.value = 'what I typed'`,
      release: `document.querySelector('#last-day input').value = ''`,
    },
    {
      what: 'has open',
      occupy: `document.querySelector('#last-day').append(Object.assign(document.createElement('details'), { open: true }))`,
      release: `document.querySelector('#last-day details').open = false`,
    },
    {
      what: 'has marked',
      occupy: `document.getSelection().selectAllChildren(document.querySelector('#last-day'))`,
      release: `document.getSelection().removeAllRanges()`,
    },
  ])('leaves alone what somebody $what, until they are done', async ({ occupy, release }) => {
    await page.clock.install()
    await open('/admin/')
    await page.evaluate(occupy)
    await enrol(console)
    await nextLook()
    // What is beside it is renewed.
    await page.locator('#attention').getByText('Entra has sent nobody').waitFor({ state: 'detached' })
    expect(await page.locator('#last-day .figures').count()).toBe(0)
    await page.evaluate(release)
    await nextLook()
    await shows('answered', 1)
  })

  test('keeps the focus where it was', async () => {
    await enrol(console)
    await page.clock.install()
    await open('/admin/')
    const link = page.locator('#last-day').getByRole('link', { name: outcomeWords.answered.name })
    await link.focus()
    await enrol(console, { person: GRACE })
    await nextLook()
    await shows('answered', 2)
    expect(await link.evaluate((one) => one === one.ownerDocument.activeElement)).toBe(true)
  })

  test('tells who walked away that they were signed out, leads back, and asks no more', async () => {
    await page.clock.install()
    await open('/admin/keys')
    for (let minutes = 0; minutes < 14; minutes += 7) {
      console.clock.leap(7 * MINUTE)
      const looked = page.waitForResponse(/\/admin\/keys$/)
      await nextLook()
      expect((await looked).status()).toBe(200)
    }
    console.clock.leap(2 * MINUTE)
    await nextLook()
    await note('You were signed out.').waitFor()
    expect(await accessibilityFaults(page)).toEqual([])
    const looks = countLooks()
    await page.clock.fastForward(10 * EVERY)
    expect(looks()).toBe(0)
    await page.getByRole('link', { name: 'Sign in again' }).click()
    await page.waitForURL(`${console.url}/admin/sign-in?to=%2Fadmin%2Fkeys`)
  })

  test('says once that the connection is lost, and goes on when it is back', async () => {
    await page.clock.install()
    await open('/admin/')
    await page.context().setOffline(true)
    await nextLook()
    await note('Countersign cannot be reached').waitFor()
    await enrol(console)
    await page.context().setOffline(false)
    await nextLook()
    await shows('answered', 1)
    expect(await page.locator('.live-note').textContent()).toBe('')
  })

  test('does not look while nobody sees it, and looks at once when somebody does', async () => {
    await page.clock.install()
    await open('/admin/')
    const become = (state: 'hidden' | 'visible') =>
      page.evaluate(`
        Object.defineProperty(document, 'visibilityState', { value: '${state}', configurable: true })
        document.dispatchEvent(new Event('visibilitychange'))
      `)
    await become('hidden')
    const looks = countLooks()
    await page.clock.fastForward(10 * EVERY)
    expect(looks()).toBe(0)
    await enrol(console)
    await become('visible')
    await shows('answered', 1)
  })

  test('announces a key by keyboard alone, and shows when it signs', async () => {
    await open('/admin/keys')
    await page.getByRole('button', { name: 'Announce a new key' }).focus()
    await page.keyboard.press('Enter')
    await page.getByText('A new key is announced. It is published from now on').waitFor()
    expect(await page.locator('#keys tbody tr').count()).toBe(2)
    expect(await page.getByRole('button', { name: 'Announce a new key' }).count()).toBe(0)
    expect(await faultsAtEverySize(page)).toEqual([])
  })

  test('is easy to read and to reach: first steps, after a busy day, settings', async () => {
    await open('/admin/')
    expect(await faultsAtEverySize(page)).toEqual([])
    await reportOne()
    await open('/admin/')
    expect(await faultsAtEverySize(page)).toEqual([])
    await open('/admin/settings')
    expect(await faultsAtEverySize(page)).toEqual([])
  })
})
