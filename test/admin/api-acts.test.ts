// What machines do and read by the admin API, on a Countersign where people sign in.
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { operations } from '../../src/admin/api/operations.ts'
import { cursorOf } from '../../src/base/page.ts'
import { createPhone, type Phone } from '../phone-simulator/phone.ts'
import { stageOf, ticketOn } from '../support/browser.ts'
import { ADA, GRACE, TENANT } from '../support/countersign.ts'
import { approve, begin, enrol, finish, keyOf, shownOn, signInIdOf } from '../support/stories.ts'
import { type Console, type Desk, startConsole } from './console.ts'
import { type Machine, machineOf } from './machine.ts'

const OTHER_TENANT = '7a3c1f60-5b1e-4d5f-9a57-2f0f7c6f1a99'
const SOME_APP = '0f9d6a44-93a6-4c55-8f2f-6a1f43f0b0aa'

let console: Console
let owner: Desk & { id: string }
let machine: Machine
let phone: Phone
const answered = new Set<string>()
beforeAll(async () => {
  console = await startConsole()
  owner = await console.admitted('owner', 'Ada')
  machine = await machineOf(console, owner.id, ['read', 'people', 'integrations', 'keys'], { answered })
  phone = await enrol(console)
})
afterAll(() => console.close())

const by = () => `token:${machine.id}`
const lastEvent = async () => (await console.events()).at(-1)
const wrong = (field: string) => ({ status: 400, body: { code: 'api.request', field, detail: expect.any(String) } })
const adasPath = `/people/${TENANT}/${ADA.objectId}`

