// Entra's keys at the door: had, not had, new; and that nothing is fetched from anywhere else. How they are kept, in every
// detail and without a service: ../entra-keys.test.ts.
import { afterEach, describe, expect, jest, test } from '@jest/globals'
import type { KeyFault } from '../../entra-simulator/key-endpoints.ts'
import { redirectPaths } from '../../entra-simulator/make-attempt.ts'
import { createBrowser } from '../../support/browser.ts'
import { startCountersign } from '../../support/countersign.ts'
import { bodyOf, cloudNames, everyDoor, expectOpened, expectRefused, openDoors, stranger } from './doors.ts'

const HOUR = 3_600_000
const { timeout } = AbortSignal

const doors = openDoors()

/** The key addresses of all clouds, written out from their hosts. */
function table(): Set<string> {
  const hosts = cloudNames.map((cloud) => doors.at(cloud).entra.authority)
  return new Set(hosts.flatMap((host) => [`${host}/common/discovery/v2.0/keys`, `${host}/common/discovery/keys`]))
}

describe.each(everyDoor)('at the door of the cloud %s, by the contract %s', (cloud, contract) => {
  const door = doors.at(cloud)
  const leap = (milliseconds: number) => door.countersign.clock.leap(milliseconds)
  const keyAddresses = () => [
    `${door.entra.authority}/common/discovery/v2.0/keys`,
    `${door.entra.authority}/common/discovery/keys`,
  ]
  afterEach(() => {
    door.entra.fail(null)
    jest.restoreAllMocks()
  })

  test.each(['down', 'slow', 'huge', 'redirect', 'rubbish', 'empty'] satisfies KeyFault[])(
    'R19 lets nobody in while the key endpoint is %s, and everybody again after',
    async (fault) => {
      // A day and more: the keys known so far are too old to serve.
      leap(25 * HOUR)
      door.entra.fail(fault)
      // Five seconds are long to a test. Only where nothing comes: elsewhere it must be the answer that is refused.
      if (fault === 'slow') jest.spyOn(AbortSignal, 'timeout').mockImplementation((time) => timeout(time / 50))
      expectRefused(await door.knock(contract), 'entra.keys-unavailable', 'temporarily_unavailable')
      jest.restoreAllMocks()
      door.entra.fail(null)
      expectOpened(await door.knock(contract))
    },
    20_000,
  )

  test('R19 serves from the keys it has while the endpoint is down for hours, and no longer than a day', async () => {
    expectOpened(await door.knock(contract))
    door.entra.fail('down')
    leap(20 * HOUR)
    expectOpened(await door.knock(contract))
    leap(5 * HOUR)
    expectRefused(await door.knock(contract), 'entra.keys-unavailable', 'temporarily_unavailable')
  })

  test('R19 finds a key that Entra has just begun to sign with', async () => {
    await door.entra.rotateKeys({ dropEarlier: true })
    expectOpened(await door.knock(contract))
  })

  test('R19 puts off, and does not deny, a key that it may not ask for yet', async () => {
    leap(25 * HOUR)
    expectOpened(await door.knock(contract))
    await door.entra.rotateKeys({ dropEarlier: true })
    const atOnce = await door.entra.begin({ person: stranger(), contract })
    expectRefused(await door.send(bodyOf(atOnce)), 'entra.key-unseen', 'temporarily_unavailable')
    expectOpened(await door.knock(contract))
  })

  test('R19 puts off a new key while the endpoint is down, and still serves the old ones', async () => {
    expectOpened(await door.knock(contract))
    const { signing } = door.entra.keys
    await door.entra.rotateKeys()
    door.entra.fail('down')
    expectRefused(await door.knock(contract), 'entra.keys-unavailable', 'temporarily_unavailable')
    const old = { key: signing, header: { kid: signing.kid } }
    expectOpened(await door.knock(contract, { hint: old }))
  })

  test('R19 a flood of unknown kids is answered with a bounded number of fetches', async () => {
    expectOpened(await door.knock(contract))
    leap(60_000)
    const before = door.fetched.length
    const begun = await Promise.all(
      Array.from({ length: 20 }, (_, i) =>
        door.entra.begin({ person: stranger(), contract, hint: { header: { kid: `invented-${i}` } } }),
      ),
    )
    await Promise.all(
      begun.map(({ parameters }) => createBrowser().post(`${door.countersign.url}/entra/authorize`, parameters)),
    )
    expect(door.fetched.slice(before).filter((url) => keyAddresses().includes(url)).length).toBeLessThan(5)
    expectOpened(await door.knock(contract))
  })

  test.each([
    ['an issuer inside our own network', { payload: { iss: 'http://169.254.169.254/latest/v2.0' } }],
    ['an issuer whose path climbs', { payload: { iss: 'https://login.microsoftonline.com/../evil/v2.0' } }],
    ['a jku', { header: { jku: 'http://169.254.169.254/keys' } }],
    ['an x5u', { header: { x5u: 'http://localhost/keys' } }],
    ['a kid that is an address', { header: { kid: 'http://169.254.169.254/' } }],
    ['a tid that climbs', { payload: { tid: '../../evil' } }],
  ])('R20 fetches nothing for %s', async (_what, hint) => {
    const { code } = await door.knock(contract, { hint })
    expect(code).toMatch(/^hint\./)
    // Keys of all clouds are kept fresh once a minute, and may be fetched meanwhile: nothing else may be.
    expect(door.fetched.filter((url) => !table().has(url))).toEqual([])
  })

  test('R20 fetches the keys of a hint from its own cloud’s address, and its version’s', async () => {
    leap(25 * HOUR)
    const before = door.fetched.length
    expectOpened(await door.knock(contract))
    const [v2 = '', v1 = ''] = keyAddresses()
    expect(door.fetched.slice(before)).toContain(contract === 'external-mfa' ? v2 : v1)
  })
})

test('R20 in all that stands above, no fetch left the table of clouds', () => {
  const door = doors.at('global')
  expect(new Set(door.fetched)).toEqual(table())
})

test('R20 there is no cloud but those of the table', async () => {
  const { countersign, integration } = doors.at('local')
  for (const authority of [
    'https://login.evil.example',
    'https://login.chinacloudapi.cn',
    'https://login.windows.net',
  ]) {
    const page = await createBrowser().post(`${countersign.url}/entra/authorize`, {
      redirect_uri: authority + redirectPaths['external-mfa'],
      client_id: integration.clientId,
      state: 's',
    })
    expect(page.status).toBe(400)
  }
})

test('R19 refuses everything while the service is stopping, and says that it passes', async () => {
  const countersign = await startCountersign()
  countersign.service.beginStop()
  const { parameters } = await countersign.entra.begin({ person: stranger(), contract: 'external-mfa' })
  const { text } = await createBrowser().post(`${countersign.url}/entra/authorize`, parameters)
  expect(text).toContain('temporarily_unavailable')
  expect(text).toContain(parameters.state)
  await countersign.close()
})
