import { readFileSync } from 'node:fs'
import type { CityResponse } from 'mmdb-lib'
import { StartRefused } from '../base/start-refused.ts'

/** A coarse place for an address; null when there is none to tell. */
export type Places = (address: string) => string | null

/** Without a database nothing is guessed. */
export const noPlaces: Places = () => null

/** Reads a database in MaxMind's format (country or city). Throws StartRefused when the file is none. */
export async function openPlaces(file: string): Promise<Places> {
  // Loaded only where a database is configured.
  const { Reader } = await import('mmdb-lib')
  let reader: InstanceType<typeof Reader<CityResponse>>
  try {
    reader = new Reader<CityResponse>(readFileSync(file))
  } catch (error) {
    throw new StartRefused(`${file} is no database in MaxMind’s format: ${(error as Error).message}`)
  }
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
