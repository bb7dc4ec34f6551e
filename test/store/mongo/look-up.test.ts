import { describe, expect, test } from '@jest/globals'
import { createLookUp } from '../../../src/store/mongo/look-up.ts'
import { fits } from '../../../src/store/mongo/matching.ts'

const devices = [
  { _id: 'a', tenantId: 't', objectId: 'ada', thumbprint: '1' },
  { _id: 'b', tenantId: 't', objectId: 'ada', thumbprint: '2' },
  { _id: 'c', tenantId: 't', objectId: 'grace', thumbprint: '3' },
]
const ADA = { tenantId: 't', objectId: 'ada' }
const namesOf = (found: readonly { _id: string }[]) => found.map(({ _id }) => _id)

/** A collection that notes what it is asked, and finds what a filter of `anyOf` names. */
function asked() {
  const filters: object[] = []
  const matches = (row: object, filter: Record<string, unknown>): boolean =>
    Object.entries(filter).every(([member, wanted]) => {
      if (member === '$or') return (wanted as Record<string, unknown>[]).some((each) => matches(row, each))
      const list = (wanted as { $in?: unknown[] }).$in
      return list ? list.some((value) => fits(row, { [member]: value })) : fits(row, { [member]: wanted })
    })
  const lookUp = createLookUp(async (collection, filter) => {
    filters.push({ [collection]: filter })
    return devices.filter((device) => matches(device, filter as Record<string, unknown>))
  })
  return { filters, lookUp }
}

describe('what is looked up in a collection', () => {
  test('in one turn is one reading, and each look finds its own', async () => {
    const { filters, lookUp } = asked()
    const looks = [{ _id: 'a' }, { _id: 'none' }, { thumbprint: '3' }, ADA, { _id: 'a' }]
    const found = await Promise.all(looks.map((match) => lookUp('device', match)))
    expect(found.map(namesOf)).toEqual([['a'], [], ['c'], ['a', 'b'], ['a']])
    expect(filters).toEqual([{ device: { $or: [{ _id: { $in: ['a', 'none', 'a'] } }, { thumbprint: '3' }, ADA] } }])
  })

  test('is read by the plainest filter that says it', async () => {
    const { filters, lookUp } = asked()
    await lookUp('device', ADA)
    await lookUp('device', { _id: 'a' })
    expect(filters).toEqual([{ device: ADA }, { device: { _id: { $in: ['a'] } } }])
  })

  test('is read anew each time, and of another collection by itself', async () => {
    const { filters, lookUp } = asked()
    await Promise.all([lookUp('device', { _id: 'a' }), lookUp('sign_in', { _id: 'a' })])
    await lookUp('device', { _id: 'a' })
    expect(filters.map((filter) => Object.keys(filter))).toEqual([['device'], ['sign_in'], ['device']])
  })

  test('by very many at once is read in parts', async () => {
    const { filters, lookUp } = asked()
    await Promise.all(Array.from({ length: 130 }, (_, i) => lookUp('device', { _id: String(i) })))
    expect(filters).toHaveLength(3)
  })

  test('fails for all whose reading failed, and for nobody after them', async () => {
    let away = true
    const lookUp = createLookUp(async () => {
      if (away) throw new Error('away')
      return devices
    })
    const looks = await Promise.allSettled([lookUp('device', { _id: 'a' }), lookUp('device', { _id: 'b' })])
    expect(looks.map(({ status }) => status)).toEqual(['rejected', 'rejected'])
    away = false
    expect(namesOf(await lookUp('device', { _id: 'b' }))).toEqual(['b'])
  })
})
