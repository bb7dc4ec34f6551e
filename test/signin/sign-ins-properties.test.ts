// The same of the whole capability, on a real store and as the doors use it: whatever people, phones and thieves do, in
// whatever order, each sign-in ends in one way, gives one claim at most, and the audit log says exactly what happened.
import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { createAudit } from '../../src/audit/audit.ts'
import type { AuditEventType } from '../../src/audit/events.ts'
import { systemRandom } from '../../src/base/random.ts'
import { isRefusal, refuse } from '../../src/base/refusal.ts'
import type { Devices } from '../../src/devices/devices.ts'
import { ticketOf } from '../../src/devices/ticket.ts'
import { answer, giveUp } from '../../src/entra/answer.ts'
import { createLocalChanges } from '../../src/signin/changes.ts'
import type { Outcome, SignedDecision } from '../../src/signin/decide.ts'
import type { OpenRequest } from '../../src/signin/open.ts'
import type { SignIn } from '../../src/signin/sign-in.ts'
import type { SignIns } from '../../src/signin/sign-ins.ts'
import {
  canTypeInvitation,
  INVITATION_TRIES,
  isAsking,
  PROMPT_LIFE,
  phaseAt,
  SIGN_IN_LIFE,
  shownOf,
  TRIES,
  type Verdict,
} from '../../src/signin/transaction.ts'
import { openSqliteStores } from '../../src/store/sqlite/sqlite-stores.ts'
import type { Stores } from '../../src/store/stores.ts'
import {
  activateOne,
  aDevice,
  anIntegration,
  anInvitation,
  integrationEvent,
  inviteOne,
} from '../store/contract/material.ts'
import { temporaryFile } from '../store/temporary-file.ts'
import { aSignIn, OPENED } from './a-sign-in.ts'
import { aBindRequest, anOpenRequest, aProof, signInsOn } from './on-stores.ts'
import { isEnd, MAY_FOLLOW } from './phases.ts'

let now = OPENED
const clock = { now: () => now }
const { file, remove } = temporaryFile()
let stores: Stores
let signIns: SignIns
let devices: Devices
beforeAll(async () => {
  stores = openSqliteStores({ file, clock, random: systemRandom, changes: createLocalChanges() })
  const capability = signInsOn(stores, clock, { holdInvitation })
  signIns = capability.signIns
  devices = capability.devices
  const integration = anIntegration({ id: 'integration-1' })
  await stores.integrations.insert(integration, integrationEvent(integration))
})
afterAll(async () => {
  await stores.close()
  remove()
})

/** As the real one, but that a right code is told from a wrong one without the slow hash that keeps it. */
const holdInvitation: Devices['holdInvitation'] = async (person, typed, signInId, until) => {
  const invitation = await stores.invitations.findOpen(person, now)
  const held = typed === 'right' && invitation && (await stores.invitations.hold(invitation.id, signInId, until, now))
  return held ? invitation : refuse('invitation.refused', 'not held')
}

/** One of the two sign-ins of a story: how it stood last, what the audit log said of it, and the claims it gave. */
type Side = { id: string; secret: string; request: OpenRequest; seen: SignIn; said: Said; claims: number }
type Said = Partial<Record<AuditEventType, number>>
type Decided = { signed: SignedDecision; phone: Phone; outcome: Outcome }
type Story = { objectId: string; sides: Side[]; decided: Decided[]; read: number }

type Phone = 'phone a' | 'phone b'
type Person = 'without a phone' | 'binding' | 'invited' | 'with a phone' | 'with another phone to bind' | 'approved'
const personOf = ({ objectId }: { objectId: string }) => ({ tenantId: aSignIn().tenantId, objectId })
const keyOf = ({ objectId }: Story, phone: Phone): string => `${phone} of ${objectId}`
const current = async ({ id }: { id: string }) => (await signIns.find(id)) as SignIn
const sideOf = (story: Story, side: number): Side => story.sides[side] as Side

async function openSide(objectId: string, enrolment: 'first-use' | 'invitation'): Promise<Side> {
  const plain = anOpenRequest(clock, { objectId })
  const request = { ...plain, policy: { ...plain.policy, enrolment } }
  const opened = await signIns.open(request)
  if (isRefusal(opened) || opened.kind !== 'opened') throw new Error('not opened')
  return { id: opened.id, secret: opened.browserSecret, request, seen: await current(opened), said: {}, claims: 0 }
}

