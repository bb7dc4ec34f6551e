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

/** All administrators and tokens, as actors. */
export const actorsOf = ({ administrators, tokens }: Everybody): Actor[] => [
  ...administrators.map(({ id }): Actor => `administrator:${id}`),
  ...tokens.map(({ id }): Actor => `token:${id}`),
]

/**
 * Whom to choose from: those who are offered, and those who are always there. Who is asked for and is not among them, a
 * token or somebody long gone, is added.
 */
export function actorChoices(
  everybody: Everybody,
  offered: readonly Actor[],
  chosen: Actor | undefined,
): ActorChoice[] {
  const nameOf = actorNames(everybody)
  const all = new Set([...offered, ...(Object.keys(own) as Actor[]), ...(chosen ? [chosen] : [])])
  return [...all].map((actor) => ({ value: actor, name: nameOf(actor), chosen: actor === chosen }))
}
