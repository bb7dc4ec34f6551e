import { expect, test } from '@jest/globals'
import { isWellKnown, providerOf } from '../../src/push/provider.ts'

const at = (endpoint: string) => providerOf({ kind: 'web', endpoint, p256dh: '', auth: '' })

test.each([
  ['https://fcm.googleapis.com/fcm/send/x', 'google'],
  ['https://jmt17.google.com/fcm/send/x', 'google'],
  ['https://updates.push.services.mozilla.com/wpush/v2/x', 'mozilla'],
  ['https://web.push.apple.com/x', 'apple'],
  ['https://WNS2-by3p.notify.windows.com/w/?token=x', 'microsoft'],
  ['https://fcm.googleapis.com./fcm/send/x', 'google'],
])('%s is of %s', (endpoint, provider) => {
  expect(at(endpoint)).toBe(provider)
})

test('a native app’s is fcm', () => {
  expect(providerOf({ kind: 'fcm', token: 'x' })).toBe('fcm')
})

test.each([
  'https://push.example.net/google.com',
  'https://google.com.example.net/',
  'https://notgoogle.com/',
  'https://push.example.net/?web.push.apple.com',
  'https://[::1]/',
  'no address',
])('whatever else a phone names is one same value: %s', (endpoint) => {
  expect(at(endpoint)).toBe('other')
})

test('a host of a well-known service is one, whoever names it; one that only looks like it is not', () => {
  const known = [
    'fcm.googleapis.com',
    'updates.push.services.mozilla.com',
    'web.push.apple.com',
    'db5p.notify.windows.com',
  ]
  expect(known.filter((host) => !isWellKnown(host))).toEqual([])
  const others = ['fcm.googleapis.com.example.net', 'evilgoogle.com', 'googleapis.com', 'push.example.net', '']
  expect(others.filter(isWellKnown)).toEqual([])
})
