import type { Subscription } from './subscription.ts'

/** Whose push service it is. A closed list: an endpoint comes from a phone, and its host could be any. */
export const providers = ['google', 'mozilla', 'apple', 'microsoft', 'fcm', 'other'] as const
export type Provider = (typeof providers)[number]

/** The hosts of each service's endpoints, as docs/operating.md lists them for firewalls. */
const domains: readonly (readonly [domain: string, provider: Provider])[] = [
  ['fcm.googleapis.com', 'google'],
  ['google.com', 'google'],
  ['push.services.mozilla.com', 'mozilla'],
  ['push.apple.com', 'apple'],
  ['notify.windows.com', 'microsoft'],
]

const ownerOf = (host: string) => domains.find(([domain]) => host === domain || host.endsWith(`.${domain}`))?.[1]

/** Whether a host is of a push service that we know: whoever names it has no say in how its name is answered. */
export const isWellKnown = (host: string): boolean => ownerOf(host) !== undefined

/** The push service of a subscription. A native app's is `fcm`, which is Google's too, with other credentials and answers. */
export function providerOf(subscription: Subscription): Provider {
  if (subscription.kind === 'fcm') return 'fcm'
  const host = URL.parse(subscription.endpoint)?.hostname.replace(/\.$/, '') ?? ''
  return ownerOf(host) ?? 'other'
}
