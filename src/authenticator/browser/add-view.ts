import type { App, View } from './app.ts'
import { confirmView } from './confirm-view.ts'
import { element } from './element.ts'
import { button, form, heading, messagePlace, submitButton } from './parts.ts'
import { readShortCode, readTicket } from './short-code.ts'

/** Types the code that the sign-in page shows behind “I can’t scan it”. */
export function addView(app: App): View {
  const { place, say } = messagePlace()
  const input = element('input', {
    id: 'code',
    class: 'code',
    type: 'text',
    autocomplete: 'off',
    autocapitalize: 'characters',
    autocorrect: 'off',
    spellcheck: 'false',
    enterkeyhint: 'next',
    placeholder: 'XXXX-XXXX-XXXX',
    'aria-describedby': 'code-help message',
    onchange: () => {
      input.value = readShortCode(input.value) ?? input.value
    },
  })

  function go(): void {
    const ticket = readTicket(input.value)
    const code = readShortCode(input.value)
    if (ticket) app.show(confirmView(app, { ticket }))
    else if (code) app.show(confirmView(app, { code }))
    else {
      input.setAttribute('aria-invalid', 'true')
      say('That is not a whole code. It has 12 letters and digits, like 7K2M-9QXA-3HTN.')
      input.focus()
    }
  }

  return {
    title: 'Add account',
    content: [
      heading('Add account'),
      element('p', {}, 'Sign in on your computer. The sign-in page shows a code behind “I can’t scan it”.'),
      form(
        go,
        element('label', { for: 'code' }, 'Code from the sign-in page'),
        input,
        element('p', { class: 'detail', id: 'code-help' }, '12 letters and digits. Capitals and dashes do not matter.'),
        place,
        submitButton('Continue'),
        button('secondary', 'Cancel', app.home),
      ),
    ],
  }
}
