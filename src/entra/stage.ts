import type { SignIn } from '../signin/sign-in.ts'
import { canTypeInvitation, isAsking, phaseAt, TRIES } from '../signin/transaction.ts'

/** What the sign-in page shows. Each has one template in views/entra, and one thing for the person to do. */
export type Stage =
  | 'ticket' // scan the code with the phone to be bound
  | 'invitation' // type the administrator's code first
  | 'number' // type the number on the phone
  | 'ask-again' // the last prompt ended undecided
  | 'unbound' // no device, and none may be bound here
  | 'approved'
  | 'over'

export function stageOf(signIn: SignIn, now: number): Stage {
  const phase = phaseAt(signIn, now)
  if (phase === 'approved') return 'approved'
  if (phase !== 'open') return 'over'
  if (signIn.ticket && !signIn.pendingDevice) return 'ticket'
  if (isAsking(signIn, now)) return 'number'
  if (signIn.prompt) return 'ask-again'
  return canTypeInvitation(signIn) ? 'invitation' : 'unbound'
}

/** Why a sign-in ended without a claim, as its page says it. */
export function ending(signIn: SignIn, now: number): { title: string; sentence: string } {
  const endings: Record<string, { title: string; sentence: string }> = {
    denied: { title: 'You cancelled this', sentence: 'The sign-in was cancelled on your phone. Nobody was let in.' },
    reported: {
      title: 'This was reported',
      sentence:
        'On your phone you said that this was not you. Nobody was let in. If it was you after all, start again from your application.',
    },
    cancelled: { title: 'You left this sign-in', sentence: 'Nobody was let in.' },
    answered: {
      title: 'This sign-in is finished',
      sentence: 'To sign in once more, start again from your application.',
    },
    expired: {
      title: 'Time is over',
      sentence: 'This sign-in was not approved in time. Start again from your application.',
    },
  }
  return (
    endings[phaseAt(signIn, now)] ?? { title: 'This sign-in is over', sentence: 'Start again from your application.' }
  )
}

/** Why devices must be asked anew. */
export const whyAskAgain = (signIn: SignIn): string =>
  (signIn.prompt?.wrong.length ?? 0) >= TRIES
    ? 'A wrong number was typed too often. Ask again for a new number.'
    : 'Your phone was not answered in time. Ask again for a new number.'
