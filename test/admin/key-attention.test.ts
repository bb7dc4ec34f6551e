// What the overview says of the signing keys, as a pure function of their timetable.
import { describe, expect, test } from '@jest/globals'
import { keyAttention } from '../../src/admin/overview/key-attention.ts'
import { timetableAt } from '../../src/keys/schedule.ts'
import type { SigningKey } from '../../src/keys/signing-key.ts'
import { aKey } from '../store/contract/material.ts'

const DAY = 24 * 3_600_000
const NOW = Date.UTC(2026, 10, 23)
const said = (keys: SigningKey[], now = NOW) =>
  keyAttention({ keys: timetableAt({ version: 1, seenAt: now, keys }, now, 90 * DAY), now }).map(
    ({ level, sentence }) => `${level}: ${sentence}`,
  )
const madeBefore = (days: number, change: Partial<SigningKey> = {}) =>
  aKey({ createdAt: NOW - days * DAY, signsFrom: NOW - days * DAY, ...change })

describe('what the overview says of the keys', () => {
  test('is nothing while all goes as planned', () => {
    expect(said([madeBefore(0)])).toEqual([])
    expect(said([madeBefore(87)])).toEqual([])
    expect(said([])).toEqual([])
  })

  test('tells of a key that takes over', () => {
    const next = aKey({ createdAt: NOW, signsFrom: NOW + 2 * DAY })
    expect(said([madeBefore(89), next])).toEqual([expect.stringMatching(/^note: A new signing key takes over/)])
  })

  test('tells of a key that should be announced and is not', () => {
    expect(said([madeBefore(88)])).toEqual([expect.stringMatching(/^soon: A new signing key is due/)])
  })

  test('presses when a certificate ends', () => {
    expect(said([madeBefore(671)])).toEqual([expect.stringMatching(/^now: The certificate of the key that signs now/)])
  })

  test('presses for a day after an emergency, and not for an announced key that was dropped', () => {
    const replaced = [madeBefore(5, { withdrawnAt: NOW }), madeBefore(0)]
    expect(said(replaced)).toEqual([expect.stringMatching(/^now: The signing keys were replaced/)])
    expect(said(replaced, NOW + DAY)).toEqual([])
    expect(said([madeBefore(5), madeBefore(-1, { withdrawnAt: NOW })])).toEqual([])
  })
})
