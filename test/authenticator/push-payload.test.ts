import { describe, expect, test } from '@jest/globals'
import { notificationFor } from '../../src/authenticator/worker/notification-for.ts'
import { readPushPayload } from '../../src/authenticator/worker/push-payload.ts'
import { PushPayload } from '../../src/device-api/contract.ts'

const IN_PUSH = { tag: 's1', deviceId: 'd1', integrationName: 'Contoso' }
const PROMPT = { kind: 'prompt', ...IN_PUSH, millisecondsLeft: 90_000 }

describe('a push', () => {
  test.each([
    PROMPT,
    { ...PROMPT, person: 'ada@contoso.example' },
    { kind: 'over', ...IN_PUSH, outcome: 'decided' },
    { kind: 'over', ...IN_PUSH, outcome: 'ended' },
    { kind: 'test', ...IN_PUSH },
  ])('of the contract is read: %j', (payload) => {
    expect(readPushPayload(JSON.stringify(payload))).toEqual(PushPayload.parse(payload))
  })

  test('may say more than this app knows', () => {
    expect(readPushPayload(JSON.stringify({ ...PROMPT, colour: 'red' }))).toEqual(PROMPT)
  })

  test.each([
    undefined,
    '',
    'hello',
    'null',
    '[]',
    '{}',
    JSON.stringify({ ...PROMPT, tag: '' }),
    JSON.stringify({ ...PROMPT, integrationName: 7 }),
    JSON.stringify({ ...PROMPT, millisecondsLeft: 'soon' }),
    JSON.stringify({ ...PROMPT, kind: 'approve' }),
  ])('that cannot be read is none: %j', (text) => {
    expect(readPushPayload(text)).toBeUndefined()
  })
})

describe('its notification', () => {
  const all = [PROMPT, { kind: 'over', ...IN_PUSH, outcome: 'decided' }, { kind: 'test', ...IN_PUSH }, undefined] as (
    | PushPayload
    | undefined
  )[]

  test('never has a button, and always something to read', () => {
    for (const payload of all) {
      const { title, options } = notificationFor(payload, undefined, 0)
      expect(options).not.toHaveProperty('actions')
      expect([title, options.body, options.tag]).not.toContain('')
    }
  })

  test('never is both silent and renotifying, which browsers refuse to show', () => {
    for (const payload of all) {
      const { silent, renotify } = notificationFor(payload, 'Ada', 0).options
      expect(Boolean(silent) && Boolean(renotify)).toBe(false)
    }
  })

  test('of a prompt says who is asked and by whom, and when it is over', () => {
    const { options } = notificationFor(PROMPT as PushPayload, 'ada@contoso.example', 1000)
    expect(options).toMatchObject({ body: 'ada@contoso.example: Contoso', data: { until: 91_000 } })
  })
})
