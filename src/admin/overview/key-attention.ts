import { CERTIFICATE_LIFE } from '../../keys/certificate.ts'
import type { Attention } from './attention.ts'
import { DAY, type OverviewFacts } from './facts.ts'

/** A key that has signed for this long may have a successor. */
const OLD = 90 * DAY
/** The end of a certificate is told of this long before. */
const ENDING = 60 * DAY

/** What is to be known of the signing keys: one that is about to take over, one that is old, one whose certificate ends. */
export function keyAttention({ keys, now }: OverviewFacts): Attention[] {
  const act = { href: '/admin/keys', label: 'See the keys', needs: 'read' as const }
  const announced = keys.find(({ phase }) => phase === 'announced')
  if (announced) {
    const sentence = 'A new signing key takes over by itself. There is nothing to do.'
    return [{ level: 'note', sentence, when: { words: 'From', at: announced.key.signsFrom }, act }]
  }
  const signing = keys.find(({ phase }) => phase === 'signing')
  if (!signing) return []
  const ends = signing.key.createdAt + CERTIFICATE_LIFE
  if (now > ends - ENDING) {
    const words = now > ends ? 'That was' : 'On'
    const sentence = 'The certificate of the key that signs now ends. Announce a new key.'
    return [{ level: 'now', sentence, when: { words, at: ends }, act }]
  }
  if (now <= signing.key.signsFrom + OLD) return []
  const sentence = 'The key that signs now has done so for more than 90 days. Announce a new one when it suits you.'
  return [{ level: 'note', sentence, when: { words: 'Since', at: signing.key.signsFrom }, act }]
}
