import type { Copied } from './copied.ts'
import type { Mapping } from './mapping.ts'
import { administrationTables } from './tables-of-administration.ts'
import { recordTables } from './tables-of-records.ts'
import { signInTables } from './tables-of-sign-ins.ts'

/** Every collection's tables: the compiler asks for those of a new one. */
export const tables: Readonly<{ [C in Copied]: Mapping<C> }> = {
  ...signInTables,
  ...administrationTables,
  ...recordTables,
}

/** In the order in which they are copied. */
export const copied = Object.keys(tables) as readonly Copied[]

export const mappingOf = <C extends Copied>(collection: C): Mapping<C> => tables[collection]
