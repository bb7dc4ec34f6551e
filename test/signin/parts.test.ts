// The small parts of a sign-in, each with a store or a push that only notes what it is asked.
import { describe, expect, test } from '@jest/globals'
import type { Random } from '../../src/base/random.ts'
import { refuse } from '../../src/base/refusal.ts'
import type { Call } from '../../src/push/push.ts'
import { createLocalChanges } from '../../src/signin/changes.ts'
import { countedSignIns } from '../../src/signin/counted.ts'
import { createDigits } from '../../src/signin/digits.ts'
import { createSignInHistory, type SignInHistoryStore, type SignInRecord } from '../../src/signin/history.ts'
import { createLocks, type LockStore } from '../../src/signin/locks.ts'
import { createMover, inSignIn, promptedEvent, unapproved } from '../../src/signin/mover.ts'
import { createRinging, type Ringer } from '../../src/signin/ringing.ts'
import type { SignIn } from '../../src/signin/sign-in.ts'
import type { Opened, SignInStore } from '../../src/signin/sign-in-store.ts'
import { aDevice } from '../store/contract/material.ts'
import { anAskedSignIn, aSignIn, OPENED } from './a-sign-in.ts'

const PERSON = { tenantId: 'tenant-1', objectId: 'ada' }
const clock = { now: () => OPENED }

describe('changes', () => {
  test('are told to those who listen to this sign-in, until they stop', () => {
    const changes = createLocalChanges()
    const heard: unknown[] = []
    const stop = changes.listen('one', (standing) => heard.push('one', standing))
    changes.listen('two', (standing) => heard.push('two', standing))
    changes.announce('one', aSignIn())
    stop()
    changes.announce('one', aSignIn())
    changes.announce('two', null)
    expect(heard).toEqual(['one', aSignIn(), 'two', null])
  })
})

describe('the number of a prompt', () => {
  /** Draws these, in turn. */
  const drawn = (...numbers: number[]): Random => ({
    bytes: (length) => Buffer.alloc(length),
    below: () => numbers.shift() ?? 99,
  })
  const store = (...taken: (string | null)[]) => ({
    openOf: async () => taken.map((digits) => (digits === null ? aSignIn() : anAskedSignIn(digits))),
  })

  test('is another than those of the person’s other sign-ins, also of those in which nobody was asked', async () => {
    const draw = createDigits({ store: store(null, '11', '22'), clock, random: drawn(11, 22, 33, 44) })
    expect(await draw(PERSON, 2)).toBe('33')
  })

  test('is the first that is drawn where none is taken, with its leading zeros', async () => {
    expect(await createDigits({ store: store(), clock, random: drawn(7, 8) })(PERSON, 2)).toBe('07')
  })

  test('is drawn 20 times at most: a repeat is better than none', async () => {
    const left = Array<number>(25).fill(11)
    const random: Random = { bytes: (length) => Buffer.alloc(length), below: () => left.pop() ?? 0 }
    expect(await createDigits({ store: store('11'), clock, random })(PERSON, 2)).toBe('11')
    expect(left).toHaveLength(5)
  })
})

describe('counted sign-ins', () => {
  const counting = (opened: Opened, won: boolean) => {
    const counted: SignIn[] = []
    const store = { open: async () => opened, move: async () => won } as unknown as SignInStore
    return { counted, store: countedSignIns(store, (signIn) => counted.push(signIn)) }
  }
  const open = (store: SignInStore) => store.open(aSignIn(), { digest: 'd', keepUntil: 0 }, 3, OPENED, [])

  test('tell of every one that was opened, and of no other', async () => {
    const { counted, store } = counting({ kind: 'opened' }, true)
    expect(await open(store)).toEqual({ kind: 'opened' })
    expect(counted).toEqual([aSignIn()])
    const other = counting({ kind: 'too-many' }, true)
    expect(await open(other.store)).toEqual({ kind: 'too-many' })
    expect(other.counted).toEqual([])
  })

  test.each([
    ['that came to another phase', true, 'denied', ['denied']],
    ['that stayed in its phase', true, 'open', []],
    ['whose move somebody else made', false, 'denied', []],
  ] as const)('tell of a sign-in %s as is right', async (_what, won, phase, told) => {
    const { counted, store } = counting({ kind: 'opened' }, won)
    expect(await store.move(aSignIn(), aSignIn({ phase }), { events: [] })).toBe(won)
    expect(counted.map((one) => one.phase)).toEqual(told)
  })
})