describe('integrations', () => {
  const wanted = { name: 'Fabrikam', tenantId: OTHER_TENANT, appId: SOME_APP, enrolment: 'invitation' }
  let id: string

  test('one is connected, told of with all that is to be set up, and audited as the token’s', async () => {
    const { status, body } = await machine.post('/integrations', wanted)
    expect(status).toBe(201)
    id = body.id
    expect(body).toMatchObject({ ...wanted, cloud: 'global', enabled: true, digits: 6, version: 1 })
    expect(body.discoveryUrl).toBe(`${console.url}/entra/${id}/.well-known/openid-configuration`)
    expect(JSON.stringify([body.customControl, body.externalMfa])).toContain(body.clientId)
    expect((await machine.get(`/integrations/${id}`)).body).toEqual(body)
    expect(await lastEvent()).toMatchObject({ type: 'integration.created', integrationId: id, by: by() })
  })

  test.each<[string, object, string]>([
    ['a name that is missing', { name: undefined }, 'name'],
    ['a tenant that is no GUID', { tenantId: 'contoso.com' }, 'tenantId'],
    ['the tenant of personal accounts', { tenantId: '9188040d-6c67-4c5b-b112-36a304b66dad' }, 'tenantId'],
    ['a cloud that is none', { cloud: 'moon' }, 'cloud'],
    ['a setting that is not known', { clientId: 'mine' }, 'clientId'],
  ])('refuses %s, and says which', async (_what, change, field) => {
    expect(await machine.post('/integrations', { ...wanted, ...change })).toMatchObject(wrong(field))
  })

  test('says in plain words what is wrong, with nothing of the library that found it', async () => {
    const detailOf = async (path: string) => (await machine.get(path)).body.detail
    expect(await detailOf('/people?limit=201')).toBe('must be at most 200')
    expect(await detailOf('/people?limit=0')).toBe('must be at least 1')
    expect(await detailOf('/people?limit=many')).toBe('must be a number')
    expect(await detailOf(`/people?text=${'x'.repeat(513)}`)).toBe('must have at most 512 characters')
    expect(await detailOf('/sign-ins?outcome=lost')).toMatch(/^must be one of: open, approved/)
    expect(await detailOf('/sign-ins?from=yesterday')).toBe('must be an instant such as 2026-11-23T12:00:00Z')
    expect(await detailOf('/audit?type=!')).toBe('is not as described')
    expect((await machine.post(`/integrations/${id}`.replace('/integrations', '/nowhere'), {})).body).toMatchObject({
      ...{ code: 'http.not-found', title: 'There is nothing at this address.' },
    })
  })

  test('a tenant is connected once', async () => {
    const refused = await machine.post('/integrations', { ...wanted, tenantId: TENANT })
    expect(refused).toMatchObject({ status: 409, body: { code: 'integration.taken' } })
  })

  test('they are listed by the page, each once, in order', async () => {
    const first = await machine.get('/integrations?limit=1')
    expect(first.body.rows).toMatchObject([{ id: console.integration.id, name: 'Contoso' }])
    const second = await machine.get(`/integrations?limit=1&cursor=${first.body.next}`)
    expect(second.body).toMatchObject({ rows: [{ id }], next: null })
    expect((await machine.get('/integrations')).body).toMatchObject({ rows: [{}, { id }], next: null })
  })

  test('a cursor that cannot be read is refused in every list, and never means the first page', async () => {
    const ofIntegrations = (await machine.get('/integrations?limit=1')).body.next
    for (const list of ['integrations', 'webhooks', 'keys', 'people', 'sign-ins', 'audit']) {
      expect(await machine.get(`/${list}?cursor=made-up`)).toMatchObject(wrong('cursor'))
      if (list !== 'integrations')
        expect(await machine.get(`/${list}?cursor=${ofIntegrations}`)).toMatchObject(wrong('cursor'))
    }
  })

  test('one is changed from the version that was seen; who is second is told, and nothing of theirs is kept', async () => {
    const change = { version: 1, name: 'Fabrikam Ltd', hintAudience: { 'external-mfa': 'either' }, enrolment: 'closed' }
    const changed = await machine.patch(`/integrations/${id}`, change)
    expect(changed.body).toMatchObject({ name: 'Fabrikam Ltd', enrolment: 'closed', version: 2 })
    expect(changed.body.hintAudience).toEqual({ 'external-mfa': 'either', 'custom-control': 'either' })
    expect(await lastEvent()).toMatchObject({ type: 'integration.changed', integrationId: id, by: by() })
    const late = await machine.patch(`/integrations/${id}`, { version: 1, name: 'Mine' })
    expect(late).toMatchObject({ status: 409, body: { code: 'integration.outdated' } })
    expect((await machine.get(`/integrations/${id}`)).body).toMatchObject({ name: 'Fabrikam Ltd', version: 2 })
    const before = (await console.events()).length
    expect((await machine.patch(`/integrations/${id}`, { version: 2, name: 'Fabrikam Ltd' })).body.version).toBe(2)
    expect(await console.events()).toHaveLength(before)
  })

  test('of many who change one at once from one version, one does', async () => {
    const told = await Promise.all(
      Array.from({ length: 10 }, (_, i) => machine.patch(`/integrations/${id}`, { version: 2, name: `Fabrikam ${i}` })),
    )
    expect(told.map(({ status }) => status).sort()).toEqual([200, ...Array.from({ length: 9 }, () => 409)])
  })

  test.each<[string, unknown, string]>([
    ['no version', { name: 'Mine' }, 'version'],
    ['nothing to change', { version: 3 }, 'body'],
    ['a setting that cannot be changed', { version: 3, tenantId: TENANT }, 'tenantId'],
    ['a value that is none', { version: 3, digits: 4 }, 'digits'],
    ['an audience that is none', { version: 3, hintAudience: { 'external-mfa': 'x' } }, 'hintAudience.external-mfa'],
    ['a last day in the past', { version: 3, firstUseUntil: '2020-01-01' }, 'firstUseUntil'],
    ['what is no JSON', '{"version": 3', 'body'],
    ['what is no object', [], 'body'],
  ])('refuses a change with %s, and says which', async (_what, body, field) => {
    expect(await machine.patch(`/integrations/${id}`, body)).toMatchObject(wrong(field))
  })

  test('one is removed by who names it, and is gone', async () => {
    const { name } = (await machine.get(`/integrations/${id}`)).body
    expect(await machine.delete(`/integrations/${id}`)).toMatchObject(wrong('name'))
    expect(await machine.delete(`/integrations/${id}?name=Contoso`)).toMatchObject(wrong('name'))
    expect((await machine.delete(`/integrations/${id}?name=${encodeURIComponent(name)}`)).body).toEqual({ removed: id })
    expect(await lastEvent()).toMatchObject({ type: 'integration.removed', integrationId: id, by: by() })
    for (const gone of [
      await machine.get(`/integrations/${id}`),
      await machine.get(`/integrations/${id}/last-hints`),
      await machine.patch(`/integrations/${id}`, { version: 3, name: 'x' }),
      await machine.delete(`/integrations/${id}?name=x`),
    ])
      expect(gone).toMatchObject({ status: 404, body: { code: 'api.unknown' } })
  })

  test('the last hints say what was wrong with who was refused', async () => {
    const iss = `${console.entra.authority}/${OTHER_TENANT}/v2.0`
    await begin(console, { hint: { payload: { iss, tid: OTHER_TENANT } } })
    const { body } = await machine.get(`/integrations/${console.integration.id}/last-hints`)
    expect(body['external-mfa'].refused).toMatchObject({ code: 'hint.issuer', reason: expect.any(String) })
    expect(body['external-mfa'].acceptedAt).toMatch(/Z$/)
    expect(body['custom-control']).toEqual({ acceptedAt: null, refused: null })
  })
})

