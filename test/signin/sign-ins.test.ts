// The browser's side of a sign-in: whose it is, asking again, giving up, and the one right to a claim.
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import type { AuditEvent } from '../../src/audit/events.ts'
import { refuse } from '../../src/base/refusal.ts'
import type { Caller } from '../../src/signin/decide.ts'
import type { SignIn } from '../../src/signin/sign-in.ts'
import { anIntegration, integrationEvent } from '../store/contract/material.ts'
import { OPENED } from './a-sign-in.ts'
import { names, openWorld, type World } from './a-world.ts'

const SIGNING: AuditEvent = { type: 'service.started', version: 'the claim' }
const served = async () => true

let world: World
let caller: Caller
let signIn: SignIn
let secret: string
beforeEach(async () => {
  world = await openWorld()
  caller = await world.enrol()
  const opened = await world.open()
  signIn = opened.signIn
  secret = opened.secret
  await world.news()
  world.rung.length = 0
})
afterEach(() => world.close())
const approve = async (): Promise<void> => {
  await world.signIns.decide(caller, world.right(await world.find(signIn.id)))
  await world.news()
}
/** As the browser of the sign-in does, which has just been read. */
const take = async (isServed = served) => world.signIns.takeAnswer(await world.find(signIn.id), () => SIGNING, isServed)
const switchOff = async (): Promise<void> => {
  const off = anIntegration({ id: signIn.integrationId, enabled: false, version: 2 })
  await world.stores.integrations.replace(off, integrationEvent(off, 'integration.changed'))
  await world.news()
}

describe('a sign-in', () => {
  test('is its browser’s, and nobody else’s', async () => {
    const unknown = (reason: string) => refuse('sign-in.unknown', reason)
    expect(await world.signIns.forBrowser(signIn.id, secret)).toEqual(signIn)
    expect(await world.signIns.forBrowser('none', secret)).toEqual(unknown('no such sign-in'))
    expect(await world.signIns.forBrowser(signIn.id, undefined)).toEqual(unknown('no cookie of this sign-in'))
    expect(await world.signIns.forBrowser(signIn.id, `${secret}x`)).toEqual(unknown('cookie is another’s'))
  })

  test('says how it stands, and nothing where there is none', async () => {
    await approve()
    const { version, expiresAt } = await world.find(signIn.id)
    expect(await world.signIns.standing(signIn.id)).toEqual({ version, phase: 'approved', expiresAt })
    expect(await world.signIns.standing('none')).toBeNull()
  })
})

describe('asking again', () => {
  test('opens the next prompt when the last one is over, on record, and wakes the phones', async () => {
    world.leap(90_000)
    expect(await world.signIns.askAgain(signIn.id)).toBe(true)
    const now = await world.find(signIn.id)
    expect(now).toMatchObject({ prompt: { number: 2, openedAt: OPENED + 90_000 } })
    expect(await world.news()).toEqual([{ ...names(signIn), type: 'signin.prompted', promptNumber: 2, devices: 1 }])
    expect(world.rung).toEqual([['ringLater', expect.objectContaining({ promptNumber: 2 }), [caller.deviceId]]])
  })

  test('is refused while one is open, where nobody was asked yet, and where there is nothing', async () => {
    expect(await world.signIns.askAgain(signIn.id)).toEqual(refuse('prompt.open', 'a prompt is open'))
    const first = await world.open({ objectId: 'somebody' })
    expect(await world.signIns.askAgain(first.signIn.id)).toEqual(refuse('sign-in.undecided', 'nobody was asked yet'))
    expect(await world.signIns.askAgain('none')).toEqual(refuse('sign-in.unknown', 'no such sign-in'))
    expect(world.rung).toEqual([])
  })

  test('of a phone that is being bound asks it alone', async () => {
    const { signIn: binding, secret: its } = await world.open({ objectId: 'somebody' })
    await world.bind(binding, its, 'phone b')
    world.leap(90_000)
    await world.news()
    expect(await world.signIns.askAgain(binding.id)).toBe(true)
    expect(await world.news()).toMatchObject([{ type: 'signin.prompted', promptNumber: 2, devices: 1 }])
    expect(world.rung).toEqual([])
  })
})

describe('sending again', () => {
  const nothing = refuse('sign-in.ended', 'no prompt that could be sent again')

  test('wakes the phones once more for the prompt that is open', async () => {
    expect(await world.signIns.sendAgain(signIn)).toBe(true)
    expect(world.rung).toEqual([['ring', expect.objectContaining({ signInId: signIn.id }), [caller.deviceId]]])
  })

  test('is refused without one, and for a phone that is being bound', async () => {
    world.leap(90_000)
    expect(await world.signIns.sendAgain(signIn)).toEqual(nothing)
    const { signIn: binding, secret: its } = await world.open({ objectId: 'somebody' })
    await world.bind(binding, its, 'phone b')
    expect(await world.signIns.sendAgain(await world.find(binding.id))).toEqual(nothing)
    expect(world.rung).toEqual([])
  })
})

