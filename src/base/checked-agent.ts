// Connections to addresses that somebody else chose: to those that were checked, and no other.
import type { LookupAddress } from 'node:dns'
import https, { type AgentOptions } from 'node:https'
import type { Duplex } from 'node:stream'
import type { ConnectionOptions, TLSSocket } from 'node:tls'
import { type Lookup, resolvePublic } from './addresses.ts'

/** Opens a TLS connection; the machine's own is `tls.connect`. */
export type Dial = (options: ConnectionOptions) => TLSSocket

/** `trustedHosts` may be anywhere; every other host is on the public internet. */
export type CheckedConnection = { lookup: Lookup; dial: Dial; trustedHosts: readonly string[] }

/** Connects to an address that was checked: the name is resolved here, once, and nowhere else. */
export class CheckedAgent extends https.Agent {
  readonly #connection: CheckedConnection
  constructor(options: AgentOptions, connection: CheckedConnection) {
    super(options)
    this.#connection = connection
  }

  override createConnection(
    options: ConnectionOptions,
    callback?: (error: Error | null, socket: Duplex) => void,
  ): undefined {
    const { lookup, dial, trustedHosts } = this.#connection
    const host = options.host ?? ''
    const done = callback as (error: Error | null, socket?: Duplex) => void
    resolvePublic(host, lookup, trustedHosts)
      .then((checked) => dial({ ...options, ...placeOf(host, checked), servername: options.servername ?? host }))
      .then((socket) => done(null, socket), done)
  }
}

/** Where to connect to. Of several addresses Node takes the first that answers (RFC 8305): one of them may lead nowhere. */
function placeOf(host: string, checked: readonly LookupAddress[]): Pick<ConnectionOptions, 'host' | 'lookup'> {
  const [first, ...others] = checked as [LookupAddress, ...LookupAddress[]]
  if (others.length === 0) return { host: first.address }
  const lookup: ConnectionOptions['lookup'] = (_host, { all }, done) =>
    all ? done(null, [...checked]) : done(null, first.address, first.family)
  return { host, lookup }
}
