// What holds of a sign-in whatever happens to it, in whatever order, under a clock that may even go backwards.
import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { isRefusal, type Refusal } from '../../src/base/refusal.ts'
import type { PendingDevice, Phase, Prompt, SignIn } from '../../src/signin/sign-in.ts'
import {
  admitInvitation,
  cancel,
  canTypeInvitation,
  decide,
  expire,
  INVITATION_TRIES,
  isAsking,
  isOver,
  leaveAsIs,
  openPrompt,
  PROMPT_LIFE,
  phaseAt,
  redeemTicket,
  SIGN_IN_LIFE,
  TRIES,
  takeAnswer,
  takeInvitationTry,
  type Verdict,
  withdraw,
} from '../../src/signin/transaction.ts'
import { anAskedSignIn, aSignIn, OPENED } from './a-sign-in.ts'
import { isEnd, MAY_FOLLOW } from './phases.ts'

const ticket = { ticketDigest: 't', codeDigest: 'c' }

type Event =
  | {
      do:
        | 'prompt'
        | 'answer'
        | 'withdraw'
        | 'cancel'
        | 'expire'
        | 'type invitation'
        | 'admit invitation'
        | 'leave as is'
    }
  | { do: 'redeem'; device: string }
  | { do: 'decide'; verdict: Verdict; number: 'right' | 'wrong' | 'none'; prompt: 'this' | 'earlier'; device: string }

/** Does it, and gives the sign-in that the move leads to, or the refusal. `turn` makes what is new about it unlike all before. */
function happen(event: Event, signIn: SignIn, now: number, turn: number): SignIn | Refusal {
  switch (event.do) {
    case 'prompt':
      return openPrompt(signIn, now, String(100_000 + turn))
    case 'answer':
      return takeAnswer(signIn, now)
    case 'withdraw':
      return withdraw(signIn, now)
    case 'cancel':
      return cancel(signIn, now)
    case 'expire':
      return expire(signIn, now)
    case 'type invitation':
      return takeInvitationTry(signIn, now)
    case 'admit invitation':
      return admitInvitation(signIn, now, `invitation ${turn}`, ticket)
    case 'leave as is':
      return leaveAsIs(signIn)
    case 'redeem': {
      const device = { id: `${event.device} ${turn}`, thumbprint: event.device, boundAt: now } as PendingDevice
      return redeemTicket(signIn, now, device, String(200_000 + turn))
    }
    case 'decide': {
      const numbers = { right: signIn.prompt?.digits, wrong: 'wrong', none: undefined }
      const decided = decide(signIn, now, {
        verdict: event.verdict,
        number: numbers[event.number],
        promptNumber: (signIn.prompt?.number ?? 0) - (event.prompt === 'earlier' ? 1 : 0),
        deviceId: event.device,
        approvalDigest: `approval ${turn}`,
        proof: 'software-key',
      })
      return isRefusal(decided) ? decided : decided.next
    }
  }
}

const device = fc.constantFrom('phone a', 'phone b')
/** What goes on is likelier than what ends it, so that stories come far. */
const event: fc.Arbitrary<Event> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({ do: fc.constantFrom('prompt', 'type invitation', 'admit invitation', 'leave as is') }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constantFrom('answer', 'withdraw', 'cancel', 'expire') }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('redeem'), device }) },
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant('decide'),
      verdict: fc.constantFrom('approve', 'approve', 'approve', 'cancel', 'not-me'),
      number: fc.constantFrom('right', 'wrong', 'wrong', 'none'),
      prompt: fc.constantFrom('this', 'this', 'earlier'),
      device,
    }),
  },
)

/** Mostly nothing, sometimes to the edges of what is limited, and now and then backwards: a machine's clock is set. */
const wait = fc.oneof(
  { weight: 12, arbitrary: fc.constantFrom(0, 1) },
  { weight: 3, arbitrary: fc.constantFrom(PROMPT_LIFE - 1, PROMPT_LIFE, SIGN_IN_LIFE - 1, SIGN_IN_LIFE) },
  { weight: 1, arbitrary: fc.integer({ min: -SIGN_IN_LIFE, max: SIGN_IN_LIFE }) },
)

/** Where stories begin; some near to a limit, so that short ones reach it. */
const asked = anAskedSignIn()
const begun = fc.constantFrom(
  aSignIn(),
  asked,
  anAskedSignIn('123456', { prompt: { ...(asked.prompt as Prompt), wrong: ['first', 'second'] } }),
  aSignIn({ ticket }),
  aSignIn({ invitable: true }),
  aSignIn({ invitable: true, invitationTries: INVITATION_TRIES - 1 }),
  anAskedSignIn('123456', { invitable: true }),
)
const story = fc.array(fc.record({ event, wait }), { maxLength: 20, size: 'max' })

