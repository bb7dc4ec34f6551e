import type { AuditEvent } from '../audit/events.ts'
import { isRefusal, type Refusal, refuse } from '../base/refusal.ts'
import type { Changes } from './changes.ts'
import type { SignIn } from './sign-in.ts'
import type { Effects, SignInStore } from './sign-in-store.ts'

/** A move and what its maker is told; or, where nothing is left to do, only that. */
export type Move<T> = { next: SignIn; effects: Effects; result: T } | { unmoved: T }

/** A sign-in has far fewer moves than this: a caller that loses so often meets a bug, not a race. */
const MOST_RACES_LOST = 50

/** What every event of a sign-in names. */
export const inSignIn = ({ id, integrationId, tenantId, objectId }: SignIn) => ({
  signInId: id,
  integrationId,
  tenantId,
  objectId,
})

/** That a sign-in's newest prompt was opened, for so many devices. */
export const promptedEvent = (signIn: SignIn, devices: number): AuditEvent => ({
  ...inSignIn(signIn),
  type: 'signin.prompted',
  promptNumber: signIn.prompt?.number ?? 0,
  devices,
})

export const onlyEvents = (...events: AuditEvent[]): Effects => ({ events })

/** The effects of a move that ends a sign-in unapproved: the invitation that it holds may be used in another. */
export const unapproved = ({ id, invitationId }: SignIn, ...events: AuditEvent[]): Effects =>
  invitationId ? { events, releaseInvitation: { id: invitationId, heldBy: id } } : { events }

/**
 * Makes a move: reads the sign-in, lets `step` decide, writes if nobody was faster, else decides anew on what the
 * faster one left. A caller that has read it already gives it: then it is read only if nothing comes of that. `step` is told
 * how often nothing came of it: what the write itself demands (Effects) need not be looked up before the first. Whoever waits
 * for this sign-in is told after the move is durable.
 */
export function createMover(store: SignInStore, changes: Changes) {
  return async function make<T>(
    of: string | SignIn,
    step: (signIn: SignIn, lost: number) => Promise<Move<T> | Refusal> | Move<T> | Refusal,
  ): Promise<T | Refusal> {
    const [id, given] = typeof of === 'string' ? [of] : [of.id, of]
    for (let lost = 0; lost < MOST_RACES_LOST; lost++) {
      const isGiven = lost === 0 && given !== undefined
      const signIn = isGiven ? given : await store.find(id)
      if (!signIn) return refuse('sign-in.unknown', 'no such sign-in')
      const move = await step(signIn, lost)
      if (isRefusal(move)) {
        // What was given may be older than what is there.
        if (isGiven) continue
        return move
      }
      if ('unmoved' in move) return move.unmoved
      if (await store.move(signIn, move.next, move.effects)) {
        changes.announce(id, move.next)
        return move.result
      }
    }
    throw new Error(`sign-in ${id}: lost ${MOST_RACES_LOST} races`)
  }
}

export type Mover = ReturnType<typeof createMover>
