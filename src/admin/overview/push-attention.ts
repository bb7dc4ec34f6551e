import type { PushResult } from '../../push/sender.ts'
import type { Attention } from './attention.ts'
import type { OverviewFacts } from './facts.ts'

/** What became of pushes, for people. */
export const pushWords: Record<PushResult, { name: string; why: string }> = {
  accepted: { name: 'Accepted', why: '' },
  gone: { name: 'Subscription gone', why: 'the browser had unsubscribed' },
  mismatched: { name: 'For another key', why: 'phones had subscribed with another push key' },
  'too-large': { name: 'Too large', why: 'they were too large' },
  limited: { name: 'Slowed down', why: 'the push service asked us to slow down' },
  unavailable: { name: 'In trouble', why: 'the push service was in trouble' },
  rejected: { name: 'Not wanted', why: 'the push service did not want them' },
  unreachable: { name: 'Not reached', why: 'the push service could not be reached' },
  forbidden: { name: 'Forbidden address', why: 'the address is one that we do not connect to' },
}

/** Fewer than this share of failures is the weather. */
const SOME = 0.1
const MANY = 0.5

/** That pushes are not accepted. A browser that unsubscribed says nothing of how pushes fare. */
export function pushAttention({ results, all }: OverviewFacts['pushes']): Attention[] {
  const counted = results.filter((result) => result !== 'gone')
  const failed = counted.filter((result) => result !== 'accepted')
  if (failed.length === 0 || failed.length < counted.length * SOME) return []
  const which = all ? `${counted.length} pushes of the last hour` : `the last ${counted.length} pushes`
  const were = failed.length === 1 ? 'was' : 'were'
  const sentence = `${failed.length} of ${which} ${were} not accepted, mostly because ${pushWords[commonest(failed)].why}. People can open the authenticator by hand.`
  return [
    {
      level: failed.length >= counted.length * MANY ? 'now' : 'soon',
      sentence,
      act: { href: '/admin/audit?type=push.sent', label: 'See the pushes', needs: 'read' },
    },
  ]
}

function commonest(results: readonly PushResult[]): PushResult {
  const times = (wanted: PushResult): number => results.filter((result) => result === wanted).length
  return results.reduce((most, result) => (times(result) > times(most) ? result : most))
}