type Step = { event: Event; before: SignIn; now: number; made: SignIn | Refusal; after: SignIn }

/** Tells a story, and gives its steps. At the end its time is over, and that is written down. */
function tell(first: SignIn, events: { event: Event; wait: number }[]): Step[] {
  let signIn = first
  let now = first.openedAt
  const last = { event: { do: 'expire' } as const, wait: Math.max(0, first.expiresAt - first.openedAt) }
  return [...events, last].map(({ event: what, wait: passes }, turn) => {
    now = turn === events.length ? Math.max(now, first.expiresAt) : now + passes
    const before = signIn
    const made = happen(what, before, now, turn)
    signIn = isRefusal(made) ? before : made
    return { event: what, before, now, made, after: signIn }
  })
}

/** That `each` holds of every step of every story. */
const always = (each: (step: Step) => void): void =>
  fc.assert(
    fc.property(begun, story, (first, events) => {
      for (const step of tell(first, events)) each(step)
    }),
    { numRuns: 300 },
  )

describe('whatever happens to a sign-in', () => {
  test('it ends in exactly one way, and never leaves that again', () => {
    fc.assert(
      fc.property(begun, story, (first, events) => {
        const phases = [first.phase, ...tell(first, events).map(({ after }) => after.phase)]
        const path = phases.filter((phase, i) => phase !== phases[i - 1])
        for (const [i, phase] of path.slice(1).entries()) expect(MAY_FOLLOW[path[i] as Phase]).toContain(phase)
        expect(path.filter(isEnd)).toEqual([path.at(-1)])
      }),
      { numRuns: 500 },
    )
  })

  test('a move counts one, and leaves what it was given as it was: the loser of a race must find it so', () => {
    fc.assert(
      fc.property(begun, story, fc.nat({ max: 20 }), (first, events, at) => {
        const { event: what, before, now } = tell(first, events).at(Math.min(at, events.length)) as Step
        const copy = structuredClone(before)
        const made = happen(what, before, now, at)
        expect(before).toEqual(copy)
        if (!isRefusal(made)) expect(made.version).toBe(before.version + 1)
      }),
      { numRuns: 500 },
    )
  })

  test('who signs in where, and what Entra asked for, stays', () => {
    always(({ before, after }) => {
      const { id, tenantId, objectId, integrationId, subject, clientId, redirectUri, state, nonce, asked } = before
      const { openedAt, expiresAt, digitCount, browserDigest, requestDigest } = before
      const request = { id, tenantId, objectId, integrationId, subject, clientId, redirectUri, state, nonce, asked }
      expect(after).toMatchObject({ ...request, openedAt, expiresAt, digitCount, browserDigest, requestDigest })
    })
  })

  test('it is approved only by the right number of its open prompt', () => {
    always(({ event: what, before, now, after }) => {
      if (after.phase !== 'approved' || before.phase === 'approved') return
      expect(what).toMatchObject({ do: 'decide', verdict: 'approve', number: 'right', prompt: 'this' })
      expect(now).toBeLessThan(before.prompt?.expiresAt ?? 0)
      expect(before.prompt?.wrong.length).toBeLessThan(TRIES)
      expect(after.decision).toMatchObject({ proof: 'software-key', at: now })
    })
  })

  test('it is answered only when it was approved, within its life, and by what was proven', () => {
    always(({ event: what, before, now, after }) => {
      const answered = after.phase === 'answered' && before.phase !== 'answered'
      expect(answered).toBe(what.do === 'answer' && phaseAt(before, now) === 'approved')
      if (!answered) return
      expect(before.phase).toBe('approved')
      expect(now).toBeLessThan(before.expiresAt)
      expect(after.decision?.proof).toBe('software-key')
    })
  })

  test('a decision stays as it was made, and only an approval proves anything', () => {
    always(({ before, after }) => {
      if (before.decision) expect(after.decision).toBe(before.decision)
      if (after.decision) expect(after.phase).not.toBe('open')
      if (['denied', 'reported', 'open'].includes(after.phase)) expect(after.decision?.proof ?? null).toBeNull()
    })
  })

  test('a prompt takes three wrong numbers at most, and its digits stay while it can be decided', () => {
    always(({ before, now, after }) => {
      expect(after.prompt?.wrong.length ?? 0).toBeLessThanOrEqual(TRIES)
      if (after.prompt) expect(after.prompt.expiresAt).toBeLessThanOrEqual(after.expiresAt)
      if (before.prompt && after.prompt && after.prompt.number === before.prompt.number)
        expect(after.prompt).toMatchObject({
          ...{ digits: before.prompt.digits, openedAt: before.prompt.openedAt },
          wrong: expect.arrayContaining(before.prompt.wrong),
        })
      // A prompt has its time, less only where a ticket takes the place of the devices asked so far.
      if (
        before.prompt &&
        after.prompt?.number === before.prompt.number &&
        before.prompt.expiresAt !== after.prompt.expiresAt
      )
        expect([after.prompt.expiresAt <= now, after.ticket !== null]).toEqual([true, true])
      expect(after.prompt?.number ?? 0).toBeGreaterThanOrEqual(before.prompt?.number ?? 0)
      if (isAsking(before, now)) expect(after.prompt?.digits).toBe(before.prompt?.digits)
    })
  })

  test('a ticket is spent once, and the device that it brought is never replaced', () => {
    fc.assert(
      fc.property(begun, story, (first, events) => {
        const steps = tell(first, events)
        const redeemed = steps.filter(({ event: what, made }) => what.do === 'redeem' && !isRefusal(made))
        expect(redeemed.length).toBeLessThanOrEqual(1)
        for (const { event: what, before, after } of steps) {
          if (before.pendingDevice) expect(after.pendingDevice).toBe(before.pendingDevice)
          else if (after.pendingDevice) expect([what.do, before.ticket !== null]).toEqual(['redeem', true])
        }
      }),
      { numRuns: 300 },
    )
  })

  test('an invitation is let in once, after five codes at most', () => {
    always(({ before, after, event: what }) => {
      expect(after.invitationTries).toBeLessThanOrEqual(INVITATION_TRIES)
      if (before.invitationId) expect(after.invitationId).toBe(before.invitationId)
      if (!before.invitationId && after.invitationId)
        expect([what.do, before.invitable, before.pendingDevice]).toEqual(['admit invitation', true, null])
      if (after.invitationId) expect(canTypeInvitation(after)).toBe(false)
    })
  })

  test('an end moves no more; only something may be put on record', () => {
    always(({ event: what, before, now, made, after }) => {
      if (!isEnd(before.phase)) return
      if (what.do !== 'leave as is') expect(isRefusal(made)).toBe(true)
      expect({ ...after, version: 0 }).toEqual({ ...before, version: 0 })
      expect(phaseAt(before, now)).toBe(before.phase)
    })
  })
})

