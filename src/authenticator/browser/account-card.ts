import type { Entry } from './accounts.ts'
import type { App } from './app.ts'
import { element, givenName } from './element.ts'
import { button } from './parts.ts'
import { removeView } from './remove-view.ts'

export function accountCard(app: App, entry: Entry): HTMLElement {
  const { person, integrationName, status, deviceId } = entry.account
  const state = entry.unusable ? 'Not usable' : status === 'active' ? 'Ready' : 'Waiting for the first approval'
  const remove = button('secondary', 'Remove', () => app.show(removeView(app, entry)))
  remove.id = `remove-${deviceId}`
  remove.setAttribute('aria-label', `Remove ${person}, ${integrationName}`)
  remove.setAttribute('aria-describedby', `account-${deviceId}`)
  return element(
    'li',
    { class: 'card account' },
    element(
      'div',
      { id: `account-${deviceId}` },
      element('p', { class: 'who' }, givenName(person)),
      element('p', {}, givenName(integrationName)),
      element('p', { class: `state ${entry.unusable ? 'unusable' : status}` }, state),
      entry.unusable !== undefined && element('p', { class: 'detail' }, entry.unusable),
    ),
    remove,
  )
}