describe('people', () => {
  test('are found by how their label begins, or by their object id, of one integration', async () => {
    const found = async (query: string) => (await machine.get(`/people?${query}`)).body.rows
    expect(await found('text=ADA')).toMatchObject([{ ...keyOf(ADA), label: ADA.username }])
    expect(await found(`text=${ADA.objectId}&integrationId=${console.integration.id}`)).toHaveLength(1)
    expect(await found('text=nobody')).toEqual([])
    expect(await found('integrationId=another')).toEqual([])
  })

  test('somebody who has nothing wrong in a row is unlocked all the same', async () => {
    expect((await machine.post(`${adasPath}/unlock`)).body).toEqual({ ...keyOf(ADA), locked: [] })
  })

  test('they are known by ids in capitals too', async () => {
    const inCapitals = `/people/${TENANT.toUpperCase()}/${ADA.objectId.toUpperCase()}`
    expect(inCapitals).not.toBe(adasPath)
    expect((await machine.get(inCapitals)).body).toMatchObject(keyOf(ADA))
    expect((await machine.post(`${inCapitals}/unlock`)).body).toMatchObject(keyOf(ADA))
  })

  test('one is told of with their devices', async () => {
    const { body } = await machine.get(adasPath)
    expect(body).toMatchObject({
      label: ADA.username,
      invitation: null,
      devices: [{ state: 'active', revokedAt: null }],
    })
    expect(body.devices[0].lastUsedAt).toMatch(/Z$/)
    expect(await machine.get(`/people/${TENANT}/${GRACE.objectId}`)).toMatchObject({ status: 404 })
  })

  test('a code made for one who never signed in lets them bind a phone, and is told once', async () => {
    const { version } = (await machine.get(`/integrations/${console.integration.id}`)).body
    await machine.patch(`/integrations/${console.integration.id}`, { version, enrolment: 'invitation' })
    const invited = await machine.post(`/people/${TENANT}/${GRACE.objectId.toUpperCase()}/invitations`)
    expect(invited).toMatchObject({ status: 201, body: { ...keyOf(GRACE), integrationId: console.integration.id } })
    const { id, code } = invited.body
    expect(await lastEvent()).toMatchObject({ type: 'invitation.created', invitationId: id, by: by() })
    const read = await machine.get(`/people/${TENANT}/${GRACE.objectId}`)
    expect(read.body).toMatchObject({ invitation: { expiresAt: invited.body.expiresAt }, devices: [] })
    expect(read.text).not.toContain(code)

    const begun = await begin(console, { person: GRACE })
    expect(stageOf(begun.page)).toBe('invitation')
    const page = await begun.browser.submit(begun.page, 'invitation', { code })
    const hers = await createPhone({ url: console.url })
    await hers.bind({ ticket: ticketOn(page) ?? '' })
    await approve(hers, begun)
    expect((await finish(console, begun)).accepted).toBe(true)
    expect((await machine.get(`/people/${TENANT}/${GRACE.objectId}`)).body.devices).toHaveLength(1)
  })

  test('nobody is invited where nobody can bind a phone, into no tenant of ours, or without being somebody', async () => {
    const at = `/integrations/${console.integration.id}`
    const { version } = (await machine.get(at)).body
    await machine.patch(at, { version, enrolment: 'closed' })
    const closed = await machine.post(`${adasPath}/invitations`, {})
    expect(closed).toMatchObject({ status: 409, body: { code: 'enrolment.closed' } })
    await machine.patch(at, { version: version + 1, enrolment: 'first-use' })
    const elsewhere = await machine.post(`/people/${OTHER_TENANT}/${ADA.objectId}/invitations`)
    expect(elsewhere).toMatchObject({ status: 404, body: { code: 'api.unknown' } })
    expect(await machine.post(`/people/${TENANT}/ada/invitations`)).toMatchObject(wrong('objectId'))
  })

  test('a device is revoked once, by the token, and its phone is told', async () => {
    const hers = (await machine.get(`/people/${TENANT}/${GRACE.objectId}`)).body.devices[0]
    const revoked = await machine.post(`/devices/${hers.id}/revoke`, { reason: 'it was lost' })
    expect(revoked.body).toEqual({ id: hers.id, state: 'revoked', revokedAt: expect.stringMatching(/Z$/) })
    const event = { type: 'device.revoked', deviceId: hers.id, by: by(), reason: 'it was lost' }
    expect(await lastEvent()).toMatchObject(event)
    expect((await machine.post(`/devices/${hers.id}/revoke`)).body).toEqual(revoked.body)
    expect((await console.events()).filter(({ type }) => type === 'device.revoked')).toHaveLength(1)
    expect((await machine.get(`/people/${TENANT}/${GRACE.objectId}`)).body.devices).toMatchObject([
      { state: 'revoked' },
    ])
    expect(await machine.post('/devices/nothing/revoke')).toMatchObject({ status: 404 })
    expect(await machine.post(`/devices/${hers.id}/revoke`, { reason: 'x'.repeat(201) })).toMatchObject(wrong('reason'))
  })
})

