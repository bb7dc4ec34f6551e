// What comes back to Entra as it came, and the pages that carry it.
import { describe, expect, test } from '@jest/globals'
import { formOf } from '../../support/browser.ts'
import { bodyOf, everyDoor, expectOpened, expectRefused, expectTurnedAway, openDoors, type Told } from './doors.ts'

const doors = openDoors()

describe.each(everyDoor)('at the door of the cloud %s, by the contract %s', (cloud, contract) => {
  const door = doors.at(cloud)

  const rows: [string, Record<string, string | undefined>, 'request.incomplete' | 'request.oversize', Told][] = [
    ['without state', { state: undefined }, 'request.incomplete', 'page'],
    ['with an empty state', { state: '' }, 'request.incomplete', 'page'],
    ['with a state of 16385 characters', { state: 's'.repeat(16_385) }, 'request.oversize', 'page'],
    ['without nonce', { nonce: undefined }, 'request.incomplete', 'invalid_request'],
    ['with an empty nonce', { nonce: '' }, 'request.incomplete', 'invalid_request'],
    ['with a nonce of 4097 characters', { nonce: 'n'.repeat(4097) }, 'request.oversize', 'page'],
  ]
  test.each(rows)('R14 refuses a request %s', async (_what, parameters, code, told) => {
    expectRefused(await door.knock(contract, { parameters }), code, told)
  })

  test('R14 takes state and nonce of the largest size, in any alphabet', async () => {
    const parameters = { state: '\u{1F511}'.repeat(8192), nonce: 'ñ'.repeat(4096) }
    const body = bodyOf(await door.begin(contract, { parameters }))
    // Entra's are ASCII: written in the form, this state is as large as the whole body may be.
    expectTurnedAway(await door.send(body), 413, 'request.too-large')
    expectOpened(await door.knock(contract, { parameters: { state: 's'.repeat(16_384), nonce: 'n'.repeat(4096) } }))
  })

  test('R14 refuses a body over 64 KB, before it reads it', async () => {
    const body = `${bodyOf(await door.begin(contract))}&more=${'x'.repeat(65_536)}`
    expectTurnedAway(await door.send(body), 413, 'request.too-large')
  })

  test.each([
    `"><script>alert(1)</script>&amp;'`,
    `' onfocus='alert(1)`,
    '</form><form action=//evil.example>',
    ' %20+&=\u{1F511}',
    '__proto__',
  ])('R17 brings back the state %j as text, to the character', async (state) => {
    const fate = await door.knock(contract, { parameters: { state, scope: 'profile' } })
    expectRefused(fate, 'request.protocol', 'invalid_request')
    expect(fate.page.text).not.toMatch(/<script>alert|onfocus='/)
    expect(fate.page.text.match(/<form/g)).toHaveLength(1)
    expect(formOf(fate.page).fields.state).toBe(state)
  })

  test('R17 the page that posts to Entra can be framed or kept by nobody, and tells nobody the whole address', async () => {
    const { page } = await door.knock(contract, { parameters: { scope: 'profile' } })
    expect(page.headers.get('content-security-policy')).toContain("frame-ancestors 'none'")
    expect(page.headers.get('x-frame-options')).toBe('DENY')
    expect(page.headers.get('referrer-policy')).toBe('strict-origin')
    expect(page.headers.get('cache-control')).toBe('no-store')
  })

  test('R17 a hint, a state or a client id is never written on a refusing page', async () => {
    const marker = '<b>marker</b>'
    const { page, told } = await door.knock(contract, {
      parameters: { client_id: marker, state: marker },
      hint: { raw: 'marker' },
    })
    expect([told, page.text.includes('marker')]).toEqual(['page', false])
  })
})
