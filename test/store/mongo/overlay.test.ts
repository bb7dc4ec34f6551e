import { describe, expect, test } from '@jest/globals'
import { createOverlay, type Wanted } from '../../../src/store/mongo/overlay.ts'
import type { Collection } from '../../../src/store/mongo/rows.ts'

const limit = (id: string, hits: number) => ({ _id: id, hits, resetAt: 1, endsAt: new Date(1) })
const wanted: Wanted = { limit_window: [{ _id: 'a' }, { _id: 'b' }], device: [{ tenantId: 't', objectId: 'o' }] }
const device = { _id: 'd', tenantId: 't', objectId: 'o', state: 'active' }
const opened = () =>
  createOverlay(
    [wanted],
    new Map<Collection, readonly unknown[]>([
      ['limit_window', [limit('a', 1)]],
      ['device', [device]],
    ]),
  )

const nothing = { insert: [], replace: [], remove: [], touch: [] }

describe('what is read and changed in memory', () => {
  test('is what was read, as long as nothing is changed; then there is nothing to write', () => {
    const { view, begin, changes, guards } = opened()
    begin()
    expect(view.get('limit_window', 'a')).toEqual(limit('a', 1))
    expect(view.get('limit_window', 'b')).toBeUndefined()
    expect(view.all('device', { tenantId: 't', objectId: 'o' })).toEqual([device])
    expect([changes(), guards()]).toEqual([[], []])
  })

  test('is what the writes before left, in the same transaction', () => {
    const { view, begin, changes } = opened()
    begin()
    view.put('limit_window', limit('a', 2))
    view.put('limit_window', limit('b', 1))
    begin()
    expect(view.get('limit_window', 'a')?.hits).toBe(2)
    view.put('limit_window', limit('a', 3))
    view.remove('limit_window', 'b')
    expect(view.get('limit_window', 'b')).toBeUndefined()
    // What came and went was never there.
    expect(changes()).toEqual([{ ...nothing, collection: 'limit_window', replace: [limit('a', 3)] }])
  })

  test('finds what is new by its members, and not what is gone', () => {
    const { view, begin } = opened()
    begin()
    view.put('device', { ...device, _id: 'new' } as never)
    view.put('device', { ...device, _id: 'other', objectId: 'somebody' } as never)
    view.remove('device', 'd')
    expect(view.all('device', { tenantId: 't', objectId: 'o' }).map(({ _id }) => _id)).toEqual(['new'])
  })

  test('a write that is taken back leaves what was before it, and what is after it stays', () => {
    const { view, begin, changes, guards } = opened()
    begin()
    view.put('limit_window', limit('a', 2))
    view.guard('kept')
    const lost = begin()
    view.put('limit_window', limit('a', 99))
    view.put('limit_window', limit('b', 99))
    view.touch('device', 'd')
    view.guard('lost')
    view.guard('kept')
    lost.takeBack()
    begin()
    expect(view.get('limit_window', 'a')?.hits).toBe(2)
    expect(view.get('limit_window', 'b')).toBeUndefined()
    expect(guards()).toEqual(['kept'])
    expect(changes()).toEqual([{ ...nothing, collection: 'limit_window', replace: [limit('a', 2)] }])
  })

  test('a document that is only touched is named so; one that is changed anyway needs no touch', () => {
    const { view, begin, changes } = opened()
    begin()
    view.touch('device', 'd')
    expect(changes()).toEqual([{ ...nothing, collection: 'device', touch: ['d'] }])
    view.put('device', { ...device, state: 'revoked' } as never)
    expect(changes()).toMatchObject([{ collection: 'device', replace: [{ _id: 'd', state: 'revoked' }], touch: [] }])
  })

  test('a write that looks at what it did not ask for is a bug, and not a document that is missing', () => {
    const { view } = opened()
    expect(() => view.get('limit_window', 'c')).toThrow('did not say so')
    expect(() => view.get('device', 'd')).toThrow('did not say so')
    expect(() => view.all('device', { tenantId: 't' })).toThrow('did not say so')
  })
})