/** A person whom nobody knew, and two sign-ins of theirs; the first of them as far as the story begins with. */
async function beginStory(person: Person): Promise<Story> {
  now = OPENED
  const objectId = randomUUID()
  const story: Story = { objectId, sides: [], decided: [], read: await lastPosition() }
  const hadPhone = ['with a phone', 'with another phone to bind', 'approved'].includes(person)
  const firstUse = ['without a phone', 'binding'].includes(person)
  if (hadPhone) await activateOne(stores, aDevice({ ...personOf(story), thumbprint: keyOf(story, 'phone a') }))
  if (!firstUse) await inviteOne(stores, anInvitation(personOf(story)))
  const enrolment = firstUse ? 'first-use' : 'invitation'
  story.sides = [await openSide(objectId, enrolment), await openSide(objectId, enrolment)]
  for (const happens of BEFORE[person] ?? []) await happens.run({}, story)
  return story
}

let position = 0
/** Reads what is new in the audit log, and gives the position of its end. */
async function lastPosition(hear: (type: AuditEventType, signInId: string) => void = () => {}): Promise<number> {
  for (const { position: at, record } of await stores.audit.read(position, 1000)) {
    position = at
    if ('signInId' in record.event && record.event.signInId) hear(record.event.type, record.event.signInId)
  }
  return position
}

/** How often the audit log must say what, of a sign-in that stands so: neither less nor more. */
function mustBeSaid({ phase, decision, pendingDevice, invitationId }: SignIn): Said {
  const once = (when: boolean): number => (when ? 1 : 0)
  const approved = decision?.proof != null
  const answered = once(phase === 'answered')
  return {
    'signin.opened': 1,
    'hint.accepted': 1,
    'signin.approved': once(approved),
    'signin.denied': once(phase === 'denied'),
    'signin.reported': once(phase === 'reported'),
    'signin.cancelled': once(phase === 'cancelled'),
    'signin.expired': once(phase === 'expired'),
    'signin.answered': answered,
    'claim.signing': answered,
    'claim.signed': answered,
    'ticket.redeemed': once(pendingDevice !== null),
    'device.activated': once(approved && pendingDevice !== null),
    'invitation.redeemed': once(invitationId !== null),
  }
}

/** That each sign-in went where it may go, and that the audit log says so. */
async function look(story: Story): Promise<void> {
  await lastPosition((type, id) => {
    const side = story.sides.find((each) => each.id === id)
    if (side) side.said[type] = (side.said[type] ?? 0) + 1
  })
  for (const side of story.sides) {
    const [was, is] = [side.seen, await current(side)]
    expect(is.version).toBeGreaterThanOrEqual(was.version)
    if (is.version === was.version) expect(is).toEqual(was)
    if (is.phase !== was.phase) expect(MAY_FOLLOW[was.phase]).toContain(is.phase)
    if (isEnd(was.phase)) expect({ ...is, version: 0 }).toEqual({ ...was, version: 0 })
    if (was.decision) expect(is.decision).toEqual(was.decision)
    if (was.pendingDevice) expect(is.pendingDevice).toEqual(was.pendingDevice)
    expect(['approved', 'answered'].includes(is.phase) && is.decision?.proof === null).toBe(false)
    expect(is.prompt?.wrong.length ?? 0).toBeLessThanOrEqual(TRIES)
    expect(is.invitationTries).toBeLessThanOrEqual(INVITATION_TRIES)

    const must = mustBeSaid(is)
    const said = Object.fromEntries(Object.keys(must).map((type) => [type, side.said[type as AuditEventType] ?? 0]))
    expect(said).toEqual(must)
    expect(side.claims).toBe(must['claim.signed'])
    side.seen = is
  }
}

const act = (name: string, run: (story: Story) => Promise<void>): fc.AsyncCommand<object, Story> => ({
  check: () => true,
  toString: () => name,
  async run(_model, story) {
    await run(story)
    await look(story)
  },
})

const deps = {
  get signIns() {
    return signIns
  },
  get audit() {
    return createAudit({ store: stores.audit, clock })
  },
  integrations: { find: async () => anIntegration() },
  keys: { sign: async () => ({ token: 'signed', kid: 'kid' }) } as unknown as Parameters<typeof answer>[1]['keys'],
  clock,
  publicUrl: 'https://countersign.example',
}

/** A claim leaves exactly when the sign-in is approved, its time not over, and the phone that approved still the person's. */
const askForAnswer = (side: number) =>
  act(`the browser asks for the answer ${side}`, async (story) => {
    const before = await current(sideOf(story, side))
    const approver = await devices.find(before.decision?.deviceId ?? '')
    const form = await answer(before, deps)
    const claim = !isRefusal(form) && 'id_token' in form.fields
    expect(claim).toBe(phaseAt(before, now) === 'approved' && approver?.state === 'active')
    if (claim) sideOf(story, side).claims++
  })

