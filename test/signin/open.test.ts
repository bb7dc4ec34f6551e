// A verified hint opens a sign-in, once: what is then kept, recorded and asked.
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { refuse } from '../../src/base/refusal.ts'
import { SIGN_IN_LIFE } from '../../src/signin/transaction.ts'
import { OPENED } from './a-sign-in.ts'
import { names, openWorld, type World } from './a-world.ts'
import { anOpenRequest } from './on-stores.ts'

let world: World
beforeEach(async () => {
  world = await openWorld()
  await world.news()
})
afterEach(() => world.close())
const policy = (change: object) => ({ ...anOpenRequest(world.clock).policy, ...change })

describe('a first sign-in', () => {
  test('gets a ticket where first use is allowed, and asks nobody', async () => {
    const request = anOpenRequest(world.clock)
    const opened = await world.signIns.open(request)
    if (!('id' in opened)) throw new Error('not opened')
    const signIn = await world.find(opened.id)
    expect(opened).toEqual({
      kind: 'opened',
      id: signIn.id,
      browserSecret: expect.any(String),
      expiresAt: OPENED + SIGN_IN_LIFE,
    })
    expect(signIn).toMatchObject({
      ...{ phase: 'open', version: 1, invitable: false, prompt: null, invitationId: null, invitationTries: 0 },
      ticket: { ticketDigest: expect.any(String), codeDigest: expect.any(String) },
    })
    for (const spoken of ['policy', 'hint', 'from']) expect(signIn).not.toHaveProperty(spoken)
    expect(await world.news()).toEqual([
      { ...names(signIn), type: 'hint.accepted', clientRequestId: request.clientRequestId, keyId: 'k', issuer: 'i' },
      {
        ...{ ...names(signIn), type: 'signin.opened', contract: 'external-mfa', from: 'entra' },
        ...{ address: request.address, browser: request.browser },
      },
      { ...names(signIn), type: 'ticket.issued' },
    ])
    expect(world.rung).toEqual([])
  })

  test.each([
    ['invitation', true],
    ['closed', false],
  ] as const)('gets none where enrolment is by %s', async (enrolment, invitable) => {
    const { signIn } = await world.open({ policy: policy({ enrolment }) })
    expect(signIn).toMatchObject({ ticket: null, invitable })
    expect((await world.news()).map(({ type }) => type)).toEqual(['hint.accepted', 'signin.opened'])
  })

  test('may be a first use up to the very instant until which that is allowed', async () => {
    const until = (firstUseUntil: number) => world.open({ policy: policy({ firstUseUntil }) })
    expect((await until(OPENED)).signIn.ticket).not.toBeNull()
    expect((await until(OPENED - 1)).signIn).toMatchObject({ ticket: null, invitable: true })
  })

  test('is no first use by invitation, whatever the time', async () => {
    const { signIn } = await world.open({ policy: policy({ enrolment: 'invitation', firstUseUntil: OPENED + 1 }) })
    expect(signIn.ticket).toBeNull()
  })

  test.each([
    ['ada@contoso.example', true],
    ['ada@home@contoso.example', true],
    ['ada@fabrikam.example', false],
    ['contoso.example', false],
    ['ada_hotmail.example#ext#@contoso.example', false],
  ])('of %s may be a first use where that is for contoso.example: %s', async (person, may) => {
    const { signIn } = await world.open({ person, policy: policy({ firstUseDomains: ['contoso.example'] }) })
    expect(signIn.ticket !== null).toBe(may)
  })
})

describe('a sign-in of somebody with a phone', () => {
  test('asks it at once, is put on record, and wakes it', async () => {
    await world.enrol()
    await world.news()
    world.rung.length = 0
    const { signIn } = await world.open()
    expect(signIn).toMatchObject({ version: 1, ticket: null, invitable: true, prompt: { number: 1, openedAt: OPENED } })
    expect((await world.news()).at(-1)).toEqual({
      ...names(signIn),
      type: 'signin.prompted',
      promptNumber: 1,
      devices: 1,
    })
    expect(world.rung).toEqual([['ringLater', expect.objectContaining({ signInId: signIn.id }), [expect.any(String)]]])
  })

  test('is refused while the person is locked after wrong numbers, and not for codes', async () => {
    const locked = await openWorld({
      signIns: { failures: async (_person, kind) => ({ count: kind === 'number' ? 20 : 0, lastAt: 0 }) },
    })
    expect(await locked.signIns.open(anOpenRequest(locked.clock))).toEqual(
      refuse('person.locked', 'locked after wrong numbers'),
    )
    await locked.close()
    const codes = await openWorld({
      signIns: { failures: async (_person, kind) => ({ count: kind === 'code' ? 20 : 0, lastAt: 0 }) },
    })
    expect(await codes.signIns.open(anOpenRequest(codes.clock))).toMatchObject({ kind: 'opened' })
    await codes.close()
  })
})

describe('a hint that was used', () => {
  const replayed = refuse('hint.replayed', 'hint was used before, in another request')

  test('leads the same request to its sign-in, and no other', async () => {
    const request = anOpenRequest(world.clock)
    const first = await world.signIns.open(request)
    if (!('id' in first)) throw new Error('not opened')
    await world.news()
    expect(await world.signIns.open(request)).toEqual({ kind: 'repeat', id: first.id })
    expect(await world.signIns.open({ ...request, requestDigest: 'another' })).toEqual(replayed)
    expect(await world.news()).toEqual([])
  })

  test('at the same moment by another request opens one sign-in', async () => {
    const request = anOpenRequest(world.clock)
    const opened = await Promise.all([
      world.signIns.open(request),
      world.signIns.open({ ...request, requestDigest: 'another' }),
      world.signIns.open(request),
    ])
    const [first] = opened
    if (!first || !('id' in first)) throw new Error('not opened')
    expect(opened).toEqual([first, replayed, { kind: 'repeat', id: first.id }])
  })

  test('whose sign-in is forgotten already leads nowhere', async () => {
    const request = anOpenRequest(world.clock, {
      hint: { ...anOpenRequest(world.clock).hint, keepUntil: OPENED + 90 * 86_400_000 },
    })
    await world.signIns.open(request)
    world.leap(2 * 86_400_000)
    await world.signIns.tidy()
    world.leap(2 * 86_400_000)
    await world.signIns.tidy()
    expect(await world.signIns.open(request)).toEqual(replayed)
  })

  test('is refused with a nonce and state that were answered', async () => {
    const caller = await world.enrol()
    const { signIn } = await world.open()
    await world.signIns.decide(caller, world.right(signIn))
    const event = { type: 'service.started', version: '' } as const
    await world.signIns.takeAnswer(
      signIn,
      () => event,
      async () => true,
    )
    expect(await world.signIns.open(anOpenRequest(world.clock, { nonce: signIn.nonce }))).toEqual(
      refuse('hint.replayed', 'its nonce and state were answered before'),
    )
  })
})

test('a person has three sign-ins open, and no more', async () => {
  for (let i = 0; i < 3; i++) await world.open()
  expect(await world.signIns.open(anOpenRequest(world.clock))).toEqual(
    refuse('sign-in.too-many', '3 sign-ins of this person are open'),
  )
})
