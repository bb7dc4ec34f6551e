import type { PushHealth } from '../../push/push.ts'
import { pushResults } from '../../push/sender.ts'
import type { Phase } from '../../signin/sign-in.ts'
import { outcomes, outcomeWords } from '../sign-ins/outcome-words.ts'
import { pushWords } from './push-attention.ts'

/** One row of a small table: `share` of the largest possible is drawn beside the number. */
export type Figure = { label: string; count: number; href: string | null; isGood: boolean }

/** Sign-ins by outcome, each with the way to its list. Nothing is left out: an outcome that did not occur is told as 0. */
export const signInFigures = (counts: Record<Phase, number>): Figure[] =>
  outcomes.map((phase) => ({
    label: outcomeWords[phase].name,
    count: counts[phase],
    href: `/admin/sign-ins?outcome=${phase}`,
    isGood: phase !== 'reported',
  }))

/** Pushes since the service started, by result: those that occurred. */
export function pushFigures({ results }: PushHealth): Figure[] {
  return pushResults
    .map((result) => ({
      label: pushWords[result].name,
      count: (results.web[result] ?? 0) + (results.fcm[result] ?? 0),
      href: null,
      isGood: result === 'accepted' || result === 'gone',
    }))
    .filter(({ count }) => count > 0)
}

export const sumOf = (figures: readonly Figure[]): number => figures.reduce((sum, { count }) => sum + count, 0)
