import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { noPlaces, openPlaces } from '../../src/http/places.ts'
import { mmdb } from './mmdb.ts'

let folder: string
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'countersign-places-'))
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

/** A database of one network, opened. */
async function places(data: Parameters<typeof mmdb>[1]) {
  const file = join(folder, 'places.mmdb')
  writeFileSync(file, mmdb('192.0.2', data))
  return openPlaces(file)
}

describe('a place', () => {
  test('is city and country, in English', async () => {
    const placeOf = await places({
      city: { names: { en: 'Zurich', de: 'Zürich' } },
      country: { names: { en: 'Switzerland' } },
    })
    expect(placeOf('192.0.2.77')).toBe('Zurich, Switzerland')
  })

  test('is the country where the database knows no city', async () => {
    expect((await places({ country: { names: { en: 'Switzerland' } } }))('192.0.2.1')).toBe('Switzerland')
  })

  test('is not told where there is none', async () => {
    expect((await places({ continent: { code: 'EU' } }))('192.0.2.1')).toBeNull()
    expect((await places({ country: { names: { en: 'Switzerland' } } }))('198.51.100.1')).toBeNull()
  })

  test.each(['unknown', '', '2001:db8::1', '203.0.113.9:443', '../../etc'])(
    'is not told of %j, and nothing is thrown',
    async (address) => {
      expect((await places({ country: { names: { en: 'Switzerland' } } }))(address)).toBeNull()
    },
  )

  test('is never guessed without a database', () => {
    expect(noPlaces('192.0.2.1')).toBeNull()
  })
})

test('a file that is no database, or not there, stops the start', async () => {
  const file = join(folder, 'rubbish.mmdb')
  writeFileSync(file, 'rubbish')
  await expect(openPlaces(file)).rejects.toThrow()
  await expect(openPlaces(join(folder, 'missing.mmdb'))).rejects.toThrow()
})
