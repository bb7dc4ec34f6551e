import type { Server } from 'node:http'

/**
 * While a service stops, each answer ends its connection: who keeps it for the next request would send that to nobody. An answer
 * that was begun before has promised that the connection stays; it is closed right behind it (RFC 9112 section 9.6).
 */
export function endConnectionsBehindAnswers(server: Server, isStopping: () => boolean): void {
  server.prependListener('request', ({ socket }, response) => {
    if (isStopping()) response.setHeader('Connection', 'close')
    else response.once('finish', () => isStopping() && socket.end())
  })
}
