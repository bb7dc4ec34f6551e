// Who may ask the admin API for what: tokens, what they are worth, and their limits.
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { API, type Operation, operations } from '../../src/admin/api/operations.ts'
import { type TokenScope, tokenScopes } from '../../src/administrators/token.ts'
import { type Console, type Desk, startConsole } from './console.ts'
import { createMachine, machineOf } from './machine.ts'

const DAY = 24 * 3_600_000

let console: Console
let owner: Desk & { id: string }
let logged: string[]
beforeEach(async () => {
  logged = []
  const keep = (facts: object): void => void logged.push(JSON.stringify(facts))
  console = await startConsole({ world: { log: { info: keep, warn: keep, error: keep } } })
  owner = await console.admitted('owner', 'Ada')
})
afterEach(() => console.close())

const administrators = () => console.service.capabilities.administrators
const all = Object.entries<Operation>(operations)
/** A request that is well made, as far as the path goes. */
const pathOf = ({ path }: Operation): string => `${API}${path.replace(/\{\w+\}/g, 'nothing')}`

describe('without a token that is accepted', () => {
  test('nothing is answered', async () => {
    const machine = createMachine(console.url, undefined)
    for (const [name, operation] of all) {
      const { status, body, headers } = await machine.call(operation.method.toUpperCase(), pathOf(operation))
      expect({ name, status, code: body.code }).toEqual({ name, status: 401, code: 'token.missing' })
      expect(headers.get('www-authenticate')).toBe('Bearer realm="Countersign"')
    }
  })

  test('a session’s cookie is worth nothing here', async () => {
    const cookie = `cs-admin=${owner.cookie()}`
    const machine = createMachine(console.url, undefined)
    expect((await machine.get('/overview', { cookie })).body.code).toBe('token.missing')
    const token = await owner.token()
    const posted = await machine.call('POST', `${API}/keys`, {}, { cookie, origin: console.url, 'x-csrf-token': token })
    expect(posted).toMatchObject({ status: 401, body: { code: 'token.missing' } })
  })

  test('another kind of credentials, and an empty one, are none', async () => {
    const machine = createMachine(console.url, undefined)
    for (const authorization of ['Basic YTpi', 'Bearer ', 'Bearer', 'cst_x'])
      expect((await machine.get('/overview', { authorization })).body.code).toBe('token.missing')
  })

  test('a token in the address is not looked at', async () => {
    const { secret } = await machineOf(console, owner.id, ['read'])
    const machine = createMachine(console.url, undefined)
    expect((await machine.get(`/overview?access_token=${secret}`)).body.code).toBe('token.missing')
  })

  test('a wrong, mistyped, expired or revoked one gets one same answer, and is counted for the audit', async () => {
    const machine = await machineOf(console, owner.id, ['read'], { days: 1 })
    const revoked = await machineOf(console, owner.id, ['read'])
    expect((await machine.get('/overview')).status).toBe(200)
    console.clock.leap(DAY)
    const made = await administrators().tokens.find(revoked.id)
    const ada = await administrators().find(owner.id)
    if (!made || !ada) throw new Error('not made')
    expect(await administrators().tokens.revoke(made, ada)).toBe(true)
    const secrets = [`cst_${'x'.repeat(43)}`, 'x', `${machine.secret}x`, machine.secret, revoked.secret, made.digest]
    for (const secret of secrets) {
      const refused = await createMachine(console.url, secret).get('/overview')
      expect(refused).toMatchObject({ status: 401, body: { code: 'token.refused' } })
      expect(refused.headers.get('www-authenticate')).toBe('Bearer realm="Countersign", error="invalid_token"')
      expect(Object.keys(refused.body)).toEqual(['title', 'status', 'code', 'reference'])
    }
    const counts = await console.service.capabilities.stores.audit.counts()
    expect(counts.filter(({ code }) => code === 'token.refused').reduce((sum, { count }) => sum + count, 0)).toBe(6)
  })

  test('many wrong ones of one network are told to wait; who has a right one is not locked out by them', async () => {
    const machine = await machineOf(console, owner.id, ['read'])
    const wrong = createMachine(console.url, `cst_${'x'.repeat(43)}`)
    for (let i = 0; i < 20; i++) expect((await wrong.get('/overview')).status).toBe(401)
    const late = await wrong.get('/overview')
    expect(late).toMatchObject({ status: 429, body: { code: 'admin.too-many' } })
    expect(Number(late.headers.get('retry-after'))).toBeGreaterThan(0)
    expect((await machine.get('/overview')).status).toBe(200)
    await wrong.get('/overview')
    const reached = (await console.events()).filter((event) => event.type === 'limit.reached')
    expect(reached).toEqual([
      { type: 'limit.reached', of: 'token-wrong', address: '127.0.0.1', until: expect.stringMatching(/Z$/) },
    ])
  })

  test('what is not there is said so, as a problem; other methods too, and no other site may ask', async () => {
    const machine = createMachine(console.url, undefined)
    expect((await machine.call('GET', '/admin/api/v1/nothing')).body.code).toBe('http.not-found')
    expect((await machine.call('GET', '/admin/api')).body.code).toBe('http.not-found')
    const refused = await machine.call('PUT', `${API}/integrations`, {})
    expect(refused).toMatchObject({ status: 405, body: { code: 'http.method' } })
    expect(refused.headers.get('allow')).toBe('GET, POST')
    const asked = await machine.call('OPTIONS', `${API}/overview`, undefined, { origin: 'https://evil.example' })
    expect(asked.status).toBe(405)
    expect([...asked.headers.keys()].filter((name) => name.startsWith('access-control'))).toEqual([])
  })
})

