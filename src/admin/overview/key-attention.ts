import { ANNOUNCED_FOR } from '../../keys/rotation.ts'
import type { Attention } from './attention.ts'
import { DAY, type OverviewFacts } from './facts.ts'

/** The end of a certificate is told of this long before: its key has had a successor by then, if all went well. */
const ENDING = 60 * DAY
/** Entra reads our keys once a day. */
const UNREAD = DAY

/** What is to be known of the signing keys: an emergency, one that takes over, one that should have a successor. */
export function keyAttention({ keys, now }: Pick<OverviewFacts, 'keys' | 'now'>): Attention[] {
  return [...replacedAttention(keys, now), ...turnAttention(keys, now)]
}

const act = { href: '/admin/keys', label: 'See the keys', needs: 'read' as const }

function replacedAttention(keys: OverviewFacts['keys'], now: number): Attention[] {
  const at = Math.max(...keys.map(({ key, signsUntil }) => (signsUntil === null ? 0 : (key.withdrawnAt ?? 0))))
  if (at === 0 || now >= at + UNREAD) return []
  const sentence =
    'The signing keys were replaced at once. Sign-ins of a tenant fail until Entra has read the new one, within about a day.'
  return [{ level: 'now', sentence, when: { words: 'That was', at }, act }]
}

function turnAttention(keys: OverviewFacts['keys'], now: number): Attention[] {
  const announced = keys.find(({ phase }) => phase === 'announced')
  if (announced) {
    const sentence = 'A new signing key takes over by itself. There is nothing to do.'
    return [{ level: 'note', sentence, when: { words: 'From', at: announced.key.signsFrom }, act }]
  }
  const signing = keys.find(({ phase }) => phase === 'signing')
  if (!signing) return []
  const { certificateUntil: ends, signsUntil } = signing
  if (now > ends - ENDING) {
    const words = now > ends ? 'That was' : 'On'
    const sentence = 'The certificate of the key that signs now ends, and no new key is announced. Announce one.'
    return [{ level: 'now', sentence, when: { words, at: ends }, act }]
  }
  if (signsUntil === null || signsUntil > now + ANNOUNCED_FOR) return []
  const sentence = 'A new signing key is due, and is not announced yet. If this stays so, the log says why.'
  return [{ level: 'soon', sentence, act }]
}
