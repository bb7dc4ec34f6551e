// Who did it, by name.
import type { Administrator } from '../../administrators/administrator.ts'
import type { Actor } from '../../audit/events.ts'

const own: Readonly<Record<string, string>> = {
  person: 'The person, on their phone',
  'command-line': 'The command line',
  service: 'Countersign itself',
}

const idOf = (actor: Actor): string => actor.slice(actor.indexOf(':') + 1)

/** What an actor is called. Administrators have names while they are there; later, their id is what is left of them. */
export function actorNames(administrators: readonly Administrator[]): (actor: Actor) => string {
  const names = new Map(administrators.map(({ id, name }) => [id, name]))
  return (actor) => {
    if (actor.startsWith('administrator:')) return names.get(idOf(actor)) ?? `Removed administrator ${shortOf(actor)}`
    return own[actor] ?? `Access token ${shortOf(actor)}`
  }
}

const shortOf = (actor: Actor): string => idOf(actor).slice(0, 8)

export type ActorChoice = { value: string; name: string; chosen: boolean }

/** Whom to choose from. Who is asked for and is not among them, an access token or somebody who was removed, is added. */
export function actorChoices(administrators: readonly Administrator[], chosen: Actor | undefined): ActorChoice[] {
  const nameOf = actorNames(administrators)
  const listed = [...administrators.map(({ id }): Actor => `administrator:${id}`), ...(Object.keys(own) as Actor[])]
  const all = chosen && !listed.includes(chosen) ? [...listed, chosen] : listed
  return all.map((actor) => ({ value: actor, name: nameOf(actor), chosen: actor === chosen }))
}
