import type { AuditEvent } from '../audit/events.ts'
import type { Clock } from '../base/clock.ts'
import { sameText, sha256 } from '../base/digest.ts'
import type { Random } from '../base/random.ts'
import { isRefusal, type Refusal, refuse } from '../base/refusal.ts'
import type { Devices } from '../devices/devices.ts'
import type { Changes, Standing } from './changes.ts'
import { createDecide } from './decide.ts'
import { createDigits } from './digits.ts'
import { createEnrol } from './enrol.ts'
import { createLeadOn } from './lead-on.ts'
import { createMover, inSignIn, type Move, onlyEvents, promptedEvent, unapproved } from './mover.ts'
import { createOpen } from './open.ts'
import { createRinging, type Ringer } from './ringing.ts'
import type { SignIn } from './sign-in.ts'
import type { Effects, SignInStore } from './sign-in-store.ts'
import { askedDigest, cancel, expire, isAsking, openPrompt, takeAnswer, withdraw } from './transaction.ts'

/** Ended sign-ins are kept this long, so that a late browser gets a plain page; the audit keeps what happened. */
const KEEP_ENDED = 24 * 3_600_000

export type SignIns = ReturnType<typeof createSignIns>

/** One sign-in, from opened to answered. Proves a person; does not speak for us: it knows no signing key. */
export function createSignIns(options: {
  store: SignInStore
  devices: Devices
  push: Ringer
  changes: Changes
  clock: Clock
  random: Random
}) {
  const { store, devices, push, changes, clock, random } = options
  const make = createMover(store, changes)
  const ringing = createRinging({ push, devices, store, clock })
  const drawDigits = createDigits({ store, clock, random })

  async function whyNotAnswered(
    deviceId: string,
    digest: string,
    isServed: () => Promise<boolean>,
  ): Promise<Refusal | undefined> {
    if (!(await isServed())) return refuse('integration.disabled', 'switched off since the sign-in was opened')
    // A stolen phone that was revoked after its approval lets nobody in.
    if ((await devices.find(deviceId))?.state !== 'active')
      return refuse('sign-in.withdrawn', 'the device was revoked since it approved')
    if ((await store.used([digest])).has(digest))
      return refuse('sign-in.answered', 'the same nonce and state were answered in another sign-in')
    return undefined
  }

  return {
    open: createOpen({ store, devices, ringing, drawDigits, clock, random }),
    ...createEnrol({ store, devices, make, ringing, clock, random }),
    ...createDecide({ store, devices, make, leadOn: createLeadOn({ store, make, drawDigits, clock }), ringing, clock }),
    listen: changes.listen,
    find: store.find,
    /** How it stands now; null: it is gone. For a browser that was proven to be its own. */
    standing: async (id: string): Promise<Standing | null> => (await store.standing(id)) ?? null,

    /** The sign-in, for the browser that began it. A foreign browser and an unknown sign-in are the same refusal. */
    async forBrowser(id: string, browserSecret: string | undefined): Promise<SignIn | Refusal> {
      const signIn = await store.find(id)
      if (!signIn) return refuse('sign-in.unknown', 'no such sign-in')
      if (!browserSecret) return refuse('sign-in.unknown', 'no cookie of this sign-in')
      if (!sameText(sha256(browserSecret), signIn.browserDigest))
        return refuse('sign-in.unknown', 'cookie is another’s')
      return signIn
    },

    /** "Ask again": a new prompt with new digits, when the last one has ended undecided. */
    async askAgain(id: string): Promise<true | Refusal> {
      const signIn = await store.find(id)
      const active = signIn ? await devices.activeOf(signIn) : []
      const asked = await make<SignIn>(id, async (current) => {
        if (!current.prompt) return refuse('sign-in.undecided', 'nobody was asked yet')
        const next = openPrompt(current, clock.now(), await drawDigits(current, current.digitCount))
        if (isRefusal(next)) return next
        const event = promptedEvent(next, current.pendingDevice ? 1 : active.length)
        return { next, effects: onlyEvents(event), result: next }
      })
      if (isRefusal(asked)) return asked
      ringing.ring(asked, active)
      return true
    },

    /** "Send again": wakes the devices once more for the prompt that is open, within the limits of push. */
    async sendAgain(signIn: SignIn): Promise<true | Refusal> {
      if (!isAsking(signIn, clock.now()) || signIn.pendingDevice)
        return refuse('sign-in.ended', 'no prompt that could be sent again')
      return ringing.ringAgain(signIn)
    },

    /** How the ringing for a sign-in's prompt stands. */
    ringStanding: ringing.standing,

    /** The person gave up in the browser. */
    async cancel(id: string): Promise<true | Refusal> {
      const cancelled = await make<SignIn>(id, (current) => {
        const next = cancel(current, clock.now())
        if (isRefusal(next)) return next
        const effects = unapproved(current, { ...inSignIn(current), type: 'signin.cancelled' })
        return { next, effects, result: next }
      })
      if (isRefusal(cancelled)) return cancelled
      ringing.over(cancelled, null)
      return true
    },

    /**
     * Takes the one right to sign a claim for this sign-in. `signing` is written in the same move: whoever finds the sign-in
     * answered finds what was going to be signed. It checks, up to the very write, that
     * - the sign-in is approved, and within its life,
     * - its integration is served (`isServed`), and the device that approved was not revoked since,
     * - no claim was taken for the same nonce and state of Entra in another sign-in.
     * What was approved and fails these is over: the person begins again.
     */
    async takeAnswer(
      signIn: SignIn,
      signing: (signIn: SignIn) => AuditEvent,
      isServed: () => Promise<boolean>,
    ): Promise<SignIn | Refusal> {
      return make<SignIn | Refusal>(signIn, async (current, lost): Promise<Move<SignIn | Refusal> | Refusal> => {
        const now = clock.now()
        const next = takeAnswer(current, now)
        if (isRefusal(next)) return next
        const deviceId = current.decision?.deviceId ?? ''
        const digest = askedDigest(current)
        // The write holds to all three: which of them it missed is looked up when it was refused.
        const fault = lost > 0 ? await whyNotAnswered(deviceId, digest, isServed) : undefined
        if (fault) {
          const over = withdraw(current, now)
          if (isRefusal(over)) return over
          const effects = unapproved(current, { ...inSignIn(current), type: 'signin.cancelled' })
          return { next: over, effects, result: fault }
        }
        const effects: Effects = {
          ...onlyEvents({ ...inSignIn(current), type: 'signin.answered' }, signing(current)),
          ifDeviceActive: deviceId,
          ifIntegrationEnabled: current.integrationId,
          useOnce: { digest, keepUntil: now + KEEP_ENDED },
        }
        return { next, effects, result: next }
      })
    },

    /** Writes down what has expired, and forgets what ended long ago. Called now and then by the service. */
    async tidy(): Promise<void> {
      for (const due of await store.due(clock.now(), 500)) {
        await make(due.id, (current) => {
          const next = expire(current, clock.now())
          if (isRefusal(next)) return next
          return { next, effects: onlyEvents({ ...inSignIn(current), type: 'signin.expired' }), result: true as const }
        })
      }
      await store.forget(clock.now() - KEEP_ENDED, clock.now())
    },
  }
}
