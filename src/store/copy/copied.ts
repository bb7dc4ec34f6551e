// What moves from one engine to the other. A collection that is new must be named here or be one of those that stay: the type
// of `tables.ts` asks for it.
import type { Collection, Rows } from '../mongo/rows.ts'

/** What MongoDB's engine keeps for itself: who writes at this moment, and what holds transactions apart. */
export type Own = 'guard' | 'writer'
export type Copied = Exclude<Collection, Own>

/** Settings that an engine keeps for itself, by name. */
export const ownSettings: readonly string[] = ['schema', 'tried-at', 'copy-source', 'copy-target']

/** What has an end, and counts for nothing after it: the service forgets it then, and so may MongoDB by itself. */
export const ending = [
  'used_hint',
  'used_proof',
  'limit_window',
  'administrator_link',
  'administrator_challenge',
  'administrator_kept_form',
] as const satisfies readonly Copied[]

/** Whether a row moves, at `now`: it is none of the engine's own, and has not ended. */
export function moves(collection: Copied, row: Rows[Copied], now: number): boolean {
  if (collection === 'setting') return !ownSettings.includes(String(row._id))
  const hasEnd = ending.some((each) => each === collection)
  return !hasEnd || (row as Rows[(typeof ending)[number]]).endsAt.getTime() > now
}
