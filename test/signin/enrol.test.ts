// How a phone comes to a person: the ticket that it redeems, and the code that is typed for one.
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { isRefusal, refuse } from '../../src/base/refusal.ts'
import { ticketOf } from '../../src/devices/ticket.ts'
import type { SignIn } from '../../src/signin/sign-in.ts'
import { activateOne, aDevice, anInvitation, inviteOne } from '../store/contract/material.ts'
import { OPENED } from './a-sign-in.ts'
import { BY_INVITATION, names, openWorld, PERSON, type World } from './a-world.ts'
import { aBindRequest } from './on-stores.ts'

const refused = (reason: string) => refuse('code.refused', reason)
const failures = (world: World) => world.stores.signIns.failures(PERSON, 'code')

describe('a ticket', () => {
  let world: World
  let signIn: SignIn
  let secret: string
  beforeEach(async () => {
    world = await openWorld()
    const opened = await world.open()
    signIn = opened.signIn
    secret = opened.secret
    await world.news()
  })
  afterEach(() => world.close())

  test('makes a phone the pending one, which is asked at once, on record', async () => {
    expect(await world.signIns.hasTicket(ticketOf(secret, signIn.id))).toBe(true)
    const bound = await world.bind(signIn, secret)
    if (isRefusal(bound)) throw new Error(bound.reason)
    const { thumbprint, publicKey, name, platform, address } = aBindRequest('phone a', { ticket: '' })
    expect(bound.pendingDevice).toEqual({
      id: expect.any(String),
      thumbprint,
      publicKey,
      name,
      platform,
      boundAt: OPENED,
    })
    expect(bound.prompt).toMatchObject({ number: 1, digits: expect.stringMatching(/^\d{6}$/) })
    const deviceId = bound.pendingDevice?.id
    expect(await world.news()).toEqual([
      {
        ...{ ...names(signIn), type: 'ticket.redeemed', deviceId, deviceName: name, platform, address },
        publicKey: JSON.stringify(publicKey),
      },
      { ...names(signIn), type: 'signin.prompted', promptNumber: 1, devices: 1 },
    ])
  })

  test('is answered by the same phone as the first time, while its sign-in lives', async () => {
    const first = await world.bind(signIn, secret)
    expect(await world.bind(signIn, secret)).toEqual(first)
    world.leap(240_000)
    expect(await world.bind(signIn, secret)).toEqual(refused('ticket in phase expired'))
  })

  test('is typed as a short code, too', async () => {
    const { code } = ticketOf(secret, signIn.id)
    expect(await world.signIns.bind(aBindRequest('phone a', { code: code.toLowerCase() }))).toMatchObject({
      id: signIn.id,
    })
  })

  test('that nobody has, that is spent, or whose sign-in is over, is refused', async () => {
    expect(await world.signIns.hasTicket({ ticket: 'none' })).toBe(false)
    expect(await world.signIns.bind(aBindRequest('phone a', { ticket: 'none' }))).toEqual(
      refused('no sign-in has this ticket'),
    )
    await world.bind(signIn, secret)
    expect(await world.bind(signIn, secret, 'phone b')).toEqual(refused('the ticket is spent'))
    const other = await world.open()
    await world.signIns.cancel(other.signIn.id)
    expect(await world.bind(other.signIn, other.secret, 'phone b')).toEqual(refused('ticket in phase cancelled'))
  })

  test('is refused to a key that is bound, or was offered in another sign-in that is open, or was opened later', async () => {
    await world.enrol({ objectId: 'grace' }, 'phone of grace')
    expect(await world.bind(signIn, secret, 'phone of grace')).toEqual(refused('this key is bound already'))
    const elsewhere = await world.open({ objectId: 'somebody' })
    await world.bind(elsewhere.signIn, elsewhere.secret, 'phone a')
    expect(await world.bind(signIn, secret)).toEqual(refused('this key was offered in another sign-in'))
    await world.signIns.cancel(elsewhere.signIn.id)
    expect(await world.bind(signIn, secret)).toEqual(refused('this key was offered in another sign-in'))
    world.leap(1)
    const later = await world.open()
    expect(await world.bind(later.signIn, later.secret)).toMatchObject({ id: later.signIn.id })
    expect(await world.known('phone a')).toMatchObject({ signIn: { id: later.signIn.id } })
  })

  test('of a first use is refused when the person has had a phone meanwhile', async () => {
    await activateOne(world.stores, aDevice(PERSON))
    expect(await world.bind(signIn, secret)).toEqual(refused('the person has had a device meanwhile'))
  })
})

