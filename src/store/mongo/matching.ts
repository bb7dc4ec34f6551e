// Documents by the exact value of some members, many of them in one reading.
import type { Collection, Rows } from './rows.ts'

/** Documents by the exact value of some members. */
export type Match<C extends Collection> = { readonly [member in keyof Rows[C]]?: Rows[C][member] }

export const fits = (row: object, match: object): boolean =>
  Object.entries(match).every(([member, value]) => (row as Record<string, unknown>)[member] === value)

/** The filter of all that fit one of these. Those that are found by their name alone are one list: an index serves it better. */
export function anyOf(matches: readonly object[]): object {
  const ids = matches.filter((match) => '_id' in match && Object.keys(match).length === 1)
  const others = matches.filter((match) => !ids.includes(match))
  const byId = { _id: { $in: ids.map((match) => (match as { _id: unknown })._id) } }
  if (others.length === 0) return byId
  if (others.length === 1 && ids.length === 0) return others[0] as object
  return { $or: [...(ids.length > 0 ? [byId] : []), ...others] }
}
