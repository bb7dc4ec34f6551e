// What was typed to make a token, read and, when something is wrong with it, shown again.
import { LONGEST_NAME, nameOf } from '../../administrators/administrator.ts'
import { expiryOf, LONGEST_DAYS, scopesOf, type Token, tokenScopes } from '../../administrators/token.ts'
import { scopeWords } from './token-words.ts'

export type Typed = { name: string; scopes: string[]; days: string }

export const DEFAULTS: Typed = { name: '', scopes: ['read'], days: '90' }

/** What is wrong, by field: a sentence beside it. */
export type Mistakes = Partial<Record<keyof Typed, string>>

export const typedIn = (fields: URLSearchParams): Typed => ({
  name: fields.get('name') ?? '',
  scopes: fields.getAll('scope'),
  days: fields.get('days') ?? '',
})

/** The token that is wanted, or what is wrong. */
export function readTyped(
  typed: Typed,
  now: number,
): { wanted: Pick<Token, 'name' | 'scopes' | 'expiresAt'> } | { mistakes: Mistakes } {
  const [name, scopes] = [nameOf(typed.name), scopesOf(typed.scopes)]
  const expiresAt = /^\d{1,3}$/.test(typed.days.trim()) ? expiryOf(Number(typed.days), now) : undefined
  if (name && scopes && expiresAt !== undefined) return { wanted: { name, scopes, expiresAt } }
  return {
    mistakes: {
      ...(!name && { name: `Give it a name of 1 to ${LONGEST_NAME} characters, in one line.` }),
      ...(!scopes && { scopes: 'Choose what it may do: one of these at least.' }),
      ...(expiresAt === undefined && { days: `Say for how many days, from 1 to ${LONGEST_DAYS}.` }),
    },
  }
}

const ANCHORS: Record<keyof Typed, string> = { name: 'token-name', scopes: 'scope-read', days: 'token-days' }

/** The form, with what was typed and what is wrong with it. */
export const formOf = (typed: Typed, mistakes: Mistakes) => ({
  ...{ typed, mistakes, longestName: LONGEST_NAME, longestDays: LONGEST_DAYS },
  scopes: tokenScopes.map((scope) => ({ scope, ...scopeWords[scope], chosen: typed.scopes.includes(scope) })),
  summary: Object.entries(mistakes).map(([field, problem]) => ({ at: ANCHORS[field as keyof Typed], problem })),
})
