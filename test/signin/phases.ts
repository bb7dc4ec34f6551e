import type { Phase } from '../../src/signin/sign-in.ts'

/** Where each phase may lead. Nothing leads back, and nothing out of an end. */
export const MAY_FOLLOW: Record<Phase, Phase[]> = {
  open: ['approved', 'denied', 'reported', 'expired', 'cancelled'],
  // Cancelled: the phone that approved was removed, or the tenant switched off.
  approved: ['answered', 'expired', 'cancelled'],
  denied: [],
  reported: [],
  expired: [],
  cancelled: [],
  answered: [],
}

export const isEnd = (phase: Phase): boolean => MAY_FOLLOW[phase].length === 0
