import { createPublicKey, generateKeyPairSync } from 'node:crypto'
import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals'
import { silentLog } from '../../src/base/log.ts'
import { isRefusal } from '../../src/base/refusal.ts'
import { createClouds } from '../../src/entra/clouds.ts'
import { createEntraKeys, type EntraKeys } from '../../src/entra/entra-keys.ts'
import { createTestClock, type TestClock } from '../support/clock.ts'
import { createFakeFetch, publish, rsaKey } from './fake-fetch.ts'

const URL_OF_KEYS = 'https://login.microsoftonline.com/common/discovery/v2.0/keys'
const [first, second] = [rsaKey('first'), rsaKey('second')]
const HOUR = 3_600_000
const TENANT = '7a3c1f60-5b1e-4d5f-9a57-2f0f7c6f1a01'
const CONSUMERS = '9188040d-6c67-4c5b-b112-36a304b66dad'

let clock: TestClock
let world: ReturnType<typeof createFakeFetch>
let keys: EntraKeys
beforeEach(() => {
  clock = createTestClock()
  world = createFakeFetch(() => Response.json(publish(first)))
  keys = createEntraKeys({ fetch: world.fetch, clock, log: silentLog, foreignKeys: 'refuse' })
})

/** What was found: the modulus of a key, or the code of a refusal. */
const find = async (kid: string, url = URL_OF_KEYS): Promise<unknown> => {
  const found = await keys.find(url, kid, TENANT)
  return isRefusal(found) ? found.code : found.export({ format: 'jwk' }).n
}
const down = () => {
  world.answer = () => Promise.reject(new Error('connect ECONNREFUSED'))
}

describe('the keys of Entra', () => {
  test('are fetched once, and kept', async () => {
    expect(await find('first')).toBe(first.n)
    expect(await find('first')).toBe(first.n)
    expect(world.requests.map(({ url }) => url)).toEqual([URL_OF_KEYS])
  })

  test('are asked for without following redirects, and with an end to waiting', async () => {
    await find('first')
    expect(world.requests[0]?.init).toMatchObject({ redirect: 'error', signal: expect.any(AbortSignal) })
  })

  test('are fetched once for a hundred callers at once', async () => {
    const found = await Promise.all(Array.from({ length: 100 }, () => find('first')))
    expect([new Set(found).size, world.requests.length]).toEqual([1, 1])
  })

  test('of two addresses are kept apart: a key of one cloud does not serve another', async () => {
    await find('first')
    world.answer = () => Response.json(publish(second))
    expect(await find('first', 'https://login.microsoftonline.us/common/discovery/v2.0/keys')).toBe('hint.key')
  })

  test('are fetched anew for a kid that is not known, at most once in 15 seconds', async () => {
    await find('first')
    clock.leap(15_000)
    world.answer = () => Response.json(publish(first, second))
    expect(await find('second')).toBe(second.n)
    clock.leap(10)
    for (let i = 0; i < 50; i++) expect(await find(`invented-${i}`)).toBe('entra.key-unseen')
    expect(world.requests).toHaveLength(2)
    clock.leap(15_000)
    expect(await find('invented')).toBe('hint.key')
    expect(world.requests).toHaveLength(3)
  })

  test('that are new are put off, not denied, while no refetch is allowed, and found when one is', async () => {
    await find('first')
    world.answer = () => Response.json(publish(first, second))
    clock.leap(10)
    expect(await find('second')).toBe('entra.key-unseen')
    clock.leap(15_000)
    expect(await find('second')).toBe(second.n)
  })

  test('that are new are found for everybody by a stranger’s invented kid', async () => {
    await find('first')
    world.answer = () => Response.json(publish(first, second))
    clock.leap(15_000)
    await find('invented')
    expect(await find('second')).toBe(second.n)
    expect(world.requests).toHaveLength(2)
  })

  test('cost a bounded number of fetches in a flood of unknown kids at every address', async () => {
    const urls = createClouds('http://localhost:9000').flatMap(({ v1, v2 }) => [v1.keysUrl, v2.keysUrl])
    for (let second = 0; second < 60; second++) {
      const kids = Array.from({ length: 10 }, (_, i) => `invented-${second}-${i}`)
      await Promise.all(urls.flatMap((url) => kids.map((kid) => find(kid, url))))
      clock.leap(1000)
    }
    expect(urls).toHaveLength(8)
    // Four a minute and address, and each address by itself.
    for (const url of urls) {
      const { length } = world.requests.filter((request) => request.url === url)
      expect(length).toBeGreaterThan(2)
      expect(length).toBeLessThan(6)
    }
  })

  test('share that refetch among all who ask meanwhile', async () => {
    await find('first')
    clock.leap(15_000)
    world.answer = () => Response.json(publish(first, second))
    expect(await Promise.all([find('second'), find('second'), find('second')])).toEqual([second.n, second.n, second.n])
    expect(world.requests).toHaveLength(2)
  })

  test('that Entra withdrew are gone after the next fetch', async () => {
    await find('first')
    world.answer = () => Response.json(publish(second))
    clock.leap(HOUR)
    await find('second')
    clock.leap(15_000)
    expect(await find('first')).toBe('hint.key')
  })

  test('are fetched anew behind the back of whoever asks after an hour', async () => {
    await find('first')
    clock.leap(HOUR)
    expect(await find('first')).toBe(first.n)
    expect(world.requests).toHaveLength(2)
  })
})

