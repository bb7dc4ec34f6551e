// Decisions on what has changed since the phone looked, and on what was never asked of it.
import { afterEach, beforeEach, expect, test } from '@jest/globals'
import { refuse } from '../../src/base/refusal.ts'
import type { SignIn } from '../../src/signin/sign-in.ts'
import { activateOne, aDevice } from '../store/contract/material.ts'
import { OPENED } from './a-sign-in.ts'
import { BY_INVITATION, openWorld, PERSON, type World } from './a-world.ts'
import { aProof } from './on-stores.ts'

let world: World
let others: World[]
beforeEach(async () => {
  world = await openWorld()
  others = []
})
afterEach(async () => {
  for (const each of [world, ...others]) await each.close()
})

/** A world in which the store behaves in another way. */
async function another(...replaced: Parameters<typeof openWorld>): Promise<World> {
  const opened = await openWorld(...replaced)
  others.push(opened)
  return opened
}

/** A sign-in that binds `phone a`, asked. */
async function binding(where: World): Promise<SignIn> {
  const { signIn, secret } = await where.open()
  await where.bind(signIn, secret)
  return where.find(signIn.id)
}

test('a right number is told that the prompt has ended, not to wait, when the wrong ones before it did both meanwhile', async () => {
  let ending: (() => Promise<unknown>) | undefined
  const failures = async () => {
    // The prompt was open when the sign-in was read; the number that ends it is counted now.
    await ending?.()
    return { count: ending ? 3 : 0, lastAt: late.clock.now() }
  }
  const late = await another({ signIns: { failures } })
  const caller = await late.enrol()
  const { signIn } = await late.open()
  const prompt = { ...(signIn.prompt as NonNullable<SignIn['prompt']>), wrong: ['1', '2', '3'] }
  ending = () => late.stores.signIns.move(signIn, { ...signIn, prompt, version: 2 }, { events: [] })
  expect(await late.signIns.decide(caller, late.right(signIn))).toEqual(
    refuse('decision.ended', 'ended while it was looked at'),
  )
})

test('and so it is when the sign-in itself is gone', async () => {
  let isAsked = false
  let isGone = false
  const gone = await another({
    signIns: {
      find: async (id) => (isGone ? undefined : gone.stores.signIns.find(id)),
      failures: async () => {
        isGone = isAsked
        return { count: isAsked ? 3 : 0, lastAt: gone.clock.now() }
      },
    },
  })
  const caller = await gone.enrol()
  const { signIn } = await gone.open()
  isAsked = true
  expect(await gone.signIns.decide(caller, gone.right(signIn))).toEqual(
    refuse('decision.ended', 'ended while it was looked at'),
  )
})

test('a phone that is being bound decides nothing of a sign-in that binds none', async () => {
  await binding(world)
  const caller = await world.known('phone a')
  const { signIn } = await world.open({ policy: BY_INVITATION })
  expect(await world.signIns.decide(caller, world.decision(signIn, 'cancel'))).toEqual(
    refuse('decision.nothing', 'not this device’s sign-in'),
  )
  expect((await world.find(signIn.id)).phase).toBe('open')
})

test('a phone that is being bound is not taken for a removed one when another move was faster', async () => {
  let isFaster = false
  const move: World['stores']['signIns']['move'] = async (...asked) => {
    const loses = isFaster
    isFaster = false
    return !loses && raced.stores.signIns.move(...asked)
  }
  const raced = await another({ signIns: { move } })
  const signIn = await binding(raced)
  const caller = await raced.known('phone a')
  isFaster = true
  expect(await raced.signIns.decide(caller, raced.right(signIn))).toBe('approved')
  expect(isFaster).toBe(false)
})

test('a phone that cancels what binds it leads nobody on: the person has none, and may scan in another tab', async () => {
  const signIn = await binding(world)
  const other = (await world.open()).signIn
  const caller = await world.known('phone a')
  expect(await world.signIns.decide(caller, world.decision(signIn, 'cancel'))).toBe('denied')
  expect(await world.find(other.id)).toEqual(other)
  expect(other).toMatchObject({ ticket: {}, prompt: null })
})

test('an approval that nobody fetched in time is no approval when the phone sends it again', async () => {
  const caller = await world.enrol()
  const { signIn } = await world.open()
  const signed = world.right(signIn)
  expect(await world.signIns.decide(caller, signed)).toBe('approved')
  world.leap(241_000)
  await world.signIns.tidy()
  expect((await world.find(signIn.id)).phase).toBe('expired')
  expect(await world.signIns.decide(caller, signed)).toEqual(refuse('decision.ended', 'expired'))
})

test('a phone that came to its person by another way decides nothing of a sign-in that asked nobody', async () => {
  const { signIn } = await world.open({ policy: BY_INVITATION })
  expect(signIn).toMatchObject({ prompt: null, ticket: null })
  await activateOne(world.stores, aDevice({ ...PERSON, thumbprint: 'phone z' }))
  const caller = await world.known('phone z')
  expect(await world.signIns.decide(caller, world.right(signIn))).toEqual(
    refuse('decision.ended', 'decision in phase open'),
  )
})

test('an invitation binds a phone for who has had one: only a first use is once', async () => {
  const first = await world.enrol()
  await world.stores.devices.revoke(first.deviceId, world.clock.now(), { type: 'service.started', version: '' })
  const { signIn, secret } = await world.open({ policy: BY_INVITATION })
  const { code } = await world.devices.invite('integration-1', PERSON, 'command-line')
  expect(await world.signIns.redeemInvitation(signIn, secret, code)).toBe(true)
  await world.bind(signIn, secret, 'phone b')
  const caller = await world.known('phone b')
  expect(await world.signIns.decide(caller, world.right(await world.find(signIn.id)))).toBe('approved')
  expect(await world.known('phone b')).toMatchObject({ status: 'active' })
})

test('a proof is used by a decision, though its sign-in was gone when it was to be written', async () => {
  let isTaken = false
  let isGone = false
  const gone = await another({
    signIns: {
      find: async (id) => (isGone ? undefined : gone.stores.signIns.find(id)),
      move: async (...move) => {
        isGone = isTaken
        return !isTaken && gone.stores.signIns.move(...move)
      },
    },
  })
  const caller = await gone.enrol()
  const { signIn } = await gone.open()
  isTaken = true
  const proof = aProof(gone.stores, 'the jti')
  expect(await gone.signIns.decide(caller, { ...gone.right(signIn), proof })).toEqual(
    refuse('decision.nothing', 'no such sign-in'),
  )
  expect(await gone.stores.proofs.remember('the jti', 'another request', OPENED)).toBe('other')
})
