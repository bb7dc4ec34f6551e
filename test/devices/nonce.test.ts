import { beforeEach, describe, expect, test } from '@jest/globals'
import { createNonces, NONCE_LIFE } from '../../src/devices/nonce.ts'

const KEY = Buffer.alloc(32, 7)
let now: number
const clock = { now: () => now }
beforeEach(() => {
  now = 1_800_000_000_000
})

describe('a nonce', () => {
  test('is fresh for five minutes, and then no more', () => {
    const nonces = createNonces(KEY, clock)
    const nonce = nonces.issue()
    expect(nonces.fresh(nonce)).toBe(true)
    now += NONCE_LIFE
    expect(nonces.fresh(nonce)).toBe(true)
    now += 1
    expect(nonces.fresh(nonce)).toBe(false)
  })

  test('of another node with the same key is as good, and may be a minute ahead', () => {
    const nonce = createNonces(KEY, { now: () => now + 60_000 }).issue()
    expect(createNonces(KEY, clock).fresh(nonce)).toBe(true)
    now -= 1
    expect(createNonces(KEY, clock).fresh(nonce)).toBe(false)
  })

  test('of another key is none', () => {
    expect(createNonces(KEY, clock).fresh(createNonces(Buffer.alloc(32, 8), clock).issue())).toBe(false)
  })

  test('with any byte changed is none', () => {
    const nonces = createNonces(KEY, clock)
    const nonce = Buffer.from(nonces.issue(), 'base64url')
    for (let i = 0; i < nonce.length; i++) {
      const changed = Buffer.from(nonce)
      changed[i] = (changed[i] ?? 0) ^ 1
      expect(nonces.fresh(changed.toString('base64url'))).toBe(false)
    }
  })

  test.each(['', 'a', '!'.repeat(30), 'A'.repeat(29), 'A'.repeat(31), 'A'.repeat(30)])('is not %j', (text) => {
    expect(createNonces(KEY, clock).fresh(text)).toBe(false)
  })
})