describe('the phase at an instant', () => {
  const instant = fc.integer({ min: OPENED - SIGN_IN_LIFE, max: OPENED + 3 * SIGN_IN_LIFE })
  const reached = fc
    .tuple(begun, story, fc.nat({ max: 20 }))
    .map(([first, events, at]) => tell(first, events.slice(0, at)).at(-2)?.after ?? first)

  test('is open for as long as something may happen, and asking only then', () => {
    fc.assert(
      fc.property(reached, instant, (signIn, now) => {
        const phase = phaseAt(signIn, now)
        expect(isOver(signIn, now)).toBe(phase !== 'open')
        if (isAsking(signIn, now)) expect(phase).toBe('open')
        expect(isRefusal(cancel(signIn, now))).toBe(phase !== 'open')
        expect(isRefusal(takeAnswer(signIn, now))).toBe(phase !== 'approved')
        if (phase !== 'open') expect(isRefusal(openPrompt(signIn, now, '1'))).toBe(true)
      }),
      { numRuns: 500 },
    )
  })

  test('says expired before that is written as after it', () => {
    fc.assert(
      fc.property(reached, instant, (signIn, now) => {
        const expired = expire(signIn, now)
        const due = phaseAt(signIn, now) === 'expired' && signIn.phase !== 'expired'
        expect(isRefusal(expired)).toBe(!due)
        if (!isRefusal(expired)) expect(phaseAt(expired, now)).toBe('expired')
      }),
      { numRuns: 500 },
    )
  })

  test('never goes back while time goes on', () => {
    fc.assert(
      fc.property(reached, instant, instant, (signIn, one, other) => {
        const [early, late] = [phaseAt(signIn, Math.min(one, other)), phaseAt(signIn, Math.max(one, other))]
        if (late !== early) expect([['open', 'approved'].includes(early), late]).toEqual([true, 'expired'])
      }),
      { numRuns: 500 },
    )
  })
})
