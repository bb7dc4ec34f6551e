import type { Entry } from './accounts.ts'
import type { App, View } from './app.ts'
import { createDecider, NOT_ARRIVED } from './decider.ts'
import { element } from './element.ts'
import { button, heading, messagePlace, setBusy } from './parts.ts'
import { promptView } from './prompt-view.ts'
import { signInDetails } from './sign-in-details.ts'
import { timeLeft } from './time-left.ts'
import type { Waiting } from './waiting.ts'

const NOT_REPORTED = 'Nothing was reported.'

/** Asks once more, since the report alarms people. */
export function notMeView(app: App, entry: Entry, waiting: Waiting): View {
  const decider = createDecider(app, entry, waiting)
  const { place, say } = messagePlace()
  const report = button('danger', 'Stop it and report it', send)
  const back = button('secondary', 'Go back', () => {
    if (!decider.isBusy()) app.show(promptView(app, entry, decider.current() ?? waiting))
  })

  const time = timeLeft({
    current: () => decider.current() ?? waiting,
    announce: app.announce,
    over: () => {
      if (!decider.isBusy()) decider.end(`Its time is over. ${NOT_REPORTED}`)
    },
  })

  /** Who asks again makes another prompt of it: that is what would be reported then. */
  function update(): void {
    if (decider.isBusy()) return
    const next = decider.next()
    if (!decider.isUsable()) app.home()
    else if (!next) decider.end(`Its time is over, or it was decided elsewhere. ${NOT_REPORTED}`)
    else if (!decider.current()) app.show(notMeView(app, entry, next))
  }

  async function send(): Promise<void> {
    if (decider.isBusy()) return
    setBusy([report, back], true)
    say('Reporting…', 'note')
    try {
      await decider.decide('not-me', undefined, () => say(NOT_ARRIVED, 'note'))
    } catch (error) {
      say(decider.failed(error) ?? '')
    }
    setBusy([report, back], false)
  }

  return {
    title: 'Was this not you?',
    signInId: waiting.shown.signInId,
    content: [
      heading('Was this not you?'),
      element(
        'p',
        {},
        'Then somebody else is signing in with your password. We stop them, and keep your report for your administrator.',
      ),
      signInDetails(waiting),
      time.content,
      place,
      element('div', { class: 'actions' }, report, back),
    ],
    update,
    close() {
      decider.leave()
      time.stop()
    },
  }
}