describe('when the keys cannot be had', () => {
  test('what is known serves for 24 hours, and then nobody gets in', async () => {
    await find('first')
    down()
    clock.leap(24 * HOUR - 60_000)
    expect(await find('first')).toBe(first.n)
    clock.leap(60_000)
    expect(await find('first')).toBe('entra.keys-unavailable')
  })

  test('a failed refetch for an unknown kid takes nothing away, and denies nothing', async () => {
    await find('first')
    clock.leap(15_000)
    down()
    expect(await find('second')).toBe('entra.keys-unavailable')
    expect(await find('second')).toBe('entra.keys-unavailable')
    expect(await find('first')).toBe(first.n)
    expect(world.requests).toHaveLength(2)
    clock.leap(15_000)
    world.answer = () => Response.json(publish(first, second))
    expect(await find('second')).toBe(second.n)
  })

  test('who comes after a day without any is let in as soon as the endpoint is back', async () => {
    await find('first')
    down()
    clock.leap(25 * HOUR)
    expect(await find('first')).toBe('entra.keys-unavailable')
    world.answer = () => Response.json(publish(second))
    clock.leap(5000)
    expect(await find('second')).toBe(second.n)
    clock.leap(15_000)
    expect(await find('first')).toBe('hint.key')
  })

  test('while there are none, one try in five seconds is made, and the first that succeeds serves', async () => {
    down()
    for (let i = 0; i < 20; i++) expect(await find('first')).toBe('entra.keys-unavailable')
    expect(world.requests).toHaveLength(1)
    clock.leap(5000)
    world.answer = () => Response.json(publish(first))
    expect(await find('first')).toBe(first.n)
  })

  test.each([
    ['is too short', { n: Buffer.alloc(128, 201).toString('base64url'), e: 'AQAB' }],
    ['is malformed', { n: '', e: 'AQAB' }],
  ])('a key that %s is left out, and the others serve', async (_, numbers) => {
    const bad = { kty: 'RSA', kid: 'bad', use: 'sig', ...numbers }
    world.answer = () => Response.json({ keys: [bad, ...publish(first).keys] })
    expect([await find('bad'), await find('first')]).toEqual(['hint.key', first.n])
  })

  test('an answer with no key that may verify does not take the good ones away', async () => {
    await find('first')
    clock.leap(HOUR)
    world.answer = () => Response.json({ keys: [{ kty: 'RSA', kid: 'first', n: '', e: '' }] })
    await find('first')
    expect(await find('first')).toBe(first.n)
  })

  const huge = () =>
    new Response(
      new ReadableStream({
        pull: (controller) => controller.enqueue(new Uint8Array(64 * 1024).fill(32)),
      }),
    )
  const breakingOff = () =>
    new Response(
      new ReadableStream({
        start: (controller) => {
          controller.enqueue(Buffer.from('{"keys":['))
          controller.error(new Error('other side closed'))
        },
      }),
    )
  const ec = generateKeyPairSync('ec', { namedCurve: 'P-256' }).publicKey.export({ format: 'jwk' })
  const weak = {
    ...generateKeyPairSync('rsa', { modulusLength: 1024 }).publicKey.export({ format: 'jwk' }),
    kid: 'first',
  } as typeof first
  const { n, e } = first
  const answers: [string, () => Response | Promise<Response>][] = [
    ['refuses connections', () => Promise.reject(new Error('connect ECONNREFUSED'))],
    ['takes too long', () => Promise.reject(new DOMException('The operation timed out', 'TimeoutError'))],
    ['redirects', () => Promise.reject(new TypeError('unexpected redirect'))],
    [
      'answers a redirect that a fetch let through',
      () => new Response(null, { status: 302, headers: { location: 'https://evil.example' } }),
    ],
    ['answers 500 with keys', () => Response.json(publish(first), { status: 500 })],
    ['answers 203 with keys', () => Response.json(publish(first), { status: 203 })],
    ['answers without an end', huge],
    ['answers nothing', () => new Response(null)],
    ['answers a page', () => new Response('<h1>Our services are not available right now</h1>')],
    ['answers no object', () => Response.json([first])],
    ['answers no keys', () => Response.json({ keys: [] })],
    ['answers 101 keys', () => Response.json({ keys: Array(101).fill(publish(first).keys[0]) })],
    ['answers keys without kid', () => Response.json({ keys: [{ kty: 'RSA', n, e }] })],
    ['answers keys for encryption', () => Response.json({ keys: [{ kty: 'RSA', kid: 'first', use: 'enc', n, e }] })],
    ['answers keys of another kind', () => Response.json({ keys: [{ kty: 'oct', kid: 'first', k: 'AAAA' }] })],
    ['answers elliptic curves only', () => Response.json({ keys: [{ ...ec, kid: 'first', use: 'sig' }] })],
    ['answers RSA of 1024 bits only', () => Response.json(publish(weak))],
    ['answers other JSON', () => Response.json({ issuer: 'https://login.microsoftonline.com/{tenantid}/v2.0' })],
    ['answers keys that are an object', () => Response.json({ keys: { first } })],
    ['answers JSON cut short', () => new Response(JSON.stringify(publish(first)).slice(0, -3))],
    ['answers JSON nested deep', () => new Response('['.repeat(400_000))],
    ['breaks off', breakingOff],
    ['answers a key that is none', () => Response.json({ keys: [{ kty: 'RSA', kid: 'first', n: 7, e }] })],
  ]
  test.each(answers)('nobody gets in while the endpoint %s', async (_what, answer) => {
    world.answer = answer
    expect(await find('first')).toBe('entra.keys-unavailable')
    clock.leap(5000)
    world.answer = () => Response.json(publish(first))
    expect(await find('first')).toBe(first.n)
  })

  test.each(answers)('what is known goes on serving while the endpoint %s', async (_what, answer) => {
    await find('first')
    world.answer = answer
    clock.leap(2 * HOUR)
    expect([await find('first'), await find('second')]).toEqual([first.n, 'entra.keys-unavailable'])
    expect(await find('first')).toBe(first.n)
  })

  test('a key of another kind beside the right one is passed over', async () => {
    world.answer = () => Response.json({ keys: [{ kty: 'EC', kid: 'other', crv: 'P-256' }, ...publish(first).keys] })
    expect([await find('other'), await find('first')]).toEqual(['hint.key', first.n])
  })

  test.each([null, 7, 'key', [], {}, { kty: 7 }, { kty: 'RSA', kid: 7, n: 'AA', e: 'AQAB' }, { kty: 'RSA', use: [] }])(
    'an entry that is %j is passed over, and takes no other key away',
    async (strange) => {
      world.answer = () => Response.json({ keys: [strange, ...publish(first).keys, strange] })
      expect(await find('first')).toBe(first.n)
    },
  )

  test('of two keys under one kid the first serves, and among those that are published for one tenant the one for it', async () => {
    const named = (key: typeof first, issuer?: string) => ({ ...publish({ ...key, kid: 'one' }).keys[0], issuer })
    world.answer = () => Response.json({ keys: [named(first), named(second)] })
    expect(await find('one')).toBe(first.n)
    clock.leap(25 * HOUR)
    const host = 'https://login.microsoftonline.com'
    const keysOf = [named(first, `${host}/${CONSUMERS}/v2.0`), named(second, `${host}/{tenantid}/v2.0`)]
    world.answer = () => Response.json({ keys: keysOf })
    expect(await find('one')).toBe(second.n)
  })

  describe('published for one tenant only, as the shared key set says in issuer', () => {
    const publishedFor = (tenant: string) => {
      const key = publish(first).keys[0]
      world.answer = () =>
        Response.json({ keys: [{ ...key, issuer: `https://login.microsoftonline.com/${tenant}/v2.0` }] })
    }

    test.each([['{tenantid}'], [TENANT]])('serve the tenants that they are published for: %s', async (tenant) => {
      publishedFor(tenant)
      expect(await find('first')).toBe(first.n)
    })

    test.each([[CONSUMERS], [`${TENANT}0`], ['']])('prove nothing about another: %s', async (tenant) => {
      publishedFor(tenant)
      expect(await find('first')).toBe('hint.key')
    })

    test('are only logged where the operator says so', async () => {
      const warned: string[] = []
      const log = { ...silentLog, warn: (_: object, message: string) => void warned.push(message) }
      keys = createEntraKeys({ fetch: world.fetch, clock, log, foreignKeys: 'log' })
      publishedFor(CONSUMERS)
      expect(await find('first')).toBe(first.n)
      expect(warned).toEqual(['a hint is signed with a key that is published for another tenant'])
    })
  })

  test('no private member of a published key is ever taken', async () => {
    world.answer = () => Response.json({ keys: [first] })
    const found = await keys.find(URL_OF_KEYS, 'first', TENANT)
    if (isRefusal(found)) throw new Error(found.reason)
    expect(found.type).toBe('public')
    expect(found.equals(createPublicKey({ key: first, format: 'jwk' }))).toBe(true)
  })
})

