import { describe, expect, test } from '@jest/globals'
import { systemRandom } from '../../src/base/random.ts'
import { deriveKey, type Purpose, seal, unseal } from '../../src/base/seal.ts'

const MASTER = Buffer.alloc(32, 1)
const sealed = (plain = 'secret', purpose: Purpose = 'vapid-key') => seal(MASTER, purpose, plain, systemRandom)

describe('a sealed secret', () => {
  test.each(['secret', '', 'ünï\u{1F511}', 'x'.repeat(100_000)])('opens to what it was', (plain) => {
    expect(unseal(MASTER, 'vapid-key', sealed(plain))).toBe(plain)
  })

  test('is sealed another way each time, and shows nothing', () => {
    expect(sealed()).not.toBe(sealed())
    expect(sealed()).not.toContain('secret')
    expect(sealed()).not.toContain(Buffer.from('secret').toString('base64url'))
  })

  test('is not opened by another master key, or for another purpose', () => {
    expect(unseal(Buffer.alloc(32, 2), 'vapid-key', sealed())).toBeUndefined()
    expect(unseal(MASTER, 'signing-key:a', sealed())).toBeUndefined()
    expect(unseal(MASTER, 'signing-key:', sealed())).toBeUndefined()
  })

  test('is not opened once a bit of any part was changed', () => {
    const parts = sealed().split('.')
    for (const index of [1, 2, 3]) {
      const bytes = Buffer.from(parts[index] ?? '', 'base64url')
      for (let i = 0; i < bytes.length; i++) {
        const changed = Buffer.from(bytes)
        changed[i] = (changed[i] ?? 0) ^ 0x80
        expect(unseal(MASTER, 'vapid-key', parts.with(index, changed.toString('base64url')).join('.'))).toBeUndefined()
      }
    }
  })

  test('is not opened with its tag cut short, which would make it easy to guess', () => {
    const parts = sealed().split('.')
    for (const length of [0, 1, 4, 8, 12, 15]) {
      const short = Buffer.from(parts[2] ?? '', 'base64url')
        .subarray(0, length)
        .toString('base64url')
      expect(unseal(MASTER, 'vapid-key', parts.with(2, short).join('.'))).toBeUndefined()
    }
  })

  test.each(['', 'v1', 'v1...', 'v1.a.b', 'v2.a.b.c', 'secret'])('is not %j, and nothing is thrown', (text) => {
    expect(unseal(MASTER, 'vapid-key', text)).toBeUndefined()
  })
})

test('keys for two purposes have nothing in common, and both have 256 bits', () => {
  const [one, two] = [deriveKey(MASTER, 'one'), deriveKey(MASTER, 'two')]
  expect(one).toHaveLength(32)
  expect(one.equals(two)).toBe(false)
  expect(one.equals(MASTER)).toBe(false)
})
