// Decisions of devices on a real store: whose they are to make, what they must fit, and that they are made once.

import { randomUUID } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { systemRandom } from '../../src/base/random.ts'
import { isRefusal } from '../../src/base/refusal.ts'
import { ticketOf } from '../../src/devices/ticket.ts'
import { createLocalChanges } from '../../src/signin/changes.ts'
import type { Caller, SignedDecision } from '../../src/signin/decide.ts'
import type { SignIn } from '../../src/signin/sign-in.ts'
import type { SignIns } from '../../src/signin/sign-ins.ts'
import { shownOf, type Verdict } from '../../src/signin/transaction.ts'
import { openSqliteStores } from '../../src/store/sqlite/sqlite-stores.ts'
import type { Stores } from '../../src/store/stores.ts'
import { createTestClock, type TestClock } from '../support/clock.ts'
import { aBindRequest, anOpenRequest, aProof, signInsOn } from './on-stores.ts'

let folder: string
let clock: TestClock
let stores: Stores
let signIns: SignIns
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'countersign-decide-'))
  clock = createTestClock()
  const changes = createLocalChanges()
  stores = openSqliteStores({ file: join(folder, 'store'), clock, random: systemRandom, changes })
  signIns = signInsOn(stores, clock).signIns
})
afterEach(async () => {
  await stores.close()
  rmSync(folder, { recursive: true, force: true })
})

const now = async ({ id }: SignIn) => (await stores.signIns.find(id)) as SignIn

/** Opens a sign-in of a person. */
async function open(objectId: string): Promise<{ signIn: SignIn; secret: string }> {
  const opened = await signIns.open(anOpenRequest(clock, { objectId }))
  if (isRefusal(opened) || opened.kind !== 'opened') throw new Error('not opened')
  return { signIn: (await stores.signIns.find(opened.id)) as SignIn, secret: opened.browserSecret }
}

/** A person's phone in the sign-in that binds it, asked. */
async function bind(objectId: string): Promise<{ signIn: SignIn; caller: Caller; thumbprint: string }> {
  const { signIn, secret } = await open(objectId)
  const thumbprint = `key of ${objectId}`
  const { ticket } = ticketOf(secret, signIn.id)
  await signIns.bind(aBindRequest(thumbprint, { ticket }))
  const caller = await signIns.identify(thumbprint)
  if (isRefusal(caller)) throw new Error(caller.reason)
  return { signIn: await now(signIn), caller, thumbprint }
}

/** A signed decision on what is shown. Each is signed anew unless a test says otherwise. */
const decision = (signIn: SignIn, decided: Verdict, number?: string, bend: object = {}): SignedDecision => ({
  approval: randomUUID(),
  claims: { shown: { ...shownOf(signIn), ...bend }, decision: decided, number },
  proof: aProof(stores),
})
const right = (signIn: SignIn): SignedDecision => decision(signIn, 'approve', signIn.prompt?.digits)
const wrong = (signIn: SignIn): SignedDecision => decision(signIn, 'approve', 'wrong')

/** A person whose phone is bound, and a second sign-in in which it is asked. */
async function asked(objectId = 'ada') {
  const { signIn, caller: pending, thumbprint } = await bind(objectId)
  await signIns.decide(pending, right(signIn))
  const caller = await signIns.identify(thumbprint)
  if (isRefusal(caller)) throw new Error(caller.reason)
  return { caller, thumbprint, ...(await open(objectId)) }
}

describe('a decision', () => {
  test('by the number on the page approves, and makes the pending device active', async () => {
    const { signIn, caller, thumbprint } = await bind('ada')
    expect(caller.status).toBe('pending')
    expect(await signIns.decide(caller, right(signIn))).toBe('approved')
    expect(await signIns.identify(thumbprint)).toMatchObject({ status: 'active' })
  })

  test.each([
    ['cancel', 'denied'],
    ['not-me', 'reported'],
  ] as const)('%s ends it %s', async (verdict, outcome) => {
    const { signIn, caller } = await asked()
    expect(await signIns.decide(caller, decision(signIn, verdict))).toBe(outcome)
    expect(await now(signIn)).toMatchObject({ phase: outcome, decision: { proof: null } })
    expect(
      await signIns.takeAnswer(
        signIn,
        () => ({ type: 'service.started', version: '' }),
        async () => true,
      ),
    ).toMatchObject({
      code: 'sign-in.ended',
    })
  })

  test('sent again is answered as the first time, and recorded once', async () => {
    const { signIn, caller } = await asked()
    const same = right(signIn)
    expect([await signIns.decide(caller, same), await signIns.decide(caller, same)]).toEqual(['approved', 'approved'])
    const approved = (await stores.audit.read(0, 100)).filter(
      ({ record: { event } }) => event.type === 'signin.approved' && event.signInId === signIn.id,
    )
    expect(approved).toHaveLength(1)
  })

  test('after another one is too late', async () => {
    const { signIn, caller } = await asked()
    await signIns.decide(caller, decision(signIn, 'cancel'))
    expect(await signIns.decide(caller, right(signIn))).toMatchObject({ code: 'decision.ended' })
  })

  test('made twice at once, each another way, is made once', async () => {
    const { signIn, caller } = await asked()
    const outcomes = await Promise.all([
      signIns.decide(caller, right(signIn)),
      signIns.decide(caller, decision(signIn, 'not-me')),
      signIns.decide(caller, decision(signIn, 'cancel')),
    ])
    expect(outcomes.filter((outcome) => !isRefusal(outcome))).toHaveLength(1)
  })
})

