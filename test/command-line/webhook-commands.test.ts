// Webhooks by the command line, beside a service on the same store that delivers.
import { createHmac } from 'node:crypto'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, beforeEach, expect, test } from '@jest/globals'
import { silentLog } from '../../src/base/log.ts'
import { type Capabilities, openCapabilities, theWorld } from '../../src/capabilities.ts'
import { run } from '../../src/cli.ts'
import { readConfig } from '../../src/config.ts'
import type { Forwarder } from '../../src/forwarding/forwarder.ts'
import { recorded } from '../store/contract/opened-store.ts'
import { temporaryFile } from '../store/temporary-file.ts'
import { createTestClock, type TestClock } from '../support/clock.ts'

type Received = { headers: Record<string, unknown>; body: string }

let server: Server
let url: string
let status: number
let received: Received[]
let folder: string
let remove: () => void
let clock: TestClock
let service: Capabilities
let forwarder: Forwarder
let before: NodeJS.ProcessEnv

beforeEach(async () => {
  status = 204
  received = []
  server = createServer((request, response) => {
    let body = ''
    request.on('data', (chunk) => {
      body += chunk
    })
    request.on('end', () => {
      received.push({ headers: request.headers, body })
      response.writeHead(status).end()
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook`
  const place = temporaryFile()
  remove = place.remove
  folder = place.file.replace(/\/[^/]*$/, '')
  before = process.env
  process.env = {
    ...{ PATH: before.PATH, COUNTERSIGN_DATA_DIR: folder, COUNTERSIGN_LOG_LEVEL: 'silent' },
    COUNTERSIGN_MASTER_KEY: Buffer.alloc(32, 7).toString('base64'),
  }
  const config = readConfig(process.env)
  clock = createTestClock()
  service = await openCapabilities(config, { ...theWorld(config), clock, log: silentLog })
  forwarder = await service.forwarding.begin()
})
afterEach(async () => {
  await forwarder.close()
  await service.stores.close()
  process.env = before
  server.closeAllConnections()
  await new Promise((resolve) => server.close(resolve))
  remove()
})

async function cli(...words: string[]) {
  let [out, err] = ['', '']
  const streams = {
    out: (text: string) => {
      out += text
    },
    err: (text: string) => {
      err += text
    },
  }
  return { status: await run(words, streams), out, err }
}
const json = async (...words: string[]) => JSON.parse((await cli(...words, '--json')).out)
async function pass(milliseconds: number): Promise<void> {
  for (let passed = 0; passed < milliseconds; passed += 10_000) {
    clock.leap(10_000)
    await forwarder.tend()
  }
}
const record = (...versions: string[]) =>
  service.audit.record(...versions.map((version) => ({ type: 'service.started', version }) as const))

test('a webhook is added with its secret, tried out, listed, and gets what is recorded, signed', async () => {
  const added = await cli('webhook', 'add', url)
  const secret = /whsec_\S+/.exec(added.out)?.[0] ?? ''
  const id = /webhook test (\S+)/.exec(added.out)?.[1] ?? ''
  expect(added).toMatchObject({ status: 0, err: '' })
  expect(await cli('webhook', 'test', id)).toMatchObject({ status: 0, out: 'delivered (status 204)\n' })
  await record('one')
  await forwarder.tend()
  const types = received.map(({ body }) => JSON.parse(body).type)
  expect(types.toSorted()).toEqual(['service.started', 'test', 'webhook.created', 'webhook.tested'])
  for (const { headers, body } of received) {
    const signed = `${headers['webhook-id']}.${headers['webhook-timestamp']}.${body}`
    const key = Buffer.from(secret.slice('whsec_'.length), 'base64')
    expect(headers['webhook-signature']).toBe(`v1,${createHmac('sha256', key).update(signed).digest('base64')}`)
  }
  const { out } = await cli('webhook', 'list')
  expect(out).toContain(id)
  expect(out).toMatch(/\ball\b.*\bon\b.*delivered/)
  expect(out).not.toContain(secret)
  status = 500
  expect(await cli('webhook', 'test', id)).toMatchObject({ status: 1, err: 'failed (status 500)\n' })
})

test('what was not taken is listed, sent again, or dropped; and the command line is on record as who did it', async () => {
  const { id } = await json('webhook', 'add', url, '--events', 'service.*')
  status = 400
  await record('one')
  await pass(9 * 3_600_000)
  const [letter] = await json('webhook', 'dead-letters', id)
  expect(letter).toMatchObject({ type: 'service.started', tries: 7, result: 'refused', detail: 'status 400' })
  expect((await cli('webhook', 'dead-letters', id)).out).toContain(letter.name)
  expect(await json('webhook', 'list')).toEqual([expect.objectContaining({ id, deadLetters: 1, state: 'on' })])
  status = 204
  const count = received.length
  expect(await cli('webhook', 'resend', id, '--letter', letter.name)).toMatchObject({ status: 0 })
  await forwarder.tend()
  expect(received).toHaveLength(count + 1)
  expect(await cli('webhook', 'resend', id, '--all')).toMatchObject({ status: 1 })
  expect(await json('webhook', 'dead-letters', id)).toEqual([])

  status = 400
  await record('two')
  await pass(9 * 3_600_000)
  expect(await json('webhook', 'drop', id, '--all')).toEqual({ count: 1 })
  expect(await json('webhook', 'dead-letters', id)).toEqual([])
  expect(await cli('webhook', 'remove', id)).toMatchObject({ status: 0 })
  expect((await cli('webhook', 'list')).out).toBe('There is no webhook.\n')
  const events = (await recorded(service.stores)).filter(({ type }) => type.startsWith('webhook.'))
  expect(events.map(({ type }) => type)).toEqual([
    ...['webhook.created', 'webhook.letters-resent', 'webhook.letters-dropped', 'webhook.removed'],
  ])
  for (const event of events) expect(event).toMatchObject({ webhookId: id, by: 'command-line' })
}, 120_000)

test('a new secret is printed once, a webhook that was turned off is turned on', async () => {
  const { id, secret } = await json('webhook', 'add', url)
  const rotated = await json('webhook', 'rotate-secret', id)
  expect(rotated.secret).toMatch(/^whsec_/)
  expect(rotated.secret).not.toBe(secret)
  status = 410
  await forwarder.tend()
  expect(await json('webhook', 'list')).toEqual([expect.objectContaining({ state: 'off' })])
  expect(await cli('webhook', 'turn-on', id)).toMatchObject({ status: 0 })
  expect(await cli('webhook', 'turn-on', id)).toMatchObject({ status: 1 })
})

test('a master key that is not the store’s seals no secret that the service could not open', async () => {
  await service.keys.prepare()
  const { id, secret } = await json('webhook', 'add', url)
  process.env.COUNTERSIGN_MASTER_KEY = Buffer.alloc(32, 8).toString('base64')
  for (const words of [
    ['add', url],
    ['rotate-secret', id],
  ]) {
    const refused = await cli('webhook', ...words)
    expect(refused).toMatchObject({ status: 1, out: '' })
    expect(refused.err).toContain('is not opened by this master key')
  }
  expect(await json('webhook', 'list')).toEqual([expect.objectContaining({ id })])
  await record('one')
  await forwarder.tend()
  const { headers, body } = received.at(-1) ?? { headers: {}, body: '' }
  const key = Buffer.from(secret.slice('whsec_'.length), 'base64')
  const signed = `${headers['webhook-id']}.${headers['webhook-timestamp']}.${body}`
  expect(headers['webhook-signature']).toBe(`v1,${createHmac('sha256', key).update(signed).digest('base64')}`)
})

test.each([
  [['add', 'http://siem.example/'], 1, 'https'],
  [['add', 'https://10.0.0.7/'], 1, 'COUNTERSIGN_WEBHOOK_TRUSTED_HOSTS'],
  [['add', 'https://142.250.1.1/', '--events', 'device.gone'], 1, 'device.gone'],
  [['add'], 2, 'URL'],
  [['remove', 'nobody'], 1, 'webhook list'],
  [['test', 'nobody'], 1, 'webhook list'],
  [['rotate-secret', 'nobody'], 1, 'webhook list'],
  [['dead-letters', 'nobody'], 1, 'webhook list'],
  [['resend', 'nobody', '--all'], 1, 'dead letter'],
  [['resend', 'nobody'], 2, '--all'],
  [['drop', 'nobody', '--letter', 'x'], 2, '--letter'],
  [['drop', 'nobody', '--all', '--letter', 'a:1'], 2, '--all'],
] as const)('webhook %j is refused', async (words, exit, said) => {
  const refused = await cli('webhook', ...words)
  expect(refused).toMatchObject({ status: exit, out: '' })
  expect(refused.err).toContain(said)
})
