// The process: reads the configuration, starts, stops cleanly. Nothing else.
import { mkdirSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { StartRefused } from './base/start-refused.ts'
import { ConfigMistakes, processEnvironment, readConfig } from './config.ts'
import { closePort, eventLoop } from './http/close-port.ts'
import { endConnectionsBehindAnswers } from './http/last-answers.ts'

/**
 * Who asked to stop (SIGTERM) may still send people here for a moment: a balancer that has not looked at `/readyz` yet, a
 * proxy with a request on its way. They are served as before: what they begin goes on at another node, or after the start. A proxy
 * that keeps idle connections for less than this never has one that we close (deploy/proxy/nginx.conf).
 */
const LINGER = 1000
/** What is still open this long after a request to stop is cut, so that the rest has time to end in order. */
const PATIENCE = 6000
/** And what hangs even then ends with the process: who asked to stop kills after ten seconds. */
const LAST_MOMENT = 9500
/** A connection that was in use when the stop began is idle a little later, and nobody's any more. */
const IDLE_EVERY = 100

async function run(): Promise<void> {
  const config = readConfig(processEnvironment())
  mkdirSync(config.dataDir, { recursive: true, mode: 0o700 })
  // Loaded only now: what is wrong with the configuration is told at once.
  const [{ theWorld }, { createService }] = await Promise.all([import('./capabilities.ts'), import('./service.ts')])
  const world = theWorld(config)
  const { log } = world
  process.on('uncaughtException', (error: unknown, origin) => {
    // Nobody knows what state this left things in. The next start finds a store that is whole: moves are once-only.
    const { message, stack } = error instanceof Error ? error : { message: String(error), stack: undefined }
    log.error({ origin, message, stack }, 'fault: the process ends')
    process.exit(1)
  })
  const service = await createService(config, world)
  const nobody = !(await service.capabilities.administrators.hasOwner())
  const server = createServer(service.app)
  // Slow clients may not hold a connection open for ever.
  server.requestTimeout = 30_000
  server.headersTimeout = 15_000

  server.once('error', (error: NodeJS.ErrnoException) => {
    void service.close()
    fail(
      error.code === 'EADDRINUSE'
        ? `Port ${config.port} is taken on ${config.host}. Set COUNTERSIGN_PORT to another.`
        : error.message,
    )
  })
  server.listen(config.port, config.host, () => {
    const { port } = server.address() as AddressInfo
    log.info({ publicUrl: config.publicUrl, host: config.host, port }, 'ready')
    // The command, not the link: a log is read by many.
    const command = `${config.command} admin link`
    if (nobody) log.warn({ command }, 'nobody owns this Countersign yet: run this command for a one-time link')
  })

  let stopping = false
  endConnectionsBehindAnswers(server, () => stopping)
  async function stop(signal: NodeJS.Signals): Promise<void> {
    if (stopping) return
    stopping = true
    log.info({ signal }, 'stopping')
    setTimeout(() => {
      log.error({}, 'stopped before everything was finished')
      process.exit(1)
    }, LAST_MOMENT)
    const cut = setTimeout(() => {
      log.warn({}, 'cut off what was still open')
      server.closeAllConnections()
    }, PATIENCE)
    service.announceStop()
    // Who presses Ctrl+C has no balancer, and waits for the prompt.
    if (signal === 'SIGTERM') await new Promise((resolve) => setTimeout(resolve, LINGER))
    const { answered } = await closePort(server, eventLoop)
    service.beginStop()
    const idle = setInterval(() => server.closeIdleConnections(), IDLE_EVERY)
    await answered
    clearTimeout(cut)
    clearInterval(idle)
    await service.close()
    log.info({}, 'stopped')
    process.exit(0)
  }
  process.on('SIGTERM', stop)
  process.on('SIGINT', stop)
}

function fail(message: string): never {
  process.stderr.write(`${message}\n`)
  process.exit(1)
}

run().catch((error: unknown) => {
  if (error instanceof ConfigMistakes) {
    fail(
      `Countersign cannot start with this configuration:\n${error.mistakes.map((mistake) => `  - ${mistake}`).join('\n')}`,
    )
  }
  // What an operator can mend is said in its own words; everything else is a bug, with its stack.
  if (error instanceof StartRefused) fail(error.message)
  throw error
})
