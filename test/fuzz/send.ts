// Requests as they are, without a client's manners, and what came back.
import { Agent, request } from 'node:http'
import { connect } from 'node:net'
import { performance } from 'node:perf_hooks'

export type Headers = Record<string, string>
export type Shot = { method: string; path: string; headers?: Headers; body?: string | undefined }
export type Raw = { raw: string }
/** One kind of shot, that is fired so often of all. `answers`: the only statuses that it may bring. */
export type Arm = {
  name: string
  share: number
  answers?: readonly number[]
  load(): Promise<Shot | Raw> | Shot | Raw
}

export const FORM = { 'content-type': 'application/x-www-form-urlencoded' }

/** In place of a status: nothing came in time, the connection ended without an answer, nothing was sent. */
export const SILENT = 0
export const ENDED = -1
export const UNSENT = -2

export type Hit = {
  status: number
  /** What came back, or why nothing did. */
  text: string
  headers: Record<string, string | string[] | undefined>
  milliseconds: number
}

export type Gun = ReturnType<typeof createGun>

/** Sends to one service. What gets no answer within `patience` (milliseconds) is SILENT. */
export function createGun({ url, sockets, patience }: { url: string; sockets: number; patience: number }) {
  const { hostname, port } = new URL(url)
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
        done(SILENT, 'no answer')
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
        // The service may end a connection over what it does not read.
        sent.on('error', (error: NodeJS.ErrnoException) => done(ENDED, error.code ?? error.message))
        sent.end(body)
      } catch (error) {
        // What Node's own client refuses to send: a path or header that is none.
        done(UNSENT, String(error))
      }
    })
  }

  /** Bytes straight into a connection. */
  function sendRaw(bytes: string): Promise<Hit> {
    return new Promise((resolve) => {
      const began = performance.now()
      let text = ''
      const socket = connect({ host: hostname, port: Number(port) })
      const done = (status: number, said = text): void => {
        clearTimeout(timer)
        socket.destroy()
        resolve({ status, text: said, headers: {}, milliseconds: performance.now() - began })
      }
      // Half a request may wait for its other half: that is no hang.
      const timer = setTimeout(() => done(ENDED), Math.min(patience, 200))
      socket.setEncoding('utf8')
      socket.on('connect', () => socket.write(bytes))
      socket.on('data', (part) => {
        text += part
        const status = /^HTTP\/1\.1 (\d{3})/.exec(text)?.[1]
        if (status) done(Number(status))
      })
      socket.on('error', (error: NodeJS.ErrnoException) => done(ENDED, error.code))
      socket.on('close', () => done(ENDED))
    })
  }

  return { send, sendRaw, close: () => agent.destroy() }
}
