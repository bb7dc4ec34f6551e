// How often, by whom and how late: a hint opens one sign-in, one browser moves it, and four minutes end it.
import { describe, expect, test } from '@jest/globals'
import { createPhone } from '../../phone-simulator/phone.ts'
import { createBrowser, digitsOn, formOf, stageOf, ticketOn } from '../../support/browser.ts'
import { bodyOf, contracts, everyDoor, expectOpened, expectRefused, openDoors, stranger } from './doors.ts'
import { approveSignIn } from './whole-sign-in.ts'

const doors = openDoors()

describe.each(everyDoor)('a sign-in at the door of the cloud %s, by the contract %s', (cloud, contract) => {
  const door = doors.at(cloud)
  const leap = (seconds: number) => door.countersign.clock.leap(seconds * 1000)

  test('R13 refuses a used hint in another request, even once its sign-in is over', async () => {
    const attempt = await door.begin(contract)
    expectOpened(await door.send(bodyOf(attempt)))
    leap(61)
    expectRefused(await door.send(bodyOf(attempt, { state: 'another' })), 'hint.replayed', 'page')
    leap(300)
    expectRefused(await door.send(bodyOf(attempt, { nonce: 'another' })), 'hint.replayed', 'page')
  })

  test('R13 refuses a used hint with its signature written differently', async () => {
    const attempt = await door.begin(contract)
    expectOpened(await door.send(bodyOf(attempt)))
    // The last letter of 256 bytes in base64url carries two bits that count and four that do not.
    const hint = attempt.parameters.id_token_hint ?? ''
    const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'
    const other = hint.replace(/.$/, (last) => alphabet[alphabet.indexOf(last) + 1] ?? '')
    expect(other).not.toBe(hint)
    const fate = await door.send(bodyOf(attempt, { id_token_hint: other, state: 'another' }))
    expectRefused(fate, 'hint.replayed', 'page')
  })

  test('R13 refuses a used hint under the other contract', async () => {
    const { parameters } = await door.begin('custom-control', { hint: { version: 2 } })
    const raw = parameters.id_token_hint ?? ''
    const [first, second] = [contract, contract === 'external-mfa' ? 'custom-control' : 'external-mfa'] as const
    // Either audience: both contracts take the app id.
    expectOpened(await door.knock(first, { hint: { raw } }))
    expectRefused(await door.knock(second, { hint: { raw } }), 'hint.replayed', 'page')
  })

  test('R13 refuses a nonce and state that were answered, under a hint of its own and whoever asks', async () => {
    const person = stranger()
    const { page, browser, attempt } = await approveSignIn(door, contract, { person })
    expect(Object.keys((await browser.answer(page)).fields)).toContain('id_token')
    const { nonce, state } = attempt
    for (const asking of contracts)
      for (const bend of [{ person }, {}]) {
        const again = await door.knock(asking, { ...bend, parameters: { nonce, state } })
        expectRefused(again, 'hint.replayed', 'page')
        expect(again.onRecord?.reason).toBe('its nonce and state were answered before')
      }
    // Either alone may come again: it takes both to ask the same.
    expectOpened(await door.knock(contract, { parameters: { nonce } }))
    expectOpened(await door.knock(contract, { parameters: { state } }))
  })

  test('R13 answers one of two sign-ins that share nonce and state, each under a hint of its own', async () => {
    const first = await approveSignIn(door, contract)
    const { nonce, state } = first.attempt
    const second = await approveSignIn(door, contract, { parameters: { nonce, state } })
    expect(Object.keys((await first.browser.answer(first.page)).fields)).toContain('id_token')
    const refused = await second.browser.submit(second.page, 'answer')
    expect([refused.status, refused.text.includes('to-entra')]).toEqual([410, false])
  })

  test('R13 leads an identical repeat to the sign-in it opened, which only the first browser sees', async () => {
    const body = bodyOf(await door.begin(contract))
    const first = await door.send(body)
    const again = await door.send(body, {}, first.browser)
    expect([again.page.url, stageOf(again.page), again.code]).toEqual([first.page.url, 'ticket', undefined])
    const thief = await door.send(body)
    expect([thief.page.status, thief.told, thief.code]).toEqual([404, 'page', undefined])
    expect(thief.browser.cookies.size).toBe(0)
  })

  test('R13 opens one sign-in for ten identical requests at once', async () => {
    const body = bodyOf(await door.begin(contract))
    const headers = { 'content-type': 'application/x-www-form-urlencoded' }
    const post = () =>
      fetch(`${door.countersign.url}/entra/authorize`, { method: 'POST', headers, body, redirect: 'manual' })
    const answers = await Promise.all(Array.from({ length: 10 }, post))
    expect(new Set(answers.map((answer) => answer.headers.get('location'))).size).toBe(1)
    expect(answers.filter((answer) => answer.headers.getSetCookie().length > 0)).toHaveLength(1)
  })

  test('R13 puts off a fourth open sign-in of one person', async () => {
    const person = stranger()
    const begun = await Promise.all([1, 2, 3, 4].map(() => door.entra.begin({ person, contract })))
    const [fourth, ...three] = begun
    for (const attempt of three) expectOpened(await door.send(bodyOf(attempt)))
    if (!fourth) throw new Error('four were begun')
    expectRefused(await door.send(bodyOf(fourth)), 'sign-in.too-many', 'temporarily_unavailable')
  })

  test('R16 only the browser that began a sign-in sees or moves it', async () => {
    const { page, browser } = await door.knock(contract)
    const second = await door.knock(contract)
    const [[name]] = browser.cookies as unknown as [[string, string]]
    const [[, foreignSecret]] = second.browser.cookies as unknown as [[string, string]]
    const forged = createBrowser()
    forged.cookies.set(name, foreignSecret)
    const actions = { '': 'GET', '/version': 'GET', '/events': 'GET' }
    const acts = { '/answer': 'POST', '/give-up': 'POST', '/ask-again': 'POST', '/send-again': 'POST' }
    for (const thief of [createBrowser(), second.browser, forged]) {
      for (const [action, method] of Object.entries({ ...actions, ...acts })) {
        const stolen = await thief.request(`${page.url}${action}`, { method })
        expect([action, stolen.status, stolen.text.includes('to-entra')]).toEqual([action, 404, false])
      }
    }
    expect(stageOf(await browser.get(page.url))).toBe('ticket')
  })

  test('R16 an unknown sign-in reads exactly as another’s', async () => {
    const { page } = await door.knock(contract)
    const reading = async (url: string) => {
      const { status, text } = await createBrowser().get(url)
      return [status, text.replace(/<code>[^<]*<\/code>/, '')]
    }
    expect(await reading(page.url)).toEqual(await reading(page.url.replace(/[^/]+$/, '0'.repeat(32))))
  })

  test('R16 an approved sign-in is answered to no other browser', async () => {
    const { page, browser } = await approveSignIn(door, contract)
    expect((await createBrowser().submit(page, 'answer')).status).toBe(404)
    expect(Object.keys((await browser.answer(page)).fields)).toContain('id_token')
  })

  test('R13 an approved sign-in is answered once', async () => {
    const { page, browser } = await approveSignIn(door, contract)
    expect(Object.keys((await browser.answer(page)).fields)).toContain('id_token')
    const refused = await browser.submit(page, 'answer')
    expect([refused.status, refused.text.includes('to-entra')]).toEqual([410, false])
  })

  test('R18 an approved sign-in is never answered after its four minutes', async () => {
    const { page, browser } = await approveSignIn(door, contract)
    leap(241)
    const refused = await browser.submit(page, 'answer')
    expect([refused.status, refused.text.includes('to-entra')]).toEqual([410, false])
  })

  test('R18 nothing is decided once four minutes are over, and the way back to Entra stays open', async () => {
    const { page, browser } = await door.knock(contract)
    const phone = await createPhone({ url: door.countersign.url })
    const { body } = await phone.bind({ ticket: ticketOn(page) ?? '' })
    const digits = digitsOn(await browser.get(page.url)) ?? ''
    leap(241)
    expect(await phone.approve(body.pending[0], digits)).toMatchObject({ status: 409, body: { code: 'prompt-ended' } })
    expect((await browser.submit(page, 'answer')).status).toBe(410)
    expect(stageOf(await browser.get(page.url))).toBe('over')
    expect(formOf(await browser.submit(page, 'give-up')).fields).toEqual({
      error: 'access_denied',
      state: expect.any(String),
    })
  })
})
