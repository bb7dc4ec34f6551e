// The real shell in a real browser, against a device API that holds every request to the contract.
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

// Run inside the page. Strings, because these tests are checked without the browser's library of types.
const READ_KEY = `(async () => {
  const result = (request) => new Promise((resolve) => { request.onsuccess = () => resolve(request.result) })
  const database = await result(indexedDB.open('countersign'))
  const [{ key: { privateKey } }] = await result(database.transaction('accounts').objectStore('accounts').getAll())
  const exported = await crypto.subtle.exportKey('jwk', privateKey).catch((error) => error.name)
  return { extractable: privateKey.extractable, type: privateKey.type, exported }
})()`
const LIST_CACHED = `(async () => {
  await navigator.serviceWorker.ready
  const opened = await Promise.all((await caches.keys()).map((name) => caches.open(name)))
  const requests = await Promise.all(opened.map((cache) => cache.keys()))
  return requests.flat().map((request) => new URL(request.url).pathname)
})()`

/** A phone that is being asked, with the question on its screen. */
async function asked(): Promise<void> {
  await boundPhone()
  app.api.ask(ADA)
  await button('Review').click()
  app.api.requests.length = 0
}

inBrowser('the authenticator', { viewport: { width: 390, height: 780 } }, () => {
  test('binds by link, approves with the number, and keeps a key that nobody can read', async () => {
    app.api.allow(TICKET, ADA)
    await openApp(`#ticket=${TICKET}`)
    await heading('Add this phone?').waitFor()
    expect(page.url()).toBe(app.url)
    await page.getByText('Only go on if this code is from your own sign-in page.').waitFor()
    expect(app.api.requests).toEqual([])

    await page.getByLabel('Name of this phone').fill('Ada’s phone')
    await button('Add this phone').click()
    await heading('Is this you signing in?').waitFor()
    expect(JSON.parse(app.api.requests.find(({ path }) => path.endsWith('/bind'))!.body).device.name).toBe(
      'Ada’s phone',
    )
    expect(await number().inputValue()).toBe('')
    const { shown } = app.api.device(ADA).pending[0]!
    await approve(' 493 817 ')
    await heading('Approved').waitFor()
    expect(app.api.decisions).toMatchObject([{ decision: 'approve', number: '493817', shown }])

    await button('Done').click()
    await page.getByText('Ready').waitFor()
    const key = await page.evaluate(READ_KEY)
    expect(key).toEqual({ extractable: false, type: 'private', exported: 'InvalidAccessError' })
  })

  test('takes a typed code however it is typed, and says when it is none', async () => {
    app.api.allow('7K2M-9QXA-3HTN', ADA)
    await openApp()
    await button('Type a code').click()
    await page.getByLabel('Code from the sign-in page').fill('7k2m 9qxa')
    await button('Continue').click()
    await page.getByText('That is not a whole code').waitFor()
    await page.getByLabel('Code from the sign-in page').fill('7k2m 9qxa 3htn')
    await button('Continue').click()
    await button('Add this phone').click()
    await heading('Is this you signing in?').waitFor()
  })

  test('a code that cannot be used leaves no key behind', async () => {
    await openApp(`#ticket=${TICKET}`)
    await button('Add this phone').click()
    await page.getByText('This code cannot be used.').waitFor()
    await page.reload()
    await button('Type a code').waitFor()
  })

  test('asks again with the same key when the answer to the binding is lost, also after a reload', async () => {
    app.api.allow(TICKET, ADA)
    app.api.down = 'after'
    await openApp(`#ticket=${TICKET}`)
    await button('Add this phone').click()
    await page.getByText('Nothing is lost: try again').waitFor()
    app.api.down = 'no'
    app.api.nonce = 'nonce-2'
    await page.reload()
    await page.getByText('has not been finished').waitFor()
    await button('Try again').click()
    await heading('Is this you signing in?').waitFor()
    expect(app.api.devices.size).toBe(1)
  })

  test('a wrong number says how many tries are left and keeps the focus where the number is typed', async () => {
    app.api.allow(TICKET, ADA)
    await openApp(`#ticket=${TICKET}`)
    await button('Add this phone').click()
    await approve('123')
    await page.getByText('Type all 6 digits').waitFor()
    await approve('111111')
    await page.getByText('You have 2 tries left').waitFor()
    expect(await page.locator('#number:focus').count()).toBe(1)
    await approve('222222')
    await page.getByText('You have 1 try left').waitFor()
    await approve('333333')
    await heading('No longer waiting').waitFor()
    await page.getByText('Too many wrong numbers').waitFor()
  })

  test('a pause that the service asks for is counted down, and typing can go on after it', async () => {
    await boundPhone()
    app.api.ask(ADA)
    await button('Review').click()
    app.api.next = { code: 'wait', status: 429, title: 'Too many wrong numbers. Wait a moment.', retryAfterSeconds: 1 }
    await approve()
    await page.getByText('Wait a moment').waitFor()
    await page.getByText('You can try again now').waitFor()
    await button('Approve').click()
    await heading('Approved').waitFor()
  })

  test('a sign-in that comes while the last one’s end is shown is not kept waiting behind it', async () => {
    await boundPhone()
    app.api.ask(ADA)
    await button('Review').click()
    await approve()
    await heading('Approved').waitFor()
    app.api.ask(ADA)
    await heading('Waiting for you').waitFor()
    await button('Review').waitFor()
  })

  test('that this phone was added stays to be read, also when others wait', async () => {
    app.api.allow(TICKET, ADA)
    await openApp(`#ticket=${TICKET}`)
    await button('Add this phone').click()
    await approve()
    await heading('Approved').waitFor()
    app.api.ask(ADA)
    await polled()
    expect(await heading('Approved').count()).toBe(1)
    await button('Done').click()
    await button('Review').waitFor()
  })

  test('a code that does not work is typed anew, not sent again', async () => {
    await openApp()
    await button('Type a code').click()
    await page.getByLabel('Code from the sign-in page').fill('7K2M-9QXA-3HTN')
    await button('Continue').click()
    await button('Add this phone').click()
    await page.getByText('This code cannot be used.').waitFor()
    await button('Type another code').click()
    await page.getByLabel('Code from the sign-in page').waitFor()
  })

  test('“This was not me” asks once more, needs no number, and says what the administrator learns', async () => {
    await boundPhone()
    app.api.ask(ADA)
    await button('Review').click()
    await button('This was not me').click()
    await heading('Was this not you?').waitFor()
    await button('Go back').click()
    await button('This was not me').click()
    await button('Stop it and report it').click()
    await heading('Reported').waitFor()
    await page.getByText('on record for your administrator').waitFor()
    expect(app.api.decisions[1]).toMatchObject({ decision: 'not-me' })
    expect(app.api.decisions[1]).not.toHaveProperty('number')
  })

  test('“I cancelled this” stops the sign-in quietly', async () => {
    await boundPhone()
    app.api.ask(ADA)
    await button('Review').click()
    await button('I cancelled this').click()
    await heading('Sign-in stopped').waitFor()
    expect(app.api.decisions[1]).toMatchObject({ decision: 'cancel' })
  })

  test('a decision whose answer is lost is sent again, signed once', async () => {
    await asked()
    app.api.down = 'after'
    await approve()
    await page.getByText('Your answer has not arrived yet').waitFor()
    app.api.down = 'no'
    await heading('Approved').waitFor()
    const decisions = sent('/decide')
    expect(decisions.length).toBeGreaterThan(1)
    expect(new Set(decisions).size).toBe(1)
  })

  test('so is one whose answer was a fault, which is shown with its reference', async () => {
    await asked()
    app.api.down = 'faulty'
    await approve()
    await page.getByText('Something went wrong. Reference: f00d').waitFor()
    app.api.down = 'no'
    await button('Approve').click()
    await heading('Approved').waitFor()
    const decisions = sent('/decide')
    expect(decisions).toHaveLength(2)
    expect(new Set(decisions).size).toBe(1)
  })

  test('after a fault what waits is asked for again soon', async () => {
    await boundPhone()
    const fault = page.waitForResponse((response) => response.status() === 500)
    app.api.down = 'faulty'
    await fault
    app.api.ask(ADA)
    app.api.down = 'no'
    await button('Review').waitFor()
  })

  test('a lost connection is said, and what waits appears when it is back', async () => {
    await boundPhone()
    app.api.down = 'before'
    const said = page.getByRole('status').filter({ hasText: 'No connection to localhost' })
    await said.waitFor()
    app.api.ask(ADA)
    app.api.down = 'no'
    await button('Review').waitFor()
    await said.waitFor({ state: 'detached' })
  })

  test('several accounts and several sign-ins: a list, and the chosen one is decided', async () => {
    await boundPhone()
    await boundPhone('bob@fabrikam.example', 'ZyXwVuTsRqPoNmLkJiHgFe')
    expect(await page.getByText('Ready').count()).toBe(2)
    app.api.ask(ADA)
    app.api.ask('bob@fabrikam.example', { application: 'Wiki' })
    await button('Review').nth(1).waitFor()
    await heading('Waiting for you').waitFor()
    await page.getByRole('listitem').filter({ hasText: 'Wiki' }).getByRole('button', { name: 'Review' }).click()
    await approve()
    await heading('Approved').waitFor()
    expect(app.api.decisions[2]).toMatchObject({ shown: { person: 'bob@fabrikam.example' } })
    await page.goBack()
    await heading('Waiting for you').waitFor()
    expect(await button('Review').count()).toBe(1)
  })

  test('a new number on the sign-in page replaces the prompt, and an end is explained', async () => {
    await boundPhone()
    const { shown } = app.api.ask(ADA)
    await button('Review').click()
    await number().fill('4938')
    app.api.device(ADA).pending = []
    app.api.ask(ADA, { signInId: shown.signInId, promptNumber: 2 }, 2500)
    await page.getByRole('status').filter({ hasText: 'new number' }).waitFor({ state: 'attached' })
    expect(await number().inputValue()).toBe('')
    await heading('No longer waiting').waitFor()
    await page.getByText('ask again on your sign-in page').waitFor()
  })

  test('a binding that was never finished disappears with a sentence, a removed phone is told', async () => {
    app.api.allow(TICKET, ADA)
    await openApp(`#ticket=${TICKET}`)
    await button('Add this phone').click()
    await number().waitFor()
    app.api.devices.clear()
    await page.getByText('This binding was not finished in time').waitFor()
    await button('OK').click()
    await button('Type a code').waitFor()

    await boundPhone('bob@fabrikam.example', 'ZyXwVuTsRqPoNmLkJiHgFe')
    app.api.device('bob@fabrikam.example').removed = true
    await page.getByText('This phone was removed.').waitFor()
    await button(/^Remove /).click()
    await heading('Remove account?').waitFor()
    await button('Remove').click()
    await button('Type a code').waitFor()
  })

  test('removing tells the service; without a connection the key can be deleted on this phone alone', async () => {
    await boundPhone()
    await button(/^Remove /).click()
    app.api.down = 'before'
    await button('Remove').click()
    await page.getByText('could not be reached').waitFor()
    await button('Delete on this phone only').click()
    await button('Type a code').waitFor()
    app.api.down = 'no'
    await page.reload()
    await button('Type a code').waitFor()
  })

  test('the service worker opens the shell without a network, and keeps nothing of the device API', async () => {
    await boundPhone()
    const kept = await page.evaluate<string[]>(LIST_CACHED)
    expect(kept).toContain('/authenticator/')
    expect(kept.filter((path) => !path.startsWith('/authenticator/'))).toEqual([])
    await app.stop()
    await page.reload()
    await page.getByText(ADA).waitFor()
    await page.getByText('No connection to').waitFor()
  })

  test('at another address than its own it says so and shows the way', async () => {
    const elsewhere = app.url.replace('localhost', '127.0.0.1')
    await openApp(`#ticket=${TICKET}`, elsewhere)
    await heading('Not possible here').waitFor()
    const link = page.getByRole('link', { name: 'Open it there' })
    expect(await link.getAttribute('href')).toBe(`${app.url}#ticket=${TICKET}`)
  })
})
