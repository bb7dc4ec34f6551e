// A light HTTP client: the load must not weigh more than what it loads. Connections are kept; nothing is followed or decoded.
import { Agent, type IncomingMessage, request as startRequest } from 'node:http'

export type Answer = { status: number; headers: IncomingMessage['headers']; text: string }
export type Client = ReturnType<typeof createClient>

type Asked = { method?: 'GET' | 'POST'; headers?: Record<string, string>; body?: string | undefined }

export function createClient(url: string, connections: number) {
  const { hostname, port } = new URL(url)
  const agent = new Agent({ keepAlive: true, maxSockets: connections })
  /** Streams stay open: they would take the connections of everything else. What a stream that ended leaves is used again. */
  const streams = new Agent({ keepAlive: true })

  const begin = (path: string, { method = 'GET', headers = {}, body }: Asked, via: Agent): Promise<IncomingMessage> =>
    new Promise((resolve, reject) => {
      const length = body === undefined ? {} : { 'content-length': String(Buffer.byteLength(body)) }
      const request = startRequest(
        { hostname, port, path, method, agent: via, headers: { ...headers, ...length } },
        resolve,
      )
      // A kept connection may be closed by the server just when it is used again (Node: `request.reusedSocket`).
      request.on('error', (error) => {
        if (request.reusedSocket) begin(path, { method, headers, body }, via).then(resolve, reject)
        else reject(error)
      })
      request.end(body)
    })

  return {
    async ask(path: string, asked: Asked = {}): Promise<Answer> {
      const response = await begin(path, asked, agent)
      let text = ''
      response.setEncoding('utf8')
      for await (const part of response) text += part
      return { status: response.statusCode ?? 0, headers: response.headers, text }
    },

    /** A stream of events: `until` resolves when so many events have come in all. */
    async listen(path: string, headers: Record<string, string>) {
      const response = await begin(path, { headers }, streams)
      let seen = 0
      let wanted = 0
      let wake: () => void = () => undefined
      response.setEncoding('utf8')
      response.on('data', (part: string) => {
        seen += part.split('event: ').length - 1
        if (seen >= wanted) wake()
      })
      response.on('error', () => wake())
      return {
        /** When the server ended the stream, or the connection broke. */
        over: new Promise<void>((resolve) => response.once('close', resolve)),
        until: (count: number) =>
          new Promise<void>((resolve) => {
            wanted = count
            wake = resolve
            if (seen >= wanted) resolve()
          }),
      }
    },

    close(): void {
      agent.destroy()
      streams.destroy()
    },
  }
}

/** The cookies of one browser. */
export function createCookies() {
  const kept = new Map<string, string>()
  return {
    take({ headers }: Answer): void {
      for (const line of headers['set-cookie'] ?? []) {
        const pair = line.slice(0, line.indexOf(';'))
        const at = pair.indexOf('=')
        kept.set(pair.slice(0, at), pair.slice(at + 1))
      }
    },
    header: (): Record<string, string> =>
      kept.size === 0 ? {} : { cookie: [...kept].map(([name, value]) => `${name}=${value}`).join('; ') },
  }
}
