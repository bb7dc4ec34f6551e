// The phases of a sign-in, as stores count them and ask for them, and as they are measured.
import type { Phase } from './sign-in.ts'

/** None of any; the type holds the list to the phases. */
export const noneOfAny: Readonly<Record<Phase, 0>> = {
  open: 0,
  approved: 0,
  denied: 0,
  reported: 0,
  expired: 0,
  cancelled: 0,
  answered: 0,
}

export const phases = Object.keys(noneOfAny) as Phase[]

/** Those that are not over. */
export const alivePhases: Phase[] = ['open', 'approved']

export const isEnd = (phase: Phase): boolean => !alivePhases.includes(phase)
