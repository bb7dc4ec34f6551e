// Where a webhook may go. An owner of the console chooses it, and is not who runs the machine: without rules, the console
// would be a way to knock inside the machine's network (docs/decisions/0027-audit-forwarding.md).

/** What whoever runs the machine allows. */
export type AddressRules = { trustedHosts: readonly string[]; production: boolean }

const LOOPBACK = ['localhost', '127.0.0.1', '[::1]']
const LONGEST = 2000

/** Outside of production a receiver may run on this machine, for who tries it out. */
export const trustedHostsOf = ({ trustedHosts, production }: AddressRules): readonly string[] =>
  production ? trustedHosts : [...trustedHosts, 'localhost', '127.0.0.1', '::1']

/** What is wrong with an address, as a sentence; undefined when nothing is. Its host is looked at when it is connected to. */
export function faultOfWebhookUrl(text: string, { production }: AddressRules): string | undefined {
  const url = URL.parse(text)
  if (!url || text.length > LONGEST) return 'The address must be a URL, such as https://siem.example.com/countersign.'
  const isOwn = !production && url.protocol === 'http:' && LOOPBACK.includes(url.hostname)
  if (url.protocol !== 'https:' && !isOwn) return 'The address must begin with https://.'
  if (url.username || url.password) return 'The address must name no user: the signature says who sent it.'
  if (url.hash) return 'The address must have no fragment.'
  return undefined
}

/** What may be told of an address: what stands behind its host may be a secret. */
export const receiverOf = (url: string): string => new URL(url).origin
