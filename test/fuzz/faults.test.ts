import { describe, expect, test } from '@jest/globals'
import { faultOf, GONE } from './faults.ts'
import { growthOf } from './fuzz.ts'
import { type Arm, ENDED, SILENT, UNSENT } from './send.ts'

const CLAIM = '<input type="hidden" name="id_token" value="e30.e30.e30">'
const shot = { method: 'GET', path: '/' }
const arm: Arm = { name: 'any', share: 1, load: () => shot }
const came = (status: number, text = '', milliseconds = 5) => ({ status, text, milliseconds, headers: {} })
const judged = { shot, arm, slowest: 1000 }

describe('what may come back', () => {
  test.each([
    [SILENT, '', 'no answer'],
    [UNSENT, 'TypeError', 'not sent: TypeError'],
    [ENDED, 'ECONNREFUSED', GONE],
    [ENDED, 'ECONNRESET', 'connection ended: ECONNRESET'],
    [500, '', 'status 500'],
    [200, CLAIM, 'a claim'],
  ])('not %d with %j', (status, text, fault) => {
    expect(faultOf(came(status, text), judged)).toBe(fault)
  })

  test('what is no error of ours may, in time', () => {
    expect(faultOf(came(200, '', 1000), judged)).toBeUndefined()
    expect(faultOf(came(200, '', 1001), judged)).toBe('took 1001 ms')
  })

  test('of some arms only what they name', () => {
    const strict = { ...judged, arm: { ...arm, answers: [404] } }
    expect(faultOf(came(404), strict)).toBeUndefined()
    expect(faultOf(came(303), strict)).toBe('status 303, where only 404 may come')
    expect(faultOf(came(200, CLAIM), strict)).toBe('a claim')
  })

  test.each([
    ['bytes', { raw: 'GET' }],
    ['a long path', { ...shot, path: 'x'.repeat(20_000) }],
    ['a long header', { ...shot, headers: { cookie: 'x'.repeat(20_000) } }],
    ['a long body', { ...shot, body: 'x'.repeat(70_000) }],
  ])('%s may end the connection, and not find nobody', (_, long) => {
    expect(faultOf(came(ENDED, 'ECONNRESET'), { ...judged, shot: long })).toBeUndefined()
    expect(faultOf(came(ENDED, 'ECONNREFUSED'), { ...judged, shot: long })).toBe(GONE)
  })
})

test('growth is from the second tenth to the end', () => {
  expect(growthOf({ memory: [100, 200, 900, 300] })).toBe(1.5)
  expect(growthOf({ memory: [] })).toBe(1)
})
