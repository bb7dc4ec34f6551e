// What becomes of kept connections when a service stops, with a server of Node's and a client that keeps them.
import { once } from 'node:events'
import { Agent, createServer, type IncomingMessage, request, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import { text } from 'node:stream/consumers'
import { afterEach, beforeEach, expect, test } from '@jest/globals'
import { endConnectionsBehindAnswers } from '../../src/http/last-answers.ts'

let stopping: boolean
let server: Server
let agent: Agent
/** Answers that are not made yet, in the order in which they were asked for. */
let open: ServerResponse[]
beforeEach(async () => {
  stopping = false
  open = []
  agent = new Agent({ keepAlive: true, maxSockets: 1 })
  server = createServer((_request, response) => void open.push(response))
  endConnectionsBehindAnswers(server, () => stopping)
  await once(server.listen(0, '127.0.0.1'), 'listening')
})
afterEach(() => {
  agent.destroy()
  server.closeAllConnections()
  server.close()
})

/** Asks, and resolves when the server has begun with it. */
async function ask() {
  const { port } = server.address() as AddressInfo
  const asked = request({ host: '127.0.0.1', port, agent }).end()
  await once(server, 'request')
  const answer = once(asked, 'response') as Promise<[IncomingMessage]>
  return { asked, answer }
}

test('a connection serves one request after the other, as long as nobody stops', async () => {
  const sockets = new Set()
  for (let i = 0; i < 3; i++) {
    const { asked, answer } = await ask()
    open[i]?.end('here')
    const [response] = await answer
    await text(response)
    expect(response.headers.connection).toBe('keep-alive')
    sockets.add(asked.socket)
    expect(asked.reusedSocket).toBe(i > 0)
  }
  expect(sockets.size).toBe(1)
})

test('what is asked for while it stops is answered, and told that the connection ends', async () => {
  stopping = true
  const { answer } = await ask()
  open[0]?.end('here')
  const [response] = await answer
  expect([await text(response), response.headers.connection]).toEqual(['here', 'close'])
})

test('an answer that was begun before is finished, and its connection closed right behind it', async () => {
  const { asked, answer } = await ask()
  open[0]?.write('he')
  const [response] = await answer
  expect(response.headers.connection).toBe('keep-alive')
  const closed = once(asked.socket as Socket, 'close')
  stopping = true
  open[0]?.end('re')
  expect(await text(response)).toBe('here')
  await closed
  // The server itself takes requests as before.
  expect(server.listening).toBe(true)
})
