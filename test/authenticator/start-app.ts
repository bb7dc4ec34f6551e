// The real shell beside the fake device API, on a loopback port.
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { createAuthenticator } from '../../src/authenticator/routes.ts'
import { createFakeDeviceApi, type FakeDeviceApi } from './fake-device-api.ts'

const POLICY =
  "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; manifest-src 'self'; worker-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"

export type RunningApp = { api: FakeDeviceApi; url: string; stop: () => Promise<void> }

export async function startApp(): Promise<RunningApp> {
  const api = createFakeDeviceApi()
  const server = createServer((request, response) => {
    response.setHeader('Content-Security-Policy', POLICY)
    api.app(request, response)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  api.origin = `http://localhost:${(server.address() as AddressInfo).port}`
  api.app.use(await createAuthenticator({ publicUrl: api.origin }))
  const stop = async () => {
    server.closeAllConnections()
    if (server.listening) await new Promise((resolve) => server.close(resolve))
  }
  return { api, url: `${api.origin}/authenticator/`, stop }
}
