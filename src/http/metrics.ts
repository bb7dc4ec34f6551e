// What is measured, for a monitoring system that asks (Prometheus text format). Nothing is measured where nobody may ask.
import { performance } from 'node:perf_hooks'
import type { RequestHandler } from 'express'
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client'
import { sameText, sha256 } from '../base/digest.ts'

export type Metrics = ReturnType<typeof createMetrics>

/** The doors, by the first part of a path: a label for each path would let anybody grow the list. */
const DOORS = ['entra', 'device', 'authenticator', 'admin', 'assets', 'healthz', 'readyz', 'metrics']
const PREFIX = 'countersign_'

/** The figures of one service. `token` is what a monitoring system shows to read them. */
export function createMetrics({ token }: { token: string }) {
  const registry = new Registry()
  const registers = [registry]
  collectDefaultMetrics({ register: registry, prefix: PREFIX })
  const requests = new Histogram({
    name: `${PREFIX}http_request_seconds`,
    help: 'Requests answered, by door, method and status, and how long they took. Waiting browsers are left out.',
    labelNames: ['door', 'method', 'status'],
    buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
    registers,
  })
  const tokenDigest = sha256(token)

  return {
    counter: <L extends string>(name: string, help: string, labelNames: readonly L[]): Counter<L> =>
      new Counter({ name: PREFIX + name, help, labelNames, registers }),

    /** A figure that is read when somebody asks. One that cannot be read is left out. */
    gauge(name: string, help: string, read: () => number | undefined | Promise<number | undefined>): void {
      const gauge: Gauge = new Gauge({
        name: PREFIX + name,
        help,
        registers,
        async collect() {
          const value = await Promise.resolve(read()).catch(() => undefined)
          if (value === undefined) gauge.reset()
          else gauge.set(value)
        },
      })
    },

    observeRequests: ((request, response, next) => {
      const began = performance.now()
      response.once('close', () => {
        const first = request.path.split('/')[1] ?? ''
        const door = DOORS.includes(first) ? first : 'other'
        // A stream lives as long as its browser waits: that is no duration of ours.
        if (String(response.getHeader('content-type')).startsWith('text/event-stream')) return
        const status = String(response.statusCode)
        requests.observe({ door, method: request.method, status }, (performance.now() - began) / 1000)
      })
      next()
    }) as RequestHandler,

    /** GET /metrics, for whoever shows the token (`Authorization: Bearer`). */
    serve: (async (request, response) => {
      const shown = /^Bearer (\S+)$/.exec(request.headers.authorization ?? '')?.[1] ?? ''
      if (!sameText(sha256(shown), tokenDigest)) {
        response.status(401).set('WWW-Authenticate', 'Bearer').type('text').send('The token is missing or wrong.\n')
        return
      }
      response
        .set('Content-Type', registry.contentType)
        .set('Cache-Control', 'no-store')
        .send(await registry.metrics())
    }) as RequestHandler,
  }
}
