// What a signed hint says: issuer and tenant, audience, time, and who it is.
import { describe, test } from '@jest/globals'
import { publicClouds } from '../../entra-simulator/public-clouds.ts'
import { ADA } from '../../support/countersign.ts'
import { everyDoor, expectOpened, expectRefused, openDoors } from './doors.ts'

const OTHER_TENANT = '11111111-5b1e-4d5f-9a57-2f0f7c6f1a01'
const CONSUMERS = '9188040d-6c67-4c5b-b112-36a304b66dad'

const doors = openDoors()

type Payload = Record<string, unknown>
type Row = [what: string, bend: Payload | (() => Payload)]

describe.each(everyDoor)('a signed hint at the door of the cloud %s, by the contract %s', (cloud, contract) => {
  const door = doors.at(cloud)
  const seconds = () => Math.floor(door.countersign.clock.now() / 1000)
  const tenant = () => door.integration.tenantId
  /** The issuer of this cloud, in the version that this contract's hints have here. */
  const issuerOf = (tid: string) => {
    if (contract === 'external-mfa') return `${door.entra.authority}/${tid}/v2.0`
    return `${cloud === 'local' ? door.entra.authority : publicClouds[cloud].v1Authority}/${tid}/`
  }
  const issuer = () => issuerOf(tenant())

  const knockWith = (bend: Row[1]) =>
    door.knock(contract, () => ({ hint: { payload: typeof bend === 'function' ? bend() : bend } }))
  const refused = async (bend: Row[1], code: Parameters<typeof expectRefused>[1]) =>
    expectRefused(await knockWith(bend), code, 'access_denied')

  const issuers: Row[] = [
    ['of another host', () => ({ iss: issuer().replace(/\/\/[^/]+/, '//evil.example') })],
    ['of another scheme', () => ({ iss: issuer().replace(/^https?/, (it) => (it === 'http' ? 'https' : 'http')) })],
    ['with an evil suffix to its host', () => ({ iss: issuer().replace(/(\/\/[^:/]+)/, '$1.evil.example') })],
    ['with userinfo', () => ({ iss: issuer().replace('//', '//user@') })],
    ['with a port', () => ({ iss: issuer().replace(/(\/\/[^:/]+)(:\d+)?/, '$1:444') })],
    ['with more behind it', () => ({ iss: `${issuer()}/` })],
    ['with a query', () => ({ iss: `${issuer()}?` })],
    ['cut short', () => ({ iss: issuer().slice(0, -1) })],
    ['of no version', () => ({ iss: `${door.entra.authority}/${tenant()}` })],
    ['in capitals', () => ({ iss: issuerOf(tenant().toUpperCase()) })],
    ['of another tenant', () => ({ iss: issuerOf(OTHER_TENANT) })],
    ['of another tenant, tid with it', () => ({ iss: issuerOf(OTHER_TENANT), tid: OTHER_TENANT })],
    ['of consumers', () => ({ iss: issuerOf(CONSUMERS), tid: CONSUMERS })],
    ['of the template', () => ({ iss: issuerOf('{tenantid}') })],
    ['of common', () => ({ iss: issuerOf('common') })],
    ['of organizations', () => ({ iss: issuerOf('organizations') })],
    ['missing', { iss: undefined }],
    ['null', { iss: null }],
    ['a list', () => ({ iss: [issuer()] })],
    ...doors
      .others(door)
      .map(
        (other): Row => [
          `of our tenant in the cloud ${other.cloud}`,
          () => ({ iss: `${other.entra.authority}/${tenant()}/v2.0` }),
        ],
      ),
  ]
  test.each(issuers)('R8 refuses an issuer %s', async (_what, bend) => refused(bend, 'hint.issuer'))

  test.each([
    ['another tenant than its issuer', { tid: OTHER_TENANT }],
    ['the consumers’ tenant', { tid: CONSUMERS }],
  ])('R8 refuses a tid that is %s', async (_what, bend) => refused(bend, 'hint.tenant'))

  test.each<Row>([
    ['missing', { tid: undefined }],
    ['no GUID', { tid: 'common' }],
    ['in capitals', () => ({ tid: tenant().toUpperCase() })],
    ['a list', () => ({ tid: [tenant()] })],
  ])('R8 refuses a tid that is %s', async (_what, bend) => refused(bend, 'hint.subject'))

  test.each<Row>([
    ['another application', { aud: '99999999-93a6-4c55-8f2f-6a1f43f0b002' }],
    ['a list of ours alone', () => ({ aud: [door.integration.appId] })],
    ['a list with ours', () => ({ aud: [door.integration.appId, 'other'] })],
    ['in another case', () => ({ aud: door.integration.clientId.toUpperCase() })],
    ['the tenant', () => ({ aud: tenant() })],
    ['our issuer', () => ({ aud: `${door.countersign.url}/entra/${door.integration.id}` })],
    ['missing', { aud: undefined }],
    ['empty', { aud: '' }],
    ['a number', { aud: 7 }],
  ])('R10 refuses an audience that is %s', async (_what, bend) => refused(bend, 'hint.audience'))

  test('R10 refuses the audiences of the tenants in other clouds', async () => {
    for (const { integration } of doors.others(door)) {
      await refused({ aud: integration.appId }, 'hint.audience')
      await refused({ aud: integration.clientId }, 'hint.audience')
    }
  })

  test.each<Row>([
    ['iat 90 s ahead', () => ({ iat: seconds() + 90 })],
    ['iat a day ahead', () => ({ iat: seconds() + 86_400 })],
    ['iat eleven minutes ago', () => ({ iat: seconds() - 660 })],
    ['iat in 1970', { iat: 0 }],
    ['iat in milliseconds', () => ({ iat: seconds() * 1000 })],
    ['iat as text', () => ({ iat: String(seconds()) })],
    ['iat with a fraction', () => ({ iat: seconds() + 0.5 })],
    ['iat negative', { iat: -1 }],
    ['iat missing', { iat: undefined }],
    ['iat null', { iat: null }],
    ['nbf 90 s ahead', () => ({ nbf: seconds() + 90 })],
    ['nbf as text', { nbf: '0' }],
    ['exp as text', { exp: '0' }],
  ])('R11 refuses %s', async (_what, bend) => refused(bend, 'hint.time'))

  test.each<[string, () => Payload]>([
    ['exp long past', () => ({ exp: 1 })],
    ['no exp and no nbf', () => ({ exp: undefined, nbf: undefined })],
    ['iat nine minutes ago', () => ({ iat: seconds() - 540, nbf: seconds() - 540 })],
    ['iat half a minute ahead', () => ({ iat: seconds() + 30, nbf: seconds() + 30 })],
  ])('R11 takes %s', async (_what, payload) => expectOpened(await knockWith(payload)))

  test.each<Row>([
    ['oid missing', { oid: undefined }],
    ['oid that is an address', { oid: 'ada@contoso.example' }],
    ['oid in capitals', { oid: ADA.objectId.toUpperCase() }],
    ['oid with a space', { oid: `${ADA.objectId} ` }],
    ['oid with a line break', { oid: `${ADA.objectId}\n` }],
    ['oid as a list', { oid: [ADA.objectId] }],
    ['sub missing', { sub: undefined }],
    ['sub empty', { sub: '' }],
    ['sub that is a number', { sub: 7 }],
    ['sub of 257 characters', { sub: 's'.repeat(257) }],
  ])('R12 refuses %s', async (_what, bend) => refused(bend, 'hint.subject'))

  test('R8 refuses a version that does not fit the issuer', async () => {
    await refused({ ver: contract === 'external-mfa' ? '1.0' : '2.0' }, 'hint.version')
  })

  const accepted = contract === 'custom-control'
  test(`R8 ${accepted ? 'takes' : 'refuses'} the other version of a hint`, async () => {
    const other = await door.knock(contract, { hint: { version: accepted ? 2 : 1 } })
    if (accepted) expectOpened(other)
    else expectRefused(other, 'hint.issuer', 'access_denied')
  })

  test('R8 misses ver only in version 1, which nobody has published', async () => {
    if (accepted) expectOpened(await knockWith({ ver: undefined }))
    const second = await door.knock(contract, { hint: { version: 2, payload: { ver: undefined } } })
    expectRefused(second, 'hint.version', 'access_denied')
  })

  test(`R10 ${accepted ? 'takes' : 'refuses'} the client id as audience`, async () => {
    const fate = await door.knock(contract, { hint: { audience: 'client-id' } })
    if (accepted) expectOpened(fate)
    else expectRefused(fate, 'hint.audience', 'access_denied')
  })
})
