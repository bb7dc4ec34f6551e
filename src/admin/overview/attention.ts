// What needs an administrator's attention, as a pure function of the facts: each with one sentence and one way to act.
import type { Permission } from '../../administrators/permissions.ts'
import type { Contract } from '../../integrations/integration.ts'
import type { LastHint } from '../../integrations/last-hints.ts'
import { wasWhileDisabled } from '../integrations/hint-words.ts'
import { pageOfPerson } from '../people/page-of-person.ts'
import { contractName } from '../words.ts'
import { DAY, type OverviewFacts, type Watched } from './facts.ts'
import { forwardingAttention } from './forwarding-attention.ts'
import { keyAttention } from './key-attention.ts'
import { pushAttention } from './push-attention.ts'

/** `now`: people cannot sign in, or somebody may be attacked. `soon`: it will hurt. `note`: good to know. */
export type Level = 'now' | 'soon' | 'note'

export type Attention = {
  level: Level
  sentence: string
  /** An instant that belongs to it, and the words before that. */
  when?: { words: string; at: number }
  /** Where one acts, and what that needs. */
  act: { href: string; label: string; needs: Permission }
}

const levels: readonly Level[] = ['now', 'soon', 'note']

/** Everything that needs attention, most urgent first; in itself as it is asked for here. */
export function attentionOf(facts: OverviewFacts): Attention[] {
  const found = [
    ...reportedAttention(facts),
    ...alarmAttention(facts),
    ...lockedAttention(facts),
    ...integrationAttention(facts),
    ...pushAttention(facts.pushes),
    ...forwardingAttention(facts),
    ...keyAttention(facts),
    ...clockAttention(facts),
    ...ownerAttention(facts),
    ...masterKeyAttention(facts),
  ]
  return levels.flatMap((level) => found.filter((one) => one.level === level))
}

function reportedAttention({ reported, counts }: OverviewFacts): Attention[] {
  const named = reported.map(
    ({ id, person, browser, place, address, openedAt }): Attention => ({
      level: 'now',
      sentence: `${person} said “not me” to a sign-in with ${browser} from ${place ?? address}.`,
      when: { words: 'It began', at: openedAt },
      act: { href: `/admin/sign-ins/${id}`, label: 'Look at the sign-in', needs: 'read' },
    }),
  )
  const more = counts.reported - reported.length
  if (more <= 0) return named
  const sentence =
    more === 1
      ? 'One more sign-in of the last 24 hours was reported as “not me”.'
      : `${more} more sign-ins of the last 24 hours were reported as “not me”.`
  const act = { href: '/admin/sign-ins?outcome=reported', label: 'See them all', needs: 'read' as const }
  return [...named, { level: 'now', sentence, act }]
}

const alarmAttention = ({ alarms }: OverviewFacts): Attention[] =>
  alarms.map(({ signInId, person, quietUntil }) => ({
    level: 'now',
    sentence: `${person} declined several sign-ins in a row: somebody may know their password. Their phone does not ring.`,
    when: { words: 'Until', at: quietUntil },
    act: { href: `/admin/sign-ins/${signInId}`, label: 'Look at the last one', needs: 'read' },
  }))

const lockedAttention = ({ locked }: OverviewFacts): Attention[] =>
  locked.map(({ person, ...key }) => ({
    level: 'now',
    sentence: `${person} is locked after too many wrong numbers or codes in a row.`,
    act: { href: pageOfPerson(key), label: 'Look at the person', needs: 'read' },
  }))

function integrationAttention({ integrations, now }: OverviewFacts): Attention[] {
  if (integrations.length > 0) return integrations.flatMap((one) => oneIntegration(one, now))
  const act = { href: '/admin/integrations/new', label: 'Connect a tenant', needs: 'integrations' as const }
  return [{ level: 'now', sentence: 'No tenant is connected yet, so nobody can sign in.', act }]
}

function oneIntegration({ id, name, enabled, cloud, hints }: Watched, now: number): Attention[] {
  const act = (label: string) => ({ href: `/admin/integrations/${id}`, label, needs: 'read' as const })
  const found: Attention[] = []
  const all = Object.entries(hints) as [Contract, LastHint][]
  const worked = all.some(([, { acceptedAt }]) => acceptedAt !== null)
  for (const [contract, { acceptedAt, refused }] of all) {
    if (!refused || refused.at < now - DAY || refused.at < (acceptedAt ?? 0)) continue
    if (wasWhileDisabled(refused, enabled)) continue
    found.push({
      // What has worked before may be one broken request, or somebody who tries things.
      level: worked ? 'soon' : 'now',
      sentence: `The last request of ${name} (${contractName(contract)}) was refused: ${refused.reason}.`,
      when: { words: 'That was', at: refused.at },
      act: act('See what is wrong'),
    })
  }
  if (!enabled) {
    const sentence = `${name} is switched off: nobody of it can sign in.`
    found.push({ level: 'note', sentence, act: act('Open it') })
  } else if (!worked && found.length === 0) {
    const sentence = all.some(([, { refused }]) => wasWhileDisabled(refused, enabled))
      ? `Entra has sent nobody of ${name} here since it was enabled again.`
      : `Entra has sent nobody of ${name} here yet.`
    found.push({ level: 'soon', sentence, act: act('See what to set up') })
  }
  if (cloud === 'local') {
    const sentence = `${name} belongs to a simulator, not to Microsoft: whoever runs that says who people are.`
    found.push({ level: 'note', sentence, act: act('Open it') })
  }
  return found
}

function clockAttention({ clockTrouble }: OverviewFacts): Attention[] {
  if (!clockTrouble) return []
  const what = clockTrouble.sentence.charAt(0).toUpperCase() + clockTrouble.sentence.slice(1)
  const sentence = clockTrouble.grave
    ? `${what}: sign-ins fail. Let the machine set its clock by NTP.`
    : `${what}. Beyond 60 seconds sign-ins fail: let the machine set its clock by NTP.`
  const act = { href: '/admin/settings', label: 'See the settings', needs: 'read' as const }
  return [{ level: clockTrouble.grave ? 'now' : 'soon', sentence, act }]
}

function ownerAttention({ owners }: OverviewFacts): Attention[] {
  const [alone, another] = owners
  if (!alone || another || alone.passkeys === null || alone.passkeys > 1) return []
  const sentence = `${alone.name} is the only owner and has one passkey. When it is lost, only the command line lets an owner in.`
  // The only one who may administer administrators is that owner.
  const act = { href: '/admin/account', label: 'Add a second passkey', needs: 'administrators' as const }
  return [{ level: 'soon', sentence, act }]
}

function masterKeyAttention({ madeMasterKey, hasPreviousMasterKey }: OverviewFacts): Attention[] {
  const act = { href: '/admin/settings', label: 'See the settings', needs: 'read' as const }
  if (hasPreviousMasterKey) {
    const sentence =
      'The previous master key is still given. Everything is sealed under the new one: take it out of the settings.'
    return [{ level: 'note', sentence, act }]
  }
  if (!madeMasterKey) return []
  const sentence =
    'The master key lies in the data directory, beside what it seals. For production, give one of your own.'
  return [{ level: 'note', sentence, act }]
}
