// Several nodes of Countersign, processes of their own, on one MongoDB and behind one address.
import { randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Capabilities, openCapabilities, theWorld } from '../../src/capabilities.ts'
import { readConfig } from '../../src/config.ts'
import { type EntraSimulator, startEntraSimulator } from '../entra-simulator/start-entra-simulator.ts'
import { type Balancer, startBalancer } from './balancer.ts'
import { ADA, connectContoso, GRACE } from './countersign.ts'
import { freePort } from './free-port.ts'
import { type Ended, type Running, run } from './process.ts'

export type Node = {
  /** This node alone. */
  url: string
  pid(): number
  start(): Promise<void>
  /** Sends a signal, and resolves when the process is gone. */
  end(signal: NodeJS.Signals): Promise<Ended>
}

export type Cluster = {
  /** Every node's public address, through the balancer. */
  url: string
  entra: EntraSimulator
  balancer: Balancer
  nodes: Node[]
  environment: Record<string, string>
  /** The same store, opened by this process. */
  service: { capabilities: Capabilities }
  close(): Promise<void>
}

/** Starts as many nodes as there are environments, each with what is its own. `uri` is an empty database’s. */
export async function startCluster(uri: string, each: Record<string, string>[]): Promise<Cluster> {
  const entra = await startEntraSimulator({ registrations: [], people: [ADA, GRACE] })
  const balancer = await startBalancer()
  const url = `http://localhost:${balancer.port}`
  const folder = mkdtempSync(join(tmpdir(), 'countersign-'))
  const environment = {
    COUNTERSIGN_PUBLIC_URL: url,
    COUNTERSIGN_ENTRA_AUTHORITY: entra.authority,
    COUNTERSIGN_MONGODB_URI: uri,
    COUNTERSIGN_MASTER_KEY: randomBytes(32).toString('base64'),
    COUNTERSIGN_TRUST_PROXY: '1',
  }
  const config = readConfig({ ...environment, COUNTERSIGN_LOG_LEVEL: 'silent' })
  const capabilities = await openCapabilities(config, theWorld(config)).catch(async (error: Error) => {
    await Promise.all([balancer.close(), entra.close()])
    throw error
  })
  await connectContoso(capabilities, entra, url)

  const nodes = await Promise.all(
    each.map((own, i) =>
      prepareNode(balancer, { ...environment, COUNTERSIGN_DATA_DIR: join(folder, String(i)), ...own }),
    ),
  )
  const cluster: Cluster = {
    ...{ url, entra, balancer, nodes, environment },
    service: { capabilities },
    async close() {
      await Promise.all(nodes.map((node) => node.pid() && node.end('SIGKILL')))
      await balancer.close()
      await capabilities.stores.close()
      await entra.close()
      rmSync(folder, { recursive: true, force: true })
    },
  }
  try {
    await Promise.all(nodes.map((node) => node.start()))
  } catch (error) {
    await cluster.close()
    throw error
  }
  return cluster
}

/** Asks until `/readyz` answers with this status; gives how long that took, in milliseconds. */
export async function untilReadyz(url: string, status: number): Promise<number> {
  const began = performance.now()
  for (;;) {
    const answer = await fetch(`${url}/readyz`).catch(() => undefined)
    await answer?.text()
    if (answer?.status === status) return performance.now() - began
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
}

/** One more node, which is ready. Who adds it ends it. */
export async function addNode(cluster: Cluster, own: Record<string, string>): Promise<Node> {
  const folder = mkdtempSync(join(tmpdir(), 'countersign-'))
  const node = await prepareNode(cluster.balancer, { ...cluster.environment, COUNTERSIGN_DATA_DIR: folder, ...own })
  await node.start()
  return {
    ...node,
    async end(signal) {
      const ended = await node.end(signal)
      rmSync(folder, { recursive: true, force: true })
      return ended
    },
  }
}

async function prepareNode(balancer: Balancer, environment: Record<string, string>): Promise<Node> {
  const port = await freePort()
  balancer.nodes.push(port)
  let running: Running | undefined
  return {
    url: `http://localhost:${port}`,
    pid: () => running?.child.pid ?? 0,
    async start() {
      running = run({ ...environment, COUNTERSIGN_PORT: String(port) })
      await running.ready
    },
    async end(signal) {
      if (!running) throw new Error('it does not run')
      const { child, ended } = running
      running = undefined
      child.kill(signal)
      return ended
    },
  }
}