describe('what became of sign-ins', () => {
  const record = (openedAt: number): SignInRecord => ({ openedAt, id: `id-${openedAt}` }) as SignInRecord
  const asked: unknown[][] = []
  const history = (found: SignInRecord[]) =>
    createSignInHistory({
      clock,
      store: {
        list: async (...args: unknown[]) => {
          asked.push(args)
          return found
        },
        forget: async (...args: unknown[]) => void asked.push(args),
      } as unknown as SignInHistoryStore,
    })

  test('is read by the page: one more is asked for than is given, and the next page begins behind the last', async () => {
    asked.length = 0
    const page = await history([record(3), record(2), record(1)]).list({ outcome: 'denied', limit: 2 })
    expect(page.rows).toEqual([record(3), record(2)])
    await history([]).list({ outcome: 'denied', limit: 2, cursor: page.next ?? '' })
    expect(asked.map(([, before, limit]) => [before, limit])).toEqual([
      [null, 3],
      [{ openedAt: 2, id: 'id-2' }, 3],
    ])
    expect(asked[0]?.[0]).toMatchObject({ outcome: 'denied' })
  })

  test('is searched for those that were reported', async () => {
    asked.length = 0
    expect(await history([record(1)]).reported(7, 5)).toEqual([record(1)])
    expect(asked).toEqual([[{ outcome: 'reported', from: 7 }, null, 5]])
  })

  test('is forgotten after 400 days', async () => {
    asked.length = 0
    await history([]).tidy()
    expect(asked).toEqual([[OPENED - 400 * 86_400_000]])
  })
})

describe('locks', () => {
  const counts: Record<string, number> = { number: 20, code: 9 }
  const asked: unknown[][] = []
  const locks = createLocks({
    store: {
      failures: async (_person: unknown, kind: string) => ({ count: counts[kind], lastAt: 0 }),
      forgetFailures: async (...args: unknown[]) => asked.push(args) > 0,
    } as unknown as LockStore,
  })

  test('are of those kinds that failed too often, and of no other', async () => {
    expect(await locks.of(PERSON)).toEqual(['number'])
    Object.assign(counts, { number: 19, code: 10 })
    expect(await locks.of(PERSON)).toEqual(['code'])
  })

  test('are ended by an administrator, on record', async () => {
    const person = { ...PERSON, integrationId: 'integration-1', name: 'more than a key' }
    expect(await locks.unlock(person, 'administrator:ada')).toBe(true)
    expect(asked).toEqual([
      [PERSON, { ...PERSON, type: 'person.unlocked', integrationId: 'integration-1', by: 'administrator:ada' }],
    ])
  })
})

describe('ringing', () => {
  const told: unknown[][] = []
  const active = [aDevice({ id: 'phone a' }), aDevice({ id: 'phone b' })]
  const note = <T>(kind: string, answer: T) => {
    return async (...args: unknown[]): Promise<T> => {
      told.push([kind, ...args])
      return answer
    }
  }
  const push = {
    ring: note('ring', true as const),
    ringLater: (...args: unknown[]) => void told.push(['ringLater', ...args]),
    over: (...args: unknown[]) => void told.push(['over', ...args]),
    standing: note('standing', { reachable: true }),
    quietAfter: async () => 5,
  } as unknown as Ringer
  const ringing = createRinging({
    ...{ push, devices: { activeOf: async () => active } },
    ...{ store: { find: async () => there }, clock: { now: () => now } },
  })
  const signIn = anAskedSignIn('123456')
  /** How it stands by now, and when that is. */
  let there: SignIn | undefined
  let now = OPENED
  const call = {
    ...{ signInId: signIn.id, promptNumber: 1, integrationId: 'integration-1', integrationName: 'Contoso' },
    ...{ tenantId: signIn.tenantId, objectId: signIn.objectId, person: null },
    ...{ promptedAt: OPENED, expiresAt: OPENED + 90_000, isAsked: expect.any(Function) },
  }
  const heard = () => told.splice(0)

  test('wakes the phones that the person has, with nothing of the number and without their name', () => {
    ringing.ring(signIn, active)
    expect(heard()).toEqual([['ringLater', call, ['phone a', 'phone b']]])
  })

  test('names the person where their integration wants that', () => {
    ringing.ring({ ...signIn, namePersonInPush: true }, [])
    expect(heard()).toEqual([['ringLater', { ...call, person: signIn.person }, []]])
  })

  test('wakes no phone that is in its person’s hand', () => {
    ringing.ring({ ...signIn, pendingDevice: {} as SignIn['pendingDevice'] }, active)
    expect(heard()).toEqual([])
  })

  test('is done once more for those that are active by then, and says how it stands', async () => {
    expect(await ringing.ringAgain(signIn)).toBe(true)
    expect(await ringing.standing(signIn)).toEqual({ reachable: true })
    expect(heard()).toEqual([
      ['ring', call, ['phone a', 'phone b']],
      ['standing', call, ['phone a', 'phone b']],
    ])
  })

  test.each([
    ['by one of the phones: on the others', 'phone a', ['phone b'], 'decided'],
    ['by nobody: on all', null, ['phone a', 'phone b'], 'ended'],
  ] as const)('is over when a sign-in is decided %s it is replaced', async (_what, by, others, how) => {
    ringing.over(signIn, by)
    const [[kind, of, reached, why] = []] = heard()
    expect([kind, of, why]).toEqual(['over', call, how])
    expect(await (reached as () => Promise<string[]>)()).toEqual(others)
  })

  test('knows whether its prompt still asks', async () => {
    ringing.ring(signIn, active)
    const [[, of] = []] = heard()
    const { isAsked } = of as Call
    const prompt = signIn.prompt as NonNullable<SignIn['prompt']>
    const stands = async (is: SignIn | undefined, at = OPENED) => {
      there = is
      now = at
      return isAsked()
    }
    expect(await stands(signIn)).toBe(true)
    expect(await stands(signIn, prompt.expiresAt)).toBe(false)
    expect(await stands({ ...signIn, phase: 'denied' })).toBe(false)
    expect(await stands({ ...signIn, prompt: { ...prompt, number: 2 } })).toBe(false)
    expect(await stands(undefined)).toBe(false)
  })

  test('before anybody was asked speaks of no prompt, and lives as long as the sign-in', () => {
    const unasked = aSignIn()
    ringing.ring(unasked, [])
    expect(heard()).toEqual([
      ['ringLater', { ...call, promptNumber: 0, promptedAt: 0, expiresAt: unasked.expiresAt }, []],
    ])
  })
})

