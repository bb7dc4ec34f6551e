import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { fileURLToPath } from 'node:url'
import express, { type Express } from 'express'

const publicFolder = fileURLToPath(new URL('public', import.meta.url))

/** No Cross-Origin-Opener-Policy and no form-action: Entra has neither, and both break the sign-in. */
const policy =
  "default-src 'none'; style-src 'self'; script-src 'self'; img-src data:; base-uri 'none'; frame-ancestors 'none'"

/** An Express app with the headers and static files that both servers share. */
export function createWebApp(): Express {
  const app = express()
  app.disable('x-powered-by')
  app.set('query parser', 'simple')
  app.use((_request, response, next) => {
    response.set({
      'Content-Security-Policy': policy,
      'Referrer-Policy': 'strict-origin-when-cross-origin',
      'X-Content-Type-Options': 'nosniff',
      'Cache-Control': 'no-store',
    })
    next()
  })
  app.use('/public', express.static(publicFolder, { index: false, cacheControl: false }))
  return app
}

/** Listens first: the addresses, which the apps need, are known only then. */
export async function listen(host: string, port: number): Promise<{ server: Server; url: string }> {
  const server = createServer()
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, host, resolve)
  })
  return { server, url: `http://${host}:${(server.address() as AddressInfo).port}` }
}

export async function stop(server: Server): Promise<void> {
  const closed = new Promise<void>((resolve) => server.close(() => resolve()))
  server.closeAllConnections()
  await closed
}
