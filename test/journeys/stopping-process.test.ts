// A process that is told to stop, with everything under way that can be.
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { Agent, type IncomingMessage, request as startRequest } from 'node:http'
import { createServer, type Server } from 'node:https'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { text } from 'node:stream/consumers'
import { afterEach, describe, expect, test } from '@jest/globals'
import { createPhone } from '../phone-simulator/phone.ts'
import { makeCertificate } from '../push-services/certificate.ts'
import { formOf, type Page, ticketOn } from '../support/browser.ts'
import { ADA } from '../support/countersign.ts'
import { type CountersignProcess, errorLines, startProcess } from '../support/process.ts'
import { approve, begin, claimsSigned, enrol, eventsOf, finish, reload } from '../support/stories.ts'

let countersign: CountersignProcess
afterEach(() => countersign.close())

type Line = { time: string; msg: string }
const linesOf = (output: string): Line[] =>
  output
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line))

/** Whether something had to be cut off before the process could end. */
const wasCut = (output: string): boolean => linesOf(output).some(({ msg }) => msg.startsWith('cut off'))

/** Sends SIGTERM, and resolves once the service knows: it still answers, and says that it is not ready. */
async function beginStop() {
  const ended = countersign.end('SIGTERM')
  for (;;) {
    // A connection that the stop found in use is closed behind its answer: whoever keeps it asks once more on a new one.
    const ask = () => fetch(`${countersign.url}/readyz`)
    const response = await ask().catch(ask)
    const { ready, troubles } = JSON.parse(await response.text())
    if (!ready) return { ended, troubles, connection: response.headers.get('connection') }
  }
}

/** A request whose body is sent in parts. */
function slowly(path: string, length: number) {
  const headers = { 'content-type': 'application/x-www-form-urlencoded', 'content-length': length, accept: 'text/html' }
  const request = startRequest(`${countersign.url}${path}`, { method: 'POST', headers })
  request.on('error', () => undefined)
  return request
}

const answered = async (request: ReturnType<typeof startRequest>): Promise<Page> => {
  const [response] = (await once(request, 'response')) as [IncomingMessage]
  return { status: response.statusCode ?? 0, url: '', text: await text(response), headers: new Headers() }
}

/** Resolves when the process has had a turn for all that was sent to it before. */
const heard = async (): Promise<void> => {
  for (let i = 0; i < 3; i++) await (await fetch(`${countersign.url}/healthz`)).text()
}

/** Resolves when nobody new is listened to any more. */
async function deaf(): Promise<void> {
  const listens = (): Promise<boolean> =>
    fetch(`${countersign.url}/healthz`).then(
      () => true,
      () => false,
    )
  while (await listens());
}

