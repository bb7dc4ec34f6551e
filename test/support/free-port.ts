// Ports for programs that tests start, and that bind them a moment later. One that the system chose (`listen(0)`) may be
// somebody's again by then: of another test's server, or of a connection that goes out. These are none that it would
// choose, and every process that runs tests has its own.
import { randomInt } from 'node:crypto'
import { once } from 'node:events'
import { createServer } from 'node:net'

// Linux itself gives ports from 32768, macOS from 49152.
const FIRST = 20_000
const EACH = 500
const PROCESSES = 24

/** This process's own. What runs outside jest has the first. */
const FROM = FIRST + (Number(process.env.JEST_WORKER_ID ?? 0) % PROCESSES) * EACH

// One after the other, so that nobody is given what another still has to bind.
let next = randomInt(EACH)

/** A port on loopback where nobody listens. */
export async function freePort(): Promise<number> {
  for (let tries = 0; tries < EACH; tries += 1) {
    const port = FROM + (next++ % EACH)
    if (await isFree(port)) return port
  }
  throw new Error(`nothing is free from port ${FROM} to ${FROM + EACH - 1}`)
}

async function isFree(port: number): Promise<boolean> {
  const server = createServer().listen(port, '127.0.0.1')
  try {
    await once(server, 'listening')
  } catch {
    return false
  }
  server.close()
  await once(server, 'close')
  return true
}
