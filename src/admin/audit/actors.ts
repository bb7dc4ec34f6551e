// Who did it, by name.
import type { Administrators } from '../../administrators/administrators.ts'
import type { Actor } from '../../audit/events.ts'

const own: Readonly<Record<string, string>> = {
  person: 'The person, on their phone',
  'command-line': 'The command line',
  service: 'Countersign itself',
}

const idOf = (actor: Actor): string => actor.slice(actor.indexOf(':') + 1)

type Named = { id: string; name: string }
/** Who can do something, besides those in `own`. */
export type Everybody = { administrators: readonly Named[]; tokens: readonly Named[] }

export async function everybodyOf({ list, tokens }: Pick<Administrators, 'list' | 'tokens'>): Promise<Everybody> {
  const [administrators, listed] = await Promise.all([list(), tokens.list()])
  return { administrators, tokens: listed.map(({ token }) => token) }
}

const namesOf = (all: readonly Named[]) => new Map(all.map(({ id, name }) => [id, name]))

/** What an actor is called. Administrators and tokens have names while they are there; later, an id is what is left. */
export function actorNames({ administrators, tokens }: Everybody): (actor: Actor) => string {
  const [people, machines] = [namesOf(administrators), namesOf(tokens)]
  return (actor) => {
    if (actor.startsWith('administrator:')) return people.get(idOf(actor)) ?? `Removed administrator ${shortOf(actor)}`
    return own[actor] ?? `API token ${machines.get(idOf(actor)) ?? shortOf(actor)}`
  }
}

const shortOf = (actor: Actor): string => idOf(actor).slice(0, 8)

export type ActorChoice = { value: string; name: string; chosen: boolean }

/** Whom to choose from. Who is asked for and is not among them, a token or somebody long gone, is added. */
export function actorChoices(everybody: Everybody, chosen: Actor | undefined): ActorChoice[] {
  const nameOf = actorNames(everybody)
  const { administrators, tokens } = everybody
  const listed = [
    ...administrators.map(({ id }): Actor => `administrator:${id}`),
    ...tokens.map(({ id }): Actor => `token:${id}`),
    ...(Object.keys(own) as Actor[]),
  ]
  const all = chosen && !listed.includes(chosen) ? [...listed, chosen] : listed
  return all.map((actor) => ({ value: actor, name: nameOf(actor), chosen: actor === chosen }))
}
