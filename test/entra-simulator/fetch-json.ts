import { request as httpRequest } from 'node:http'
import { request as httpsRequest } from 'node:https'
import { gunzipSync } from 'node:zlib'

/** What came back for one URL. `fault` says in words why there is no document; the rest is what was seen. */
export type Fetched = { url: string; fault?: string; status?: number; contentLength?: string; json?: unknown }

const patience = 5000
const mostBytes = 512 * 1024

export const isLoopback = (url: URL) => /^(localhost|127(\.\d+){3}|\[::1\])$/.test(url.hostname)

/**
 * GETs a JSON document as it travels: node:http shows whether Content-Length was really sent, and its parser refuses a
 * wrong one. Compression is offered, since compressing on the fly is how that header usually gets lost. Never rejects.
 */
export function fetchJson(url: string): Promise<Fetched> {
  const parsed = URL.canParse(url) ? new URL(url) : undefined
  if (!parsed || !/^https?:$/.test(parsed.protocol)) return Promise.resolve({ url, fault: 'it is not an http(s) URL' })
  const open = parsed.protocol === 'https:' ? httpsRequest : httpRequest
  return new Promise((resolve) => {
    const fail = (fault: string) => resolve({ url, fault })
    const outgoing = open(
      parsed,
      { headers: { accept: 'application/json', 'accept-encoding': 'gzip' } },
      (incoming) => {
        const chunks: Buffer[] = []
        let length = 0
        incoming.on('data', (chunk: Buffer) => {
          chunks.push(chunk)
          length += chunk.length
          if (length > mostBytes) outgoing.destroy(new Error('the document is larger than 512 KB'))
        })
        incoming.on('error', (error) => fail(`the answer broke off (${error.message})`))
        incoming.on('end', () => {
          const status = incoming.statusCode ?? 0
          const header = incoming.headers['content-length']
          const seen = { url, status, ...(header !== undefined && { contentLength: header }) }
          if (status !== 200) return resolve({ ...seen, fault: `it answered with status ${status}` })
          try {
            const bytes = Buffer.concat(chunks)
            const plain = incoming.headers['content-encoding'] === 'gzip' ? gunzipSync(bytes) : bytes
            resolve({ ...seen, json: JSON.parse(plain.toString('utf8')) })
          } catch {
            resolve({ ...seen, fault: 'the answer is not JSON' })
          }
        })
      },
    )
    const timer = setTimeout(() => outgoing.destroy(new Error(`no answer within ${patience / 1000} s`)), patience)
    outgoing.on('close', () => clearTimeout(timer))
    outgoing.on('error', (error: NodeJS.ErrnoException) =>
      fail(`it cannot be reached (${error.code ?? error.message})`),
    )
    outgoing.end()
  })
}
