import type { View } from './app.ts'
import { element } from './element.ts'
import { heading } from './parts.ts'

/** `link` leads to where the app does work, when that is known. */
export function impossibleView(reason: string, link: string | undefined): View {
  const advice =
    'Open it in a current version of Safari, Chrome, Firefox, Edge or Samsung Internet, in a normal window.'
  return {
    title: 'Not possible here',
    content: [
      heading('Not possible here'),
      element('p', {}, reason),
      link === undefined ? element('p', {}, advice) : element('p', {}, element('a', { href: link }, 'Open it there')),
    ],
  }
}
