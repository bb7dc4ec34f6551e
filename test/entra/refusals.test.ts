// What a strict provider must refuse, at the door: the request itself. What is wrong with a hint: refusals-of-hints.test.ts.
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import type { Integration } from '../../src/integrations/integration.ts'
import { redirectPaths } from '../entra-simulator/make-attempt.ts'
import { createPhone } from '../phone-simulator/phone.ts'
import { createBrowser, digitsOn, formOf, stageOf, ticketOn } from '../support/browser.ts'
import { registrationOf } from '../support/countersign.ts'
import { contracts, type Door, expectOpened, expectRefused, openDoor, type Told } from './knock.ts'

const OTHER_TENANT = '11111111-5b1e-4d5f-9a57-2f0f7c6f1a01'

let door: Door
let other: Integration
beforeAll(async () => {
  door = await openDoor()
  const { url, service } = door.countersign
  const wanted = { name: 'Fabrikam', tenantId: OTHER_TENANT, cloud: 'local', enrolment: 'first-use' } as const
  const appId = '22222222-93a6-4c55-8f2f-6a1f43f0b002'
  other = (await service.capabilities.integrations.create({ ...wanted, appId }, 'command-line')) as Integration
  door.countersign.entra.register(registrationOf(url, other))
})
afterAll(() => door.close())

const bodyOf = async (contract: (typeof contracts)[number], parameters: Record<string, string | undefined> = {}) =>
  new URLSearchParams((await door.begin(contract, { parameters })).parameters)

