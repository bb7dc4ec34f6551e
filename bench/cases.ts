// What is measured: each a server on a core of its own, and one flow at it.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { performance } from 'node:perf_hooks'
import { fileURLToPath } from 'node:url'
import { startReplicaSet } from '../test/store/mongo/replica-set.ts'
import { freePort } from '../test/support/free-port.ts'
import { residentMiB, run, startProcess } from '../test/support/process.ts'
import { type Client, createClient } from './client.ts'
import type { Flow } from './load.ts'
import { createOwnFlows, type OwnFlows } from './own-flow.ts'
import { fillWithPast } from './past.ts'
import { peerFlow } from './peer-flow.ts'
import { onFirstCore } from './process.ts'

export type Case = {
  name: string
  /** The processes under measurement. */
  pids: number[]
  /** Milliseconds from start to ready; 0 where it was not measured. */
  start: number
  /** Resident memory when it was ready, in MiB. */
  atRest: number
  flow: Flow
  /** Gets ready what so many flows need, and is no work of the server's. */
  prepare(flows: number): Promise<void>
  close(): Promise<void>
}

/** One of ours, at which browsers can wait. */
export type OwnCase = Case & Pick<OwnFlows, 'wait'> & { stop(): Promise<void> }

const CONNECTIONS = 64

export async function startPeer(name: string, ...words: string[]): Promise<Case> {
  const port = await freePort()
  const file = fileURLToPath(new URL('peer.ts', import.meta.url))
  const [program = process.execPath, ...before] = [...onFirstCore, process.execPath]
  const child = spawn(program, [...before, file, String(port), ...words], { stdio: ['ignore', 'pipe', 'inherit'] })
  await once(child.stdout, 'data')
  const pid = child.pid ?? 0
  const client = createClient(`http://127.0.0.1:${port}`, CONNECTIONS)
  return {
    ...{
      name,
      pids: [pid],
      start: 0,
      atRest: residentMiB(pid),
      flow: peerFlow(client),
      prepare: async () => undefined,
    },
    async close() {
      client.close()
      child.kill('SIGKILL')
      await once(child, 'close')
    },
  }
}

type Past = { people: number; signIns: number }

/** `src/start.js` as it is: every write durable (SQLite: synchronous FULL), the audit log and every limit on. */
export async function startOwn(name: string, { people, past }: { people: number; past?: Past }): Promise<OwnCase> {
  const countersign = await startProcess({}, onFirstCore)
  const client = createClient(countersign.url.replace('localhost', '127.0.0.1'), CONNECTIONS)
  const { url, entra } = countersign
  const flows = createOwnFlows({ client, url, entra })
  if (past) {
    await flows.enrol(1)
    await flows.prepare(1)
    await flows.flow()
    await countersign.end('SIGTERM')
    fillWithPast(join(countersign.environment.COUNTERSIGN_DATA_DIR ?? '', 'countersign.sqlite'), past)
    await countersign.start()
  }
  // Of every start but the very first, which also makes a key.
  await countersign.end('SIGTERM')
  const began = performance.now()
  await countersign.start()
  const start = performance.now() - began
  const pid = countersign.pid() ?? 0
  const atRest = residentMiB(pid)
  await flows.enrol(people)
  return {
    ...{ name, pids: [pid], start, atRest, flow: flows.flow, prepare: flows.prepare, wait: flows.wait },
    stop: async () => void (await countersign.end('SIGTERM')),
    async close() {
      client.close()
      await countersign.close()
    },
  }
}

/** The same on a replica set of three members, which run beside the load; `nodes` processes of ours, which share the work. */
export async function startOwnOnMongo(
  name: string,
  { people, nodes }: { people: number; nodes: 1 | 2 },
): Promise<Case> {
  const mongo = await startReplicaSet()
  const countersign = await startProcess(
    {
      COUNTERSIGN_MONGODB_URI: mongo.uri('countersign-bench'),
      COUNTERSIGN_MASTER_KEY: Buffer.alloc(32, 1).toString('base64'),
    },
    nodes === 1 ? onFirstCore : [],
  )
  const ports = [new URL(countersign.url).port]
  const second = nodes === 2 ? await startSecond(countersign.environment) : undefined
  if (second) ports.push(second.port)
  const clients = ports.map((port) => createClient(`http://127.0.0.1:${port}`, CONNECTIONS))
  const flows = createOwnFlows({ client: inTurn(clients), url: countersign.url, entra: countersign.entra })
  await flows.enrol(people)
  const pids = [countersign.pid() ?? 0, ...(second ? [second.running.child.pid ?? 0] : [])]
  return {
    ...{ name, pids, start: 0, atRest: residentMiB(pids[0] ?? 0), flow: flows.flow, prepare: flows.prepare },
    async close() {
      for (const client of clients) client.close()
      second?.running.child.kill('SIGKILL')
      await second?.running.ended
      await countersign.close()
      await mongo.close()
    },
  }
}

/** Another node, on the store of the first, known by the same public URL. */
async function startSecond(environment: Record<string, string>) {
  const port = String(await freePort())
  const folder = mkdtempSync(join(tmpdir(), 'countersign-bench-'))
  const running = run({ ...environment, COUNTERSIGN_PORT: port, COUNTERSIGN_DATA_DIR: folder })
  await running.ready
  return { port, running }
}

/** Each request goes to the next node, whoever had the one before. */
function inTurn(clients: Client[]): Client {
  let turn = 0
  const next = (): Client => clients[turn++ % clients.length] as Client
  return {
    ask: (...asked) => next().ask(...asked),
    listen: (...asked) => next().listen(...asked),
    close: () => undefined,
  }
}
