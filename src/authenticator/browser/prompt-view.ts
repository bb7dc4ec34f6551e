import type { Entry } from './accounts.ts'
import type { App, View } from './app.ts'
import { createDecider, NOT_ARRIVED } from './decider.ts'
import { DeviceRefusal } from './device-errors.ts'
import { element } from './element.ts'
import { notMeView } from './not-me-view.ts'
import { numberInput } from './number-input.ts'
import { button, form, heading, messagePlace, setBusy, submitButton } from './parts.ts'
import { signInDetails } from './sign-in-details.ts'
import { timeLeft } from './time-left.ts'
import { typedDigits } from './typed-digits.ts'
import type { Waiting } from './waiting.ts'

/** Asks for the number and the decision. Nothing is filled in, and nothing is approved by itself. */
export function promptView(app: App, entry: Entry, waiting: Waiting): View {
  const decider = createDecider(app, entry, waiting)
  const { place, say } = messagePlace()
  const approve = submitButton('Approve')
  const cancel = button('secondary', 'I cancelled this', () => decide('cancel'))
  const notMe = button('danger', 'This was not me', report)
  const input = numberInput()
  let blockedUntil = 0
  let countdown: ReturnType<typeof setInterval> | undefined

  function report(): void {
    if (!decider.isBusy()) app.show(notMeView(app, entry, waiting))
  }

  async function approveTyped(): Promise<void> {
    const number = typedDigits(input.value)
    if (performance.now() < blockedUntil) return
    if (number.length === waiting.digits) return await decide('approve', number)
    say(`Type all ${waiting.digits} digits of the number on your sign-in page.`)
    input.focus()
  }

  async function decide(decision: 'approve' | 'cancel', number?: string): Promise<void> {
    if (decider.isBusy()) return
    setBusy([approve, cancel, notMe], true)
    input.readOnly = true
    input.removeAttribute('aria-invalid')
    say('Sending…', 'note')
    try {
      await decider.decide(decision, number, () => say(NOT_ARRIVED, 'note'))
    } catch (error) {
      failed(error)
    }
    setBusy([cancel, notMe], false)
    setBusy([approve], performance.now() < blockedUntil)
    input.readOnly = false
  }

  function failed(error: unknown): void {
    const sentence = decider.failed(error)
    if (sentence === undefined) return
    say(sentence)
    if (!(error instanceof DeviceRefusal)) return
    const { code, retryAfterSeconds } = error.problem
    if (code === 'wait') block(retryAfterSeconds ?? 30)
    input.setAttribute('aria-invalid', String(code === 'wrong-number'))
    input.focus()
    input.select()
  }

  function block(seconds: number): void {
    blockedUntil = performance.now() + seconds * 1000
    clearInterval(countdown)
    const show = () => {
      const left = Math.ceil((blockedUntil - performance.now()) / 1000)
      approve.textContent = left > 0 ? `Approve (in ${left} s)` : 'Approve'
      if (left > 0) return
      clearInterval(countdown)
      setBusy([approve], false)
      say('You can try again now.', 'note')
    }
    countdown = setInterval(show, 1000)
    show()
  }

  function update(): void {
    if (decider.isBusy()) return
    if (!decider.isUsable()) app.home()
    else if (!decider.current()) goOn(decider.next())
  }

  function goOn(next: Waiting | undefined): void {
    const unsure = decider.unsure()
    // Perhaps by the very answer that was lost: sent again, it is answered as the first time.
    if (!next && unsure && unsure.decision !== 'not-me') void decide(unsure.decision, unsure.number)
    else if (!next) decider.end('Its time is over, or it was decided elsewhere.')
    else {
      app.show(promptView(app, entry, next))
      app.announce('There is a new number on your sign-in page.')
    }
  }

  const time = timeLeft({
    current: () => decider.current() ?? waiting,
    announce: app.announce,
    over: () => {
      if (decider.isBusy()) return
      const isUnsure = decider.unsure() !== undefined
      decider.end(isUnsure ? 'Its time is over. Your answer may have arrived all the same.' : 'Its time is over.')
    },
  })

  return {
    title: 'Is this you?',
    signInId: waiting.shown.signInId,
    content: [
      heading('Is this you signing in?'),
      signInDetails(waiting),
      time.content,
      form(
        approveTyped,
        element('label', { for: 'number' }, 'Number on your sign-in page'),
        input,
        element(
          'p',
          { class: 'detail', id: 'number-help' },
          'Type the number shown there. Nobody will ever ask you for it by phone or message.',
        ),
        place,
        approve,
        element('div', { class: 'choices' }, cancel, notMe),
      ),
    ],
    update,
    close() {
      decider.leave()
      time.stop()
      clearInterval(countdown)
    },
  }
}
