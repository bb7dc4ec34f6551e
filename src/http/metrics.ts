// What is measured, for a monitoring system that asks (Prometheus text format). Nothing is measured where nobody may ask.
import { performance } from 'node:perf_hooks'
import type { RequestHandler } from 'express'
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client'
import { sameText, sha256 } from '../base/digest.ts'

/** A figure, as it is declared. */
type Row = {
  type: 'counter' | 'gauge' | 'histogram'
  labels: readonly string[]
  meaning: string
  buckets?: readonly number[]
}
type Rows = Readonly<Record<string, Row>>
type Named<R extends Rows, T extends Row['type']> = {
  [N in keyof R]: R[N]['type'] extends T ? N : never
}[keyof R] &
  string
type Labels<R extends Row> = Record<R['labels'][number], string>

const PREFIX = 'countersign_'
/** A store that is away must not cost the other figures: Prometheus itself gives up after ten seconds. */
const READING_PATIENCE = 2000

/**
 * The figures of one process: those of `rows`, and what the library measures of the process, as far as `ofProcess` names it.
 * `token` is what a monitoring system shows to read them.
 */
export function createMetrics<R extends Rows>(rows: R, { token, ofProcess }: { token: string; ofProcess: string[] }) {
  const registry = new Registry()
  const registers = [registry]
  collectDefaultMetrics({ register: registry, prefix: PREFIX })
  for (const { name } of registry.getMetricsAsArray())
    if (!ofProcess.includes(name.slice(PREFIX.length))) registry.removeSingleMetric(name)

  const counters = new Map<string, Counter>()
  const gauges = new Map<string, Gauge>()
  const histograms = new Map<string, Histogram>()
  for (const [row, { type, labels, meaning: help, buckets }] of Object.entries(rows)) {
    const settings = { name: PREFIX + row, help, labelNames: [...labels], registers }
    if (type === 'counter') counters.set(row, new Counter(settings))
    else if (type === 'gauge') gauges.set(row, new Gauge(settings))
    else histograms.set(row, new Histogram({ ...settings, ...(buckets && { buckets: [...buckets] }) }))
  }
  const readings: (() => Promise<void>)[] = []
  const tokenDigest = sha256(token)

  return {
    /** Counts one more; with `by` 0 the series begins, so that its first rise is seen. */
    count<N extends Named<R, 'counter'>>(name: N, labels: Labels<R[N]>, by = 1): void {
      counters.get(name)?.inc(labels, by)
    },

    observe<N extends Named<R, 'histogram'>>(name: N, labels: Labels<R[N]>, seconds: number): void {
      histograms.get(name)?.observe(labels, seconds)
    },

    /** Begins a series of a histogram at nothing. */
    begin<N extends Named<R, 'histogram'>>(name: N, labels: Labels<R[N]>): void {
      histograms.get(name)?.zero(labels)
    },

    /** Figures that are read when somebody asks. What is undefined or cannot be read is left out. */
    read<N extends Named<R, 'gauge'>>(
      names: readonly N[],
      read: () => Promise<Partial<Record<N, number | undefined>>>,
    ): void {
      readings.push(async () => {
        const values = await inTime(read()).catch(() => undefined)
        for (const name of names) {
          const value = values?.[name]
          // The library's `reset` would say 0.
          if (value === undefined) gauges.get(name)?.remove()
          else gauges.get(name)?.set(value)
        }
      })
    },

    /** GET /metrics, for whoever shows the token (`Authorization: Bearer`). */
    serve: (async (request, response) => {
      const shown = /^Bearer (\S+)$/.exec(request.headers.authorization ?? '')?.[1] ?? ''
      if (!sameText(sha256(shown), tokenDigest)) {
        response.status(401).set('WWW-Authenticate', 'Bearer').type('text').send('The token is missing or wrong.\n')
        return
      }
      await Promise.all(readings.map((reading) => reading()))
      response
        .set('Content-Type', registry.contentType)
        .set('Cache-Control', 'no-store')
        .send(await registry.metrics())
    }) as RequestHandler,
  }
}

function inTime<T>(work: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error('no answer in time')), READING_PATIENCE)
  })
  return Promise.race([work, late]).finally(() => clearTimeout(timer))
}

/** The doors, by the first part of a path: a label for each path would let anybody grow the list. */
const DOORS = ['entra', 'device', 'authenticator', 'admin', 'assets', 'healthz', 'readyz', 'metrics']
/** Node's parser knows some thirty more, and a stranger may send any of them. */
const METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']
const oneOf = (known: readonly string[], value: string): string => (known.includes(value) ? value : 'other')

/** Tells of every request that was answered: by which door, how, and in how many seconds. */
export const observeRequests =
  (observe: (labels: { door: string; method: string; status: string }, seconds: number) => void): RequestHandler =>
  (request, response, next) => {
    const began = performance.now()
    response.once('close', () => {
      // A stream lives as long as its browser waits: that is no duration of ours.
      if (String(response.getHeader('content-type')).startsWith('text/event-stream')) return
      const door = oneOf(DOORS, request.path.split('/')[1] ?? '')
      const method = oneOf(METHODS, request.method)
      observe({ door, method, status: String(response.statusCode) }, (performance.now() - began) / 1000)
    })
    next()
  }
