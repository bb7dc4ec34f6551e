// The network of a sender, without an internet: what it is given in the place of the name servers and of tls.connect.
//
//   const { lookup, dial, agent, dialled } = createDial([gcm, autopush], certificate)
//   lookup(hostname)   gives a public address for each host of the services, as a name server would; ENOTFOUND for others
//   dial(options)      tls.connect; such an address and port 443 are the service's loopback port, trusted by the test's
//                      authority for `options.servername`. Whatever else is dialled cannot be reached
//   dialled            the addresses that were dialled, as `address:port`: a test asserts that a forbidden one was not
//   agent              both at once, for a client that takes an https.Agent
import { Agent } from 'node:https'
import { type ConnectionOptions, connect, type TLSSocket } from 'node:tls'
import type { Certificate } from './certificate.ts'
import type { PushService } from './sender-endpoint.ts'

export type Address = { address: string; family: 4 | 6 }

export function createDial(services: readonly Pick<PushService, 'hosts' | 'port'>[], { ca }: Pick<Certificate, 'ca'>) {
  const dialled: string[] = []
  /** Addresses of Google's: public ones, so that no sender has a reason to refuse them. */
  const places = services.map(({ hosts, port }, i) => ({ hosts, port, address: `142.250.1.${i + 1}` }))

  async function lookup(hostname: string): Promise<Address[]> {
    const place = places.find(({ hosts }) => hosts.includes(hostname))
    if (!place) throw unreachable('ENOTFOUND', `getaddrinfo ENOTFOUND ${hostname}`)
    return [{ address: place.address, family: 4 }]
  }

  function dial(options: ConnectionOptions): TLSSocket {
    const { host, port } = options
    if (options.rejectUnauthorized === false) throw new Error('a sender must know whom it talks to')
    dialled.push(`${host}:${port}`)
    const place = places.find(({ address }) => address === host)
    if (place && Number(port) === 443) {
      return connect({ ...options, host: '127.0.0.1', port: place.port, ca })
    }
    // It fails as a connection does: later, and by an event.
    const error = unreachable('ENETUNREACH', `connect ENETUNREACH ${host}:${port}`)
    return connect({ ...options, host: 'nowhere.invalid', lookup: (_host, _options, done) => done(error, '', 4) })
  }

  const agent = new Agent({ keepAlive: false })
  agent.createConnection = (options, done) => {
    const { host = '', servername = host } = options as ConnectionOptions
    const answer = done as (error: Error | null, socket?: TLSSocket) => void
    lookup(host).then(
      ([found]) => answer(null, dial({ ...(options as ConnectionOptions), host: found?.address ?? '', servername })),
      (error) => answer(error),
    )
    return undefined
  }
  return { lookup, dial, agent, dialled }
}

const unreachable = (code: string, message: string): Error => Object.assign(new Error(message), { code })