/** An error form may be given as often as it is asked for; never a claim, and nothing at all once there is a claim to fetch. */
const leave = (side: number) =>
  act(`the browser leaves ${side}`, async (story) => {
    const before = await current(sideOf(story, side))
    const form = await giveUp(before, deps)
    expect(isRefusal(form)).toBe(['approved', 'answered'].includes(phaseAt(before, now)))
    if (!isRefusal(form)) expect(form.fields).toEqual({ error: 'access_denied', state: before.state })
  })

const askAgain = (side: number) =>
  act(`the browser asks again ${side}`, async (story) => {
    const before = await current(sideOf(story, side))
    const isShownTicket = before.ticket !== null && before.pendingDevice === null
    const may = phaseAt(before, now) === 'open' && before.prompt !== null && !isShownTicket && !isAsking(before, now)
    expect(!isRefusal(await signIns.askAgain(before.id))).toBe(may)
  })

const typeInvitation = (side: number, typed: 'right' | 'wrong') =>
  act(`the browser types a ${typed} invitation ${side}`, async (story) => {
    const before = await current(sideOf(story, side))
    const letIn = !isRefusal(await signIns.redeemInvitation(before, sideOf(story, side).secret, typed))
    if (letIn) expect([phaseAt(before, now), canTypeInvitation(before), typed]).toEqual(['open', true, 'right'])
  })

const bind = (side: number, phone: Phone, by: 'ticket' | 'code') =>
  act(`${phone} redeems the ${by} ${side}`, async (story) => {
    const before = await current(sideOf(story, side))
    const { ticket, code } = ticketOf(sideOf(story, side).secret, before.id)
    const bound = await signIns.bind(aBindRequest(keyOf(story, phone), by === 'ticket' ? { ticket } : { code }))
    if (isRefusal(bound)) return
    expect([phaseAt(before, now), before.ticket !== null]).toEqual(['open', true])
    expect(bound.pendingDevice?.thumbprint).toBe(keyOf(story, phone))
  })

const wrongNumbers = ({ sides }: Story): number =>
  sides.reduce((sum, { said }) => sum + (said['signin.wrong-number'] ?? 0), 0)

type Deciding = { phone: Phone; verdict: Verdict; number: 'right' | 'wrong' | 'none'; prompt: 'this' | 'earlier' }
const OUTCOMES = { approve: 'approved', cancel: 'denied', 'not-me': 'reported' } as const

const decide = (side: number, { phone, verdict, number, prompt }: Deciding) =>
  act(`${phone}: ${verdict}, ${number} number, ${prompt} prompt ${side}`, async (story) => {
    const caller = await signIns.identify(keyOf(story, phone), 'even-ended')
    if (isRefusal(caller)) return
    const before = await current(sideOf(story, side))
    const shown = shownOf(before)
    shown.promptNumber -= prompt === 'earlier' ? 1 : 0
    const numbers = { right: before.prompt?.digits, wrong: 'wrong', none: undefined }
    const claims = { shown, decision: verdict, number: numbers[number] }
    const signed = { approval: randomUUID(), claims, proof: aProof(stores) }
    const everHad = await devices.everHad(before)
    const holds = await devices.holdsInvitation(before.invitationId ?? '', before.id)
    const outcome = await signIns.decide(caller, signed)

    const entitled =
      before.pendingDevice || before.ticket
        ? before.pendingDevice?.id === caller.deviceId
        : caller.status === 'active' && caller.device.objectId === story.objectId
    const may = entitled && isAsking(before, now) && prompt === 'this' && (verdict !== 'approve' || number === 'right')
    if (!isRefusal(outcome)) {
      expect([outcome, may]).toEqual([OUTCOMES[verdict], true])
      story.decided.push({ signed, phone, outcome })
    } else if (may) {
      // Only an approval may be refused to who is entitled: after wrong numbers, or when the right to bind is gone.
      expect(verdict).toBe('approve')
      if (['decision.wait', 'decision.locked'].includes(outcome.code))
        expect(wrongNumbers(story)).toBeGreaterThanOrEqual(TRIES)
      else expect([before.pendingDevice !== null, before.invitationId ? !holds : everHad]).toEqual([true, true])
    }
  })

