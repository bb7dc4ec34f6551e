// Requests as they are, without a client's manners, and what came back.
import { Agent, request } from 'node:http'
import { connect } from 'node:net'
import { performance } from 'node:perf_hooks'

export type Shot = { method: string; path: string; headers?: Record<string, string>; body?: string | undefined }
export type Hit = {
  status: number
  text: string
  headers: Record<string, string | string[] | undefined>
  milliseconds: number
}

export type Gun = ReturnType<typeof createGun>

/** Sends to one service. What gets no answer within `patience` (milliseconds) has status 0. */
export function createGun({ url, sockets, patience }: { url: string; sockets: number; patience: number }) {
  const { hostname, port, host } = new URL(url)
  const agent = new Agent({ keepAlive: true, maxSockets: sockets })

  function send({ method, path, headers = {}, body }: Shot): Promise<Hit> {
    return new Promise((resolve) => {
      const began = performance.now()
      const done = (status: number, text: string, answered: Hit['headers'] = {}): void => {
        clearTimeout(timer)
        resolve({ status, text, headers: answered, milliseconds: performance.now() - began })
      }
      const content = body === undefined ? {} : { 'content-length': String(Buffer.byteLength(body)) }
      const options = { hostname, port, method, path, agent, headers: { ...headers, ...content } }
      const timer = setTimeout(() => {
        sent?.destroy()
        done(0, 'no answer')
      }, patience)
      let sent: ReturnType<typeof request> | undefined
      try {
        sent = request(options, (response) => {
          let text = ''
          response.setEncoding('utf8')
          response.on('data', (part) => {
            text += part
            // A stream of events ends with its browser.
            if (String(response.headers['content-type']).startsWith('text/event-stream')) {
              response.destroy()
              done(response.statusCode ?? 0, text, response.headers)
            }
          })
          response.on('end', () => done(response.statusCode ?? 0, text, response.headers))
          response.on('error', () => done(response.statusCode ?? 0, text, response.headers))
        })
        // The service may end a connection over what it does not read; that is an answer too.
        sent.on('error', () => done(-1, 'connection ended'))
        sent.end(body)
      } catch {
        // What Node's own client refuses to send: a path or header that is none.
        done(-1, 'not sent')
      }
    })
  }

  /** Bytes straight into a connection. */
  function sendRaw(bytes: string): Promise<Hit> {
    return new Promise((resolve) => {
      const began = performance.now()
      let text = ''
      const socket = connect({ host: hostname, port: Number(port) })
      const done = (status: number): void => {
        clearTimeout(timer)
        socket.destroy()
        resolve({ status, text, headers: {}, milliseconds: performance.now() - began })
      }
      // Half a request may wait for its other half: that is no hang.
      const timer = setTimeout(() => done(-1), Math.min(patience, 200))
      socket.setEncoding('utf8')
      socket.on('connect', () => socket.write(bytes))
      socket.on('data', (part) => {
        text += part
        const status = /^HTTP\/1\.1 (\d{3})/.exec(text)?.[1]
        if (status) done(Number(status))
      })
      socket.on('error', () => done(-1))
      socket.on('close', () => done(-1))
    })
  }

  return { send, sendRaw, host, close: () => agent.destroy() }
}