describe('a token', () => {
  const allowed = (scope: TokenScope) => all.filter(([, operation]) => operation.scope === scope).length

  test.each(tokenScopes)('for %s may that, and nothing else', async (scope) => {
    const machine = await machineOf(console, owner.id, [scope])
    let passed = 0
    for (const [name, operation] of all) {
      // The body is wrong on purpose: who may is told so, and nothing happens.
      const body = operation.method === 'get' ? undefined : { nothing: true }
      const {
        status,
        body: problem,
        headers,
      } = await machine.call(operation.method.toUpperCase(), pathOf(operation), body)
      if (operation.scope === scope) {
        expect({ name, code: problem.code }).not.toEqual({ name, code: 'token.scope' })
        expect([200, 400, 404]).toContain(status)
        passed++
      } else {
        expect({ name, status, code: problem.code }).toEqual({ name, status: 403, code: 'token.scope' })
        expect(headers.get('www-authenticate')).toContain('insufficient_scope')
      }
    }
    expect(passed).toBe(allowed(scope))
    expect(passed).toBeGreaterThan(0)
  })

  test('is worth nothing while its maker’s access is off, and nothing for good when they are removed', async () => {
    const other = await console.admitted('owner', 'Grace')
    const machine = await machineOf(console, other.id, ['read', 'keys'])
    const ada = await administrators().find(owner.id)
    if (!ada) throw new Error('not admitted')
    await administrators().disable(other.id, ada)
    expect((await machine.get('/overview')).body.code).toBe('token.refused')
    await administrators().enable(other.id, ada)
    expect((await machine.get('/overview')).status).toBe(200)
    await administrators().remove(other.id, ada)
    expect((await machine.get('/overview')).body.code).toBe('token.refused')
    expect(await administrators().tokens.list()).toMatchObject([{ state: 'powerless', may: [], maker: undefined }])
  })

  test('never may more than its maker may now', async () => {
    const other = await console.admitted('owner', 'Grace')
    const machine = await machineOf(console, other.id, ['read', 'keys'])
    const onlyKeys = await machineOf(console, other.id, ['keys'])
    const ada = await administrators().find(owner.id)
    if (!ada) throw new Error('not admitted')
    await administrators().setRole(other.id, 'viewer', ada)
    expect((await machine.get('/keys')).status).toBe(200)
    expect((await machine.post('/keys')).body.code).toBe('token.scope')
    expect((await onlyKeys.post('/keys')).body.code).toBe('token.refused')
    await administrators().setRole(other.id, 'owner', ada)
    expect((await onlyKeys.post('/keys')).status).toBe(201)
  })

  test('that tries what it was not made for is counted for the audit, with its id and what it lacks', async () => {
    const machine = await machineOf(console, owner.id, ['people'])
    expect((await machine.get('/keys')).body.code).toBe('token.scope')
    const counts = await console.service.capabilities.stores.audit.counts()
    expect(counts).toContainEqual(
      expect.objectContaining({
        ...{ type: 'request.refused', code: 'token.scope', address: '127.0.0.1' },
        reason: `token ${machine.id} may not: read`,
      }),
    )
  })

  test('is noted as used once a minute at most', async () => {
    const machine = await machineOf(console, owner.id, ['read'])
    const used = async () => (await administrators().tokens.find(machine.id))?.lastUsedAt
    expect(await used()).toBeNull()
    await machine.get('/overview')
    const first = await used()
    expect(first).toBeGreaterThan(0)
    console.clock.leap(30_000)
    await machine.get('/overview')
    expect(await used()).toBe(first)
    console.clock.leap(31_000)
    await machine.get('/overview')
    expect(await used()).toBeGreaterThanOrEqual((first ?? 0) + 61_000)
  })

  test('that asks too much is told when to go on; another one may go on', async () => {
    const [greedy, other] = [
      await machineOf(console, owner.id, ['people']),
      await machineOf(console, owner.id, ['people']),
    ]
    // Refused for its scope: that counts too, and takes no time.
    const refused = await Promise.all(Array.from({ length: 300 }, () => greedy.get('/keys')))
    expect(refused.every(({ status }) => status === 403)).toBe(true)
    const late = await greedy.get('/keys')
    expect(late).toMatchObject({ status: 429, body: { code: 'token.too-many' } })
    expect(Number(late.headers.get('retry-after'))).toBeGreaterThan(0)
    expect((await greedy.get('/keys')).status).toBe(429)
    const reached = (await console.events()).filter((event) => event.type === 'limit.reached' && event.of === 'token')
    expect(reached).toEqual([expect.objectContaining({ tokenId: greedy.id, address: '127.0.0.1' })])
    expect((await other.get('/keys')).status).toBe(403)
    console.clock.leap(61_000)
    expect((await greedy.get('/keys')).status).toBe(403)
  })

  test('is forgotten long after its end', async () => {
    const machine = await machineOf(console, owner.id, ['read'], { days: 1 })
    console.clock.leap(90 * DAY)
    await administrators().tidy()
    expect(await administrators().tokens.find(machine.id)).toBeDefined()
    console.clock.leap(DAY + 1)
    await administrators().tidy()
    expect(await administrators().tokens.find(machine.id)).toBeUndefined()
  })

  test('is named in the line of the log by its id; its secret is nowhere in log, audit or store', async () => {
    const machine = await machineOf(console, owner.id, ['read', 'keys'])
    await machine.get('/overview?text=typed')
    await machine.post('/keys')
    const lines = logged.filter((line) => line.includes('/admin/api/v1/'))
    expect(lines).toHaveLength(2)
    const routes = ['/admin/api/v1/overview', '/admin/api/v1/keys']
    expect(lines.map((line) => JSON.parse(line))).toMatchObject(routes.map((route) => ({ tokenId: machine.id, route })))
    const [created, key] = (await console.events()).slice(-2)
    expect(created).toEqual({
      ...{ type: 'token.created', tokenId: machine.id, name: 'Machine for read,keys', scopes: 'read keys' },
      ...{ by: `administrator:${owner.id}`, expiresAt: expect.stringMatching(/Z$/) },
    })
    expect(key).toMatchObject({ type: 'key.created', by: `token:${machine.id}` })
    const kept = JSON.stringify([logged, await console.events(), await administrators().tokens.list()])
    expect(kept).not.toContain(machine.secret)
    expect(kept).not.toContain(machine.secret.slice(4))
  })
})
