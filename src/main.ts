// The process: reads the configuration, starts, stops cleanly. Nothing else.
import { mkdirSync } from 'node:fs'
import { createServer } from 'node:http'
import { enableCompileCache } from 'node:module'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { StartRefused } from './base/start-refused.ts'
import { ConfigMistakes, processEnvironment, readConfig } from './config.ts'

/** What is still open this long after a request to stop is cut: an orderly stop ends within 10 seconds. */
const PATIENCE = 8000

async function run(): Promise<void> {
  const config = readConfig(processEnvironment())
  mkdirSync(config.dataDir, { recursive: true, mode: 0o700 })
  // Compiled code is kept in the data directory, which nobody else can write: the next start is faster and smaller.
  enableCompileCache(join(config.dataDir, 'compile-cache'))
  const [{ theWorld }, { createService }] = await Promise.all([import('./capabilities.ts'), import('./service.ts')])
  const service = await createService(config, theWorld(config))
  const { log } = service
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
  const stop = (signal: string): void => {
    if (stopping) return
    stopping = true
    log.info({ signal }, 'stopping')
    service.beginStop()
    const cut = setTimeout(() => server.closeAllConnections(), PATIENCE)
    server.close(async () => {
      clearTimeout(cut)
      await service.close()
      log.info({}, 'stopped')
      process.exit(0)
    })
    server.closeIdleConnections()
  }
  process.on('SIGTERM', () => stop('SIGTERM'))
  process.on('SIGINT', () => stop('SIGINT'))
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
