import type { App } from './app.ts'
import { type Child, element } from './element.ts'
import { button, setBusy } from './parts.ts'
import { stateWords, testWords } from './push-words.ts'

export type PushCard = { content: HTMLElement; isInvitation: () => boolean; update: (isPrimary: boolean) => void }

/** Asks once whether to be told, with the reason; from then on a small section that says how it stands. */
export function pushCard(app: App, redraw: () => void): PushCard {
  const { push } = app
  const said = element('p', { class: 'message' })
  const place = element('div', { class: 'stack' })
  const content = element('section', { class: 'card push', 'aria-labelledby': 'push-heading' }, place, said)
  let drawn = ''
  let busy = false

  const isInvitation = () => push.state().is === 'off' && !push.isDeclined()

  function say(text: string): void {
    said.className = text === '' ? 'message' : 'message note'
    said.textContent = text
    // Heard from a place that stays where it is, as this card does not.
    if (content.isConnected) app.announce(text)
  }

  /** `act` gives the sentence to say at its end. */
  async function press(doing: string, act: () => Promise<string>): Promise<void> {
    if (busy) return
    busy = true
    setBusy([...place.querySelectorAll('button')], true)
    say(doing)
    try {
      say(await act())
    } finally {
      busy = false
      drawn = ''
      redraw()
    }
  }

  const turnOn = () =>
    press('Turning on… Your browser may ask you to allow it.', async () => {
      await push.turnOn()
      const { is } = push.state()
      if (is === 'on') return 'Notifications are on.'
      return is === 'off' ? 'Your browser was not told to allow it, so notifications stay off.' : ''
    })
  const turnOff = () =>
    press('Turning off…', async () => {
      await push.turnOff()
      return 'Notifications are off.'
    })
  const test = () => press('Sending…', async () => testWords(await push.test(), app.host))
  const tryAgain = () =>
    press('Trying again…', async () => {
      await push.turnOn()
      return push.state().is === 'on' ? 'Notifications are on.' : 'That did not work either.'
    })

  function control(id: string, kind: 'primary' | 'secondary', text: string, act: () => void): HTMLElement {
    const made = button(kind, text, act)
    made.id = `push-${id}`
    return made
  }

  function notNow(): void {
    say('')
    push.notNow()
  }

  function invitation(isPrimary: boolean): Child[] {
    return [
      title('Be told when you are asked'),
      element(
        'p',
        {},
        'When a sign-in waits for your approval, this phone can show a notification. Without it you must open this app yourself to find out.',
      ),
      always(),
      choices(
        control('on', isPrimary ? 'primary' : 'secondary', 'Turn on notifications', turnOn),
        control('later', 'secondary', 'Not now', notNow),
      ),
    ]
  }

  function section(): Child[] {
    const { is } = push.state()
    const { state, sentence } = stateWords(push.state(), app.host)
    return [
      title('Notifications'),
      element('p', { class: is === 'on' ? 'state active' : 'state' }, state),
      element('p', { class: 'detail' }, sentence),
      always(),
      is === 'off' && control('on', 'secondary', 'Turn on notifications', turnOn),
      (is === 'failed' || is === 'refused') && control('again', 'secondary', 'Try again', tryAgain),
      is === 'on' &&
        choices(
          control('test', 'secondary', 'Send me a test push', test),
          control('off', 'secondary', 'Turn off', turnOff),
        ),
    ]
  }

  function update(isPrimary: boolean): void {
    const picture = JSON.stringify([push.state(), isInvitation(), isPrimary])
    if (busy || picture === drawn) return
    drawn = picture
    const focused = place.contains(document.activeElement) ? document.activeElement?.id : undefined
    const parts = isInvitation() ? invitation(isPrimary) : section()
    place.replaceChildren(...parts.filter((part): part is Node => part instanceof Node))
    // The pressed control may be gone: then the focus stays where it was.
    if (focused) (document.getElementById(focused) ?? place.querySelector('h2'))?.focus()
  }

  return { content, isInvitation, update }
}

function title(text: string): HTMLElement {
  return element('h2', { id: 'push-heading', tabindex: '-1' }, text)
}

function always(): HTMLElement {
  return element('p', { class: 'detail' }, 'The open app still shows every request.')
}

function choices(...controls: HTMLElement[]): HTMLElement {
  return element('div', { class: 'choices' }, ...controls)
}
