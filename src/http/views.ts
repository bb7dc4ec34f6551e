import { fileURLToPath } from 'node:url'
import { Eta } from 'eta'

export type Views = { render(name: string, facts: object): string }

/** Renders the templates in `views/`. What is put in is escaped, unless a template says otherwise. */
export function createViews(shared: object): Views {
  const eta = new Eta({
    views: fileURLToPath(new URL('../../views', import.meta.url)),
    cache: true,
    autoEscape: true,
    varName: 'it',
  })
  return { render: (name, facts) => eta.render(name, { ...shared, ...facts }) }
}