describe('sign-ins', () => {
  let reported: string
  beforeAll(async () => {
    console.clock.leap(60_000)
    const begun = await begin(console)
    await phone.notMe(await shownOn(phone, begun))
    reported = signInIdOf(begun.page)
  })

  test('one is told of step by step', async () => {
    const { body } = await machine.get(`/sign-ins/${reported}`)
    expect(body).toMatchObject({ ...keyOf(ADA), outcome: 'reported', contract: 'external-mfa', method: null })
    const types = body.timeline.map(({ type }: { type: string }) => type)
    expect(types).toEqual(expect.arrayContaining(['hint.accepted', 'signin.opened', 'signin.reported']))
    expect(await machine.get('/sign-ins/nothing')).toMatchObject({ status: 404, body: { code: 'api.unknown' } })
  })

  test('they are listed newest first, and by what is asked for', async () => {
    const found = async (query: string): Promise<string[]> =>
      (await machine.get(`/sign-ins?${query}`)).body.rows.map(({ id }: { id: string }) => id)
    const every = await found('')
    expect(every[0]).toBe(reported)
    expect(every).toHaveLength(3)
    expect(await found('outcome=reported')).toEqual([reported])
    expect(await found(`tenantId=${TENANT}&objectId=${GRACE.objectId}`)).toEqual([every[1]])
    expect(await found(`integrationId=${console.integration.id}`)).toEqual(every)
    expect(await found('integrationId=another')).toEqual([])
    const { openedAt } = (await machine.get(`/sign-ins/${reported}`)).body
    expect(await found(`from=${openedAt}`)).toEqual([reported])
    expect(await found(`to=${openedAt}`)).toEqual(every.slice(1))
  })

  test('they are read by the page, each once', async () => {
    const seen: string[] = []
    let cursor = ''
    for (let page = 0; page < 5; page++) {
      const { body } = await machine.get(`/sign-ins?limit=1${cursor && `&cursor=${cursor}`}`)
      seen.push(...body.rows.map(({ id }: { id: string }) => id))
      if (body.next === null) break
      cursor = body.next
    }
    expect(new Set(seen).size).toBe(3)
    expect(seen).toHaveLength(3)
  })

  test.each([
    ['a filter that is not known', 'outcom=reported', 'outcom'],
    ['one that is given twice', 'outcome=reported&outcome=denied', 'outcome'],
    ['an outcome that is none', 'outcome=lost', 'outcome'],
    ['too many rows', 'limit=201', 'limit'],
    ['no rows', 'limit=0', 'limit'],
    ['a number that is none', 'limit=many', 'limit'],
    ['a time that is none', 'from=yesterday', 'from'],
    ['an object id without its tenant', `objectId=${ADA.objectId}`, 'tenantId'],
    ['a tenant without an object id', `tenantId=${TENANT}`, 'objectId'],
    ['a cursor that is none', 'cursor=*', 'cursor'],
    ['a cursor of nothing that we gave', 'cursor=made-up', 'cursor'],
    ['a cursor of another list', `cursor=${cursorOf([1, 1])}`, 'cursor'],
    ['a cursor that was cut', `cursor=${cursorOf([1, 'x']).slice(0, -1)}`, 'cursor'],
  ])('refuses %s, and says which', async (_what, query, field) => {
    expect(await machine.get(`/sign-ins?${query}`)).toMatchObject(wrong(field))
  })
})

