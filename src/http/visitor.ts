import Bowser from 'bowser'
import type { Request } from 'express'

/** Who is at the other end, as far as a request shows it. */
export type Visitor = {
  address: string
  browser: string
  /** The site that the browser says it came from (RFC 6454 section 7); undefined when it says nothing. */
  origin: string | undefined
}

/** The address (through the proxies that the configuration trusts) and a label such as "Chrome on Windows". */
export const visitorOf = (request: Request): Visitor => ({
  address: plainAddress(request.ip ?? request.socket.remoteAddress ?? 'unknown'),
  browser: browserLabel(request.headers['user-agent']),
  origin: request.headers.origin,
})

/** An IPv4 address that arrived over an IPv6 socket, as IPv4. */
const plainAddress = (address: string): string => (address.startsWith('::ffff:') ? address.slice(7) : address)

// What a person decides by is never a text that the visitor wrote: an unknown name could read like an instruction.
const BROWSERS = [
  'Chrome',
  'Chromium',
  'Firefox',
  'Microsoft Edge',
  'Safari',
  'Opera',
  'Samsung Internet for Android',
  'Vivaldi',
  'Internet Explorer',
  'Android Browser',
  'WebKit',
  'Electron',
]
const SYSTEMS = ['Windows', 'macOS', 'Linux', 'Android', 'iOS', 'Chrome OS', 'Windows Phone']

function browserLabel(userAgent: string | undefined): string {
  if (!userAgent) return 'Unknown browser'
  const { browser, os } = Bowser.parse(userAgent.slice(0, 512))
  const name = BROWSERS.find((known) => known === browser.name)
  const system = SYSTEMS.find((known) => known === os.name)
  return name && system ? `${name} on ${system}` : (name ?? (system ? `A browser on ${system}` : 'Unknown browser'))
}
