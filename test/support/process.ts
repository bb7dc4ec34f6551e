// Countersign as a process of its own, which a test can kill. What it wrote is read from its store, beside it.
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type Capabilities, openCapabilities, theWorld } from '../../src/capabilities.ts'
import { readConfig } from '../../src/config.ts'
import { type EntraSimulator, startEntraSimulator } from '../entra-simulator/start-entra-simulator.ts'
import { ADA, connectContoso, GRACE } from './countersign.ts'
import { freePort } from './free-port.ts'

const ROOT = fileURLToPath(new URL('../..', import.meta.url))

/** Who asks a process to stop waits this long and then kills it, as docs/operating.md tells containers' keepers to. */
const PATIENCE = 20_000

/** What a service logged as an error, line by line. */
export const errorLines = (output: string): string[] =>
  output.split('\n').filter((line) => line.includes('"level":"error"'))

const MOST_OUTPUT = 10_000_000

/** How a process ended, and what it had written. */
export type Ended = { code: number | null; signal: NodeJS.Signals | null; output: string; errors: string }

export type CountersignProcess = {
  url: string
  entra: EntraSimulator
  environment: Record<string, string>
  /** The same store, opened by this process. */
  service: { capabilities: Capabilities }
  start(): Promise<void>
  /** The process that runs; undefined when none does. */
  pid(): number | undefined
  /** Sends a signal, and resolves when the process is gone. */
  end(signal: NodeJS.Signals): Promise<Ended>
  close(): Promise<void>
}

/** Starts `src/start.js` with an integration that the Entra simulator knows. */
export async function startProcess(
  more: Record<string, string> = {},
  through: readonly string[] = [],
): Promise<CountersignProcess> {
  const entra = await startEntraSimulator({ registrations: [], people: [ADA, GRACE] })
  const dataDir = mkdtempSync(join(tmpdir(), 'countersign-'))
  const port = await freePort()
  const url = `http://localhost:${port}`
  const environment = {
    COUNTERSIGN_PUBLIC_URL: url,
    COUNTERSIGN_PORT: String(port),
    COUNTERSIGN_DATA_DIR: dataDir,
    COUNTERSIGN_ENTRA_AUTHORITY: entra.authority,
    ...more,
  }
  const config = readConfig(environment)
  const capabilities = await openCapabilities(config, theWorld(config))
  await connectContoso(capabilities, entra, url)

  let running: Running | undefined
  const end = async (signal: NodeJS.Signals): Promise<Ended> => {
    if (!running) throw new Error('it does not run')
    const { child, ended } = running
    running = undefined
    child.kill(signal)
    const impatience = setTimeout(() => child.kill('SIGKILL'), PATIENCE)
    return ended.finally(() => clearTimeout(impatience))
  }
  const started: CountersignProcess = {
    url,
    entra,
    environment,
    service: { capabilities },
    async start() {
      running = run(environment, through)
      await running.ready
    },
    end,
    pid: () => running?.child.pid,
    async close() {
      if (running) await end('SIGKILL')
      await capabilities.stores.close()
      await entra.close()
      rmSync(dataDir, { recursive: true, force: true })
    },
  }
  try {
    await started.start()
  } catch (error) {
    await started.close()
    throw error
  }
  return started
}

export type Running = { child: ChildProcess; ready: Promise<void>; ended: Promise<Ended> }

/** `src/start.js` in this environment, and in no other; `through` a program that starts it, when one is named. */
export function run(environment: Record<string, string>, through: readonly string[] = []): Running {
  const [program = process.execPath, ...words] = [...through, process.execPath, 'src/start.js']
  const child = spawn(program, words, {
    cwd: ROOT,
    env: { PATH: process.env.PATH, ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let output = ''
  let errors = ''
  child.stderr.on('data', (data) => {
    errors += data
  })
  const ended = once(child, 'close').then(([code, signal]): Ended => ({ code, signal, output, errors }))
  const ready = new Promise<void>((resolve, reject) => {
    let isReady = false
    child.stdout.on('data', (data) => {
      // Of a long run the errors and the newest lines are kept.
      if (output.length > MOST_OUTPUT) output = `${errorLines(output).join('\n')}\n`
      output += data
      if (isReady || !output.includes('"msg":"ready"')) return
      isReady = true
      resolve()
    })
    void ended.then(() => reject(new Error(`it ended before it was ready: ${errors}${output}`)))
  })
  return { child, ready, ended }
}

/** Resident memory of a process, in MiB. */
export function residentMiB(pid: number): number {
  return Math.round(Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) / 1024)
}
