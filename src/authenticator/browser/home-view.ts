import { accountCard } from './account-card.ts'
import type { Entry } from './accounts.ts'
import { addView } from './add-view.ts'
import type { App, View } from './app.ts'
import { type Child, element } from './element.ts'
import { keepingNote } from './keeping.ts'
import { button, heading, note } from './parts.ts'
import { pushCard } from './push-card.ts'
import { countWords } from './time-words.ts'
import { isOpen, promptName } from './waiting.ts'
import { waitingAge, waitingCard } from './waiting-card.ts'

const AGES_CHANGE = 15_000

/** What waits on top, the accounts below. Whether to be told is asked above them, once, while nothing waits. */
export function homeView(app: App): View {
  const title = heading('Accounts')
  const place = element('div', { class: 'stack' })
  const keeping = element('div', {})
  const notifications = pushCard(app, () => update())
  let drawn = ''
  let said = 0

  function update(): void {
    const entries = app.accounts.all()
    const waiting = entries.flatMap((entry) => entry.waiting.filter(isOpen).map((one) => ({ entry, one })))
    title.textContent = waiting.length > 0 ? 'Waiting for you' : entries.length > 0 ? 'Accounts' : 'Add this phone'
    const isFirst = notifications.isInvitation() && waiting.length === 0
    const card = app.push.state().is !== 'unknown' && notifications.content
    notifications.update(isFirst)
    const picture = JSON.stringify([
      isFirst,
      card !== false,
      app.accounts.notices,
      waiting.map(({ one }) => [promptName(one.shown), waitingAge(one)]),
      entries.map(({ account, unusable }) => [account, unusable]),
    ])
    if (picture === drawn) return
    drawn = picture
    redraw(place, [
      ...app.accounts.notices.map((text) => notice(app, text)),
      waiting.length > 0 && element('ul', { class: 'cards' }, ...waiting.map((found) => waitingCard(app, found))),
      isFirst && card,
      entries.length === 0 ? welcome() : accountList(app, entries, waiting.length > 0),
      entries.length === 0
        ? button('primary', 'Type a code', () => app.show(addView(app)))
        : button('secondary', 'Add account', () => app.show(addView(app))),
      !isFirst && card,
    ])
    if (waiting.length !== said) app.announce(waiting.length > 0 ? waitingWords(waiting.length) : '')
    said = waiting.length
    if (entries.length > 0) void keepingNote().then((found) => keeping.replaceChildren(...(found ? [found] : [])))
  }

  update()
  const timer = setInterval(update, AGES_CHANGE)
  return { title: 'Accounts', content: [title, place, keeping], update, close: () => clearInterval(timer) }
}

/** Replaces the content and leaves the focus on the same control, if it is still there. */
function redraw(place: HTMLElement, content: Child[]): void {
  const focused = place.contains(document.activeElement) ? document.activeElement?.id : undefined
  place.replaceChildren(...content.filter((child): child is Node => child instanceof Node))
  if (focused) document.getElementById(focused)?.focus()
}

function notice(app: App, text: string): HTMLElement {
  const seen = () => {
    app.accounts.notices.splice(app.accounts.notices.indexOf(text), 1)
    app.home()
  }
  return note('caution', element('p', { role: 'alert' }, text), button('secondary', 'OK', seen))
}

function waitingWords(count: number): string {
  return `${countWords(count, 'sign-in')} waiting for you`
}

function welcome(): HTMLElement {
  return element(
    'div',
    { class: 'stack' },
    element('p', {}, 'This phone can confirm that it is you who signs in at work.'),
    element(
      'ol',
      { class: 'steps' },
      element('li', {}, 'On your computer, sign in as usual.'),
      element('li', {}, 'When the sign-in page shows a square code, scan it with the camera of this phone.'),
      element('li', {}, 'Or type the code here that the sign-in page shows behind “I can’t scan it”.'),
    ),
  )
}

function accountList(app: App, entries: Entry[], withHeading: boolean): HTMLElement {
  const list = element('ul', { class: 'cards' }, ...entries.map((entry) => accountCard(app, entry)))
  if (!withHeading) return list
  return element('section', { class: 'stack' }, element('h2', {}, 'Accounts'), list)
}