describe('over a real connection', () => {
  /** Serves one answer on loopback, which the real fetch goes to. */
  async function serve(answer: (response: ServerResponse) => void) {
    const asked: string[] = []
    const server = createServer((request, response) => {
      asked.push(request.url ?? '')
      answer(response)
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/keys`
    const close = () => {
      server.closeAllConnections()
      server.close()
    }
    keys = createEntraKeys({ fetch: (to, init) => fetch(to, init), clock, log: silentLog, foreignKeys: 'refuse' })
    return { url, asked, close }
  }
  afterEach(() => {
    jest.restoreAllMocks()
  })

  test.each([301, 302, 307])('a redirect (%i) is not followed, not even to itself', async (status) => {
    const { url, asked, close } = await serve((response) =>
      response.writeHead(status, { location: '/elsewhere' }).end(JSON.stringify(publish(first))),
    )
    expect(await find('first', url)).toBe('entra.keys-unavailable')
    expect(asked).toEqual(['/keys'])
    close()
  })

  const slow: [string, (response: ServerResponse, time: AbortController) => void][] = [
    ['does not answer', (_response, time) => time.abort(new DOMException('timeout', 'TimeoutError'))],
    [
      'stops in the middle of its answer',
      (response, time) => {
        response.writeHead(200).write('{"keys":[')
        setImmediate(() => time.abort(new DOMException('timeout', 'TimeoutError')))
      },
    ],
  ]
  test.each(slow)('nobody waits longer than five seconds for an endpoint that %s', async (_what, hang) => {
    // The five seconds pass when the test says so.
    const time = new AbortController()
    const timeout = jest.spyOn(AbortSignal, 'timeout').mockReturnValue(time.signal)
    const { url, close } = await serve((response) => hang(response, time))
    expect(await find('first', url)).toBe('entra.keys-unavailable')
    expect(timeout.mock.calls).toEqual([[5000]])
    close()
  })
})
