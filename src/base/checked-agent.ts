// Connections to addresses that somebody else chose: to the one that was checked, and no other.
import https, { type AgentOptions } from 'node:https'
import type { Duplex } from 'node:stream'
import type { ConnectionOptions, TLSSocket } from 'node:tls'
import { type Lookup, resolvePublic } from './addresses.ts'

/** Opens a TLS connection; the machine's own is `tls.connect`. */
export type Dial = (options: ConnectionOptions) => TLSSocket

/** `trustedHosts` may be anywhere; every other host is on the public internet. */
export type CheckedConnection = { lookup: Lookup; dial: Dial; trustedHosts: readonly string[] }

/** Connects to the address that was checked: the name is resolved here, once, and nowhere else. */
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
      .then(({ address }) => dial({ ...options, host: address, servername: options.servername ?? host }))
      .then((socket) => done(null, socket), done)
  }
}
