// What becomes of an answer on its way when its page is another one, and of a page whose sign-in is over.
import { expect, test } from '@jest/globals'
import {
  ADA,
  app,
  approve,
  boundPhone,
  button,
  heading,
  inBrowser,
  number,
  openApp,
  page,
  polled,
  sent,
  TICKET,
} from './in-browser.ts'

/** Holds the next requests to this path until the given function is called. */
async function held(path: string): Promise<() => void> {
  let release = (): void => undefined
  const released = new Promise<void>((resolve) => {
    release = resolve
  })
  await page.route(`**/device/v1/${path}`, async (route) => {
    await released
    await route.continue()
  })
  return release
}

const review = (application: string) =>
  page.getByRole('listitem').filter({ hasText: application }).getByRole('button', { name: 'Review' })

inBrowser('a page that is left', { viewport: { width: 390, height: 780 } }, () => {
  test('while its approval is on its way does not take the place of another sign-in, and tells it on the list', async () => {
    await boundPhone()
    app.api.ask(ADA)
    app.api.ask(ADA, { application: 'Wiki' })
    const release = await held('decide')
    await review('Payroll').click()
    const asked = page.waitForRequest((request) => request.url().endsWith('/decide'))
    await approve()
    await asked
    await page.goBack()
    await review('Wiki').click()
    await number().fill('4938')
    const answered = page.waitForResponse((response) => response.url().endsWith('/decide'))
    release()
    await answered
    await polled()
    expect(await number().inputValue()).toBe('4938')
    await page.goBack()
    await page.getByText(`Contoso, ${ADA}: You approved the sign-in.`).waitFor()
    expect(await button('Review').count()).toBe(1)
  })

  test('with an answer that did not arrive sends it no more, and says so', async () => {
    await boundPhone()
    app.api.ask(ADA)
    await button('Review').click()
    app.api.requests.length = 0
    const release = await held('decide')
    const asked = page.waitForRequest((request) => request.url().endsWith('/decide'))
    await button('I cancelled this').click()
    await asked
    await page.goBack()
    app.api.down = 'before'
    release()
    await page.getByText('Your answer may not have arrived.').waitFor()
    app.api.down = 'no'
    await polled()
    expect(sent('/decide').length).toBeLessThanOrEqual(1)
    await button('Review').waitFor()
  })

  test('at “Add this phone?” by Cancel, while it is being added, leaves no account', async () => {
    app.api.allow(TICKET, ADA)
    await openApp(`#ticket=${TICKET}`)
    const release = await held('bind')
    const asked = page.waitForRequest((request) => request.url().endsWith('/bind'))
    await button('Add this phone').click()
    await asked
    await button('Cancel').click()
    await button('Type a code').waitFor()
    const removed = page.waitForResponse((response) => response.url().endsWith('/remove'))
    release()
    expect((await removed).status()).toBe(200)
    expect(app.api.device(ADA).removed).toBe(true)
    await page.reload()
    await button('Type a code').waitFor()
  })
})

inBrowser('a page whose sign-in is over', { viewport: { width: 390, height: 780 } }, () => {
  async function reporting(): Promise<string> {
    await boundPhone()
    const { shown } = app.api.ask(ADA)
    await button('Review').click()
    await button('This was not me').click()
    await heading('Was this not you?').waitFor()
    return shown.signInId
  }

  test('before the report was sent says that nothing was reported', async () => {
    await reporting()
    app.api.device(ADA).pending = []
    await heading('No longer waiting').waitFor()
    await page.getByText('Nothing was reported').waitFor()
  })

  test('and was asked again reports what waits now', async () => {
    const signInId = await reporting()
    app.api.device(ADA).pending = []
    app.api.ask(ADA, { signInId, promptNumber: 2 })
    await polled()
    await button('Stop it and report it').click()
    await heading('Reported').waitFor()
    expect(app.api.decisions.at(-1)).toMatchObject({ decision: 'not-me', shown: { signInId, promptNumber: 2 } })
  })

  test('after an answer that nobody knows to have arrived sends it once more, as it was signed', async () => {
    await boundPhone()
    app.api.ask(ADA)
    await button('Review').click()
    app.api.requests.length = 0
    app.api.down = 'faulty'
    await approve()
    await page.getByText('Something went wrong. Reference: f00d').waitFor()
    app.api.device(ADA).pending = []
    app.api.down = 'no'
    await heading('No longer waiting').waitFor()
    expect(sent('/decide')).toHaveLength(2)
    expect(new Set(sent('/decide')).size).toBe(1)
  })

  test('the number is one that the phone suggests from nowhere', async () => {
    await boundPhone()
    app.api.ask(ADA)
    await button('Review').click()
    expect(await number().getAttribute('autocomplete')).toBe('off')
  })
})
