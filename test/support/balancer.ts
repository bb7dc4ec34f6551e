// What stands in front of several nodes: sends each request to the next one, and to another when that one takes no connection.
import { type ClientRequest, createServer, type IncomingMessage, request, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

export type Balancer = {
  port: number
  /** The ports of the nodes, in turn. */
  nodes: number[]
  /** From now on every request goes to this node first; null: to each in turn. */
  only(node: number | null): void
  close(): Promise<void>
}

export async function startBalancer(): Promise<Balancer> {
  const nodes: number[] = []
  let chosen: number | null = null
  let turn = 0

  /** To that node, or where it takes no connection, to the next: `left` more of them. */
  function send(incoming: IncomingMessage, response: ServerResponse, body: Buffer, node: number, left: number): void {
    const port = nodes[node % nodes.length] ?? 0
    const headers = { ...incoming.headers, 'x-forwarded-for': incoming.socket.remoteAddress ?? '' }
    const { method, url: path } = incoming
    const onward: ClientRequest = request({ host: '127.0.0.1', port, method, path, headers, agent: false })
    onward.on('response', (answer) => {
      response.writeHead(answer.statusCode ?? 502, answer.headers)
      answer.on('error', () => response.destroy())
      answer.pipe(response)
    })
    onward.on('error', (error: NodeJS.ErrnoException) => {
      // Nothing was sent where nobody listens: only then may it be sent to another.
      if (error.code === 'ECONNREFUSED' && left > 0) return send(incoming, response, body, node + 1, left - 1)
      if (response.headersSent) response.destroy()
      else response.writeHead(502).end()
    })
    response.on('close', () => onward.destroy())
    onward.end(body)
  }

  const server = createServer(async (incoming, response) => {
    const parts: Buffer[] = []
    for await (const part of incoming) parts.push(part as Buffer)
    send(incoming, response, Buffer.concat(parts), chosen ?? turn++, nodes.length - 1)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    port: (server.address() as AddressInfo).port,
    nodes,
    only(node) {
      chosen = node
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}
