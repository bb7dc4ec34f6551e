// A network between a process and its MongoDB that can be slow, or carry nothing at all. TEST USAGE ONLY.
//
//   const network = await startRelays([27017, 27018])
//   a process started with network.environment reaches these ports through it
//   network.cut()      from now on nothing arrives, and nobody is told (a partition)
//   network.delay(200) every packet takes so many milliseconds longer
//   network.mend()

import type { AddressInfo } from 'node:net'
import { createServer, connect as dial, type Server, type Socket } from 'node:net'

export type Network = {
  environment: Record<string, string>
  cut(): void
  delay(milliseconds: number): void
  mend(): void
  close(): Promise<void>
}

export async function startRelays(ports: readonly number[]): Promise<Network> {
  let isCut = false
  let late = 0
  const sockets = new Set<Socket>()

  function carry(from: Socket, to: Socket): void {
    from.on('data', (data) => {
      const send = (): void => {
        if (!isCut && !to.destroyed) to.write(data)
      }
      if (late > 0) setTimeout(send, late)
      else send()
    })
    from.on('close', () => to.destroy())
    from.on('error', () => to.destroy())
  }

  async function relay(port: number): Promise<[number, Server]> {
    const server = createServer((near) => {
      sockets.add(near)
      near.on('close', () => sockets.delete(near))
      // Who calls into a cut network hears nothing.
      if (isCut) {
        near.on('error', () => undefined)
        return
      }
      const far = dial(port, '127.0.0.1')
      carry(near, far)
      carry(far, near)
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    return [(server.address() as AddressInfo).port, server]
  }

  const relays = await Promise.all(ports.map(relay))
  const through = Object.fromEntries(ports.map((port, i) => [port, relays[i]?.[0]]))
  return {
    // The members tell the driver their own addresses: the process itself is made to go round.
    environment: { NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(detour(through))}` },
    cut() {
      isCut = true
    },
    delay(milliseconds) {
      late = milliseconds
    },
    mend() {
      isCut = false
      late = 0
      // What was lost on the way is lost: those connections are broken.
      for (const socket of sockets) socket.destroy()
    },
    async close() {
      for (const socket of sockets) socket.destroy()
      await Promise.all(relays.map(([, server]) => new Promise((resolve) => server.close(resolve))))
    },
  }
}

/** A program that sends what a process dials at these ports to others. */
const detour = (through: Record<string, number | undefined>): string => `
  import { Socket } from 'node:net'
  const through = ${JSON.stringify(through)}
  const connect = Socket.prototype.connect
  Socket.prototype.connect = function (...words) {
    const options = Array.isArray(words[0]) ? words[0][0] : words[0]
    if (options && typeof options === 'object' && through[options.port]) options.port = through[options.port]
    return connect.apply(this, words)
  }
`