describe('giving up', () => {
  test('ends it, on record, and on the phones', async () => {
    expect(await world.signIns.cancel(signIn.id)).toBe(true)
    expect(await world.find(signIn.id)).toMatchObject({ phase: 'cancelled' })
    expect(await world.news()).toEqual([{ ...names(signIn), type: 'signin.cancelled' }])
    expect(world.rung).toEqual([
      ['over', expect.objectContaining({ signInId: signIn.id }), expect.any(Function), 'ended'],
    ])
  })

  test('is refused when it is over already', async () => {
    await approve()
    world.rung.length = 0
    expect(await world.signIns.cancel(signIn.id)).toEqual(refuse('sign-in.ended', 'cancel in phase approved'))
    expect([await world.news(), world.rung]).toEqual([[], []])
  })
})

describe('the right to a claim', () => {
  test('is given once, from approved, with what is going to be signed on record', async () => {
    expect(await take()).toEqual(refuse('sign-in.undecided', 'answer asked for while open'))
    await approve()
    expect(await take()).toMatchObject({ id: signIn.id, phase: 'answered' })
    expect(await world.news()).toEqual([{ ...names(signIn), type: 'signin.answered' }, SIGNING])
    expect(await take()).toEqual(refuse('sign-in.answered', 'a claim was taken already'))
    expect(await world.news()).toEqual([])
  })

  test('is lost when the integration is not served any more', async () => {
    await approve()
    await switchOff()
    expect(await take(async () => false)).toEqual(
      refuse('integration.disabled', 'switched off since the sign-in was opened'),
    )
    expect(await world.find(signIn.id)).toMatchObject({ phase: 'cancelled' })
    expect(await world.news()).toEqual([{ ...names(signIn), type: 'signin.cancelled' }])
    expect(await take()).toEqual(refuse('sign-in.ended', 'answer asked for in phase cancelled'))
  })

  test('is given to who read the sign-in before it was approved', async () => {
    await approve()
    expect(await world.signIns.takeAnswer(signIn, () => SIGNING, served)).toMatchObject({ phase: 'answered' })
  })

  test('is lost when the phone was revoked after it approved', async () => {
    await approve()
    await world.stores.devices.revoke(caller.deviceId, OPENED, SIGNING)
    expect(await take()).toEqual(refuse('sign-in.withdrawn', 'the device was revoked since it approved'))
    expect(await world.find(signIn.id)).toMatchObject({ phase: 'cancelled' })
  })

  test('is given to one of two sign-ins of the same nonce and state', async () => {
    const { signIn: twin } = await world.open({ nonce: signIn.nonce })
    await approve()
    await take()
    await world.signIns.decide(caller, world.right(twin))
    expect(await world.signIns.takeAnswer(twin, () => SIGNING, served)).toEqual(
      refuse('sign-in.answered', 'the same nonce and state were answered in another sign-in'),
    )
    // It is remembered for as long as the sign-in is: a day.
    world.leap(86_400_000 - 1)
    await world.signIns.tidy()
    const { signIn: third } = await world.open()
    expect(third.phase).toBe('open')
    await expect(world.open({ nonce: signIn.nonce })).rejects.toThrow('not opened')
  })

  test('is lost when time ran out while it was looked at', async () => {
    await approve()
    const late = async () => {
      world.leap(240_000)
      return false
    }
    await switchOff()
    expect(await take(late)).toMatchObject({ code: 'integration.disabled' })
  })
})

describe('tidying', () => {
  test('writes down what has expired, once, and forgets what ended a day ago', async () => {
    world.leap(240_000)
    await world.signIns.tidy()
    expect(await world.find(signIn.id)).toMatchObject({ phase: 'expired' })
    // The one in which the phone was bound was never fetched either.
    const expired = (await world.news()).filter((event) => 'signInId' in event && event.signInId === signIn.id)
    expect(expired).toEqual([{ ...names(signIn), type: 'signin.expired' }])
    await world.signIns.tidy()
    expect(await world.news()).toEqual([])
    world.leap(86_400_000 - 240_000)
    await world.signIns.tidy()
    expect(await world.signIns.find(signIn.id)).toBeDefined()
    world.leap(240_001)
    await world.signIns.tidy()
    expect(await world.signIns.find(signIn.id)).toBeUndefined()
  })

  test('leaves alone what was gone or decided by the time that it looked', async () => {
    const stale = await openWorld({ signIns: { due: async () => [{ ...signIn, id: 'gone' }, signIn] } })
    await stale.stores.signIns.open({ ...signIn, phase: 'denied' }, { digest: 'd', keepUntil: 0 }, 3, OPENED, [])
    await stale.signIns.tidy()
    expect(await stale.news()).toMatchObject([{ type: 'integration.created' }])
    expect(await stale.find(signIn.id)).toMatchObject({ phase: 'denied' })
    await stale.close()
  })
})
