// Where we may connect to when somebody else chose the address: without this, they could make us knock inside the network.
import type { LookupAddress } from 'node:dns'
import { isIP } from 'node:net'
import ipaddr from 'ipaddr.js'

/** Asks the system for all addresses of a host. */
export type Lookup = (hostname: string) => Promise<LookupAddress[]>

/** The addresses of the public internet (IANA special-purpose registries, RFC 6890): everything else is ours to refuse. */
function isPublic(address: ipaddr.IPv4 | ipaddr.IPv6): boolean {
  if (address instanceof ipaddr.IPv4) return address.range() === 'unicast' && address.toString() !== AZURE_HOST
  // What carries an IPv4 address goes where that one goes: mapped (RFC 4291 section 2.5.5.2), and behind NAT64 (RFC 6052).
  if (address.isIPv4MappedAddress()) return isPublic(address.toIPv4Address())
  if (address.match(NAT64)) return isPublic(new ipaddr.IPv4(address.toByteArray().slice(12)))
  // Of IPv6 only 2000::/3 was ever given out (RFC 4291 section 2.4).
  return address.range() === 'unicast' && address.match(GLOBAL_UNICAST)
}

/** No registry reserves it: inside Azure it is the machine's own host, with DHCP, health and metadata (Microsoft Learn, "168.63.129.16"). */
const AZURE_HOST = '168.63.129.16'
const NAT64 = ipaddr.IPv6.parseCIDR('64:ff9b::/96')
const GLOBAL_UNICAST = ipaddr.IPv6.parseCIDR('2000::/3')

/** Whether we connect to this address, written in any way that a resolver gives. One with a zone is of a link of ours. */
export const isPublicAddress = (text: string): boolean =>
  isIP(text) !== 0 && !text.includes('%') && isPublic(ipaddr.parse(text))

/** The endpoint is not one that we connect to. `reason` is for the log. */
export class ForbiddenAddress extends Error {}

/**
 * Resolves a host to the addresses to connect to, at least one. Refuses (ForbiddenAddress) when any of its addresses is not public, for a
 * name that answers with both is somebody's trick; hosts that the operator named are connected to wherever they are.
 */
export async function resolvePublic(
  hostname: string,
  lookup: Lookup,
  trustedHosts: readonly string[],
): Promise<LookupAddress[]> {
  // The URL writes IPv6 in brackets; every other notation of an address it has brought into the usual one (WHATWG URL 3.5).
  const host = hostname.replace(/^\[|\]$/g, '')
  const family = isIP(host)
  const addresses = family ? [{ address: host, family }] : await lookup(host)
  if (addresses.length === 0) throw new ForbiddenAddress('the host has no address')
  if (!trustedHosts.includes(host) && !addresses.every(({ address }) => isPublicAddress(address)))
    throw new ForbiddenAddress('the host is not on the public internet')
  return addresses
}

/** What is wrong with an endpoint before its host is looked up; undefined when nothing is. */
export function faultOfEndpoint(endpoint: string, trustedHosts: readonly string[]): string | undefined {
  const url = URL.parse(endpoint)
  if (url?.protocol !== 'https:') return 'not an https URL'
  if (url.username || url.password) return 'names a user'
  if (url.port && !trustedHosts.includes(url.hostname.replace(/^\[|\]$/g, ''))) return 'names a port'
  return undefined
}
