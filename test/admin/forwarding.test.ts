// The pages where owners say where the audit log goes, and where everybody sees what became of it.
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import type { Letter } from '../../src/forwarding/destination.ts'
import type { Page } from '../support/browser.ts'
import { type Console, type Desk, startConsole } from './console.ts'

const PAGE = '/admin/forwarding'
const MINUTE = 60_000

let server: Server
let url: string
let status: number
let bodies: string[]
let console: Console
let owner: Desk & { id: string }
beforeEach(async () => {
  status = 204
  bodies = []
  server = createServer((request, response) => {
    let body = ''
    request.on('data', (chunk) => {
      body += chunk
    })
    request.on('end', () => {
      bodies.push(body)
      response.writeHead(status).end()
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook-with-a-secret`
  console = await startConsole()
  owner = await console.admitted('owner', 'Ada')
})
afterEach(async () => {
  await console.close()
  server.closeAllConnections()
  await new Promise((resolve) => server.close(resolve))
})

const webhooks = () => console.service.capabilities.forwarding.webhooks
const secretOn = (page: Page): string => /id="secret">([^<]+)</.exec(page.text)?.[1] ?? ''
const ofWebhooks = async () => (await console.events()).filter(({ type }) => type.startsWith('webhook.'))
async function add(fields: Record<string, string> = {}): Promise<{ id: string; secret: string; page: Page }> {
  const page = await owner.submit(PAGE, { url, events: '', ...fields })
  const id = /href="\/admin\/forwarding\/([0-9a-f]{32})"/.exec(page.text)?.[1] ?? ''
  return { id, secret: secretOn(page), page }
}
async function bury(id: string, seq: number): Promise<void> {
  const letter: Letter = {
    ...{ destinationId: id, writer: 'ab', seq, type: 'device.revoked', at: 0, failedAt: seq, tries: 7 },
    ...{ result: 'refused', detail: 'status 400', again: false },
  }
  await console.service.capabilities.stores.forwarding.bury(letter, [], null)
}

describe('the page of webhooks', () => {
  test('makes one, whose secret is shown once, and lists it without', async () => {
    expect((await owner.get(PAGE)).text).toContain('None. A webhook gets every record')
    const { id, secret, page } = await add()
    expect(page.status).toBe(200)
    expect(page.headers.get('cache-control')).toBe('no-store')
    expect(secret).toMatch(/^whsec_[A-Za-z0-9+/]{43}=$/)
    for (const path of [PAGE, `${PAGE}/${id}`]) {
      const { text } = await owner.get(path)
      expect(text).toContain('hook-with-a-secret')
      expect(text).not.toContain(secret)
    }
    expect(await ofWebhooks()).toMatchObject([
      { type: 'webhook.created', events: 'all', by: `administrator:${owner.id}` },
    ])
  })

  test.each<[string, Record<string, string>, string]>([
    ['an address without TLS', { url: 'http://siem.example/' }, 'https://'],
    ['an address inside', { url: 'https://10.0.0.7/' }, 'COUNTERSIGN_WEBHOOK_TRUSTED_HOSTS'],
    ['what is no event', { events: 'device.revoked, device.gone' }, 'device.gone'],
  ])('makes none of %s: it keeps what was typed, and says what is wrong', async (_what, fields, said) => {
    const { page, secret } = await add(fields)
    expect(page.status).toBe(400)
    expect(page.text).toContain('No webhook was made')
    expect(page.text).toContain(said)
    expect(page.text).toContain(`value="${fields.url ?? url}"`)
    expect(secret).toBe('')
    expect(await webhooks().list()).toEqual([])
  })

  test.each<[string, Record<string, string>, string]>([
    ['an address without TLS', { url: 'http://siem.example/' }, 'https://'],
    ['what is no event', { events: 'device.revoked, device.gone' }, 'device.gone'],
  ])('says what is wrong before it asks for a proof: %s', async (_what, fields, said) => {
    console.clock.leap(6 * MINUTE)
    const { page } = await add(fields)
    expect(page.status).toBe(400)
    expect(page.text).toContain(said)
    expect(page.text).not.toContain('Is it you?')
    expect((await add()).page.text).toContain('Is it you?')
  })

  test('sends a test message, and says what became of it', async () => {
    const { id } = await add({ events: 'device.*, administrator.*' })
    const sent = await owner.submit(`${PAGE}/${id}/test`)
    expect(sent.text).toContain('The test message: Delivered (status 204).')
    expect(bodies.map((body) => JSON.parse(body).type)).toContain('test')
    status = 500
    expect((await owner.submit(`${PAGE}/${id}/test`)).text).toContain('The receiver failed (status 500).')
    expect((await ofWebhooks()).slice(1)).toMatchObject(
      ['delivered', 'failed'].map((result) => ({ type: 'webhook.tested', result, by: `administrator:${owner.id}` })),
    )
  })

  test('shows dead letters, which are sent again or dropped, one or all', async () => {
    const { id } = await add({ events: 'device.revoked' })
    for (const seq of [1, 2, 3]) await bury(id, seq)
    expect((await owner.get(PAGE)).text).toContain('3 dead letters')
    const { text } = await owner.get(`${PAGE}/${id}`)
    expect(text.match(/Refused by the receiver, after 7 tries/g)).toHaveLength(3)
    const again = await owner.submit(`${PAGE}/${id}/resend`, { letter: 'ab:2' })
    expect(again.text).toContain('They are sent again')
    expect((await ofWebhooks()).at(-1)).toMatchObject({ type: 'webhook.letters-resent', which: 'ab:2' })
    for (const letter of ['ab:9', 'nonsense']) {
      const refused = await owner.submit(`${PAGE}/${id}/resend`, { letter })
      expect(refused.text).toContain('This is not there any more')
    }
    expect((await owner.submit(`${PAGE}/${id}/drop`)).text).toContain('They were dropped')
    expect(await webhooks().deadLetters(id)).toEqual([])
  })

  test('is spoken of on the overview when it does not get the log', async () => {
    const overview = async (): Promise<string> => (await owner.get('/admin/')).text
    const { id } = await add({ events: 'device.revoked' })
    expect(await overview()).not.toContain('webhook to')
    await bury(id, 1)
    expect(await overview()).toContain('One audit record was not taken by the webhook to 127.0.0.1')
    const { forwarding } = console.service.capabilities.stores
    const last = { at: console.clock.now(), result: 'failed', detail: 'status 500' } as const
    await forwarding.keepTrouble(id, { writer: 'ab', seq: 1, tries: 3, nextAt: Number.MAX_SAFE_INTEGER }, last)
    expect(await overview()).toContain('does not take the audit log. It waits, and is tried again')
    await webhooks().turnOff(id, 'service', 'its receiver says that it is gone')
    expect(await overview()).toContain('is off: its receiver said that it is gone')
  })

  test('gives a new secret, turns on what its receiver turned off, and removes', async () => {
    const { id, secret } = await add({ events: 'device.revoked' })
    const rotated = await owner.submit(`${PAGE}/${id}/rotate-secret`)
    expect(secretOn(rotated)).toMatch(/^whsec_/)
    expect(secretOn(rotated)).not.toBe(secret)
    expect(rotated.text).toContain('signed with the one before')
    await webhooks().turnOff(id, 'service', 'its receiver says that it is gone')
    expect((await owner.get(PAGE)).text).toContain('Off')
    expect((await owner.submit(`${PAGE}/${id}/turn-on`)).text).toContain('The webhook is on')
    expect((await owner.submit(`${PAGE}/${id}/remove`)).text).toContain('The webhook was removed')
    expect((await owner.get(`${PAGE}/${id}`)).text).toContain('This is not there any more')
    expect((await owner.submit(`${PAGE}/${id}/remove`)).text).toContain('This is not there any more')
  })

  test('wants a fresh proof for what sends the log elsewhere, or cannot be taken back', async () => {
    const { id } = await add({ events: 'device.revoked' })
    console.clock.leap(6 * MINUTE)
    const asked = await owner.submit(PAGE, { url, events: '' })
    expect(asked).toMatchObject({ status: 403, text: expect.stringContaining('Send the audit log to 127.0.0.1') })
    for (const act of ['rotate-secret', 'remove', 'drop'])
      expect((await owner.submit(`${PAGE}/${id}/${act}`)).text).toContain('Is it you?')
    expect(await webhooks().list()).toHaveLength(1)
    expect((await owner.submit(`${PAGE}/${id}/test`)).text).toContain('The test message')
  })

  test.each(['viewer', 'helpdesk'] as const)(
    'shows a %s how things stand, changes nothing, and hides what may be secret',
    async (role) => {
      const { id } = await add({ events: 'device.revoked' })
      await bury(id, 1)
      const desk = await console.admitted(role)
      for (const path of [PAGE, `${PAGE}/${id}`]) {
        const { status, text } = await desk.get(path)
        expect(status).toBe(200)
        expect(text).toContain('127.0.0.1')
        expect(text).not.toContain('hook-with-a-secret')
        expect(text).not.toMatch(/action="\/admin\/forwarding/)
      }
      const acts = [
        '',
        `/${id}/test`,
        `/${id}/turn-on`,
        `/${id}/resend`,
        `/${id}/drop`,
        `/${id}/rotate-secret`,
        `/${id}/remove`,
      ]
      for (const act of acts) expect((await desk.submit(`${PAGE}${act}`, { url })).status).toBe(403)
      expect(await ofWebhooks()).toHaveLength(1)
    },
  )
})
