// What a decision leaves on record, whom it wakes and leads on, and what is said of one that is not taken.
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { instant } from '../../src/base/clock.ts'
import { isRefusal, refuse } from '../../src/base/refusal.ts'
import type { Caller } from '../../src/signin/decide.ts'
import type { SignIn } from '../../src/signin/sign-in.ts'
import { PROMPT_LIFE } from '../../src/signin/transaction.ts'
import { activateOne, aDevice, anInvitation, inviteOne } from '../store/contract/material.ts'
import { anAskedSignIn, OPENED } from './a-sign-in.ts'
import { BY_INVITATION, names, openWorld, PERSON, type World } from './a-world.ts'
import { aProof } from './on-stores.ts'

let world: World
beforeEach(async () => {
  world = await openWorld()
})
afterEach(() => world.close())

/** Somebody with a phone, and a sign-in in which it is asked; nothing of how it came to that is news. */
async function asked(): Promise<{ caller: Caller; signIn: SignIn }> {
  const caller = await world.enrol()
  const { signIn } = await world.open()
  await world.news()
  world.rung.length = 0
  return { caller, signIn }
}
const others = async ([, , reached]: unknown[] = []) => (reached as () => Promise<string[]>)()

describe('an approval', () => {
  test('is recorded with what was signed, and once', async () => {
    const { caller, signIn } = await asked()
    const signed = world.right(signIn)
    expect(await world.signIns.decide(caller, signed)).toBe('approved')
    const { deviceId } = caller
    expect(await world.news()).toEqual([
      {
        ...{ ...names(signIn), type: 'signin.approved', method: 'push', promptNumber: 1 },
        ...{ deviceId, approval: signed.approval },
      },
    ])
    expect(await world.find(signIn.id)).toMatchObject({
      ...{ phase: 'approved', decision: { deviceId, proof: 'software-key', at: OPENED } },
    })
    expect(world.rung).toEqual([
      ['over', expect.objectContaining({ signInId: signIn.id }), expect.any(Function), 'decided'],
    ])
    expect(await others(world.rung[0])).toEqual([])
    // The same again, when a claim was given for it.
    const event = { type: 'service.started', version: '' } as const
    await world.signIns.takeAnswer(
      signIn,
      () => event,
      async () => true,
    )
    world.rung.length = 0
    expect(await world.signIns.decide(caller, signed)).toBe('approved')
    expect(world.rung).toEqual([])
  })

  test('of a pending phone makes it the person’s, on record, and leads their other sign-ins to it', async () => {
    const { signIn, secret } = await world.open()
    const other = (await world.open()).signIn
    const elsewhere = (await world.open({ objectId: 'somebody else' })).signIn
    await world.bind(signIn, secret)
    const caller = await world.known('phone a')
    expect(caller.status).toBe('pending')
    await world.news()
    const bound = await world.find(signIn.id)
    expect(await world.signIns.decide(caller, world.right(bound))).toBe('approved')
    const { deviceId } = caller
    expect(await world.news()).toEqual([
      expect.objectContaining({ type: 'signin.approved', deviceId }),
      { ...names(signIn), type: 'device.activated', deviceId },
      { ...names(other), type: 'signin.prompted', promptNumber: 1, devices: 1 },
    ])
    expect(await world.find(other.id)).toMatchObject({ ticket: null, prompt: { number: 1, openedAt: OPENED } })
    expect(await world.find(elsewhere.id)).toMatchObject({ ticket: expect.anything(), prompt: null })
    expect(await world.devices.find(deviceId)).toMatchObject({
      ...{
        ...PERSON,
        state: 'active',
        revokedAt: null,
        boundBy: signIn.id,
        person: signIn.person,
        integrationId: 'integration-1',
      },
    })
  })

  test('leads on no sign-in in which another phone is being bound, though it asks no more, and none by invitation', async () => {
    const invited = await world.open({ policy: BY_INVITATION })
    const { code } = await world.devices.invite('integration-1', PERSON, 'command-line')
    await world.signIns.redeemInvitation(invited.signIn, invited.secret, code)
    const binding = await world.open()
    await world.bind(binding.signIn, binding.secret, 'phone b')
    world.leap(PROMPT_LIFE)
    const { signIn, secret } = await world.open()
    await world.bind(signIn, secret, 'phone a')
    const others = () => Promise.all([binding, invited].map((other) => world.find(other.signIn.id)))
    const before = await others()
    expect(before).toMatchObject([{ pendingDevice: {} }, { ticket: {}, invitationId: expect.any(String) }])
    const approved = await world.signIns.decide(await world.known('phone a'), world.right(await world.find(signIn.id)))
    expect(approved).toBe('approved')
    expect(await others()).toEqual(before)
  })

  test('leads on nothing when the phone was there before', async () => {
    const caller = await world.enrol()
    const { signIn } = await world.open()
    const ticketed = await world.open({ objectId: 'ada 2' })
    await world.signIns.decide(caller, world.right(signIn))
    expect(await world.find(ticketed.signIn.id)).toEqual(ticketed.signIn)
  })

  test('by two phones of a first use binds one: the other comes too late', async () => {
    const { signIn, secret } = await world.open()
    const second = await world.open()
    await world.bind(signIn, secret, 'phone a')
    await world.bind(second.signIn, second.secret, 'phone b')
    const [a, b] = [await world.known('phone a'), await world.known('phone b')]
    await world.signIns.decide(a, world.right(await world.find(signIn.id)))
    const late = await world.find(second.signIn.id)
    expect(await world.signIns.decide(b, world.right(late))).toEqual(
      refuse('decision.ended', 'the person has had a device meanwhile'),
    )
    // To cancel, nothing is asked of that.
    expect(await world.signIns.decide(b, world.decision(late, 'cancel'))).toBe('denied')
  })
})