describe('a move', () => {
  const store = (find: () => SignIn | undefined, wins: boolean[]) => {
    const moves: unknown[][] = []
    return {
      moves,
      find: async () => find(),
      move: async (...args: unknown[]) => {
        moves.push(args)
        return wins.shift() ?? false
      },
    }
  }
  const announced: string[] = []
  const changes = { announce: (id: string) => void announced.push(id), listen: () => () => undefined }
  const mover = (of: object) => createMover(of as unknown as SignInStore, changes)
  const next = aSignIn({ version: 2 })
  const step = () => ({ next, effects: { events: [] }, result: 'moved' })

  test('is made anew when somebody was faster, and told when it is made', async () => {
    const kept = store(() => aSignIn(), [false, true])
    expect(await mover(kept)('sign-in-1', step)).toBe('moved')
    expect(kept.moves).toEqual([
      [aSignIn(), next, { events: [] }],
      [aSignIn(), next, { events: [] }],
    ])
    expect(announced.splice(0)).toEqual(['sign-in-1'])
  })

  test('of what is not there, or that is refused, or leaves all as it is, is none', async () => {
    const nowhere = store(() => undefined, [true])
    expect(await mover(nowhere)('none', step)).toEqual(refuse('sign-in.unknown', 'no such sign-in'))
    const kept = store(() => aSignIn(), [true])
    expect(await mover(kept)('sign-in-1', () => refuse('sign-in.ended', 'over'))).toEqual(
      refuse('sign-in.ended', 'over'),
    )
    expect(await mover(kept)('sign-in-1', () => ({ unmoved: 'as it was' }))).toBe('as it was')
    expect([nowhere.moves, kept.moves, announced]).toEqual([[], [], []])
  })

  test('that loses fifty races is a bug', async () => {
    const kept = store(() => aSignIn(), [])
    await expect(mover(kept)('sign-in-1', step)).rejects.toThrow('sign-in sign-in-1: lost 50 races')
    expect(kept.moves).toHaveLength(50)
  })

  test('of a prompt is recorded with its number, and for how many phones', () => {
    const names = { signInId: 'sign-in-1', integrationId: 'integration-1', ...PERSON }
    const signIn = anAskedSignIn('1', PERSON)
    expect(inSignIn(signIn)).toEqual(names)
    expect(promptedEvent(signIn, 2)).toEqual({ ...names, type: 'signin.prompted', promptNumber: 1, devices: 2 })
    expect(promptedEvent(aSignIn(), 2)).toMatchObject({ promptNumber: 0 })
  })

  test('that ends a sign-in unapproved lets go of the invitation that it holds', () => {
    expect(unapproved(aSignIn())).toEqual({ events: [] })
    expect(unapproved(aSignIn({ invitationId: 'i' }))).toEqual({
      events: [],
      releaseInvitation: { id: 'i', heldBy: 'sign-in-1' },
    })
  })
})
