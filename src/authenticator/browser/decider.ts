// From a pressed button to the page that says what became of it.
import type { Decision } from '../../device-api/contract.ts'
import type { Entry } from './accounts.ts'
import type { App } from './app.ts'
import { signApproval } from './approval.ts'
import { DeviceRefusal } from './device-errors.ts'
import { endedView, outcomeView } from './outcome-view.ts'
import { repeatWhenLost } from './repeat.ts'
import { samePrompt, type Waiting } from './waiting.ts'

/** While it is repeated; the frame says that the connection is lost. */
export const NOT_ARRIVED = 'Your answer has not arrived yet. Trying again…'

/** What was tried last, when nobody knows whether it arrived. */
type Unsure = { decision: Decision; number: string | undefined }

const LEFT_WITH = {
  approved: 'You approved the sign-in.',
  denied: 'The sign-in was stopped.',
  reported: 'The sign-in was stopped, and your report is on record.',
}
const LEFT_UNSURE = 'Your answer may not have arrived. If the sign-in still waits, answer it again.'

const LOST = 'No connection to {host}. Your answer may not have arrived: try again.'

export function createDecider(app: App, entry: Entry, waiting: Waiting) {
  const { shown } = waiting
  const signed = new Map<string, string>()
  let busy = false
  let unsure: Unsure | undefined
  /** The person went to another page. What becomes of an answer on its way is told there, and not in that page's place. */
  let isLeft = false

  function tell(text: string): void {
    const { integrationName, person } = entry.account
    app.accounts.notify(`${integrationName}, ${person}: ${text}`)
  }

  /** The same decision is signed once: repeated after a lost answer, the service recognises it. */
  async function approvalFor(decision: Decision, number?: string): Promise<string> {
    const name = `${decision} ${number}`
    const approval = signed.get(name) ?? (await signApproval(entry.account.key, shown, decision, number))
    signed.set(name, approval)
    return approval
  }

  function end(why: string): void {
    app.show(endedView(app, why))
  }

  function isUsable(): boolean {
    return app.accounts.get(entry.account.deviceId) === entry && entry.unusable === undefined
  }

  return {
    isBusy: () => busy,

    async decide(decision: Decision, number: string | undefined, lost: () => void): Promise<void> {
      busy = true
      try {
        const firstApproval = entry.account.status === 'pending' && decision === 'approve'
        const approval = await approvalFor(decision, number)
        const send = () => app.accounts.decide(entry, shown, decision, approval)
        unsure = { decision, number }
        const { outcome } = await repeatWhenLost(send, { lost, isWanted: () => !isLeft })
        unsure = undefined
        if (isLeft) tell(LEFT_WITH[outcome])
        else app.show(outcomeView(app, outcome, sentencesFor(outcome, waiting), firstApproval))
      } finally {
        busy = false
      }
    },

    end,
    /** What was answered, if nobody knows whether that arrived. */
    unsure: () => unsure,
    leave(): void {
      isLeft = true
    },

    /** The sentence to say, or nothing when there is nothing left to decide and the page was left. */
    failed(error: unknown): string | undefined {
      const isDefinite = error instanceof DeviceRefusal && error.isDefinite
      // After a definite answer the next try is a decision of its own; after any other it is the same one, repeated.
      if (isDefinite) {
        signed.clear()
        unsure = undefined
      }
      if (isLeft) {
        tell(isDefinite ? error.problem.title : LEFT_UNSURE)
        return undefined
      }
      if (!(error instanceof DeviceRefusal)) return LOST.replace('{host}', app.host)
      const { code, title, triesLeft } = error.problem
      if (!isUsable()) app.home()
      else if (code === 'prompt-ended' || code === 'nothing-to-decide') end(title)
      else if (code !== 'wrong-number') return error.sentence
      else if (triesLeft === 0) end('Too many wrong numbers were typed.')
      else return wrongNumber(triesLeft)
      return undefined
    },

    /** What waits now under the same prompt, if it still does. */
    current: () => entry.waiting.find((one) => samePrompt(one.shown, shown)),
    next: () => entry.waiting.find((one) => one.shown.signInId === shown.signInId),
    isUsable,
  }
}

function wrongNumber(triesLeft: number | undefined): string {
  const left = triesLeft === undefined ? '' : ` You have ${triesLeft === 1 ? '1 try' : `${triesLeft} tries`} left.`
  return `That is not the number on the sign-in page.${left}`
}

function sentencesFor(outcome: 'approved' | 'denied' | 'reported', { shown }: Waiting): string[] {
  if (outcome === 'approved') return ['Return to your computer.']
  if (outcome === 'denied') return ['Nobody was signed in. You can close this page.']
  const from = shown.place === null ? shown.address : `${shown.place} (${shown.address})`
  return [
    'This sign-in was stopped, and nobody was signed in.',
    `Your report is on record for your administrator, with your name, the time, the browser (${shown.browser}) and where it came from: ${from}.`,
    'Somebody may know your password. Change it now.',
  ]
}