describe('an invitation', () => {
  const invitation = anInvitation({ ...PERSON, id: 'invitation-1' })
  let world: World
  let signIn: SignIn
  let secret: string
  /** While the slow hash of the code is made. */
  let meanwhile: () => Promise<unknown>
  beforeEach(async () => {
    meanwhile = async () => undefined
    world = await openWorld({
      devices: {
        // As the real one, but for the slow hash.
        holdInvitation: async (_person, typed, signInId, until) => {
          await meanwhile()
          if (typed !== 'right') return refuse('invitation.refused', 'wrong code')
          const held = await world.stores.invitations.hold(invitation.id, signInId, until, world.clock.now())
          return held ? invitation : refuse('invitation.refused', 'held by another sign-in')
        },
      },
    })
    await inviteOne(world.stores, invitation)
    const opened = await world.open({ policy: BY_INVITATION })
    signIn = opened.signIn
    secret = opened.secret
    await world.news()
  })
  afterEach(() => world.close())
  /** The invitation while it is neither spent nor over. */
  const open = () => world.stores.invitations.findOpen(PERSON, world.clock.now())
  const type = (typed: string) => world.signIns.redeemInvitation(signIn, secret, typed)

  test('that is typed right gives the ticket, on record, and ends the row of wrong ones', async () => {
    await type('wrong')
    expect(await failures(world)).toMatchObject({ count: 1 })
    await world.news()
    expect(await type('right')).toBe(true)
    expect(await world.news()).toEqual([
      { ...names(signIn), type: 'invitation.redeemed', invitationId: 'invitation-1' },
      { ...names(signIn), type: 'ticket.issued' },
    ])
    expect(await failures(world)).toMatchObject({ count: 0 })
    expect(await world.signIns.hasTicket(ticketOf(secret, signIn.id))).toBe(true)
    expect(await world.find(signIn.id)).toMatchObject({ invitationId: 'invitation-1', invitable: false })
    // The phone that comes with it spends the invitation.
    await world.bind(signIn, secret)
    expect(await world.signIns.decide(await world.known('phone a'), world.right(await world.find(signIn.id)))).toBe(
      'approved',
    )
    expect(await open()).toBeUndefined()
  })

  test('wakes nobody, and ends what stands on the phones that were asked before it was typed', async () => {
    await type('right')
    expect(world.rung).toEqual([])
    await world.signIns.cancel(signIn.id)
    await activateOne(world.stores, aDevice({ ...PERSON, thumbprint: 'phone z' }))
    const asked = await world.open({ policy: BY_INVITATION })
    world.rung.length = 0
    expect(await world.signIns.redeemInvitation(asked.signIn, asked.secret, 'right')).toBe(true)
    const call = expect.objectContaining({ signInId: asked.signIn.id, promptNumber: 1 })
    expect(world.rung).toEqual([['over', call, expect.any(Function), 'ended']])
  })

  test('that is typed wrong is counted and recorded, with why', async () => {
    expect(await type('wrong')).toEqual(refuse('invitation.refused', 'wrong code'))
    expect(await world.news()).toEqual([{ ...names(signIn), type: 'invitation.refused', reason: 'wrong code' }])
    expect(await failures(world)).toEqual({ count: 1, lastAt: OPENED })
    expect(await world.signIns.codeWait(PERSON)).toBe(0)
  })

  test('makes them wait after five wrong ones, and locks them after ten, on record', async () => {
    for (let i = 0; i < 5; i++) await type('wrong')
    expect(await world.signIns.codeWait(PERSON)).toBe(30_000)
    const opened = await world.open({ policy: BY_INVITATION })
    signIn = opened.signIn
    secret = opened.secret
    expect(await type('right')).toEqual(refuse('invitation.wait', 'waiting after wrong codes'))
    for (let i = 0; i < 5; i++) {
      world.leap(3_600_000)
      const next = await world.open({ policy: BY_INVITATION })
      signIn = next.signIn
      secret = next.secret
      await world.news()
      await type('wrong')
      const lock = { ...PERSON, type: 'person.locked', because: 'code' }
      expect(await world.news()).toMatchObject([{ type: 'invitation.refused' }, ...(i === 4 ? [lock] : [])])
    }
    expect(await world.signIns.codeWait(PERSON)).toBe(Number.POSITIVE_INFINITY)
    expect(await type('right')).toEqual(refuse('invitation.locked', 'locked after wrong codes'))
    expect(await world.news()).toEqual([])
  })

  test('that is made anew ends no wait', async () => {
    for (let i = 0; i < 5; i++) await type('wrong')
    await inviteOne(world.stores, anInvitation({ ...PERSON, id: 'invitation-2' }))
    const opened = await world.open({ policy: BY_INVITATION })
    expect(await world.signIns.redeemInvitation(opened.signIn, opened.secret, 'right')).toEqual(
      refuse('invitation.wait', 'waiting after wrong codes'),
    )
    expect(await failures(world)).toMatchObject({ count: 5 })
  })

  test('and the ticket and the phone that come with it end no row of wrong numbers', async () => {
    const numbers = async () => (await world.stores.signIns.failures(PERSON, 'number')).count
    await type('right')
    await world.bind(signIn, secret)
    await world.signIns.decide(await world.known('phone a'), world.wrong(await world.find(signIn.id)))
    expect(await numbers()).toBe(1)
    await world.signIns.cancel(signIn.id)
    const opened = await world.open({ policy: BY_INVITATION })
    expect(await world.signIns.redeemInvitation(opened.signIn, opened.secret, 'right')).toBe(true)
    expect(await numbers()).toBe(1)
    await world.bind(opened.signIn, opened.secret, 'phone b')
    expect(await numbers()).toBe(1)
  })

  test('is taken by no sign-in that is over, and not counted', async () => {
    await world.signIns.cancel(signIn.id)
    expect(await type('right')).toEqual(refuse('sign-in.ended', 'invitation in phase cancelled'))
    expect(await failures(world)).toMatchObject({ count: 0 })
  })

  test('is let go of at once when the sign-in was left while the code was looked at', async () => {
    meanwhile = () => world.signIns.cancel(signIn.id)
    expect(await type('right')).toEqual(refuse('sign-in.ended', 'invitation in phase cancelled'))
    expect(await open()).toMatchObject({ heldBy: null })
  })

  test('typed twice at the same moment is redeemed once, and stays held', async () => {
    const came = await Promise.all([type('right'), type('right')])
    expect(came.filter((one) => one === true)).toHaveLength(1)
    expect(await open()).toMatchObject({ heldBy: signIn.id })
  })
})
