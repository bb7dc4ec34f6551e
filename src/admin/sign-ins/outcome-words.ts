import type { Phase } from '../../signin/sign-in.ts'
import type { Tone } from '../audit/words-of.ts'

export type OutcomeWords = { name: string; tone: Tone | null; sentence: string }

/** What became of a sign-in, in a word and in a sentence. */
export const outcomeWords: Readonly<Record<Phase, OutcomeWords>> = {
  answered: { name: 'Signed in', tone: 'good', sentence: 'The person proved themselves, and Entra got its answer.' },
  approved: {
    name: 'Approved, on the way back',
    tone: 'good',
    sentence: 'It was approved on the phone. The browser has not come for the answer yet.',
  },
  open: { name: 'Waiting now', tone: null, sentence: 'It is under way: nobody has decided yet.' },
  denied: { name: 'Declined on the phone', tone: 'caution', sentence: 'The person declined it on the phone.' },
  reported: {
    name: 'Reported as “not me”',
    tone: 'bad',
    sentence:
      'The person said that it was not them. Whoever began it got past the first factor: have their password changed.',
  },
  expired: { name: 'Ran out of time', tone: 'caution', sentence: 'Its four minutes were over before it was finished.' },
  cancelled: {
    name: 'Left by the person',
    tone: 'caution',
    sentence: 'Whoever was signing in went back to Entra, or the integration was removed meanwhile.',
  },
}

export const outcomes = Object.keys(outcomeWords) as Phase[]

const methods: Readonly<Record<string, string>> = { push: 'Phone' }

/** What the person proved themselves with; nothing, where they did not. */
export const methodName = (method: string | null): string => (method === null ? '' : (methods[method] ?? method))