describe('the audit log', () => {
  test('is read by what is asked for, newest first', async () => {
    const found = async (query: string) => (await machine.get(`/audit?${query}`)).body.rows
    const mine = await found(`by=${by()}&limit=200`)
    expect(mine.length).toBeGreaterThan(5)
    expect(new Set(mine.map((each: { by: string }) => each.by))).toEqual(new Set([by()]))
    expect(await found('type=device.revoked')).toMatchObject([{ type: 'device.revoked', by: by() }])
    const [reported] = (await machine.get('/sign-ins?outcome=reported')).body.rows
    const ofOne = await found(`signInId=${reported.id}`)
    expect(new Set(ofOne.map((each: { signInId: string }) => each.signInId))).toEqual(new Set([reported.id]))
    expect((await found(`tenantId=${TENANT}&objectId=${GRACE.objectId}`)).length).toBeGreaterThan(3)
  })

  test('goes out line by line, oldest first, as it is in the store, and that is recorded', async () => {
    const before = (await console.events()).map(({ type }) => type)
    const exported = await machine.get('/audit/export')
    expect(exported.headers.get('content-type')).toMatch(/^application\/jsonl/)
    const types = exported.body.map(({ type }: { type: string }) => type)
    expect(types.slice(0, before.length)).toEqual(before)
    expect(types.at(before.length)).toBe('audit.exported')
    expect(exported.body.at(-1)).toMatchObject({ code: expect.any(String), count: expect.any(Number) })
    expect(await lastEvent()).toEqual({ type: 'audit.exported', filter: '{}', by: by() })
    const some = await machine.get('/audit/export?type=key.created')
    expect(some.body).toMatchObject([{ type: 'key.created', by: 'service' }])
  })

  test('is not exported by a HEAD: nothing is read, and nothing recorded', async () => {
    const before = (await console.events()).length
    const headers = { authorization: `Bearer ${machine.secret}` }
    const ask = (query: string) =>
      fetch(`${console.url}/admin/api/v1/audit/export${query}`, { method: 'HEAD', headers })
    const asked = await ask('')
    expect(asked.status).toBe(200)
    expect(asked.headers.get('content-type')).toMatch(/^application\/jsonl/)
    expect((await ask('?limit=5')).status).toBe(400)
    expect(await console.events()).toHaveLength(before)
  })

  test.each([
    ['a kind of event that is none', 'type=device.lost', 'type'],
    ['somebody who can be nobody', 'by=Mallory', 'by'],
  ])('refuses %s', async (_what, query, field) => {
    expect(await machine.get(`/audit?${query}`)).toMatchObject(wrong(field))
    expect(await machine.get(`/audit/export?${query}`)).toMatchObject(wrong(field))
  })

  test('is not exported by the page', async () => {
    expect(await machine.get('/audit/export?limit=5')).toMatchObject(wrong('limit'))
  })
})

