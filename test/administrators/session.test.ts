import { describe, expect, test } from '@jest/globals'
import { nameOf } from '../../src/administrators/administrator.ts'
import { isAlive, isFresh, type Session } from '../../src/administrators/session.ts'

const MINUTE = 60_000
const session: Session = {
  ...{ id: 'id', digest: 'digest', administratorId: 'ada', via: 'passkey', address: '127.0.0.1', browser: 'Chrome' },
  ...{ startedAt: 0, lastSeenAt: 0, steppedUpAt: 0 },
}

describe('a session', () => {
  test.each([
    [0, 15 * MINUTE - 1, true],
    [0, 15 * MINUTE, false],
    [8 * 60 * MINUTE - 1, 8 * 60 * MINUTE - 1, true],
    [8 * 60 * MINUTE - 1, 8 * 60 * MINUTE, false],
  ])('that began at 0 and was seen at %d is alive at %d: %s', (lastSeenAt, now, alive) => {
    expect(isAlive({ ...session, lastSeenAt }, now)).toBe(alive)
  })

  test.each([
    [5 * MINUTE - 1, true],
    [5 * MINUTE, false],
  ])('whose proof is %d ms old is fresh: %s', (now, fresh) => {
    expect(isFresh(session, now)).toBe(fresh)
  })
})

describe('a name', () => {
  test.each([
    ['Ada', 'Ada'],
    ['  Ada \t Lovelace\r\n', 'Ada Lovelace'],
    ['Ada\u202e\u0000evil', 'Ada evil'],
    ['Ünïcödé 名前', 'Ünïcödé 名前'],
    ['', undefined],
    [' \u200b ', undefined],
    ['x'.repeat(64), 'x'.repeat(64)],
    ['x'.repeat(65), undefined],
  ])('%j is kept as %j', (typed, kept) => {
    expect(nameOf(typed)).toBe(kept)
  })
})
