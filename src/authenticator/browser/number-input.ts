import { element } from './element.ts'

/**
 * Where the number is typed or pasted. It is never filled in for the person, nor suggested: as a one-time code, a phone would
 * offer what a thief sent by SMS, and carrying the number over would be one tap.
 */
export function numberInput(): HTMLInputElement {
  return element('input', {
    id: 'number',
    class: 'number',
    type: 'text',
    inputmode: 'numeric',
    autocomplete: 'off',
    enterkeyhint: 'send',
    'aria-describedby': 'number-help message',
  })
}