describe('what is not wanted', () => {
  test.each([
    ['cancel', 'denied'],
    ['not-me', 'reported'],
  ] as const)('(%s) is recorded as %s, and alarms when push is to be quiet', async (verdict, outcome) => {
    const { caller, signIn } = await asked()
    world.quiet.until = OPENED + 60_000
    const signed = world.decision(signIn, verdict)
    expect(await world.signIns.decide(caller, signed)).toBe(outcome)
    const { deviceId } = caller
    expect(await world.news()).toEqual([
      { ...names(signIn), type: `signin.${outcome}`, promptNumber: 1, deviceId, approval: signed.approval },
      { ...names(signIn), type: 'person.alarmed', because: outcome, quietUntil: instant(OPENED + 60_000) },
    ])
    expect(await world.stores.rings.unwanted(PERSON, 0)).toEqual([{ at: OPENED, kind: outcome }])
    expect(world.rung).toEqual([
      ['over', expect.objectContaining({ signInId: signIn.id }), expect.any(Function), 'decided'],
    ])
    // The same again is answered as the first time.
    expect(await world.signIns.decide(caller, signed)).toBe(outcome)
  })

  test('alarms nobody when push is not to be quiet', async () => {
    const { caller, signIn } = await asked()
    await world.signIns.decide(caller, world.decision(signIn, 'cancel'))
    expect((await world.news()).map(({ type }) => type)).toEqual(['signin.denied'])
  })

  test('by a phone that is only being bound leaves its person’s push alone', async () => {
    const { signIn, secret } = await world.open()
    await world.bind(signIn, secret)
    world.quiet.until = OPENED + 60_000
    await world.news()
    const bound = await world.find(signIn.id)
    expect(await world.signIns.decide(await world.known('phone a'), world.decision(bound, 'not-me'))).toBe('reported')
    expect((await world.news()).map(({ type }) => type)).toEqual(['signin.reported'])
    expect(await world.stores.rings.unwanted(PERSON, 0)).toEqual([])
  })
})

