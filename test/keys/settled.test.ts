// What becomes of a book of keys after nobody looked, and after an emergency: to the key, and to the millisecond.
import { describe, expect, test } from '@jest/globals'
import { CERTIFICATE_LIFE, CERTIFIED_BEFORE } from '../../src/keys/certificate.ts'
import { ANNOUNCED_FOR, LOOKED_AWAY, phasesAt, RETIRING_FOR, TOKEN_LIFE } from '../../src/keys/rotation.ts'
import { isDue, settled, withdrawAll } from '../../src/keys/schedule.ts'
import type { SigningKey } from '../../src/keys/signing-key.ts'
import { DAY, HOUR, MINUTE, START } from './world.ts'

const key = (kid: string, signsFrom: number, more: Partial<SigningKey> = {}): SigningKey => ({
  ...{ kid, n: '', e: '', certificate: '', sealedPrivateKey: '', createdAt: START, signsFrom, withdrawnAt: null },
  ...more,
})
const book = (seenAt: number, ...keys: SigningKey[]) => ({ version: 3, seenAt, keys })
const kids = (keys: readonly SigningKey[]) => keys.map(({ kid }) => kid)
const NEXT = START + 10 * HOUR

describe('a key that waits', () => {
  test('is noted to be published every ten minutes, and not before', () => {
    const before = book(START, key('a', START), key('b', NEXT))
    expect(settled(before, START + 10 * MINUTE - 1).book).toBe(before)
    expect(settled(before, START + 10 * MINUTE)).toEqual({
      book: { ...before, seenAt: START + 10 * MINUTE },
      moved: [],
      dropped: [],
    })
  })

  test('for which an hour was watched, to the millisecond, keeps its time; after more it keeps what was left of it', () => {
    const before = book(START, key('a', START), key('b', NEXT))
    expect(settled(before, START + LOOKED_AWAY).book.keys).toEqual(before.keys)
    const late = START + LOOKED_AWAY + 1
    const { book: after, moved, dropped } = settled(before, late)
    expect(after).toEqual({ ...before, seenAt: late, keys: [before.keys[0], key('b', late + 10 * HOUR)] })
    expect({ moved: kids(moved), dropped: kids(dropped) }).toEqual({ moved: ['b'], dropped: [] })
  })

  test('is dropped, and not moved, when its certificate will not last; what was withdrawn before is neither', () => {
    const old = START - CERTIFICATE_LIFE
    const before = book(
      START,
      key('gone', NEXT, { withdrawnAt: START - 1 }),
      key('a', START),
      key('b', NEXT, { createdAt: old }),
    )
    const { book: after, moved, dropped } = settled(before, START + DAY)
    expect({ moved: kids(moved), dropped: kids(dropped) }).toEqual({ moved: [], dropped: ['b'] })
    expect(after.keys).toEqual([before.keys[0], before.keys[1], { ...before.keys[2], withdrawnAt: START + DAY }])
  })
})

describe('a clock that went back', () => {
  test('takes nothing from the key that signs, and nothing from one that was withdrawn', () => {
    const before = book(START, key('gone', START + 1, { withdrawnAt: START - DAY }), key('a', START))
    const now = START - 2 * DAY
    const { book: after, moved } = settled(before, now)
    expect(after.keys).toEqual([before.keys[0], key('a', now)])
    expect(kids(moved)).toEqual(['a'])
    expect(settled(book(START, key('a', now)), now).moved).toEqual([])
  })
})

describe('a certificate that', () => {
  const never = 1000 * DAY
  const spare = ANNOUNCED_FOR + RETIRING_FOR + TOKEN_LIFE + 7 * DAY
  const due = (now: number) => isDue(book(now, key('a', START)), now, never)
  test.each([
    [
      'lasts for its key’s turn and a week, to the millisecond, needs no successor yet',
      CERTIFICATE_LIFE - spare,
      false,
    ],
    ['lasts a millisecond less does', CERTIFICATE_LIFE - spare + 1, true],
    ['has begun this very millisecond does not', -CERTIFIED_BEFORE, false],
    ['has not begun does', -CERTIFIED_BEFORE - 1, true],
  ])('%s', (_what, after, expected) => {
    expect(due(START + after)).toBe(expected)
  })
})

test('an emergency takes back what is published, and leaves what was retired as it was', () => {
  const turn = START + 10 * DAY
  const before = book(
    turn,
    key('old', START),
    key('taken', turn, { withdrawnAt: turn }),
    key('signs', turn),
    key('next', turn + DAY),
  )
  const at = turn + RETIRING_FOR + TOKEN_LIFE
  expect(phasesAt({ ...before, seenAt: at }, at).map(({ phase }) => phase)).toEqual([
    'retired',
    'retired',
    'retiring',
    'signing',
  ])
  const { book: after, lost } = withdrawAll({ ...before, seenAt: at }, at)
  expect(after.keys.slice(0, 2)).toEqual(before.keys.slice(0, 2))
  expect(after.keys.slice(2).map(({ withdrawnAt }) => withdrawnAt)).toEqual([at, at])
  expect(kids(lost)).toEqual(['signs', 'next'])
})
