// The moves of a sign-in, one by one. What holds of all of them together: transaction-properties.test.ts.
import { describe, expect, test } from '@jest/globals'
import { isRefusal } from '../../src/base/refusal.ts'
import type { PendingDevice, SignIn } from '../../src/signin/sign-in.ts'
import {
  admitInvitation,
  canTypeInvitation,
  decide,
  INVITATION_TRIES,
  isAsking,
  openPrompt,
  phaseAt,
  redeemTicket,
  SIGN_IN_LIFE,
  shownOf,
  TRIES,
  takeAnswer,
  takeInvitationTry,
  type Verdict,
} from '../../src/signin/transaction.ts'
import { anAskedSignIn, aSignIn, OPENED } from './a-sign-in.ts'

const ticket = { ticketDigest: 't', codeDigest: 'c' }
const device = { id: 'device-1', thumbprint: 'x', name: 'Phone', platform: 'Test', boundAt: OPENED } as PendingDevice
const deciding = (verdict: Verdict, number?: string, promptNumber = 1) => ({
  verdict,
  number,
  promptNumber,
  deviceId: 'device-1',
  approvalDigest: `${verdict} ${number} ${promptNumber}`,
  proof: 'software-key' as const,
})
const codeOf = (value: unknown) => (isRefusal(value) ? value.code : 'moved')

describe('a prompt', () => {
  test('lives 90 seconds, and never longer than its sign-in', () => {
    expect(openPrompt(aSignIn(), OPENED, '1')).toMatchObject({ prompt: { number: 1, expiresAt: OPENED + 90_000 } })
    const late = OPENED + SIGN_IN_LIFE - 5
    expect(openPrompt(aSignIn(), late, '1')).toMatchObject({ prompt: { expiresAt: OPENED + SIGN_IN_LIFE } })
  })

  test('is not opened over an open one: its digits stay', () => {
    expect(openPrompt(anAskedSignIn(), OPENED + 89_999, '1')).toMatchObject({ code: 'prompt.open' })
    expect(openPrompt(anAskedSignIn(), OPENED + 90_000, '1')).toMatchObject({
      prompt: { number: 2, digits: '1', wrong: [] },
    })
  })

  test('ends after three wrong numbers, and not even the right one saves it', () => {
    let signIn = anAskedSignIn('123456')
    for (let i = 0; i < TRIES; i++) {
      const made = decide(signIn, OPENED, deciding('approve', `00000${i}`))
      if (isRefusal(made)) throw new Error(made.reason)
      expect(made.outcome).toBe('wrong-number')
      signIn = made.next
    }
    expect(isAsking(signIn, OPENED)).toBe(false)
    expect(decide(signIn, OPENED, deciding('approve', '123456'))).toMatchObject({ code: 'decision.ended' })
  })

  test.each([undefined, '', '12345', '1234567', ' 123456', '０２３４５６'])('is not approved by %j', (number) => {
    expect(decide(anAskedSignIn('023456'), OPENED, deciding('approve', number))).toMatchObject({
      outcome: 'wrong-number',
    })
  })

  test('is cancelled or reported without a number, and then proves nothing', () => {
    for (const [verdict, outcome] of [
      ['cancel', 'denied'],
      ['not-me', 'reported'],
    ] as const)
      expect(decide(anAskedSignIn(), OPENED, deciding(verdict))).toMatchObject({
        outcome,
        next: { decision: { proof: null } },
      })
  })

  test('shows everything of the request but its digits', () => {
    const shown = shownOf(anAskedSignIn('123456'))
    expect(shown).toMatchObject({ signInId: 'sign-in-1', promptNumber: 1, address: '192.0.2.1' })
    expect(JSON.stringify(shown)).not.toMatch(/123456|the-nonce|the-state|pairwise/)
  })
})

describe('the answer', () => {
  test.each([
    ['open', 'sign-in.undecided'],
    ['approved', 'moved'],
    ['answered', 'sign-in.answered'],
    ['denied', 'sign-in.ended'],
    ['reported', 'sign-in.ended'],
    ['cancelled', 'sign-in.ended'],
    ['expired', 'sign-in.ended'],
  ] as const)('taken from %s: %s', (phase, code) => {
    expect(codeOf(takeAnswer(aSignIn({ phase }), OPENED))).toBe(code)
  })

  test('is not given to an approved sign-in at the end of its time', () => {
    const signIn = aSignIn({ phase: 'approved' })
    expect(codeOf(takeAnswer(signIn, signIn.expiresAt - 1))).toBe('moved')
    expect(codeOf(takeAnswer(signIn, signIn.expiresAt))).toBe('sign-in.ended')
    expect(phaseAt(signIn, signIn.expiresAt)).toBe('expired')
  })
})

describe('binding', () => {
  test('spends the ticket for one device, which is asked at once', () => {
    const bound = redeemTicket(aSignIn({ ticket }), OPENED, device, '123456')
    expect(bound).toMatchObject({ pendingDevice: { id: 'device-1' }, prompt: { number: 1 } })
    expect(redeemTicket(bound as SignIn, OPENED, { ...device, id: 'device-2' }, '1')).toMatchObject({
      code: 'code.refused',
    })
  })

  test.each([
    ['there is no ticket', {}],
    ['the sign-in is over', { ticket, phase: 'cancelled' as const }],
    ['its time is over', { ticket, expiresAt: OPENED }],
  ])('is refused in one same way when %s', (_when, change) => {
    expect(redeemTicket(aSignIn(change), OPENED, device, '1')).toMatchObject({ code: 'code.refused' })
  })

  test('by invitation asks the old devices no more', () => {
    const admitted = admitInvitation(anAskedSignIn('123456', { invitable: true }), OPENED, 'invitation-1', ticket)
    expect(admitted).toMatchObject({ invitable: false, invitationId: 'invitation-1', ticket })
    expect(isAsking(admitted as SignIn, OPENED)).toBe(false)
    // The prompt of the phone to be bound is another one, by number too.
    expect(redeemTicket(admitted as SignIn, OPENED, device, '654321')).toMatchObject({ prompt: { number: 2 } })
    expect(admitInvitation(admitted as SignIn, OPENED, 'invitation-2', ticket)).toMatchObject({
      code: 'enrolment.unavailable',
    })
  })

  test('by invitation takes five codes, each counted before it is looked at', () => {
    let signIn = aSignIn({ invitable: true })
    for (let i = 1; i <= INVITATION_TRIES; i++) {
      expect(canTypeInvitation(signIn)).toBe(true)
      signIn = takeInvitationTry(signIn, OPENED) as SignIn
    }
    expect(canTypeInvitation(signIn)).toBe(false)
    expect(takeInvitationTry(signIn, OPENED)).toMatchObject({ code: 'enrolment.unavailable' })
    // The fifth may be the right one.
    expect(admitInvitation(signIn, OPENED, 'invitation-1', ticket)).toMatchObject({ invitationId: 'invitation-1' })
  })
})
