// The sign-ins, newest first, as a filter narrows them.
import type { Phase } from '../../signin/sign-in.ts'
import { addressOf, askedOf } from '../filters/asked.ts'
import { integrationChoices, integrationNames } from '../filters/integration-choice.ts'
import { readTimes } from '../filters/time-range.ts'
import { whichPerson } from '../filters/which-person.ts'
import type { Handler } from '../frame.ts'
import { pageOfPerson } from '../people/page-of-person.ts'
import type { AdminDeps } from '../wiring.ts'
import { outcomes, outcomeWords } from './outcome-words.ts'
import { rowOf, SIGN_INS } from './rows.ts'

const PAGE_SIZE = 50

const asOutcome = (text: string): Phase | undefined => outcomes.find((outcome) => outcome === text)

export function createSignInList({
  signInHistory,
  people,
  integrations,
}: Pick<AdminDeps, 'signInHistory' | 'people' | 'integrations'>): Handler {
  return async ({ request, response, show }) => {
    const asked = askedOf(request)
    const typed = Object.fromEntries(
      ['outcome', 'integration', 'person', 'from', 'to'].map((name) => [name, asked(name)]),
    ) as Record<'outcome' | 'integration' | 'person' | 'from' | 'to', string>
    const { range, faults: timeFaults } = readTimes(asked)
    const which = typed.person ? await whichPerson(people, typed.person) : undefined
    const outcome = asOutcome(typed.outcome)
    const faults = {
      ...timeFaults,
      ...(typed.outcome && !outcome && { outcome: 'There is no such outcome.' }),
      ...(which && 'fault' in which && { person: which.fault }),
    }
    const isWrong = Object.keys(faults).length > 0
    const person = which && 'person' in which ? which.person : undefined
    const filter = { ...range, outcome, person, integrationId: typed.integration || undefined }
    const cursor = asked('cursor')
    const [all, found] = await Promise.all([
      integrations.list(),
      isWrong
        ? { rows: [], next: null }
        : signInHistory.list({ ...filter, cursor: cursor || undefined, limit: PAGE_SIZE }),
    ])
    const known = person && (await people.find(person))
    if (isWrong) response.status(400)
    show('admin/sign-ins/list', {
      title: 'Sign-ins',
      ...{ typed, faults, isWrong },
      isFiltered: Object.values(typed).some(Boolean),
      see: which && 'see' in which ? which.see : null,
      person: person && { label: known?.label ?? person.objectId, page: pageOfPerson(person) },
      outcomes: outcomes.map((one) => ({ value: one, name: outcomeWords[one].name, chosen: one === outcome })),
      integrations: integrationChoices(all, typed.integration),
      rows: found.rows.map((record) => rowOf(record, integrationNames(all))),
      isLive: !cursor && !isWrong,
      paging: {
        first: cursor ? addressOf(SIGN_INS, typed) : null,
        next: found.next && addressOf(SIGN_INS, { ...typed, cursor: found.next }),
        firstWords: 'Newest',
        nextWords: 'Older',
      },
    })
  }
}
