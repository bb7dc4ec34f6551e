import type { Shown } from '../../device-api/contract.ts'
import { type Child, element, givenName } from './element.ts'
import { ageWords } from './time-words.ts'
import type { Waiting } from './waiting.ts'

/** What the person judges by. The rest of what is signed is numbers that mean nothing to them. */
export function signInDetails(waiting: Waiting): HTMLElement {
  const { shown } = waiting
  const when = waiting.requestedAt === undefined ? undefined : ageWords(performance.now() - waiting.requestedAt)
  return element(
    'dl',
    { class: 'details' },
    ...row('Account', givenName(shown.person)),
    ...row('At', givenName(shown.integrationName)),
    ...(shown.application === null ? [] : row('Opening', givenName(shown.application))),
    ...row('From', ...from(shown)),
    ...row('With', givenName(shown.browser)),
    ...(when === undefined ? [] : row('When', when)),
  )
}

function from(shown: Shown): Child[] {
  if (shown.place === null) return [givenName(shown.address)]
  return [givenName(shown.place), ' (', givenName(shown.address), ')']
}

function row(term: string, ...description: Child[]): Child[] {
  return [element('div', {}, element('dt', {}, term), element('dd', {}, ...description))]
}