describe.each(contracts)('at the door, by the contract %s', (contract) => {
  const own = () => door.countersign.entra.authority + redirectPaths[contract]

  test('an honest request opens a sign-in', async () => {
    expectOpened(await door.knock(contract))
  })

  describe('R1 method, content type, doubles', () => {
    test('R1 answers a GET with an explanation, and does nothing', async () => {
      const query = await bodyOf(contract)
      const fetchedBefore = door.fetched.length
      const page = await createBrowser().get(`${door.countersign.url}/entra/authorize?${query}`)
      expect(page.status).toBe(200)
      expect(page.text).not.toMatch(/<form|to-entra/)
      expect(page.headers.getSetCookie()).toEqual([])
      expect(door.fetched.length).toBe(fetchedBefore)
    })

    test.each(['PUT', 'PATCH', 'DELETE'])('R1 refuses %s', async (method) => {
      const { page, told, code } = await door.send(String(await bodyOf(contract)), { method })
      expect([page.status, page.headers.get('allow'), told, code]).toEqual([405, 'GET, POST', 'page', undefined])
    })

    test.each([
      'application/json',
      'text/plain',
      'multipart/form-data; boundary=x',
      'application/x-www-form-urlencodedx',
      'text/html, application/x-www-form-urlencoded',
    ])('R1 refuses the content type %s', async (type) => {
      const body = String(await bodyOf(contract))
      const { page, told, code } = await door.send(body, { headers: { 'content-type': type } })
      expect([page.status, told, code]).toEqual([415, 'page', undefined])
    })

    test('R1 takes the content type with a charset', async () => {
      const headers = { 'content-type': 'application/x-www-form-urlencoded; charset=UTF-8' }
      expectOpened(await door.send(String(await bodyOf(contract)), { headers }))
    })

    const listed =
      'scope response_type response_mode client_id redirect_uri nonce state id_token_hint claims client-request-id'
    test.each(listed.split(' '))('R1 refuses %s twice, even with the same value', async (name) => {
      const body = await bodyOf(contract)
      body.append(name, body.get(name) ?? '')
      expectRefused(await door.send(String(body)), 'request.malformed', 'page')
    })

    test('R1 refuses a second redirect URI that is empty, or stands first', async () => {
      const body = await bodyOf(contract)
      expectRefused(await door.send(`${body}&redirect_uri=`), 'request.malformed', 'page')
      const evil = `redirect_uri=${encodeURIComponent('https://evil.example/')}&${body}`
      expectRefused(await door.send(evil), 'request.malformed', 'page')
    })

    test('R1 ignores parameters that it does not know, once or twice', async () => {
      expectOpened(
        await door.send(`${await bodyOf(contract)}&canary=1&canary=2&request_uri=https%3A%2F%2Fevil.example`),
      )
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
    const fate = await door.knock(contract, { parameters: { [name]: value } })
    expectRefused(fate, 'request.protocol', 'invalid_request')
  })

  test('R2 takes response_type as Microsoft’s text prints it, and scopes beside openid', async () => {
    expectOpened(await door.knock(contract, { parameters: { response_type: 'Id_token', scope: 'openid profile' } }))
  })

  describe('R3 the client id', () => {
    test.each([
      ['is nobody’s', () => 'nobody'],
      ['is the app id', () => door.countersign.integration.appId],
      ['is the integration’s id', () => door.countersign.integration.id],
      ['has another case', () => door.countersign.integration.clientId.toUpperCase()],
      ['has a space behind it', () => `${door.countersign.integration.clientId} `],
      ['is an SQL wildcard', () => '%'],
    ])('R3 refuses a client id that %s', async (_what, client) => {
      expectRefused(await door.knock(contract, { parameters: { client_id: client() } }), 'request.client', 'page')
    })

    test.each([undefined, ''])('R3 refuses a request without one (%p)', async (client_id) => {
      expectRefused(await door.knock(contract, { parameters: { client_id } }), 'request.malformed', 'page')
    })

    test('R3 refuses the client id of another tenant’s integration', async () => {
      const fate = await door.knock(contract, { parameters: { client_id: other.clientId } })
      expectRefused(fate, 'hint.issuer', 'access_denied')
    })

    test('R3 refuses another tenant’s hint under our client id', async () => {
      const fate = await door.knock(contract, {
        registration: registrationOf(door.countersign.url, other),
        parameters: { client_id: door.countersign.integration.clientId },
      })
      expectRefused(fate, 'hint.issuer', 'access_denied')
    })
  })

  describe('R4 the redirect URI', () => {
    const bent: [string, (uri: string) => string][] = [
      ['on another host', (uri) => uri.replace('127.0.0.1', 'evil.example')],
      ['with https for http', (uri) => uri.replace('http:', 'https:')],
      ['with a trailing slash', (uri) => `${uri}/`],
      ['in another case', (uri) => uri.replace('/federation/', '/Federation/')],
      ['in capitals', (uri) => uri.toUpperCase()],
      ['with an evil suffix to its host', (uri) => uri.replace('127.0.0.1', '127.0.0.1.evil.example')],
      ['with the host as userinfo', (uri) => uri.replace(/:\d+\//, '@evil.example/')],
      ['with userinfo before the host', (uri) => uri.replace('://', '://user@')],
      ['with another port', (uri) => uri.replace(/:\d+\//, ':443/')],
      ['without a port', (uri) => uri.replace(/:\d+\//, '/')],
      ['with a query', (uri) => `${uri}?a=b`],
      ['with an empty query', (uri) => `${uri}?`],
      ['with a fragment', (uri) => `${uri}#a`],
      ['with a climb in its path', (uri) => uri.replace('/common/', '/x/../common/')],
      ['with a doubled slash', (uri) => uri.replace('/common/', '//common/')],
      ['with an encoded letter', (uri) => uri.replace('/common/', '/%63ommon/')],
      ['with a space before it', (uri) => ` ${uri}`],
      ['with a line break behind it', (uri) => `${uri}\n`],
      ['with a NUL behind it', (uri) => `${uri}\0`],
      ['cut short', (uri) => uri.slice(0, -1)],
      ['of a scheme that runs', () => 'javascript:alert(1)'],
      ['of ours', () => `${door.countersign.url}/entra/authorize`],
      ['of the global cloud', () => `https://login.microsoftonline.com${redirectPaths[contract]}`],
      ['of the US Government cloud', () => `https://login.microsoftonline.us${redirectPaths[contract]}`],
      ['of the cloud in China', () => `https://login.partner.microsoftonline.cn${redirectPaths[contract]}`],
      ['of the global cloud with a port', () => `https://login.microsoftonline.com:443${redirectPaths[contract]}`],
    ]
    test.each(bent)('R4 refuses a redirect URI %s', async (_what, bend) => {
      const fate = await door.knock(contract, { parameters: { redirect_uri: bend(own()) } })
      expectRefused(fate, 'request.destination', 'page')
    })

    test('R4 refuses a request without one, and one that is far too long', async () => {
      expectRefused(
        await door.knock(contract, { parameters: { redirect_uri: undefined } }),
        'request.malformed',
        'page',
      )
      const long = `${own()}${'a'.repeat(512)}`
      expectRefused(await door.knock(contract, { parameters: { redirect_uri: long } }), 'request.malformed', 'page')
    })
  })

  describe('R14 state and nonce', () => {
    const rows: [string, Record<string, string | undefined>, string, Told][] = [
      ['without state', { state: undefined }, 'request.malformed', 'page'],
      ['with an empty state', { state: '' }, 'request.malformed', 'page'],
      ['with a state of 16385 characters', { state: 's'.repeat(16_385) }, 'request.malformed', 'page'],
      ['without nonce', { nonce: undefined }, 'request.protocol', 'invalid_request'],
      ['with an empty nonce', { nonce: '' }, 'request.protocol', 'invalid_request'],
      ['with a nonce of 4097 characters', { nonce: 'n'.repeat(4097) }, 'request.malformed', 'page'],
    ]
    test.each(rows)('R14 refuses a request %s', async (_what, parameters, code, told) => {
      expectRefused(await door.knock(contract, { parameters }), code, told)
    })

    test('R14 refuses a body over 64 KB, before it reads it', async () => {
      const { page, told, code } = await door.send(`${await bodyOf(contract)}&more=${'x'.repeat(65_536)}`)
      expect([page.status, told, code]).toEqual([413, 'page', undefined])
    })
  })

  test('R17 a state that is markup comes back as text, and the page cannot be framed or kept', async () => {
    const state = `"><script>alert(1)</script>&amp;'`
    const { page, told } = await door.knock(contract, { parameters: { state, scope: 'profile' } })
    expect(told).toBe('invalid_request')
    expect(page.text).not.toContain('<script>alert')
    expect(formOf(page).fields.state).toBe(state)
    expect(page.headers.get('content-security-policy')).toContain("frame-ancestors 'none'")
    expect(page.headers.get('x-frame-options')).toBe('DENY')
    expect(page.headers.get('referrer-policy')).toBe('strict-origin')
    expect(page.headers.get('cache-control')).toBe('no-store')
  })

  test('R17 a hint, a state or a client id is never written on a refusing page', async () => {
    const marker = '<b>marker</b>'
    const { page, told } = await door.knock(contract, { parameters: { client_id: marker, state: marker } })
    expect([told, page.text.includes('marker')]).toEqual(['page', false])
  })
})

describe('R4 the contracts swapped', () => {
  const at = (contract: keyof typeof redirectPaths) => ({
    redirect_uri: door.countersign.entra.authority + redirectPaths[contract],
  })

  test('R4 refuses an External MFA request at the custom controls’ redirect URI', async () => {
    const fate = await door.knock('external-mfa', { parameters: at('custom-control') })
    expectRefused(fate, 'asked.unmeetable', 'access_denied')
  })

  test('R4 refuses a custom control’s request at External MFA’s redirect URI, by its hint', async () => {
    const fate = await door.knock('custom-control', { parameters: at('external-mfa') })
    expectRefused(fate, 'hint.issuer', 'access_denied')
  })

  test('R4 refuses it with a v2 hint too, by what it asks', async () => {
    const fate = await door.knock('custom-control', { hint: { version: 2 }, parameters: at('external-mfa') })
    expectRefused(fate, 'asked.malformed', 'invalid_request')
  })
})

describe('R15 claims', () => {
  const acr = { essential: true, values: ['possessionorinherence'] }
  const amr = { essential: true, values: ['swk'] }
  const deep = `${'{"id_token":'.repeat(600)}1${'}'.repeat(600)}`
  const external: [string, string | undefined, string, Told][] = [
    ['missing', undefined, 'asked.malformed', 'invalid_request'],
    ['no JSON', '{"id_token":', 'asked.malformed', 'invalid_request'],
    ['null', 'null', 'asked.malformed', 'invalid_request'],
    ['an array', '[]', 'asked.malformed', 'invalid_request'],
    ['a string', '"id_token"', 'asked.malformed', 'invalid_request'],
    ['nested deep', deep, 'asked.malformed', 'invalid_request'],
    ['an array nested deep', '['.repeat(8000), 'asked.malformed', 'invalid_request'],
    [
      'in a prototype',
      `{"__proto__":{"id_token":{"acr":${JSON.stringify(acr)}}}}`,
      'asked.malformed',
      'invalid_request',
    ],
    [
      'an acr in a prototype',
      `{"id_token":{"__proto__":{"acr":{"value":"possession"}}}}`,
      'asked.malformed',
      'invalid_request',
    ],
    ['without acr', JSON.stringify({ id_token: { amr } }), 'asked.malformed', 'invalid_request'],
    ['with an acr that is text', '{"id_token":{"acr":"possession"}}', 'asked.malformed', 'invalid_request'],
    [
      'with acr values that are text',
      '{"id_token":{"acr":{"values":"possession"}}}',
      'asked.malformed',
      'invalid_request',
    ],
    ['with acr values that are numbers', '{"id_token":{"acr":{"values":[1]}}}', 'asked.malformed', 'invalid_request'],
    [
      'with 65 acr values',
      JSON.stringify({ id_token: { acr: { values: Array(65).fill('possession') } } }),
      'asked.malformed',
      'invalid_request',
    ],
    [
      'with amr entries that are objects',
      JSON.stringify({ id_token: { acr, amr: { values: [{}] } } }),
      'asked.malformed',
      'invalid_request',
    ],
    ['with no acr value', '{"id_token":{"acr":{"values":[]}}}', 'asked.unmeetable', 'access_denied'],
    ['with knowledge as acr', '{"id_token":{"acr":{"values":["knowledge"]}}}', 'asked.unmeetable', 'access_denied'],
    ['with inherence as acr', '{"id_token":{"acr":{"values":["inherence"]}}}', 'asked.unmeetable', 'access_denied'],
    [
      'with an acr in another case',
      '{"id_token":{"acr":{"values":["Possession"]}}}',
      'asked.unmeetable',
      'access_denied',
    ],
    [
      'with amr but not swk',
      JSON.stringify({ id_token: { acr, amr: { values: ['fido', 'otp'] } } }),
      'asked.unmeetable',
      'access_denied',
    ],
    [
      'with an empty amr list',
      JSON.stringify({ id_token: { acr, amr: { values: [] } } }),
      'asked.unmeetable',
      'access_denied',
    ],
    ['of 8193 characters', `{"id_token":"${'x'.repeat(8178)}"}`, 'request.malformed', 'page'],
  ]
  test.each(external)('R15 External MFA refuses claims %s, and bothers nobody', async (_what, claims, code, told) => {
    expectRefused(await door.knock('external-mfa', { parameters: { claims } }), code, told)
  })

  const control = (claim: unknown, more: object = {}) =>
    JSON.stringify({ id_token: { CountersignMfa: claim, ...more } })
  const rows: [string, string | undefined, string, Told][] = [
    ['missing', undefined, 'asked.malformed', 'invalid_request'],
    ['no JSON', 'CountersignMfa', 'asked.malformed', 'invalid_request'],
    ['nested deep', deep, 'asked.unmeetable', 'access_denied'],
    [
      'in a prototype',
      '{"__proto__":{"id_token":{"CountersignMfa":{"value":"MfaDone"}}}}',
      'asked.malformed',
      'invalid_request',
    ],
    [
      'with the claim in a prototype',
      '{"id_token":{"__proto__":{"CountersignMfa":{"value":"MfaDone"}}}}',
      'asked.malformed',
      'invalid_request',
    ],
    [
      'of a member every object has',
      '{"id_token":{"constructor":{"value":"MfaDone"}}}',
      'asked.malformed',
      'invalid_request',
    ],
    [
      'with another claim',
      '{"id_token":{"DuoMfa":{"essential":true,"value":"MfaDone"}}}',
      'asked.unmeetable',
      'access_denied',
    ],
    [
      'with the claim in another case',
      '{"id_token":{"countersignmfa":{"value":"MfaDone"}}}',
      'asked.unmeetable',
      'access_denied',
    ],
    ['with another value', control({ value: 'Admin' }), 'asked.unmeetable', 'access_denied'],
    ['with the value in another case', control({ value: 'mfadone' }), 'asked.unmeetable', 'access_denied'],
    ['with no value', control(null), 'asked.unmeetable', 'access_denied'],
    ['with a value that is a list', control({ value: ['MfaDone'] }), 'asked.malformed', 'invalid_request'],
    ['with a value that is true', control({ value: true }), 'asked.malformed', 'invalid_request'],
    [
      'with another essential claim beside it',
      control({ value: 'MfaDone' }, { admin: { essential: true } }),
      'asked.unmeetable',
      'access_denied',
    ],
  ]
  test.each(rows)('R15 a custom control refuses claims %s', async (_what, claims, code, told) => {
    expectRefused(await door.knock('custom-control', { parameters: { claims } }), code, told)
  })

  test('R15 takes what it can honestly meet, in any of the ways that it may be asked', async () => {
    for (const claims of ['{"id_token":{"acr":{"value":"possession"}}}', JSON.stringify({ id_token: { acr, amr } })])
      expectOpened(await door.knock('external-mfa', { parameters: { claims } }))
    const claims = control({ essential: true, values: ['Other', 'MfaDone'] }, { name: null })
    expectOpened(await door.knock('custom-control', { parameters: { claims } }))
  })
})

describe('R16 and R18, the sign-in’s own browser and its time', () => {
  test('R16 only the browser that began a sign-in sees or moves it', async () => {
    const { page, browser } = await door.knock('external-mfa')
    const second = await door.knock('external-mfa')
    const [[name]] = browser.cookies as unknown as [[string, string]]
    const [[, foreignSecret]] = second.browser.cookies as unknown as [[string, string]]
    const forged = createBrowser()
    forged.cookies.set(name, foreignSecret)
    for (const thief of [createBrowser(), second.browser, forged]) {
      for (const [action, method] of Object.entries({
        '': 'GET',
        '/version': 'GET',
        '/events': 'GET',
        '/answer': 'POST',
        '/give-up': 'POST',
        '/ask-again': 'POST',
      })) {
        const stolen = await thief.request(`${page.url}${action}`, { method })
        expect([action, stolen.status, stolen.text.includes('to-entra')]).toEqual([action, 404, false])
      }
    }
    expect(stageOf(await browser.get(page.url))).toBe('ticket')
  })

  test('R16 an unknown sign-in reads exactly as another’s', async () => {
    const { page } = await door.knock('external-mfa')
    const reading = async (url: string) => {
      const { status, text } = await createBrowser().get(url)
      return [status, text.replace(/<code>[^<]*<\/code>/, '')]
    }
    expect(await reading(page.url)).toEqual(await reading(page.url.replace(/[^/]+$/, '0'.repeat(32))))
  })

  test('R13 and R18 an approved sign-in is answered once, and never after its time', async () => {
    for (const late of [false, true]) {
      const { page, browser } = await door.knock('external-mfa')
      const phone = await createPhone({ url: door.countersign.url })
      const { body } = await phone.bind({ ticket: ticketOn(page) ?? '' })
      await phone.approve(body.pending[0], digitsOn(await browser.get(page.url)) ?? '')
      if (late) door.countersign.clock.leap(241_000)
      else expect(Object.keys((await browser.answer(page)).fields)).toContain('id_token')
      const refused = await browser.submit(page, 'answer')
      expect([refused.status, refused.text.includes('to-entra')]).toEqual([410, false])
    }
  })

  test('R18 nothing is decided or answered once four minutes are over', async () => {
    const { page, browser } = await door.knock('external-mfa')
    const phone = await createPhone({ url: door.countersign.url })
    const { body } = await phone.bind({ ticket: ticketOn(page) ?? '' })
    const digits = digitsOn(await browser.get(page.url)) ?? ''
    door.countersign.clock.leap(241_000)
    expect(await phone.approve(body.pending[0], digits)).toMatchObject({ status: 409, body: { code: 'prompt-ended' } })
    expect((await browser.submit(page, 'answer')).status).toBe(410)
    expect(stageOf(await browser.get(page.url))).toBe('over')
    expect(formOf(await browser.submit(page, 'give-up')).fields).toEqual({
      error: 'access_denied',
      state: expect.any(String),
    })
  })
})

describe('R9 tenants that are not served', () => {
  test('R9 refuses while the integration is switched off, and serves again after', async () => {
    const { integrations } = door.countersign.service.capabilities
    const { id } = door.countersign.integration
    await integrations.change(id, { enabled: false }, 'command-line')
    expectRefused(await door.knock('external-mfa'), 'integration.disabled', 'access_denied')
    await integrations.change(id, { enabled: true }, 'command-line')
    expectOpened(await door.knock('external-mfa'))
  })

  test('R9 knows a removed integration no more', async () => {
    const registration = registrationOf(door.countersign.url, other)
    expectOpened(await door.knock('external-mfa', { registration }))
    await door.countersign.service.capabilities.integrations.remove(other.id, 'command-line')
    expectRefused(await door.knock('external-mfa', { registration }), 'request.client', 'page')
  })
})

test('refuses everything while the service is stopping, and says that it passes', async () => {
  const stopping = await openDoor()
  stopping.countersign.service.beginStop()
  expectRefused(await stopping.knock('external-mfa'), 'service.stopping', 'temporarily_unavailable')
  await stopping.close()
})