/** A decision that was made and is sent again is answered as the first time, unless its sign-in expired or its phone is gone. */
const repeat = (which: number) =>
  act(`a phone repeats decision ${which}`, async (story) => {
    const earlier = story.decided[which % story.decided.length]
    if (!earlier) return
    const { signed, phone, outcome } = earlier
    const caller = await signIns.identify(keyOf(story, phone), 'even-ended')
    const device = await devices.findByThumbprint(keyOf(story, phone))
    if (isRefusal(caller)) return expect(device?.state).toBe('revoked')
    const { phase, decision } = await current({ id: signed.claims.shown.signInId })
    const again = await signIns.decide(caller, signed)
    if (!isRefusal(again)) return expect(again).toBe(outcome)
    // The same key, offered in a later sign-in, is another device, and has nothing to do with this one.
    if (decision?.deviceId !== caller.deviceId) expect(again.code).toBe('decision.nothing')
    else expect([again.code, phase]).toEqual(['decision.ended', 'expired'])
  })

/** Entra's request again: the very same is led to its sign-in, another use of its hint is refused. */
const replay = (side: number, changed: boolean) =>
  act(`Entra’s request again${changed ? ', changed' : ''} ${side}`, async (story) => {
    const { id, request } = sideOf(story, side)
    const opened = await signIns.open(changed ? { ...request, requestDigest: randomUUID() } : request)
    if (changed) expect(opened).toMatchObject({ code: 'hint.replayed' })
    else expect(opened).toEqual({ kind: 'repeat', id })
  })

const revoke = (phone: Phone) =>
  act(`${phone} is revoked`, async (story) => {
    const device = await devices.findByThumbprint(keyOf(story, phone))
    if (device) expect(await devices.revoke(device, 'command-line', 'lost')).toBe(device.state === 'active')
  })

const inviteAgain = act('a new invitation replaces the last', async (story) => {
  await inviteOne(stores, anInvitation(personOf(story)))
})

const tidy = act('what expired is written down', () => signIns.tidy())
const pass = (milliseconds: number) =>
  act(`${milliseconds} ms pass`, async () => {
    now += milliseconds
  })

/** What happened before some stories, so that short ones come far. */
const right = (phone: Phone): Deciding => ({ phone, verdict: 'approve', number: 'right', prompt: 'this' })
const BEFORE: Partial<Record<Person, fc.AsyncCommand<object, Story>[]>> = {
  binding: [bind(0, 'phone b', 'ticket')],
  'with another phone to bind': [typeInvitation(0, 'right'), bind(0, 'phone b', 'code')],
  approved: [decide(0, right('phone a'))],
}

const side = fc.nat({ max: 1 })
const phone = fc.constantFrom<Phone>('phone a', 'phone b')
const deciding = fc.record({
  phone,
  verdict: fc.constantFrom('approve', 'approve', 'approve', 'cancel', 'not-me'),
  number: fc.constantFrom('right', 'right', 'wrong', 'none'),
  prompt: fc.constantFrom('this', 'this', 'this', 'earlier'),
})
const commands = fc.commands(
  [
    fc.tuple(side, deciding).map((drawn) => decide(...drawn)),
    fc.tuple(side, deciding).map((drawn) => decide(...drawn)),
    fc.tuple(side, phone, fc.constantFrom('ticket', 'code')).map((drawn) => bind(...drawn)),
    fc.tuple(side, fc.constantFrom('right', 'wrong')).map((drawn) => typeInvitation(...drawn)),
    side.map(askForAnswer),
    side.map(askAgain),
    side.map(leave),
    fc.tuple(side, fc.boolean()).map((drawn) => replay(...drawn)),
    fc.nat({ max: 9 }).map(repeat),
    phone.map(revoke),
    fc.constant(inviteAgain),
    fc.constant(tidy),
    fc
      .oneof(
        fc.constantFrom(1, 30_000, PROMPT_LIFE, SIGN_IN_LIFE - 1),
        fc.integer({ min: -SIGN_IN_LIFE, max: PROMPT_LIFE }),
      )
      .map(pass),
  ],
  { maxCommands: 30, size: 'max' },
)
const person = fc.constantFrom<Person>(
  'without a phone',
  'binding',
  'invited',
  'with a phone',
  'with another phone to bind',
  'approved',
)

test('whatever happens, a sign-in ends in one way, gives one claim at most, and the log says exactly that', async () => {
  await fc.assert(
    fc.asyncProperty(person, commands, async (who, happenings) => {
      let told: Story | undefined
      await fc.asyncModelRun(async () => {
        told = await beginStory(who)
        return { model: {}, real: told }
      }, happenings)
      const story = told as Story
      now = Math.max(now, OPENED + SIGN_IN_LIFE)
      await signIns.tidy()
      await look(story)
      for (const { seen } of story.sides) expect(isEnd(seen.phase)).toBe(true)
    }),
    { numRuns: 120 },
  )
})
