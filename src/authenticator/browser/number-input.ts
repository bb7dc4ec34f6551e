import { element } from './element.ts'

/** Where the number is typed or pasted. It is never filled in for the person. */
export function numberInput(): HTMLInputElement {
  return element('input', {
    id: 'number',
    class: 'number',
    type: 'text',
    inputmode: 'numeric',
    autocomplete: 'one-time-code',
    enterkeyhint: 'send',
    'aria-describedby': 'number-help message',
  })
}
