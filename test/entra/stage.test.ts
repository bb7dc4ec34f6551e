// What the page of a sign-in is about, at each moment of its life.
import { describe, expect, test } from '@jest/globals'
import { ending, stageOf, whyAskAgain } from '../../src/entra/stage.ts'
import type { PendingDevice, SignIn } from '../../src/signin/sign-in.ts'
import { SIGN_IN_LIFE } from '../../src/signin/transaction.ts'
import { anAskedSignIn, aSignIn, OPENED } from '../signin/a-sign-in.ts'

const OVER = OPENED + SIGN_IN_LIFE
const ticket = { ticketDigest: 'digest-of-the-ticket', codeDigest: 'digest-of-the-code' }
const pendingDevice = { id: 'device-1' } as PendingDevice
const wrong = (count: number) => Array.from({ length: count }, (_, i) => `approval-${i}`)
const prompted = (change: object, more: Partial<SignIn> = {}) =>
  anAskedSignIn('123456', { ...more, prompt: { ...prompt, ...change } })
const prompt = { number: 1, digits: '123456', openedAt: OPENED, expiresAt: OPENED + 90_000, wrong: [] as string[] }

describe('the stage of a sign-in', () => {
  test.each([
    ['with a ticket', aSignIn({ ticket }), OPENED, 'ticket'],
    ['with a ticket, and a prompt that it came after', anAskedSignIn('1', { ticket }), OPENED, 'ticket'],
    ['whose ticket was redeemed', anAskedSignIn('1', { ticket, pendingDevice }), OPENED, 'number'],
    ['that devices are asked about', anAskedSignIn(), OPENED + 89_999, 'number'],
    ['whose prompt ended', anAskedSignIn(), OPENED + 90_000, 'ask-again'],
    [
      'whose prompt ended, where an invitation may be typed',
      anAskedSignIn('1', { invitable: true }),
      OPENED + 90_000,
      'ask-again',
    ],
    ['whose prompt was spoilt', prompted({ wrong: wrong(3) }), OPENED, 'ask-again'],
    ['with two wrong numbers', prompted({ wrong: wrong(2) }), OPENED, 'number'],
    ['without devices, where an invitation may be typed', aSignIn({ invitable: true }), OPENED, 'invitation'],
    ['where too many were typed', aSignIn({ invitable: true, invitationTries: 5 }), OPENED, 'unbound'],
    ['without devices, where none may be added', aSignIn(), OPENED, 'unbound'],
    ['that was approved', anAskedSignIn('1', { phase: 'approved' }), OPENED, 'approved'],
    ['that was approved with a ticket', aSignIn({ phase: 'approved', ticket }), OPENED, 'approved'],
    ['that was approved, and never fetched', aSignIn({ phase: 'approved', ticket }), OVER, 'over'],
    ['whose time is over', aSignIn({ ticket }), OVER, 'over'],
    ...(['denied', 'reported', 'cancelled', 'expired', 'answered'] as const).map(
      (phase) => [`that is ${phase}`, aSignIn({ phase, ticket }), OPENED, 'over'] as const,
    ),
  ] as const)('%s', (_which, signIn, now, stage) => {
    expect(stageOf(signIn, now)).toBe(stage)
  })
})

describe('the end of a sign-in', () => {
  test.each([
    ['denied', 'You cancelled this', 'The sign-in was cancelled on your phone. Nobody was let in.'],
    [
      'reported',
      'This was reported',
      'On your phone you said that this was not you. Nobody was let in. If it was you after all, start again from your application.',
    ],
    ['cancelled', 'You left this sign-in', 'Nobody was let in.'],
    ['answered', 'This sign-in is finished', 'To sign in once more, start again from your application.'],
    ['expired', 'Time is over', 'This sign-in was not approved in time. Start again from your application.'],
    // Looked at in the moment between its end and what was read of it before.
    ['open', 'This sign-in is over', 'Start again from your application.'],
  ] as const)('%s is said', (phase, title, sentence) => {
    expect(ending(aSignIn({ phase }), OPENED)).toEqual({ title, sentence })
  })

  test.each(['open', 'approved'] as const)('by time is said of one that was %s until then', (phase) => {
    expect(ending(aSignIn({ phase }), OVER).title).toBe('Time is over')
  })
})

describe('why the phone must be asked again', () => {
  const [LATE, WRONG] = [
    'Your phone was not answered in time. Ask again for a new number.',
    'A wrong number was typed too often. Ask again for a new number.',
  ]
  test.each([
    ['it was not answered', anAskedSignIn(), LATE],
    ['it was not answered after two wrong numbers', prompted({ wrong: wrong(2) }), LATE],
    ['three numbers were wrong', prompted({ wrong: wrong(3) }), WRONG],
    ['nobody was asked', aSignIn(), LATE],
  ])('when %s', (_when, signIn, why) => {
    expect(whyAskAgain(signIn)).toBe(why)
  })
})
