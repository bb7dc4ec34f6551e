// Pieces that several views are made of.
import { type Child, element } from './element.ts'

export type Act = () => void | Promise<void>

export function heading(...text: Child[]): HTMLHeadingElement {
  return element('h1', { tabindex: '-1' }, ...text)
}

export function button(kind: 'primary' | 'secondary' | 'danger', text: string, act: Act): HTMLButtonElement {
  return element('button', { type: 'button', class: kind, onclick: () => void act() }, text)
}

export function submitButton(text: string): HTMLButtonElement {
  return element('button', { type: 'submit', class: 'primary' }, text)
}

/** A form that stays on the page. */
export function form(act: Act, ...children: Child[]): HTMLFormElement {
  const submit = (event: Event) => {
    event.preventDefault()
    void act()
  }
  return element('form', { novalidate: true, onsubmit: submit }, ...children)
}

/** A place for a sentence about what was just done: read out when it changes. */
export function messagePlace(): { place: HTMLElement; say: (text: string, kind?: 'error' | 'note') => void } {
  const place = element('p', { class: 'message', role: 'alert', id: 'message' })
  const say = (text: string, kind: 'error' | 'note' = 'error') => {
    place.className = text === '' ? 'message' : `message ${kind}`
    place.textContent = text
  }
  return { place, say }
}

export function note(kind: 'caution' | 'quiet', ...children: Child[]): HTMLElement {
  return element('div', { class: `note ${kind}` }, ...children)
}

/** Marks what cannot be pressed now, without taking the focus from it as `disabled` would. */
export function setBusy(controls: HTMLElement[], busy: boolean): void {
  for (const control of controls) control.setAttribute('aria-disabled', String(busy))
}
