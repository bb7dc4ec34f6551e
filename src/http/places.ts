import { readFileSync } from 'node:fs'
import type { CityResponse } from 'mmdb-lib'

/** A coarse place for an address; null when there is none to tell. */
export type Places = (address: string) => string | null

/** Without a database nothing is guessed. */
export const noPlaces: Places = () => null

/** Reads a database in MaxMind's format (country or city). Throws when the file is none. */
export async function openPlaces(file: string): Promise<Places> {
  // Loaded only where a database is configured.
  const { Reader } = await import('mmdb-lib')
  const reader = new Reader<CityResponse>(readFileSync(file))
  return (address) => {
    try {
      const found = reader.get(address)
      const parts = [found?.city?.names?.en, found?.country?.names?.en].filter((part) => part !== undefined)
      return parts.length > 0 ? parts.join(', ') : null
    } catch {
      // What is no address has no place.
      return null
    }
  }
}