describe('webhooks', () => {
  test('are told with what became of them, and not with what may be secret in their addresses', async () => {
    const { webhooks } = console.service.capabilities.forwarding
    const url = 'http://127.0.0.1:9/hook?token=hush'
    const added = await webhooks.add({ url, events: ['device.*'] }, 'command-line')
    const { body } = await machine.get('/webhooks')
    expect(body).toEqual({
      rows: [
        {
          ...{ id: 'id' in added ? added.id : '', receiver: 'http://127.0.0.1:9', events: ['device.*'], state: 'on' },
          ...{ createdAt: expect.any(String), last: null, deadLetters: 0 },
        },
      ],
      next: null,
    })
    expect(JSON.stringify(body)).not.toContain('hush')
    expect((await machine.post('/webhooks', { url })).status).toBe(405)
    await webhooks.remove('id' in added ? added.id : '', 'command-line')
  })
})

describe('keys and the overview', () => {
  test('a new key is announced once, and takes over by itself', async () => {
    const announced = await machine.post('/keys')
    expect(announced).toMatchObject({ status: 201, body: { phase: 'announced' } })
    expect(await lastEvent()).toMatchObject({ type: 'key.created', keyId: announced.body.kid, by: by() })
    expect(await machine.post('/keys')).toMatchObject({ status: 409, body: { code: 'key.announced' } })
    const { rows, next } = (await machine.get('/keys')).body
    expect(rows.map(({ phase }: { phase: string }) => phase)).toEqual(['signing', 'announced'])
    const [signing, coming] = rows
    expect(signing).toMatchObject({ signsUntil: coming.signsFrom, isPlanned: false, withdrawnAt: null })
    expect(coming).toMatchObject({ kid: announced.body.kid, isPlanned: true })
    expect(next).toBeNull()
    expect(JSON.stringify(rows)).not.toMatch(/private|sealed/i)
  })

  test('the overview tells how things stand', async () => {
    const { body } = await machine.get('/overview')
    expect(body).toMatchObject({
      integrations: { enabled: 1, disabled: 0 },
      signIns: { byOutcome: { answered: 2, reported: 1 } },
      keys: { signing: { phase: 'signing' }, announced: { phase: 'announced' } },
      push: { results: { web: {}, fcm: {} } },
    })
  })

  test('another kind of content, and what is too large, are refused', async () => {
    const plain = await machine.call('POST', '/admin/api/v1/keys', 'x', { 'content-type': 'text/plain' })
    expect(plain).toMatchObject({ status: 415, body: { code: 'http.content-type' } })
    const large = await machine.post('/integrations', { name: 'x'.repeat(70_000) })
    expect(large).toMatchObject({ status: 413, body: { code: 'request.too-large' } })
    expect(await machine.post('/keys', { at: 'once' })).toMatchObject(wrong('at'))
    expect(await machine.call('GET', '/admin/api/v1/sign-ins/%')).toMatchObject(wrong('request'))
  })

  test('every operation was answered in these tests, as it is described', () => {
    expect([...answered].sort()).toEqual(Object.keys(operations).sort())
  })
})