describe('SIGTERM', () => {
  test('ends the waits of browsers and then the process, in order; what was open goes on after a start', async () => {
    countersign = await startProcess()
    const phone = await createPhone({ url: countersign.url })
    const begun = await begin(countersign)
    const others = [await begin(countersign), await begin(countersign)]
    const streams = await Promise.all([begun, ...others].map(({ browser, page }) => browser.listen(page)))
    for (const stream of streams) expect(await stream.next()).toBe(1)

    const ended = countersign.end('SIGTERM')
    for (const stream of streams) expect(await stream.next()).toBeUndefined()
    expect(await ended).toMatchObject({ code: 0, signal: null, errors: '' })
    await expect(begin(countersign)).rejects.toThrow()
    expect((await eventsOf(countersign)).at(-1)?.type).toBe('service.stopped')

    await countersign.start()
    await phone.bind({ ticket: ticketOn(await reload(begun)) ?? '' })
    expect((await approve(phone, begun)).body).toEqual({ outcome: 'approved' })
    expect(await finish(countersign, begun)).toMatchObject({ accepted: true })
  }, 120_000)

  test('is not held up by a browser that comes back to wait on a connection that stands', async () => {
    countersign = await startProcess()
    const { browser, page } = await begin(countersign)
    const cookie = [...browser.cookies].map(([name, value]) => `${name}=${value}`).join('; ')
    const agent = new Agent({ keepAlive: true, maxSockets: 1 })
    const wait = async (): Promise<IncomingMessage> => {
      const request = startRequest(`${page.url}/events`, { agent, headers: { cookie } }).end()
      return (await once(request, 'response'))[0]
    }
    const first = await wait()
    const { ended, connection } = await beginStop()
    expect(connection).toBe('close')
    await text(first)
    // It reads how soon it may come again, and nothing else; or it is not listened to any more.
    const again = await wait().then(text, () => 'nobody')
    expect(['retry: 1000\n\n', 'nobody']).toContain(again)
    const { code, output } = await ended
    agent.destroy()
    expect([code, wasCut(output)]).toEqual([0, false])
  }, 120_000)

  test('waits for who is in the middle of a slow body, and Entra is told to try again', async () => {
    countersign = await startProcess()
    const attempt = await countersign.entra.begin({ person: ADA, contract: 'external-mfa' })
    const body = new URLSearchParams(attempt.parameters).toString()
    const request = slowly('/entra/authorize', body.length)
    request.write(body.slice(0, 100))
    await heard()
    const { ended } = await beginStop()
    await deaf()
    request.end(body.slice(100))
    const page = await answered(request)
    expect(formOf(page).fields).toEqual({ error: 'temporarily_unavailable', state: attempt.state })
    expect(await ended).toMatchObject({ code: 0, errors: '' })
  }, 120_000)

  test('cuts off who sends nothing more, and ends in order all the same', async () => {
    countersign = await startProcess()
    const request = slowly('/entra/authorize', 1000)
    request.write('client_id=')
    await heard()
    const { code, signal, output } = await countersign.end('SIGTERM')
    expect([code, signal, wasCut(output), errorLines(output)]).toEqual([0, null, true, []])
    expect(linesOf(output).at(-1)?.msg).toBe('stopped')
  }, 120_000)

  test('gives the answer that is being made', async () => {
    countersign = await startProcess()
    const phone = await enrol(countersign)
    const begun = await begin(countersign)
    await approve(phone, begun)
    // Somebody else writes: the answer cannot be taken yet.
    const database = new DatabaseSync(join(countersign.environment.COUNTERSIGN_DATA_DIR ?? '', 'countersign.sqlite'), {
      timeout: 5000,
    })
    database.exec('BEGIN IMMEDIATE')
    const verdict = finish(countersign, begun)
    await heard()
    const { ended } = await beginStop()
    await deaf()
    expect((await claimsSigned(countersign)).signing).toBe(1)
    database.exec('COMMIT')
    database.close()
    expect(await verdict).toMatchObject({ accepted: true })
    expect(await ended).toMatchObject({ code: 0, errors: '' })
    expect(await claimsSigned(countersign)).toEqual({ signing: 2, signed: 2 })
  }, 120_000)
})

describe('a push that is being sent', () => {
  let folder: string
  let service: Server
  /** Of each push that came: answers it. */
  let answers: (() => void)[]
  let came: Promise<unknown>
  afterEach(async () => {
    service.closeAllConnections()
    await new Promise((resolve) => service.close(resolve))
    rmSync(folder, { recursive: true, force: true })
  })

  async function start(): Promise<void> {
    folder = mkdtempSync(join(tmpdir(), 'countersign-push-'))
    const { ca, certificate, key } = await makeCertificate([])
    writeFileSync(join(folder, 'ca.pem'), ca)
    answers = []
    service = createServer({ key, cert: certificate }, (_request, response) => {
      answers.push(() => response.writeHead(201).end())
    })
    came = once(service, 'request')
    await new Promise<void>((resolve) => service.listen(0, '127.0.0.1', resolve))
    countersign = await startProcess({
      NODE_EXTRA_CA_CERTS: join(folder, 'ca.pem'),
      COUNTERSIGN_PUSH_TRUSTED_HOSTS: 'localhost',
    })
    const phone = await enrol(countersign)
    const { port } = service.address() as AddressInfo
    const keys = {
      p256dh: 'BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4',
      auth: 'BTBZMqHH6r4Tts7J_aSIgg',
    }
    const to = { kind: 'web' as const, endpoint: `https://localhost:${port}/push`, keys }
    const { status, body } = await phone.subscribe(to)
    expect([status, body]).toEqual([200, expect.anything()])
    await begin(countersign)
    await came
  }

  test('at SIGTERM is sent', async () => {
    await start()
    const { ended } = await beginStop()
    await deaf()
    for (const answer of answers) answer()
    expect(await ended).toMatchObject({ code: 0, errors: '' })
    expect(await eventsOf(countersign, 'push.sent')).toMatchObject([{ purpose: 'prompt', result: 'accepted' }])
  }, 120_000)

  test('and hangs is cut off, and does not hold up the end', async () => {
    await start()
    const { code, output } = await countersign.end('SIGTERM')
    expect([code, wasCut(output), errorLines(output)]).toEqual([0, false, []])
    expect(await eventsOf(countersign, 'push.sent')).toEqual([])
  }, 120_000)
})