describe('whose sign-in it is', () => {
  test('another person’s device finds nothing to decide, as for a sign-in that is not there', async () => {
    const ada = await asked('ada')
    const grace = await asked('grace')
    const stranger = await signIns.decide(grace.caller, right(ada.signIn))
    const nowhere = await signIns.decide(grace.caller, decision(ada.signIn, 'approve', '1', { signInId: 'none' }))
    expect(stranger).toMatchObject({ code: 'decision.nothing' })
    expect(nowhere).toMatchObject({ code: 'decision.nothing' })
    expect((await now(ada.signIn)).phase).toBe('open')
  })

  test('a pending device sees and decides the sign-in that bound it, and nothing else of its person', async () => {
    const { caller, signIn } = await bind('ada')
    const second = await open('ada')
    expect((await signIns.pendingFor(caller)).map(({ id }) => id)).toEqual([signIn.id])
    expect(await signIns.decide(caller, decision(second.signIn, 'approve', ''))).toMatchObject({
      code: 'decision.nothing',
    })
  })

  test('a pending device is gone with its sign-in', async () => {
    const { thumbprint } = await bind('ada')
    clock.leap(241_000)
    expect(await signIns.identify(thumbprint)).toMatchObject({ code: 'device.unknown' })
  })

  test('a revoked device is told so, and decides nothing', async () => {
    const { caller, thumbprint } = await asked()
    await stores.devices.revoke(caller.deviceId, clock.now(), { type: 'service.started', version: '' })
    expect(await signIns.identify(thumbprint)).toMatchObject({ code: 'device.removed' })
  })
})

describe('what was shown', () => {
  test.each([
    ['another integration', { integrationName: 'Fabrikam' }],
    ['another person', { person: 'grace@contoso.example' }],
    ['another address', { address: '198.51.100.1' }],
    ['another application', { application: 'Payroll' }],
    ['another time', { requestedAt: '2020-01-01T00:00:00.000Z' }],
    ['one member more', { more: true }],
    ['one member less', { browser: undefined }],
  ])('with %s is not what we showed', async (_what, bend) => {
    const { caller, signIn } = await asked()
    const refused = await signIns.decide(caller, decision(signIn, 'approve', signIn.prompt?.digits, bend))
    expect(refused).toMatchObject({ code: 'decision.nothing' })
    expect((await now(signIn)).phase).toBe('open')
  })

  test('in an earlier prompt counts no more', async () => {
    const { caller, signIn } = await asked()
    clock.leap(90_000)
    await signIns.askAgain(signIn.id)
    expect(await signIns.decide(caller, right(signIn))).toMatchObject({ code: 'decision.ended' })
    expect(await signIns.decide(caller, right(await now(signIn)))).toBe('approved')
  })
})

describe('wrong numbers', () => {
  test('are counted, the same one once, and end the prompt', async () => {
    const { caller, signIn } = await asked()
    const first = wrong(signIn)
    expect(await signIns.decide(caller, first)).toMatchObject({
      code: 'decision.wrong-number',
      facts: { triesLeft: 2 },
    })
    expect(await signIns.decide(caller, first)).toMatchObject({ facts: { triesLeft: 2 } })
    await signIns.decide(caller, wrong(signIn))
    expect(await signIns.decide(caller, wrong(signIn))).toMatchObject({ facts: { triesLeft: 0 } })
    expect(await signIns.decide(caller, right(signIn))).toMatchObject({ code: 'decision.ended' })
  })

  test('make the person wait, in other sign-ins too; cancelling needs no wait', async () => {
    const { caller, signIn } = await asked()
    for (let i = 0; i < 3; i++) await signIns.decide(caller, wrong(signIn))
    const { signIn: second } = await open('ada')
    expect(await signIns.decide(caller, right(second))).toMatchObject({
      code: 'decision.wait',
      facts: { retryAfterSeconds: 30 },
    })
    clock.leap(30_000)
    expect(await signIns.decide(caller, wrong(second))).toMatchObject({ code: 'decision.wrong-number' })
    expect(await signIns.decide(caller, right(second))).toMatchObject({ code: 'decision.wait' })
    expect(await signIns.decide(caller, decision(second, 'cancel'))).toBe('denied')
  })

  test('guessed at once end the prompt all the same: three are counted, not more', async () => {
    const { caller, signIn } = await asked()
    const guesses = await Promise.all(Array.from({ length: 10 }, () => signIns.decide(caller, wrong(signIn))))
    expect(guesses.filter((guess) => isRefusal(guess) && guess.code === 'decision.wrong-number')).toHaveLength(3)
    expect((await now(signIn)).prompt?.wrong).toHaveLength(3)
  })

  test('are forgotten by an approval, and by nothing else', async () => {
    const { caller, signIn } = await asked()
    for (let i = 0; i < 2; i++) await signIns.decide(caller, wrong(signIn))
    expect((await stores.signIns.failures(signIn, 'number')).count).toBe(2)
    const { signIn: second } = await open('ada')
    await signIns.decide(caller, decision(second, 'cancel'))
    expect((await stores.signIns.failures(signIn, 'number')).count).toBe(2)
    await signIns.decide(caller, right(signIn))
    expect((await stores.signIns.failures(signIn, 'number')).count).toBe(0)
  })
})
