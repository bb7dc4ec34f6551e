import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import {
  crockford,
  groupCode,
  normalizeCode,
  type Random,
  randomDigits,
  randomId,
  systemRandom,
} from '../../src/base/random.ts'

const giving = (value: number): Random => ({ ...systemRandom, below: () => value })

describe('digits to be typed', () => {
  test('keep their leading zeros', () => {
    expect([randomDigits(giving(0), 6), randomDigits(giving(7), 2), randomDigits(giving(42), 3)]).toEqual([
      '000000',
      '07',
      '042',
    ])
  })

  test('are drawn from all numbers of that length', () => {
    const ends: number[] = []
    const random: Random = { ...systemRandom, below: (end) => ends.push(end) }
    for (const digits of [2, 3, 6]) randomDigits(random, digits)
    expect(ends).toEqual([100, 1000, 1_000_000])
  })

  test('are six digits, whatever chance gives', () => {
    for (let i = 0; i < 1000; i++) expect(randomDigits(systemRandom, 6)).toMatch(/^\d{6}$/)
  })
})

test('an identifier has 128 bits', () => {
  expect(randomId(systemRandom)).toMatch(/^[0-9a-f]{32}$/)
  expect(new Set(Array.from({ length: 1000 }, () => randomId(systemRandom))).size).toBe(1000)
})

describe('Crockford’s base 32', () => {
  test('writes the first bits, without letters that are mistaken for others', () => {
    expect(crockford(Buffer.alloc(8), 12)).toBe('000000000000')
    expect(crockford(Buffer.alloc(8, 0xff), 12)).toBe('ZZZZZZZZZZZZ')
    expect(crockford(Buffer.from('0842108421084210', 'hex'), 12)).toBe('111111111111')
  })

  test('has no more letters than it has bits', () => {
    expect(() => crockford(Buffer.alloc(7), 12)).toThrow(RangeError)
  })

  test('survives being grouped and typed in any case', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 8, maxLength: 8 }), (bytes) => {
        const code = crockford(Buffer.from(bytes), 12)
        expect(code).toMatch(/^[0-9A-HJKMNP-TV-Z]{12}$/)
        expect(normalizeCode(` ${groupCode(code).toLowerCase()}\n`)).toBe(code)
      }),
    )
  })
})

test('look-alikes are read as what was shown', () => {
  expect(normalizeCode('oO iI lL – — - a')).toBe('001111A')
})
