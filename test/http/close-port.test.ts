// What becomes of a connection that the kernel has taken and the service has not, when the service closes its port.
import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { Worker } from 'node:worker_threads'
import { afterEach, beforeEach, expect, test } from '@jest/globals'
import { closePort, eventLoop } from '../../src/http/close-port.ts'

let server: Server
let asked: number
beforeEach(async () => {
  asked = 0
  server = createServer((_request, response) => {
    asked++
    response.setHeader('Connection', 'close').end('here')
  })
  await once(server.listen(0, '127.0.0.1'), 'listening')
})
afterEach(() => {
  server.closeAllConnections()
  server.close()
})

/**
 * Somebody in a thread of its own, who connects and asks while this thread does nothing at all: its event loop finds the connection
 * only later. Returns when the request has been sent; `heard` resolves with what came back.
 */
function sendWhileBusy(): { heard: Promise<string>; worker: Worker } {
  const { port } = server.address() as AddressInfo
  const sent = new Int32Array(new SharedArrayBuffer(4))
  const code = `
    const { workerData: { port, sent }, parentPort } = require('node:worker_threads')
    let heard = ''
    const socket = require('node:net').connect(port, '127.0.0.1')
    socket.write('POST / HTTP/1.1\\r\\nhost: localhost\\r\\ncontent-length: 0\\r\\n\\r\\n', () => {
      Atomics.store(sent, 0, 1)
      Atomics.notify(sent, 0)
    })
    socket.on('data', (data) => { heard += data })
    socket.on('error', ({ code }) => { heard = code })
    socket.on('close', () => parentPort.postMessage(heard))`
  const worker = new Worker(code, { eval: true, workerData: { port, sent } })
  const heard = once(worker, 'message').then(([message]) => String(message))
  // The turn lasts until then.
  expect(Atomics.wait(sent, 0, 0, 30_000)).not.toBe('timed-out')
  return { heard, worker }
}

test('whose request waits to be taken is answered, and the port is closed behind it', async () => {
  const { heard, worker } = sendWhileBusy()
  expect(asked).toBe(0)
  const { answered } = await closePort(server, eventLoop)
  expect(server.listening).toBe(false)
  expect(await heard).toMatch(/^HTTP\/1\.1 200 OK[\s\S]*here/)
  await answered
  await worker.terminate()
})

test('without that look the request is lost, which is why it is taken', async () => {
  const { heard, worker } = sendWhileBusy()
  server.close()
  expect(await heard).toBe('ECONNRESET')
  expect(asked).toBe(0)
  await worker.terminate()
})

test('a loop that finds somebody at each turn is not waited for any longer than three seconds', async () => {
  let events = 0
  let now = 0
  await closePort(server, { now: () => now++, events: () => events++ })
  expect(server.listening).toBe(false)
  expect([now > 3000, now < 3010]).toEqual([true, true])
})

test('a calm loop is looked at for one turn', async () => {
  let looks = 0
  const events = () => {
    looks++
    return 7
  }
  await closePort(server, { now: () => 0, events })
  expect([server.listening, looks]).toEqual([false, 3])
})
