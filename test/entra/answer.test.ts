// How a sign-in is answered: with a claim once, or with an error that Entra is told.
import { beforeEach, describe, expect, test } from '@jest/globals'
import type { AuditEvent } from '../../src/audit/events.ts'
import { isRefusal, type Refusal, type RefusalCode, refuse } from '../../src/base/refusal.ts'
import { answer, giveUp } from '../../src/entra/answer.ts'
import type { Integration } from '../../src/integrations/integration.ts'
import type { Keys } from '../../src/keys/keys.ts'
import type { Phase, SignIn } from '../../src/signin/sign-in.ts'
import { SIGN_IN_LIFE } from '../../src/signin/transaction.ts'
import { anIntegration } from '../integrations/an-integration.ts'
import { aSignIn, OPENED } from '../signin/a-sign-in.ts'

const decision = { deviceId: 'device-1', approvalDigest: 'd', proof: 'software-key' as const, at: OPENED }
const approved = aSignIn({ phase: 'approved', decision })
const answered = aSignIn({ phase: 'answered', decision })

let now: number
let integration: Integration | undefined
let taken: SignIn | Refusal
let cancelled: true | Refusal
let kept: SignIn | undefined
let served: boolean | undefined
let announced: AuditEvent | undefined
let recorded: AuditEvent[]
beforeEach(() => {
  now = OPENED + 30_000
  integration = anIntegration()
  taken = answered
  cancelled = true
  kept = undefined
  served = undefined
  announced = undefined
  recorded = []
})

const deps = {
  signIns: {
    takeAnswer: async ({ id }, signing, isServed) => {
      expect(id).toBe('sign-in-1')
      served = await isServed()
      announced = signing(approved)
      return taken
    },
    cancel: async () => cancelled,
    find: async () => kept,
  },
  integrations: { find: async (id) => (id === 'integration-1' ? integration : undefined) },
  keys: { sign: async (claims) => ({ token: JSON.stringify(claims), kid: 'key-1' }) } as Partial<Keys> as Keys,
  audit: { record: async (...events) => void recorded.push(...events), count: async () => {}, tidy: async () => {} },
  clock: { now: () => now },
  publicUrl: 'https://mfa.example',
} as Parameters<typeof answer>[1]
const to = { action: approved.redirectUri, title: 'No approval', read: false }
const error = (sentence: string) => ({ ...to, fields: { error: 'access_denied', state: 'the-state' }, sentence })

describe('an approved sign-in', () => {
  test('is answered with a claim, announced before and on record after it was signed', async () => {
    const form = await answer(approved, deps)
    if (isRefusal(form)) throw new Error(form.reason)
    expect({ action: form.action, title: form.title, state: form.fields.state }).toEqual({
      ...{ action: approved.redirectUri, title: 'Approved', state: 'the-state' },
    })
    expect(JSON.parse(form.fields.id_token ?? '')).toMatchObject({ nonce: 'the-nonce', iat: now / 1000 })
    expect(announced).toMatchObject({ type: 'claim.signing', signInId: 'sign-in-1', issuedAt: now })
    expect(recorded).toMatchObject([{ type: 'claim.signed', signInId: 'sign-in-1' }])
  })

  test.each([
    ['is served', anIntegration(), true],
    ['was switched off', anIntegration({ enabled: false }), false],
    ['was removed', undefined, false],
  ])('asks at the last moment whether its tenant %s', async (_what, then, isServed) => {
    integration = then
    await answer(approved, deps)
    expect(served).toBe(isServed)
  })

  test.each([
    ['integration.disabled', 'Countersign is switched off for your organisation at the moment.'],
    [
      'sign-in.withdrawn',
      'The phone that approved this sign-in was removed before it was finished. Nobody was let in.',
    ],
  ] as const)('that is withdrawn (%s) is answered without a claim', async (code, sentence) => {
    taken = refuse(code, 'why')
    expect(await answer(approved, deps)).toEqual(error(sentence))
    expect(recorded).toEqual([])
  })

  test.each(['sign-in.answered', 'sign-in.ended', 'sign-in.undecided'] as RefusalCode[])(
    'that has no answer to give (%s) is not told to Entra',
    async (code) => {
      taken = refuse(code, 'why')
      expect(await answer(approved, deps)).toBe(taken)
      expect(recorded).toEqual([])
    },
  )
})

describe('who leaves a sign-in', () => {
  const leave = (before: Phase, after: Phase | undefined, came: typeof cancelled = true) => {
    kept = after && aSignIn({ phase: after })
    cancelled = came
    return giveUp(aSignIn({ phase: before }), deps)
  }
  const over = refuse('sign-in.ended', 'cancel in phase')

  test('that was open goes back to Entra with an error', async () => {
    expect(await leave('open', 'cancelled')).toEqual(error('Nobody was let in.'))
  })

  test.each([
    ['denied', 'The sign-in was cancelled on your phone. Nobody was let in.'],
    ['expired', 'This sign-in was not approved in time. Start again from your application.'],
  ] as const)('that had ended (%s) goes back all the same, told how', async (phase, sentence) => {
    expect(await leave('open', phase, over)).toEqual(error(sentence))
  })

  test('whose time passed since it was approved goes back', async () => {
    now = OPENED + SIGN_IN_LIFE
    expect(await leave('approved', 'approved', over)).toEqual(
      error('This sign-in was not approved in time. Start again from your application.'),
    )
  })

  test.each(['approved', 'answered'] as const)('that is %s goes nowhere: there is no error to give', async (phase) => {
    expect(await leave('open', phase, over)).toBe(over)
  })

  test('that was forgotten meanwhile goes back by what was known of it', async () => {
    expect(await leave('cancelled', undefined)).toEqual(error('Nobody was let in.'))
    expect(await leave('answered', undefined, over)).toBe(over)
  })
})
