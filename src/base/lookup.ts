// Two ways to find the addresses of a host: they differ in whom a name that is never answered holds up.
import { lookup, Resolver } from 'node:dns/promises'
import type { Lookup } from './addresses.ts'

/**
 * Asks the system, with its hosts file. Each question waits in one of few threads of the process (Node.js, dns,
 * "Implementation considerations"): it is for names that the operator or we have chosen.
 */
export const systemLookup: Lookup = (hostname) => lookup(hostname, { all: true })

/** How long a name server is waited for at first. */
const PATIENCE = 2000

/**
 * Asks the name servers, in no thread: for names that somebody else chose, whose servers may never answer. IPv4 comes first, which
 * every network has. Rejects as Node does; when the two families failed differently, with what may pass.
 */
export function createResolve(servers?: readonly string[]): Lookup {
  const resolver = new Resolver({ timeout: PATIENCE, tries: 2 })
  if (servers) resolver.setServers(servers)
  return async (hostname) => {
    const asked = await Promise.allSettled([resolver.resolve4(hostname), resolver.resolve6(hostname)])
    const found = asked.flatMap((answer, i) =>
      answer.status === 'fulfilled' ? answer.value.map((address) => ({ address, family: i === 0 ? 4 : 6 })) : [],
    )
    if (found.length > 0) return found
    const faults: unknown[] = asked.flatMap((answer) => (answer.status === 'rejected' ? [answer.reason] : []))
    throw faults.find(mayPass) ?? faults[0]
  }
}

/** Whether a name that was not found may be found the next time. */
export const mayPass = (error: unknown): boolean =>
  ['EAI_AGAIN', 'ESERVFAIL', 'ETIMEOUT', 'ECONNREFUSED'].includes((error as NodeJS.ErrnoException).code ?? '')
