import type { Clock } from '../base/clock.ts'
import type { Refusal } from '../base/refusal.ts'
import type { Device } from '../devices/device.ts'
import type { Devices } from '../devices/devices.ts'
import type { Call, Push, RingStanding } from '../push/push.ts'
import type { SignIn } from './sign-in.ts'
import type { SignInStore } from './sign-in-store.ts'
import { isAsking } from './transaction.ts'

/** What a sign-in wants of push. It waits for nothing of it. */
export type Ringer = Pick<Push, 'ring' | 'ringLater' | 'over' | 'standing' | 'quietAfter'>

export type Ringing = ReturnType<typeof createRinging>

/** Wakes the person's devices for a sign-in's prompt, and tells them when it is over. */
export function createRinging(options: {
  push: Ringer
  devices: Pick<Devices, 'activeOf'>
  store: Pick<SignInStore, 'find'>
  clock: Clock
}) {
  const { push, devices, store, clock } = options

  const callOf = (signIn: SignIn): Call => ({
    signInId: signIn.id,
    promptNumber: signIn.prompt?.number ?? 0,
    integrationId: signIn.integrationId,
    integrationName: signIn.integrationName,
    tenantId: signIn.tenantId,
    objectId: signIn.objectId,
    person: signIn.namePersonInPush ? signIn.person : null,
    promptedAt: signIn.prompt?.openedAt ?? 0,
    expiresAt: signIn.prompt?.expiresAt ?? signIn.expiresAt,
    async isAsked() {
      const now = await store.find(signIn.id)
      return now !== undefined && isAsking(now, clock.now()) && now.prompt?.number === signIn.prompt?.number
    },
  })

  const idsOf = (active: readonly Device[]): string[] => active.map(({ id }) => id)

  return {
    /** For a prompt that was just opened. A phone that is being bound is in its person's hand: it is not woken. */
    ring(signIn: SignIn, active: readonly Device[]): void {
      if (!signIn.pendingDevice) push.ringLater(callOf(signIn), idsOf(active))
    },

    /** Once more for an open prompt, because the person asked. Refuses as `Push.ring` does. */
    async ringAgain(signIn: SignIn): Promise<true | Refusal> {
      return push.ring(callOf(signIn), idsOf(await devices.activeOf(signIn)))
    },

    /** What stands on the person's devices, but for the one that decided, is replaced. Nobody waits for it. */
    over(signIn: SignIn, decidedBy: string | null): void {
      const others = async (): Promise<string[]> =>
        idsOf(await devices.activeOf(signIn)).filter((id) => id !== decidedBy)
      push.over(callOf(signIn), others, decidedBy ? 'decided' : 'ended')
    },

    quietAfter: push.quietAfter,

    async standing(signIn: SignIn): Promise<RingStanding> {
      return push.standing(callOf(signIn), idsOf(await devices.activeOf(signIn)))
    },
  }
}