describe('a wrong number', () => {
  test('is recorded, wakes nobody, and says how many are left, the same one each time', async () => {
    const { caller, signIn } = await asked()
    const [first, second] = [world.wrong(signIn), world.wrong(signIn)]
    const left = (triesLeft: number) => refuse('decision.wrong-number', 'wrong number', { triesLeft })
    expect(await world.signIns.decide(caller, first)).toEqual(left(2))
    expect(await world.signIns.decide(caller, second)).toEqual(left(1))
    expect([await world.signIns.decide(caller, first), await world.signIns.decide(caller, second)]).toEqual([
      left(2),
      left(1),
    ])
    const { deviceId } = caller
    const wrong = { ...names(signIn), type: 'signin.wrong-number', promptNumber: 1, deviceId }
    expect(await world.news()).toEqual([
      { ...wrong, approval: first.approval },
      { ...wrong, approval: second.approval },
    ])
    expect(world.rung).toEqual([])
  })

  test('too many of which end the prompt, and what stands on the phones with it', async () => {
    const { caller, signIn } = await asked()
    for (let i = 0; i < 3; i++) {
      expect(world.rung).toEqual([])
      await world.signIns.decide(caller, world.wrong(signIn))
    }
    expect(world.rung).toEqual([
      ['over', expect.objectContaining({ signInId: signIn.id }), expect.any(Function), 'ended'],
    ])
    expect(await others(world.rung[0])).toEqual([caller.deviceId])
  })

  test('makes them wait, and after twenty locks them, on record', async () => {
    const { caller } = await asked()
    let tried = 0
    let last: unknown
    const locks: unknown[] = []
    for (let round = 0; round < 40 && tried < 20; round++) {
      world.leap(3_600_000)
      const { signIn } = await world.open()
      last = await world.signIns.decide(caller, world.wrong(signIn))
      if (isRefusal(last) && last.code === 'decision.wrong-number') tried++
      locks.push(...(await world.news()).filter(({ type }) => type === 'person.locked').map((event) => [tried, event]))
    }
    expect(locks).toEqual([[20, expect.objectContaining({ ...PERSON, type: 'person.locked', because: 'number' })]])
  })

  test('of a locked person is not looked at, nor a right one; to cancel, no lock counts', async () => {
    let count = 0
    const locking = await openWorld({ signIns: { failures: async () => ({ count, lastAt: OPENED }) } })
    const caller = await locking.enrol()
    const { signIn } = await locking.open()
    count = 20
    expect(await locking.signIns.decide(caller, locking.right(signIn))).toEqual(
      refuse('decision.locked', 'locked after wrong numbers'),
    )
    expect(await locking.signIns.decide(caller, locking.decision(signIn, 'cancel'))).toBe('denied')
    await locking.close()
  })

  test('that made the wait and ended the prompt says that it ended, and not to wait', async () => {
    const { caller, signIn } = await asked()
    for (let i = 0; i < 2; i++) await world.signIns.decide(caller, world.wrong(signIn))
    const guesses = [world.wrong(signIn), world.right(signIn)]
    const came = await Promise.all(guesses.map((guess) => world.signIns.decide(caller, guess)))
    expect(came).toEqual([
      refuse('decision.wrong-number', 'wrong number', { triesLeft: 0 }),
      expect.objectContaining({ code: 'decision.ended' }),
    ])
    const { signIn: second } = await world.open()
    expect(await world.signIns.decide(caller, world.right(second))).toEqual(
      refuse('decision.wait', 'waiting after wrong numbers', { retryAfterSeconds: 30 }),
    )
  })
})

describe('not taken is', () => {
  test('a decision on a sign-in that is not there, or is another’s, as one and the same', async () => {
    const { caller, signIn } = await asked()
    const nowhere = { ...signIn, id: 'nowhere' }
    expect(await world.signIns.decide(caller, world.right(nowhere))).toEqual(
      refuse('decision.nothing', 'no such sign-in'),
    )
    await activateOne(world.stores, aDevice({ tenantId: PERSON.tenantId, objectId: 'grace', thumbprint: 'grace' }))
    expect(await world.signIns.decide(await world.known('grace'), world.right(signIn))).toEqual(
      refuse('decision.nothing', 'not this device’s sign-in'),
    )
    expect(refuse('decision.nothing', 'x').sentence).toBe(refuse('decision.nothing', 'y').sentence)
  })

  test('one on what was not shown, on an earlier prompt, or too late', async () => {
    const { caller, signIn } = await asked()
    const bent = { ...signIn, integrationName: 'Fabrikam' }
    expect(await world.signIns.decide(caller, world.right(bent))).toEqual(
      refuse('decision.nothing', 'what was signed is not what was shown'),
    )
    world.leap(90_000)
    expect(await world.signIns.decide(caller, world.right(signIn))).toEqual(
      refuse('decision.ended', 'decision in phase open'),
    )
    await world.signIns.askAgain(signIn.id)
    expect(await world.signIns.decide(caller, world.right(signIn))).toEqual(
      refuse('decision.ended', 'decision for an earlier prompt'),
    )
  })

  test('one of a phone that was revoked meanwhile, even in the very move', async () => {
    const { caller, signIn } = await asked()
    await world.stores.devices.revoke(caller.deviceId, OPENED, { type: 'service.started', version: '' })
    expect(await world.signIns.decide(caller, world.right(signIn))).toEqual(
      refuse('device.removed', 'device was revoked meanwhile'),
    )
    expect(await world.signIns.identify('phone a')).toEqual(refuse('device.removed', 'device was revoked'))
    // Not yet seen by whoever looks, and seen by the write.
    let meanwhile = async (): Promise<unknown> => undefined
    const failures = async () => {
      await meanwhile()
      return { count: 0, lastAt: 0 }
    }
    const late = await openWorld({ signIns: { failures } })
    const known = await late.enrol()
    const open = (await late.open()).signIn
    meanwhile = () => late.stores.devices.revoke(known.deviceId, OPENED, { type: 'service.started', version: '' })
    expect(await late.signIns.decide(known, late.right(open))).toMatchObject({ code: 'device.removed' })
    expect(await late.find(open.id)).toMatchObject({ phase: 'open' })
    await late.close()
  })

  test('one by an invitation that was taken back meanwhile', async () => {
    await inviteOne(world.stores, anInvitation({ ...PERSON, id: 'invitation-1' }))
    const invited = await openWorld({
      devices: {
        holdInvitation: async () => anInvitation({ ...PERSON, id: 'invitation-1' }),
        holdsInvitation: async () => false,
      },
    })
    const { signIn, secret } = await invited.open({ policy: BY_INVITATION })
    await invited.signIns.redeemInvitation(signIn, secret, 'any')
    await invited.bind(signIn, secret)
    const bound = await invited.find(signIn.id)
    const caller = await invited.known('phone a')
    expect(await invited.signIns.decide(caller, invited.right(bound))).toEqual(
      refuse('decision.ended', 'the invitation was replaced or removed meanwhile'),
    )
    expect(await invited.signIns.decide(caller, invited.decision(bound, 'cancel'))).toBe('denied')
    await invited.close()
  })
})

