// Which moves are refused, and what the administrator reads of it in the log; and what every move leaves behind.
import { describe, expect, test } from '@jest/globals'
import { refuse } from '../../src/base/refusal.ts'
import type { PendingDevice, Phase, SignIn } from '../../src/signin/sign-in.ts'
import {
  admitInvitation,
  cancel,
  decide,
  expire,
  leaveAsIs,
  openPrompt,
  phaseAt,
  redeemTicket,
  SIGN_IN_LIFE,
  takeAnswer,
  takeInvitationTry,
  withdraw,
} from '../../src/signin/transaction.ts'
import { anAskedSignIn, aSignIn, OPENED } from './a-sign-in.ts'

const END = OPENED + SIGN_IN_LIFE
const ticket = { ticketDigest: 't', codeDigest: 'c' }
const device = { id: 'device-1' } as PendingDevice
const approval = (promptNumber: number) => ({
  ...{ verdict: 'approve' as const, number: '123456', promptNumber, deviceId: 'device-1', approvalDigest: 'a' },
  proof: 'software-key' as const,
})
const inPhase = (phase: Phase): SignIn => aSignIn({ phase })

describe('the phase at a time', () => {
  test.each<[Phase, Phase]>([
    ['open', 'expired'],
    ['approved', 'expired'],
    ['answered', 'answered'],
    ['denied', 'denied'],
    ['cancelled', 'cancelled'],
  ])('of one that is %s is %s when its time is over, and not a moment sooner', (phase, then) => {
    expect([END - 1, END].map((at) => phaseAt(inPhase(phase), at))).toEqual([phase, then])
  })
})

describe('every move', () => {
  test('leaves the next version, and what it does not name as it was', () => {
    const before = anAskedSignIn('123456', { ticket, version: 7 })
    expect(leaveAsIs(before)).toEqual({ ...before, version: 8 })
    expect(cancel(before, OPENED)).toEqual({ ...before, version: 8, phase: 'cancelled' })
    expect(takeInvitationTry({ ...before, invitable: true }, OPENED)).toEqual({
      ...{ ...before, invitable: true },
      ...{ version: 8, invitationTries: 1 },
    })
    const approved = { ...before, phase: 'approved' as const }
    expect(takeAnswer(approved, OPENED)).toEqual({ ...approved, version: 8, phase: 'answered' })
    expect(withdraw(approved, OPENED)).toEqual({ ...approved, version: 8, phase: 'cancelled' })
    expect(expire(approved, END)).toEqual({ ...approved, version: 8, phase: 'expired' })
    expect(expire(before, END)).toEqual({ ...before, version: 8, phase: 'expired' })
  })
})

describe.each<[string, (signIn: SignIn, now: number) => unknown, (phase: Phase) => unknown]>([
  [
    'a prompt',
    (signIn, now) => openPrompt(signIn, now, '1'),
    (phase) => refuse('sign-in.ended', `prompt in phase ${phase}`),
  ],
  [
    'an invitation',
    (signIn, now) => admitInvitation(signIn, now, 'i', ticket),
    (phase) => refuse('sign-in.ended', `invitation in phase ${phase}`),
  ],
  ['a try of one', takeInvitationTry, (phase) => refuse('sign-in.ended', `invitation in phase ${phase}`)],
  [
    'a ticket',
    (signIn, now) => redeemTicket(signIn, now, device, '1'),
    (phase) => refuse('code.refused', `ticket in phase ${phase}`),
  ],
  [
    'a decision',
    (signIn, now) => decide(signIn, now, approval(1)),
    (phase) => refuse('decision.ended', `decision in phase ${phase}`),
  ],
  ['giving up', cancel, (phase) => refuse('sign-in.ended', `cancel in phase ${phase}`)],
])('%s', (_what, move, refusal) => {
  const ready = anAskedSignIn('123456', { ticket, invitable: true })

  test.each<Phase>(['approved', 'answered', 'denied', 'reported', 'cancelled', 'expired'])(
    'is refused by a sign-in that is %s',
    (phase) => {
      expect(move({ ...ready, phase }, OPENED)).toEqual(refusal(phase))
    },
  )

  test('is refused by one whose time is over', () => {
    expect(move(ready, END)).toEqual(refusal('expired'))
  })
})

describe('refused is', () => {
  test.each<[string, () => unknown, unknown]>([
    [
      'a prompt over an open one',
      () => openPrompt(anAskedSignIn(), OPENED, '1'),
      refuse('prompt.open', 'a prompt is open'),
    ],
    [
      'a prompt while a ticket is shown: there is no phone to be asked yet',
      () => openPrompt(aSignIn({ ticket }), OPENED, '1'),
      refuse('sign-in.undecided', 'a phone is to be added first'),
    ],
    [
      'an invitation where none is taken',
      () => admitInvitation(aSignIn(), OPENED, 'i', ticket),
      refuse('enrolment.unavailable', 'no invitation is taken here'),
    ],
    [
      'an invitation beside a phone that is being bound',
      () => admitInvitation(aSignIn({ invitable: true, pendingDevice: device }), OPENED, 'i', ticket),
      refuse('enrolment.unavailable', 'no invitation is taken here'),
    ],
    [
      'a try where none is left',
      () => takeInvitationTry(aSignIn({ invitable: true, invitationTries: 5 }), OPENED),
      refuse('enrolment.unavailable', 'no invitation is taken here'),
    ],
    [
      'a ticket that is spent',
      () => redeemTicket(aSignIn({ ticket, pendingDevice: device }), OPENED, device, '1'),
      refuse('code.refused', 'the ticket is spent'),
    ],
    [
      'a ticket that never was',
      () => redeemTicket(aSignIn(), OPENED, device, '1'),
      refuse('code.refused', 'the ticket is spent'),
    ],
    [
      'a decision where nobody was asked',
      () => decide(aSignIn(), OPENED, approval(1)),
      refuse('decision.ended', 'decision in phase open'),
    ],
    [
      'a decision for another prompt',
      () => decide(anAskedSignIn(), OPENED, approval(2)),
      refuse('decision.ended', 'decision for an earlier prompt'),
    ],
    [
      'a second answer',
      () => takeAnswer(inPhase('answered'), OPENED),
      refuse('sign-in.answered', 'a claim was taken already'),
    ],
    [
      'an answer too late',
      () => takeAnswer(inPhase('approved'), END),
      refuse('sign-in.ended', 'approved, and never fetched in time'),
    ],
    [
      'an answer too soon',
      () => takeAnswer(aSignIn(), OPENED),
      refuse('sign-in.undecided', 'answer asked for while open'),
    ],
    [
      'an answer to what was denied',
      () => takeAnswer(inPhase('denied'), OPENED),
      refuse('sign-in.ended', 'answer asked for in phase denied'),
    ],
    [
      'a withdrawal of what was not approved',
      () => withdraw(aSignIn(), OPENED),
      refuse('sign-in.ended', 'nothing to withdraw in phase open'),
    ],
    [
      'a withdrawal too late',
      () => withdraw(inPhase('approved'), END),
      refuse('sign-in.ended', 'nothing to withdraw in phase expired'),
    ],
    ['an end too soon', () => expire(aSignIn(), END - 1), refuse('sign-in.ended', 'not due')],
    ['an end of what has ended', () => expire(inPhase('denied'), END), refuse('sign-in.ended', 'not due')],
  ])('%s', (_what, come, refusal) => {
    expect(come()).toEqual(refusal)
  })
})
