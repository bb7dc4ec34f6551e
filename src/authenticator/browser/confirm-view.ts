import type { UnfinishedBinding } from './account-store.ts'
import { addView } from './add-view.ts'
import type { App, View } from './app.ts'
import type { BindingProof } from './device-client.ts'
import { DeviceRefusal, NoConnection } from './device-errors.ts'
import { suggestLabel } from './device-label.ts'
import { element } from './element.ts'
import { askToKeepKeys, isApplePage } from './keeping.ts'
import { button, form, heading, messagePlace, note, setBusy, submitButton } from './parts.ts'
import { promptView } from './prompt-view.ts'

/** The last stop before this phone is bound: whoever opened somebody else's code turns round here. */
export function confirmView(app: App, proof: BindingProof, unfinished?: UnfinishedBinding): View {
  const { place, say } = messagePlace()
  const label = unfinished?.label ?? suggestLabel(navigator)
  const input = element('input', {
    id: 'device-name',
    type: 'text',
    maxlength: '60',
    autocomplete: 'off',
    value: label.name,
  })
  const add = submitButton(unfinished ? 'Try again' : 'Add this phone')
  let edited = false
  let busy = false
  let left: 'cancelled' | 'elsewhere' | undefined
  input.addEventListener('input', () => {
    edited = true
  })
  if (!unfinished) {
    void modelName().then((name) => {
      if (name !== '' && !edited && !busy) input.value = name
    })
  }

  async function bind(): Promise<void> {
    if (busy) return
    const name = input.value.trim()
    if (name === '') {
      say('Give this phone a name, so that you recognise it later.')
      return input.focus()
    }
    busy = true
    setBusy([add], true)
    say('Adding this phone…', 'note')
    try {
      const entry = await app.accounts.bind(proof, { name, platform: label.platform })
      // Not awaited: some browsers ask the person first, and the sign-in's time is running.
      void askToKeepKeys()
      // The list says what became of it: also when the service could not be told.
      if (left === 'cancelled') return void (await app.accounts.remove(entry))
      const first = entry.waiting[0]
      if (left) return
      if (first) app.show(promptView(app, entry, first))
      else app.home()
    } catch (error) {
      say(sentence(error, app.host))
      // Sending a code again that does not work would not make it work.
      if (error instanceof DeviceRefusal && error.problem.code === 'code-refused') {
        const other = button('primary', 'Type another code', () => app.show(addView(app)))
        add.replaceWith(other)
        other.focus()
      }
      add.textContent = 'Try again'
    }
    busy = false
    setBusy([add], false)
  }

  async function cancel(): Promise<void> {
    left = 'cancelled'
    await app.accounts.abandonBinding(proof)
    app.home()
  }

  return {
    title: 'Add this phone?',
    content: [
      heading('Add this phone?'),
      unfinished !== undefined && element('p', {}, 'Adding this phone was begun and has not been finished.'),
      note(
        'caution',
        element('p', {}, element('strong', {}, 'Only go on if this code is from your own sign-in page.')),
        element('p', {}, 'If somebody sent it to you, cancel.'),
      ),
      isApplePage() &&
        element(
          'p',
          { class: 'detail' },
          'Safari forgets pages that are not opened for 7 days. It is safer to add this page to the Home Screen first, open it there, and type the code.',
        ),
      form(
        bind,
        element('label', { for: 'device-name' }, 'Name of this phone'),
        input,
        place,
        add,
        button('secondary', 'Cancel', cancel),
      ),
    ],
    close() {
      left ??= 'elsewhere'
    },
  }
}

function sentence(error: unknown, host: string): string {
  if (error instanceof NoConnection) return `No connection to ${host}. Nothing is lost: try again.`
  if (error instanceof DeviceRefusal) return error.sentence
  return 'This browser could not store a key. A private window may be the cause: open this page in a normal one.'
}

/** Chromium hides the model in its user agent and tells it when asked. */
async function modelName(): Promise<string> {
  type Hints = { getHighEntropyValues?: (names: string[]) => Promise<{ model?: string }> }
  const hints = (navigator as { userAgentData?: Hints }).userAgentData
  const found = await hints?.getHighEntropyValues?.(['model']).catch(() => undefined)
  return found?.model?.trim().slice(0, 60) ?? ''
}
