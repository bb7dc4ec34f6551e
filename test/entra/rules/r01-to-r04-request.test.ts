// The request itself, before anything in it is believed: its manner, what it asks for, whose it is, where the answer goes.
import { describe, expect, test } from '@jest/globals'
import { redirectPaths } from '../../entra-simulator/make-attempt.ts'
import { createBrowser } from '../../support/browser.ts'
import { bodyOf, everyDoor, expectOpened, expectRefused, expectTurnedAway, openDoors } from './doors.ts'

const doors = openDoors()

describe.each(everyDoor)('at the door of the cloud %s, by the contract %s', (cloud, contract) => {
  const door = doors.at(cloud)
  const body = async () => bodyOf(await door.begin(contract))
  const withParameters = (parameters: Record<string, string | undefined>) => door.knock(contract, { parameters })

  test('an honest request opens a sign-in, so that what follows is refused for its bend alone', async () => {
    expectOpened(await door.knock(contract))
  })

  describe('R1 method, content type, doubles', () => {
    test('R1 answers a GET with an explanation, and does nothing', async () => {
      const query = await body()
      const fetchedBefore = door.fetched.length
      const page = await createBrowser().get(`${door.countersign.url}/entra/authorize?${query}`)
      expect(page.status).toBe(200)
      expect(page.text).not.toMatch(/<form|to-entra/)
      expect(page.headers.getSetCookie()).toEqual([])
      expect(door.fetched.length).toBe(fetchedBefore)
    })

    test.each(['PUT', 'PATCH', 'DELETE'])('R1 refuses %s', async (method) => {
      const fate = await door.send(await body(), { method })
      expectTurnedAway(fate, 405, 'http.method')
      expect(fate.page.headers.get('allow')).toBe('GET, POST')
    })

    test.each([
      'application/json',
      'text/plain',
      'multipart/form-data; boundary=x',
      'application/x-www-form-urlencodedx',
      'text/html, application/x-www-form-urlencoded',
    ])('R1 refuses the content type %s', async (type) => {
      const fate = await door.send(await body(), { headers: { 'content-type': type } })
      expectTurnedAway(fate, 415, 'http.content-type')
    })

    test('R1 takes the content type with a charset', async () => {
      const headers = { 'content-type': 'application/x-www-form-urlencoded; charset=UTF-8' }
      expectOpened(await door.send(await body(), { headers }))
    })

    const listed =
      'scope response_type response_mode client_id redirect_uri nonce state id_token_hint claims client-request-id'
    test.each(listed.split(' '))('R1 refuses %s twice, even with the same value', async (name) => {
      const twice = new URLSearchParams(await body())
      twice.append(name, twice.get(name) ?? '')
      expectRefused(await door.send(String(twice)), 'request.repeated', 'page')
    })

    test('R1 refuses a second redirect URI that is empty, stands first, or hides behind an encoded name', async () => {
      const evil = encodeURIComponent('https://evil.example/')
      for (const bend of [
        (honest: string) => `${honest}&redirect_uri=`,
        (honest: string) => `redirect_uri=${evil}&${honest}`,
        (honest: string) => `${honest}&redirect%5Furi=${evil}`,
      ])
        expectRefused(await door.send(bend(await body())), 'request.repeated', 'page')
    })

    test.each([
      ['scope', 257],
      ['response_type', 65],
      ['response_mode', 65],
      ['client_id', 257],
      ['redirect_uri', 513],
      ['claims', 8193],
      ['client-request-id', 129],
    ])('R1 refuses a %s of %i characters, larger than any of Entra’s', async (name, size) => {
      expectRefused(await withParameters({ [name]: 'x'.repeat(size) }), 'request.oversize', 'page')
    })

    test('R1 ignores parameters that it does not know, once or twice', async () => {
      expectOpened(await door.send(`${await body()}&canary=1&canary=2&request_uri=https%3A%2F%2Fevil.example`))
    })
  })

  test.each([
    ['response_type', 'code'],
    ['response_type', 'id_token token'],
    ['response_type', 'code id_token'],
    ['response_type', undefined],
    ['response_mode', 'query'],
    ['response_mode', 'fragment'],
    ['response_mode', 'FORM_POST'],
    ['response_mode', undefined],
    ['scope', 'profile'],
    ['scope', 'openidx profile'],
    ['scope', 'OPENID'],
    ['scope', undefined],
  ])('R2 refuses %s = %s', async (name, value) => {
    expectRefused(await withParameters({ [name]: value }), 'request.protocol', 'invalid_request')
  })

  test('R2 takes response_type as Microsoft’s text prints it, and scopes beside openid', async () => {
    expectOpened(await withParameters({ response_type: 'Id_token', scope: 'openid profile' }))
  })

  describe('R3 the client id', () => {
    test.each([
      ['is nobody’s', () => 'nobody'],
      ['is the app id', () => door.integration.appId],
      ['is the integration’s id', () => door.integration.id],
      ['has another case', () => door.integration.clientId.toUpperCase()],
      ['has a space behind it', () => `${door.integration.clientId} `],
      ['is an SQL wildcard', () => '%'],
    ])('R3 refuses a client id that %s', async (_what, client) => {
      expectRefused(await withParameters({ client_id: client() }), 'request.client', 'page')
    })

    test.each([undefined, ''])('R3 refuses a request without one (%p)', async (client_id) => {
      expectRefused(await withParameters({ client_id }), 'request.incomplete', 'page')
    })

    test('R3 refuses a client id and a hint of two tenants of one cloud, whichever is whose', async () => {
      const { integration, registration } = await door.connectAnother()
      expectRefused(await withParameters({ client_id: integration.clientId }), 'hint.issuer', 'access_denied')
      const parameters = { client_id: door.integration.clientId }
      expectRefused(await door.knock(contract, { registration, parameters }), 'hint.issuer', 'access_denied')
    })

    test('R3 refuses the client id of a tenant in another cloud', async () => {
      for (const other of doors.others(door))
        expectRefused(await withParameters({ client_id: other.integration.clientId }), 'request.destination', 'page')
    })
  })

  describe('R4 the redirect URI', () => {
    const withPort = (uri: string, port: string) => uri.replace(/^(https?:\/\/[^:/]+)(:\d+)?/, `$1${port}`)
    const bent: [string, (uri: string) => string][] = [
      ['on another host', (uri) => uri.replace(/\/\/[^:/]+/, '//evil.example')],
      ['with another scheme', (uri) => (uri.startsWith('https') ? uri.replace('s:', ':') : uri.replace('p:', 'ps:'))],
      ['with a trailing slash', (uri) => `${uri}/`],
      ['in another case', (uri) => uri.replace('/federation/', '/Federation/')],
      ['in capitals', (uri) => uri.toUpperCase()],
      ['with an evil suffix to its host', (uri) => uri.replace(/(\/\/[^:/]+)/, '$1.evil.example')],
      ['with the host as userinfo', (uri) => uri.replace('/common/', '@evil.example/common/')],
      ['with userinfo before the host', (uri) => uri.replace('://', '://user@')],
      ['with the port 443', (uri) => withPort(uri, ':443')],
      ['with another port', (uri) => withPort(uri, ':8443')],
      ['with a dot behind its host', (uri) => uri.replace(/(\/\/[^:/]+)/, '$1.')],
      ['with a query', (uri) => `${uri}?a=b`],
      ['with an empty query', (uri) => `${uri}?`],
      ['with a fragment', (uri) => `${uri}#a`],
      ['with a climb in its path', (uri) => uri.replace('/common/', '/x/../common/')],
      ['with a doubled slash', (uri) => uri.replace('/common/', '//common/')],
      ['with backslashes', (uri) => uri.replace('/common/', '\\common\\')],
      ['with an encoded letter', (uri) => uri.replace('/common/', '/%63ommon/')],
      ['of a tenant in place of common', (uri) => uri.replace('/common/', `/${door.integration.tenantId}/`)],
      ['with a space before it', (uri) => ` ${uri}`],
      ['with a line break behind it', (uri) => `${uri}\n`],
      ['with a NUL behind it', (uri) => `${uri}\0`],
      ['cut short', (uri) => uri.slice(0, -1)],
      ['of a scheme that runs', () => 'javascript:alert(1)'],
      ['of ours', () => `${door.countersign.url}/entra/authorize`],
    ]
    test.each(bent)('R4 refuses a redirect URI %s', async (_what, bend) => {
      const own = door.entra.authority + redirectPaths[contract]
      expectRefused(await withParameters({ redirect_uri: bend(own) }), 'request.destination', 'page')
    })

    test('R4 refuses the redirect URI of every other cloud, of either contract', async () => {
      for (const { entra } of doors.others(door)) {
        for (const path of Object.values(redirectPaths))
          expectRefused(await withParameters({ redirect_uri: entra.authority + path }), 'request.destination', 'page')
      }
    })

    test('R4 refuses a hint of another cloud, even with client id and redirect URI of ours', async () => {
      for (const other of doors.others(door)) {
        const { id_token_hint } = (await other.begin(contract)).parameters
        expectRefused(await withParameters({ id_token_hint }), 'hint.issuer', 'access_denied')
      }
    })

    test('R4 refuses a request without one', async () => {
      for (const redirect_uri of [undefined, ''])
        expectRefused(await withParameters({ redirect_uri }), 'request.incomplete', 'page')
    })

    test('R4 refuses the redirect URI of the other contract', async () => {
      const [other] = Object.entries(redirectPaths).filter(([name]) => name !== contract)
      const parameters = { redirect_uri: door.entra.authority + other?.[1] }
      const fate = await door.knock(contract, { parameters })
      // A custom control's hint is of version 1, which External MFA does not know; the other way round it is what is asked.
      if (contract === 'custom-control') expectRefused(fate, 'hint.issuer', 'access_denied')
      else expectRefused(fate, 'asked.unmeetable', 'access_denied')
      if (contract === 'custom-control') {
        const second = await door.knock(contract, { parameters, hint: { version: 2 } })
        expectRefused(second, 'asked.malformed', 'invalid_request')
      }
    })
  })

  describe('R9 tenants that are not served', () => {
    test('R9 refuses while the integration is switched off, and serves again after', async () => {
      const { integrations } = door.countersign.service.capabilities
      const { id } = door.integration
      await integrations.change(id, { enabled: false }, 'command-line')
      expectRefused(await door.knock(contract), 'integration.disabled', 'access_denied')
      await integrations.change(id, { enabled: true }, 'command-line')
      expectOpened(await door.knock(contract))
    })

    test('R9 refuses a contract by which the integration is not to be asked, and serves the other', async () => {
      const { integrations } = door.countersign.service.capabilities
      const { id } = door.integration
      const [other = contract] = (['external-mfa', 'custom-control'] as const).filter((each) => each !== contract)
      await integrations.change(id, { askedBy: other }, 'command-line')
      expectRefused(await door.knock(contract), 'integration.contract', 'access_denied')
      expectOpened(await door.knock(other))
      await integrations.change(id, { askedBy: contract }, 'command-line')
      expectOpened(await door.knock(contract))
      await integrations.change(id, { askedBy: 'both' }, 'command-line')
    })

    test('R9 knows a removed integration no more', async () => {
      const { integration, registration } = await door.connectAnother()
      expectOpened(await door.knock(contract, { registration }))
      await door.countersign.service.capabilities.integrations.remove(integration.id, 'command-line')
      expectRefused(await door.knock(contract, { registration }), 'request.client', 'page')
    })

    test('R9 knows no tenant that nobody connected', async () => {
      const { tenantId } = door.integration
      const unknown = { tenantId: tenantId.replace(/^./, (digit) => (digit === 'f' ? '0' : 'f')) }
      const registration = { ...(await door.begin(contract)).registration, ...unknown }
      expectRefused(await door.knock(contract, { registration }), 'hint.issuer', 'access_denied')
    })
  })
})
