import type { Entry } from './accounts.ts'
import type { App } from './app.ts'
import { element, givenName } from './element.ts'
import { button } from './parts.ts'
import { promptView } from './prompt-view.ts'
import { ageWords } from './time-words.ts'
import { promptName, type Waiting } from './waiting.ts'

export function waitingAge(waiting: Waiting): string {
  return waiting.requestedAt === undefined ? '' : ageWords(performance.now() - waiting.requestedAt)
}

export function waitingCard(app: App, { entry, one }: { entry: Entry; one: Waiting }): HTMLElement {
  const { person, integrationName, application, browser, address, place } = one.shown
  const id = `sign-in-${promptName(one.shown)}`
  const review = button('primary', 'Review', () => app.show(promptView(app, entry, one)))
  review.id = `review-${promptName(one.shown)}`
  review.setAttribute('aria-describedby', id)
  return element(
    'li',
    { class: 'card waiting' },
    element(
      'div',
      { id },
      element('p', { class: 'who' }, givenName(person)),
      element('p', {}, givenName(application ?? integrationName)),
      element('p', { class: 'detail' }, givenName(browser), ' · ', givenName(place ?? address), ' · ', waitingAge(one)),
    ),
    review,
  )
}
