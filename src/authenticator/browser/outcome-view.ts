import type { App, View } from './app.ts'
import { element } from './element.ts'
import { keepingNote } from './keeping.ts'
import { button, heading } from './parts.ts'
import { promptName } from './waiting.ts'

export type Outcome = 'approved' | 'denied' | 'reported' | 'ended'

const TITLES: Record<Outcome, string> = {
  approved: 'Approved',
  denied: 'Sign-in stopped',
  reported: 'Reported',
  ended: 'No longer waiting',
}

const ASK_AGAIN = 'If it was you, ask again on your sign-in page.'
const NOT_YOU = 'If it was not you, tell your administrator and change your password.'

/** There is nothing left to decide, and `why`. */
export function endedView(app: App, why: string): View {
  return outcomeView(app, 'ended', [why, ASK_AGAIN, NOT_YOU])
}

export function outcomeView(app: App, outcome: Outcome, sentences: string[], newlyAdded = false): View {
  const keeping = element('div', {})
  const waiting = () => app.accounts.all().flatMap((entry) => entry.waiting.map((one) => promptName(one.shown)))
  const known = new Set(waiting())
  if (newlyAdded) void keepingNote().then((found) => found && keeping.replaceChildren(found))
  return {
    title: TITLES[outcome],
    content: [
      element('div', { class: `sign ${outcome}`, 'aria-hidden': 'true' }),
      heading(TITLES[outcome]),
      ...sentences.map((sentence) => element('p', {}, sentence)),
      button(outcome === 'approved' ? 'primary' : 'secondary', 'Done', app.home),
      keeping,
    ],
    // A sign-in that comes now is not kept waiting behind a screen that is over. Whose phone is new has others waiting from before:
    // that it was added is read first.
    update: () => {
      if (!newlyAdded && waiting().some((name) => !known.has(name))) app.home()
    },
  }
}
