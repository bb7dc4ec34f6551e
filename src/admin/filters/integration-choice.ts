import type { Integration } from '../../integrations/integration.ts'

export type IntegrationChoice = { id: string; name: string; chosen: boolean }

/** The integrations to choose from. One that was removed stays chosen: what happened there is still on record. */
export function integrationChoices(all: readonly Integration[], chosen: string): IntegrationChoice[] {
  const choices = all.map(({ id, name }) => ({ id, name, chosen: id === chosen }))
  if (chosen && !choices.some((choice) => choice.chosen))
    choices.push({ id: chosen, name: 'An integration that was removed', chosen: true })
  return choices
}

export type IntegrationName = { name: string; page: string | null }

/** What an integration is called, by its id; one that was removed has no page. */
export function integrationNames(all: readonly Integration[]): (id: string) => IntegrationName {
  const known = new Map(all.map(({ id, name }) => [id, { name, page: `/admin/integrations/${id}` }]))
  return (id) => known.get(id) ?? { name: 'Removed integration', page: null }
}