describe('a key', () => {
  test('that nobody has is unknown, and so is a pending one when its sign-in is over', async () => {
    expect(await world.signIns.identify('nobody')).toEqual(refuse('device.unknown', 'no device has this key'))
    const { signIn, secret } = await world.open()
    await world.bind(signIn, secret)
    await world.signIns.cancel(signIn.id)
    expect(await world.signIns.identify('phone a')).toEqual(refuse('device.unknown', 'binding ended cancelled'))
    expect(await world.signIns.identify('phone a', 'even-ended')).toMatchObject({
      ...{ status: 'pending', signIn: { id: signIn.id } },
    })
  })

  test('that became a phone between two looks is that phone', async () => {
    await world.enrol()
    const find = world.devices.findByThumbprint
    const before = {
      status: 'active',
      deviceId: expect.any(String),
      device: expect.objectContaining({ thumbprint: 'phone a' }),
    }
    let looks = 0
    world.devices.findByThumbprint = async (thumbprint) => (looks++ === 0 ? undefined : find(thumbprint))
    expect(await world.signIns.identify('phone a')).toEqual(before)
    expect(looks).toBe(2)
  })

  test('sees what is asked of it now, and nothing else', async () => {
    const { caller, signIn } = await asked()
    const second = (await world.open()).signIn
    expect((await world.signIns.pendingFor(caller)).map(({ id }) => id)).toEqual([signIn.id, second.id])
    await world.signIns.cancel(second.id)
    world.leap(89_999)
    expect((await world.signIns.pendingFor(caller)).map(({ id }) => id)).toEqual([signIn.id])
    world.leap(1)
    expect(await world.signIns.pendingFor(caller)).toEqual([])
  })

  test('of the person is not asked while another of theirs is being bound, or may be', async () => {
    const device = aDevice({ ...PERSON })
    const caller: Caller = { status: 'active', deviceId: device.id, device }
    const ticket = { ticketDigest: 't', codeDigest: 'c' }
    for (const signIn of [
      anAskedSignIn('1', { ticket }),
      anAskedSignIn('1', { pendingDevice: { ...device, id: 'other' } }),
    ]) {
      const of = await openWorld({ signIns: { openOf: async () => [signIn] } })
      expect(await of.signIns.pendingFor(caller)).toEqual([])
      await of.close()
    }
  })
})

describe('the proof of the request that brings a decision', () => {
  const OTHER = refuse('proof.refused', 'jti was used for another request')
  const use = (id: string, digest: string) => world.stores.proofs.remember(id, digest, OPENED + 1)

  test('must be of no other request: nothing is written', async () => {
    const { caller, signIn } = await asked()
    await use('jti', 'another request')
    await world.news()
    const signed = { ...world.right(signIn), proof: aProof(world.stores, 'jti') }
    expect(await world.signIns.decide(caller, signed)).toEqual(OTHER)
    expect(await world.find(signIn.id)).toEqual(signIn)
    expect(await world.news()).toEqual([])
  })

  test('must be of no other, though nothing would have come of the decision either', async () => {
    const { caller, signIn } = await asked()
    await use('jti', 'another request')
    const signed = { ...world.right({ ...signIn, id: 'unknown' }), proof: aProof(world.stores, 'jti') }
    expect(await world.signIns.decide(caller, signed)).toEqual(OTHER)
  })

  test.each([
    ['approves', (signIn: SignIn) => world.right(signIn)],
    ['has a wrong number', (signIn: SignIn) => world.wrong(signIn)],
    ['is about nothing', (signIn: SignIn) => world.right({ ...signIn, id: 'unknown' })],
  ])('is used for no other from then on, when it %s', async (_, signed) => {
    const { caller, signIn } = await asked()
    const first = await world.signIns.decide(caller, { ...signed(signIn), proof: aProof(world.stores, 'jti') })
    expect(first).not.toEqual(OTHER)
    expect(await use('jti', 'another request')).toBe('other')
  })
})
