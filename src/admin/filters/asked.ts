// What a page's address asks for, and addresses that ask.
import type { Request } from 'express'

/** What is asked for is short: an account's name at most. */
const LONGEST = 512
/** A cursor carries a whole label, and what else orders the table: as long as the API takes it. */
const LONGEST_CURSOR = 4096

/** Reads a parameter of the address as a text; empty when it is not there, or there twice. */
export type Asked = (name: string) => string

export const askedOf =
  ({ query }: Request): Asked =>
  (name) => {
    const value = query[name]
    return typeof value === 'string' ? value.trim().slice(0, name === 'cursor' ? LONGEST_CURSOR : LONGEST) : ''
  }

export type Parameters = Readonly<Record<string, string | undefined>>

/** An address of the console with those parameters that say something. */
export function addressOf(path: string, parameters: Parameters): string {
  const said = Object.entries(parameters).filter((entry): entry is [string, string] => Boolean(entry[1]))
  return said.length === 0 ? path : `${path}?${new URLSearchParams(said)}`
}
