import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import type { AuditEvent } from '../../../src/audit/events.ts'
import { isRefusal } from '../../../src/base/refusal.ts'
import { ticketOf } from '../../../src/devices/ticket.ts'
import { signingEvent } from '../../../src/entra/id-token.ts'
import type { Caller, SignedDecision } from '../../../src/signin/decide.ts'
import type { OpenRequest } from '../../../src/signin/open.ts'
import type { SignIn } from '../../../src/signin/sign-in.ts'
import type { SignIns } from '../../../src/signin/sign-ins.ts'
import { INVITATION_TRIES, PROMPT_LIFE, shownOf, type Verdict } from '../../../src/signin/transaction.ts'
import { aBindRequest, anOpenRequest, aProof, signInsOn } from '../../signin/on-stores.ts'
import { ADA, activateOne, aDevice, anIntegration, integrationEvent, NOW, someId } from './material.ts'
import { CALLERS, type OpenedStore, type OpenStore, race, recorded } from './opened-store.ts'

const VERDICTS: Verdict[] = ['approve', 'cancel', 'not-me']

/** What happens once in a sign-in, asked for a thousand times at once: the whole capability, on every store. */
export function describeSignInOnce(name: string, open: OpenStore): void {
  describe(`once only on ${name}`, () => {
    let store: OpenedStore
    let now: number
    let clockNow: () => number
    const clock = { now: () => clockNow() }
    /** The capability through each of the connections, as two nodes have it. */
    let nodes: Map<unknown, ReturnType<typeof signInsOn>>
    let signIns: SignIns
    beforeEach(async () => {
      now = NOW
      clockNow = () => now
      store = await open()
      const integration = anIntegration({ id: 'integration-1' })
      await store.stores.integrations.insert(integration, integrationEvent(integration))
      nodes = new Map([store.stores, store.beside].map((stores) => [stores, signInsOn(stores, clock)]))
      signIns = signInsOn(store.stores, clock).signIns
    })
    afterEach(() => store.close())

    /** Lets CALLERS act at once, through both nodes in turn. */
    const rush = <T>(attempt: (through: SignIns, caller: number) => Promise<T>): Promise<T[]> =>
      race(store, (stores, caller) => attempt((nodes.get(stores) as ReturnType<typeof signInsOn>).signIns, caller))

    async function begin(change: Partial<OpenRequest> = {}): Promise<{ signIn: SignIn; secret: string }> {
      const opened = await signIns.open(anOpenRequest(clock, { ...ADA, ...change }))
      if (isRefusal(opened) || opened.kind !== 'opened') throw new Error('not opened')
      return { signIn: (await signIns.find(opened.id)) as SignIn, secret: opened.browserSecret }
    }

    /** A sign-in in which an active device is asked, and that device. */
    async function asked(): Promise<{ signIn: SignIn; caller: Caller }> {
      const device = await activateOne(store.stores, aDevice())
      const caller = await signIns.identify(device.thumbprint)
      if (isRefusal(caller)) throw new Error(caller.reason)
      return { ...(await begin()), caller }
    }

    const decision = (signIn: SignIn, verdict: Verdict, number = signIn.prompt?.digits): SignedDecision => ({
      approval: someId(),
      claims: { shown: shownOf(signIn), decision: verdict, number },
      proof: aProof(store.stores),
    })

    /** What the audit log says of a sign-in after it was opened. */
    async function saidOf({ id }: SignIn): Promise<AuditEvent['type'][]> {
      const events = (await recorded(store.stores)).filter((event) => 'signInId' in event && event.signInId === id)
      return events.map(({ type }) => type).filter((type) => !['hint.accepted', 'signin.opened'].includes(type))
    }

    const served = async () => true
    const won = <T>(told: T[]): T[] => told.filter((answer) => !isRefusal(answer))
    const codes = (told: unknown[]): string[] => [...new Set(told.filter(isRefusal).map(({ code }) => code))]

    test('of a thousand decisions, each its own, one is made', async () => {
      const { signIn, caller } = await asked()
      const told = await rush((through, i) => through.decide(caller, decision(signIn, VERDICTS[i % 3] as Verdict)))
      const outcome = won(told)[0] as string
      expect(won(told)).toEqual([outcome])
      expect(codes(told)).toEqual(['decision.ended'])
      expect(await signIns.find(signIn.id)).toMatchObject({ phase: outcome, version: 2 })
      expect(await saidOf(signIn)).toEqual(['signin.prompted', `signin.${outcome}`])
    })

    test('one decision sent a thousand times is made once, and everybody is told so', async () => {
      const { signIn, caller } = await asked()
      const same = decision(signIn, 'approve')
      const told = await rush((through) => through.decide(caller, same))
      expect(new Set(told)).toEqual(new Set(['approved']))
      expect(await saidOf(signIn)).toEqual(['signin.prompted', 'signin.approved'])
    })

    test('of a thousand wrong numbers three are looked at', async () => {
      const { signIn, caller } = await asked()
      const told = await rush((through) => through.decide(caller, decision(signIn, 'approve', 'wrong')))
      expect(told.filter((each) => isRefusal(each) && each.code === 'decision.wrong-number')).toHaveLength(3)
      expect(codes(told).sort()).toEqual(['decision.ended', 'decision.wrong-number'])
      expect(await saidOf(signIn)).toEqual(['signin.prompted', ...Array(3).fill('signin.wrong-number')])
      expect((await signIns.find(signIn.id))?.prompt?.wrong).toHaveLength(3)
    })

    test('of a thousand that ask for the answer one may sign', async () => {
      const { signIn, caller } = await asked()
      await signIns.decide(caller, decision(signIn, 'approve'))
      const told = await rush((through) => through.takeAnswer(signIn, (current) => signingEvent(current, now), served))
      expect(won(told)).toMatchObject([{ id: signIn.id, phase: 'answered' }])
      expect(codes(told)).toEqual(['sign-in.answered'])
      expect(await saidOf(signIn)).toEqual(['signin.prompted', 'signin.approved', 'signin.answered', 'claim.signing'])
    })

    test.each([0, 1, 2, 3, 4])('decided, left, fetched and over, all at the same time: one end (%d)', async (first) => {
      const { signIn, caller } = await asked()
      now = signIn.expiresAt - 1
      await signIns.askAgain(signIn.id)
      const asking = (await signIns.find(signIn.id)) as SignIn
      // Time is over for those who look late.
      let looks = 0
      clockNow = () => (looks++ < CALLERS ? now : signIn.expiresAt)
      const acts: ((through: SignIns) => Promise<unknown>)[] = [
        (through) => through.decide(caller, decision(asking, 'approve')),
        (through) => through.cancel(signIn.id),
        (through) => through.takeAnswer(signIn, (current) => signingEvent(current, now), served),
        (through) => through.decide(caller, decision(asking, 'not-me')),
        (through) => through.tidy(),
      ]
      const told = await rush((through, i) => (acts[(i + first) % acts.length] as (typeof acts)[number])(through))
      await signIns.tidy()

      const successes = told.filter((each) => each !== undefined && !isRefusal(each))
      const path = (await saidOf(signIn)).filter((type) => type !== 'signin.prompted').join(', ')
      expect(path).toMatch(
        /^signin\.(reported|cancelled|expired|approved, signin\.(expired|answered, claim\.signing))$/,
      )
      // Who was told that it was done are those of whom the log says it.
      const done = path.split(', ').filter((type) => !['signin.expired', 'claim.signing'].includes(type))
      expect(successes).toHaveLength(done.length)
    })

    test('of a thousand phones that redeem one ticket one is bound, and asked', async () => {
      const { signIn, secret } = await begin()
      const { ticket, code } = ticketOf(secret, signIn.id)
      const by = [{ ticket }, { code }] as const
      const told = await rush((through, i) => through.bind(aBindRequest(`key ${i}`, by[i % 3 === 0 ? 1 : 0])))
      const [bound] = won(told) as SignIn[]
      expect(won(told)).toHaveLength(1)
      expect(codes(told)).toEqual(['code.refused'])
      expect(await signIns.find(signIn.id)).toEqual(bound)
      expect(bound?.pendingDevice?.thumbprint).toBe(`key ${told.findIndex((each) => !isRefusal(each))}`)
      expect(await saidOf(signIn)).toEqual(['ticket.issued', 'ticket.redeemed', 'signin.prompted'])
    })

    test('one phone that redeems it a thousand times is bound once, as the same device', async () => {
      const { signIn, secret } = await begin()
      const { ticket } = ticketOf(secret, signIn.id)
      const told = await rush((through) => through.bind(aBindRequest('key', { ticket })))
      expect(won(told)).toHaveLength(CALLERS)
      expect(new Set((told as SignIn[]).map(({ pendingDevice }) => pendingDevice?.id)).size).toBe(1)
      expect(await saidOf(signIn)).toEqual(['ticket.issued', 'ticket.redeemed', 'signin.prompted'])
    })

    test('of a thousand that bring the same request one opens a sign-in; the others are led to it', async () => {
      const request = anOpenRequest(clock, ADA)
      const told = await rush((through) => through.open(request))
      const opened = told.filter((each) => !isRefusal(each) && each.kind === 'opened') as { id: string }[]
      expect(opened).toHaveLength(1)
      const repeat = { kind: 'repeat', id: opened[0]?.id }
      expect(told.filter((each) => each !== opened[0])).toEqual(Array(CALLERS - 1).fill(repeat))
      const types = (await recorded(store.stores)).map(({ type }) => type)
      expect(types.filter((type) => type !== 'integration.created')).toEqual([
        'hint.accepted',
        'signin.opened',
        'ticket.issued',
      ])
    })

    test('of a thousand that bring its hint in requests of their own one opens, the others are refused', async () => {
      const { hint } = anOpenRequest(clock)
      const told = await rush((through) => through.open(anOpenRequest(clock, { ...ADA, hint })))
      expect(won(told)).toMatchObject([{ kind: 'opened' }])
      expect(codes(told)).toEqual(['hint.replayed'])
      expect((await recorded(store.stores)).filter(({ type }) => type === 'signin.opened')).toHaveLength(1)
    })

    describe('an invitation', () => {
      const policy = { ...anOpenRequest({ now: () => NOW }).policy, enrolment: 'invitation' } as const
      const invite = async (): Promise<string> =>
        (await signInsOn(store.stores, clock).devices.invite('integration-1', ADA, 'command-line')).code

      test('typed a thousand times is let in once, and one ticket issued', async () => {
        const code = await invite()
        const { signIn, secret } = await begin({ policy })
        const told = await rush((through) => through.redeemInvitation(signIn, secret, code))
        expect(won(told)).toEqual([true])
        const said = await saidOf(signIn)
        expect(said).toEqual(['invitation.redeemed', 'ticket.issued'])
        expect((await signIns.find(signIn.id))?.invitationTries).toBeLessThanOrEqual(INVITATION_TRIES)
      })

      test('guessed a thousand times is looked at five times', async () => {
        await invite()
        const { signIn, secret } = await begin({ policy })
        const told = await rush((through) => through.redeemInvitation(signIn, secret, 'WRNG-WRNG-WRNG'))
        expect(won(told)).toEqual([])
        expect(told.filter((each) => isRefusal(each) && each.code === 'invitation.refused')).toHaveLength(5)
        expect(await saidOf(signIn)).toEqual(Array(INVITATION_TRIES).fill('invitation.refused'))
      })

      test('typed as the person leaves the sign-in is there for the next one', async () => {
        const code = await invite()
        const { signIn, secret } = await begin({ policy })
        const { devices } = signInsOn(store.stores, clock)
        // While the code is looked at, which takes its time.
        const leaving = signInsOn(store.stores, clock, {
          async holdInvitation(...looked) {
            const held = await devices.holdInvitation(...looked)
            expect(await signIns.cancel(signIn.id)).toBe(true)
            return held
          },
        })
        expect(await leaving.signIns.redeemInvitation(signIn, secret, code)).toMatchObject({ code: 'sign-in.ended' })
        const next = await begin({ policy })
        expect(await signIns.redeemInvitation(next.signIn, next.secret, code)).toBe(true)
      })

      test('wanted by all sign-ins of its person is let into one of them', async () => {
        const code = await invite()
        const sides = [await begin({ policy }), await begin({ policy }), await begin({ policy })]
        const told = await rush((through, i) => {
          const { signIn, secret } = sides[i % 3] as (typeof sides)[number]
          return through.redeemInvitation(signIn, secret, code)
        })
        expect(won(told)).toEqual([true])
        const said = (await Promise.all(sides.map(({ signIn }) => saidOf(signIn)))).flat()
        expect(said.filter((type) => type === 'ticket.issued')).toHaveLength(1)
      })
    })

    test('asked again a thousand times, a person is shown one new number', async () => {
      const { signIn } = await asked()
      now += PROMPT_LIFE
      const told = await rush((through) => through.askAgain(signIn.id))
      expect(won(told)).toEqual([true])
      expect(codes(told)).toEqual(['prompt.open'])
      expect((await signIns.find(signIn.id))?.prompt?.number).toBe(2)
      expect(await saidOf(signIn)).toEqual(['signin.prompted', 'signin.prompted'])
    })
  })
}
