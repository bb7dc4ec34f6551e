import type { Entry } from './accounts.ts'
import type { App, View } from './app.ts'
import { DeviceRefusal } from './device-errors.ts'
import { element, givenName } from './element.ts'
import { button, heading, messagePlace, setBusy } from './parts.ts'

export function removeView(app: App, entry: Entry): View {
  const { place, say } = messagePlace()
  const { person, integrationName } = entry.account
  const remove = button('danger', 'Remove', () => act(() => app.accounts.remove(entry)))
  const onlyHere = button('danger', 'Delete on this phone only', () => act(() => app.accounts.forget(entry)))
  const keep = button('secondary', 'Keep', app.home)
  const choices = element('div', { class: 'actions' }, remove, keep)
  let busy = false

  async function act(doIt: () => Promise<void>): Promise<void> {
    if (busy) return
    busy = true
    setBusy([remove, onlyHere], true)
    say('Removing…', 'note')
    try {
      await doIt()
      app.home()
    } catch (error) {
      remove.textContent = 'Try again'
      const why = error instanceof DeviceRefusal ? error.sentence : `${app.host} could not be reached.`
      say(`${why} If you delete it on this phone only, your list of phones goes on showing it.`)
      choices.replaceChildren(remove, onlyHere, keep)
    }
    busy = false
    setBusy([remove, onlyHere], false)
  }

  return {
    title: 'Remove account?',
    content: [
      heading('Remove account?'),
      element('p', {}, givenName(person), ' · ', givenName(integrationName)),
      element(
        'p',
        {},
        'This phone can then no longer approve sign-ins for it. Make sure that you have another way to sign in.',
      ),
      place,
      choices,
    ],
  }
}
