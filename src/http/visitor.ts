import Bowser from 'bowser'
import type { Request } from 'express'

/** Who is at the other end, as far as a request shows it. */
export type Visitor = { address: string; browser: string }

/** The address (through the proxies that the configuration trusts) and a label such as "Chrome on Windows". */
export const visitorOf = (request: Request): Visitor => ({
  address: plainAddress(request.ip ?? request.socket.remoteAddress ?? 'unknown'),
  browser: browserLabel(request.headers['user-agent']),
})

/** An IPv4 address that arrived over an IPv6 socket, as IPv4. */
const plainAddress = (address: string): string => (address.startsWith('::ffff:') ? address.slice(7) : address)

function browserLabel(userAgent: string | undefined): string {
  if (!userAgent) return 'Unknown browser'
  const { browser, os } = Bowser.parse(userAgent.slice(0, 512))
  if (browser.name && os.name) return `${browser.name} on ${os.name}`
  return browser.name ?? os.name ?? 'Unknown browser'
}
