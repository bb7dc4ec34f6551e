// What administrators who sign in with Entra leave behind: sessions and API tokens, once Entra does not speak for them.
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { CONFIRMED_DAYS } from '../../src/administrators/token.ts'
import { ADA, GRACE } from '../support/countersign.ts'
import { type Console, type Desk, startConsole } from './console.ts'
import { atEntra, CONNECT, connected, signedIn, version } from './entra-desk.ts'
import { type Machine, machineOf } from './machine.ts'

const DAY = 24 * 3_600_000
let console: Console
let owner: Desk
let grace: Desk
let machine: Machine
beforeEach(async () => {
  console = await startConsole()
  owner = await connected(console, { [GRACE.objectId]: ['Countersign.Owner'] })
  grace = await signedIn(console, GRACE.objectId)
  machine = await machineOf(console, await idOf(GRACE.name), ['read'], { days: 365 })
})
afterEach(() => console.close())

const administrators = () => console.service.capabilities.administrators
const idOf = async (name: string) => (await administrators().list()).find((each) => each.name === name)?.id ?? ''
const answered = async () => (await machine.get('/overview')).status
const shown = async () => (await owner.get('/admin/tokens')).text.replaceAll('\n', '')
/** What Entra says of everybody from now on. */
const givenRoles = (...roles: string[]) =>
  console.entra.administrators.tamper({ claims: (claims) => ({ ...claims, roles }) })

describe('an API token whose maker signs in with Entra', () => {
  test('is worth nothing when Entra has not confirmed their role for 30 days, until they sign in again', async () => {
    expect(CONFIRMED_DAYS).toBe(30)
    expect(await shown()).toContain('unless whoever made it signs in with Entra before')
    expect((await grace.get('/admin/tokens')).text).toContain('sign in here every 30 days at least')
    console.clock.leap(30 * DAY - 1000)
    expect(await answered()).toBe(200)
    console.clock.leap(1000)
    expect((await machine.get('/overview')).body.code).toBe('token.refused')
    await owner.signIn()
    expect(await shown()).toMatch(
      /Refused at present.*Entra has not confirmed the role of whoever made it for 30 days.*sign in again/,
    )
    await signedIn(console, GRACE.objectId)
    expect(await answered()).toBe(200)
  })

  test('goes on for as long as they keep coming, as a step-up or a sign-in', async () => {
    for (let month = 0; month < 4; month++) {
      console.clock.leap(29 * DAY)
      grace = await signedIn(console, GRACE.objectId, grace)
      expect(await answered()).toBe(200)
    }
    console.clock.leap(29 * DAY)
    grace = await signedIn(console, GRACE.objectId, grace)
    const led = await grace.submit('/admin/entra/step-up', { kept: '' })
    await atEntra(console, grace, led, GRACE.objectId)
    console.clock.leap(29 * DAY)
    expect(await answered()).toBe(200)
  })

  test('is worth nothing once they came back without a role, and their sessions end: all of it recorded at once', async () => {
    const id = await idOf(GRACE.name)
    const elsewhere = await signedIn(console, GRACE.objectId)
    givenRoles()
    const back = await signedIn(console, GRACE.objectId)
    expect(back.page.status).toBe(403)
    expect([await grace.isIn(), await elsewhere.isIn(), await back.isIn()]).toEqual([false, false, false])
    expect(await answered()).toBe(401)
    expect((await console.events()).slice(-2)).toEqual([
      expect.objectContaining({ type: 'administrator.entra-refused', name: GRACE.name }),
      { type: 'administrator.sessions-ended', administratorId: id, by: 'service' },
    ])
    expect(await shown()).toMatch(/Refused at present.*Entra gave whoever made it no role when they last came/)
    givenRoles('Countersign.Viewer')
    await signedIn(console, GRACE.objectId)
    expect(await answered()).toBe(200)
  })

  test('is worth nothing once a step-up found them without a role; other sessions of theirs end too', async () => {
    const elsewhere = await signedIn(console, GRACE.objectId)
    const led = await grace.submit('/admin/entra/step-up', { kept: '' })
    givenRoles()
    expect((await atEntra(console, grace, led, GRACE.objectId)).status).toBe(403)
    expect([await grace.isIn(), await elsewhere.isIn()]).toEqual([false, false])
    expect(await answered()).toBe(401)
  })

  test('outlives nothing of others: who is sent away takes nobody along', async () => {
    const ada = await signedIn(console, ADA.objectId)
    const theirs = await machineOf(console, await idOf(ADA.name), ['read'])
    const own = await machineOf(console, await idOf('First owner'), ['read'])
    console.entra.administrators.tamper({
      claims: (claims) => ({ ...claims, ...(claims.oid === GRACE.objectId && { roles: [] }) }),
    })
    await signedIn(console, GRACE.objectId)
    expect([await ada.isIn(), await owner.isIn(), await grace.isIn()]).toEqual([true, true, false])
    expect([(await theirs.get('/overview')).status, (await own.get('/overview')).status]).toEqual([200, 200])
  })

  test.each(['off', 'remove'])('is worth nothing while Entra is not connected (%s)', async (act) => {
    await owner.submit(`${CONNECT}/${act}`, { version: await version(console), name: 'Entra sign-in' })
    expect(await administrators().entra.isOn()).toBe(false)
    expect(await answered()).toBe(401)
    expect(await shown()).toMatch(/Refused at present.*signs in with Entra, and their tenant is not connected/)
  })

  test('is as good as another’s when it was made by who has a passkey, for its whole year', async () => {
    const own = await machineOf(console, await idOf('First owner'), ['read'], { days: 365 })
    console.clock.leap(364 * DAY)
    expect((await own.get('/overview')).status).toBe(200)
  })
})

test('the overview counts no owner whose tenant is not connected: who is left alone with one passkey is told', async () => {
  const alone = async () => (await owner.get('/admin/')).text.includes('First owner is the only owner')
  expect(await alone()).toBe(false)
  await owner.submit(`${CONNECT}/off`, { version: await version(console) })
  expect(await alone()).toBe(true)
})

test('the page of the only owner with a passkey says what is left without them: what Entra says, and the command line', async () => {
  const warns = async (name: string) =>
    (await grace.get(`/admin/administrators/${await idOf(name)}`)).text.includes('the only owner with a passkey')
  expect([await warns('First owner'), await warns(GRACE.name)]).toEqual([true, false])
  await console.admitted('owner', 'Second owner')
  expect(await warns('First owner')).toBe(false)
})
