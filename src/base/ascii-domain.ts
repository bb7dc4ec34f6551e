import { domainToASCII } from 'node:url'

/**
 * A domain in lower case, as it stands in DNS: one that is written in other letters than ASCII in its encoded form (`xn--`,
 * RFC 5891), so that both ways of writing it are the same. What cannot be encoded comes back as it was.
 */
export function asciiDomain(text: string): string {
  const domain = text.toLowerCase()
  return /^[\0-\x7f]*$/.test(domain) ? domain : domainToASCII(domain) || domain
}
