import { describe, expect, test } from '@jest/globals'
import { NoConnection } from '../../src/authenticator/browser/device-errors.ts'
import { suggestLabel } from '../../src/authenticator/browser/device-label.ts'
import { repeatWhenLost } from '../../src/authenticator/browser/repeat.ts'
import { readShortCode, readTicket } from '../../src/authenticator/browser/short-code.ts'
import { ageWords, durationWords } from '../../src/authenticator/browser/time-words.ts'
import { typedDigits } from '../../src/authenticator/browser/typed-digits.ts'
import { toWaiting } from '../../src/authenticator/browser/waiting.ts'

describe('the short code', () => {
  test.each(['7K2M-9QXA-3HTN', '7k2m9qxa3htn', ' 7K2M 9QXA–3HTN ', '7K2M-9QXA-3HTN\n'])('is read from %j', (typed) => {
    expect(readShortCode(typed)).toBe('7K2M-9QXA-3HTN')
  })

  test('takes the letters that look like digits for those', () => {
    expect(readShortCode('OIL0-1111-2222')).toBe('0110-1111-2222')
  })

  test.each(['', '7K2M-9QXA-3HT', '7K2M-9QXA-3HTNN', '7K2M-9QXA-3HTU'])('is not read from %j', (typed) => {
    expect(readShortCode(typed)).toBeUndefined()
  })

  test('is told from a link that was pasted in its place', () => {
    expect(readTicket('https://mfa.example/authenticator/#ticket=abcDEF_123-456')).toBe('abcDEF_123-456')
    expect(readTicket('#other=1')).toBeUndefined()
  })
})

test.each([
  ['493 817', '493817'],
  ['493-817', '493817'],
  ['٤٩٣٨١٧', '493817'],
  ['493817', '493817'],
])('digits typed as %j are %j', (typed, digits) => {
  expect(typedDigits(typed)).toBe(digits)
})

test('durations and ages are words', () => {
  expect(durationWords(90_000)).toBe('1 minute 30 seconds')
  expect(durationWords(60_000)).toBe('1 minute')
  expect(durationWords(400)).toBe('1 second')
  expect(durationWords(-1)).toBe('0 seconds')
  expect([ageWords(0), ageWords(61_000), ageWords(125_000)]).toEqual(['just now', '1 minute ago', '2 minutes ago'])
})

test('the age of a sign-in is measured by the server clock alone', () => {
  const requestedAt = '2026-11-23T09:00:00.000Z'
  const pending = { shown: { requestedAt } as never, digits: 6, millisecondsLeft: 30_000 }
  const waiting = toWaiting(pending, Date.parse(requestedAt) + 60_000, 500_000)
  expect(waiting).toMatchObject({ requestedAt: 440_000, deadline: 530_000 })
  expect(toWaiting(pending, undefined, 0).requestedAt).toBeUndefined()
})

test.each([
  [
    'Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1 Version/18.0 Safari/604.1',
    5,
    'iPhone',
    'Safari on iPhone',
  ],
  [
    'Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1 Version/18.0 Safari/605.1',
    5,
    'iPad',
    'Safari on iPad',
  ],
  ['Mozilla/5.0 (Android 15; Mobile; rv:140.0) Gecko/140.0 Firefox/140.0', 5, 'Android phone', 'Firefox on Android'],
  [
    'Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 Chrome/140.0.0.0 Mobile Safari/537.36',
    5,
    'Android phone',
    'Chrome on Android',
  ],
  [
    'Mozilla/5.0 (Linux; Android 15; Pixel 9) AppleWebKit/537.36 SamsungBrowser/29.0 Chrome/136.0.0.0 Mobile Safari/537.36',
    5,
    'Pixel 9',
    'Samsung Internet on Android',
  ],
  [
    'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/140.0.0.0 Safari/537.36 Edg/140.0.0.0',
    0,
    'Windows computer',
    'Edge on Windows',
  ],
])('a name is suggested for %s', (userAgent, maxTouchPoints, name, platform) => {
  expect(suggestLabel({ userAgent, maxTouchPoints })).toEqual({ name, platform })
})

test('a lost connection is tried again, each time said, and a refusal is not', async () => {
  let lost = 0
  let tries = 0
  const pauses: number[] = []
  const pause = async (milliseconds: number) => void pauses.push(milliseconds)
  const flaky = async () => {
    if (++tries < 3) throw new NoConnection()
    return 'done'
  }
  expect(await repeatWhenLost(flaky, { lost: () => lost++, isWanted: () => true, pause })).toBe('done')
  expect([lost, pauses]).toEqual([2, [500, 1000]])
  const never = async () => Promise.reject(new NoConnection())
  await expect(repeatWhenLost(never, { lost: () => lost++, isWanted: () => true, pause })).rejects.toBeInstanceOf(
    NoConnection,
  )
  const refused = async () => Promise.reject(new Error('refused'))
  await expect(repeatWhenLost(refused, { lost: () => expect(0).toBe(1), isWanted: () => true, pause })).rejects.toThrow(
    'refused',
  )
})
