// Requests that were refused before anybody was known or without the right, counted by the minute.
import { addressOf, askedOf } from '../filters/asked.ts'
import { integrationChoices, integrationNames } from '../filters/integration-choice.ts'
import { readTimes } from '../filters/time-range.ts'
import type { Handler } from '../frame.ts'
import type { AdminDeps } from '../wiring.ts'
import { moment } from '../words.ts'
import { AUDIT } from './list.ts'

export const REFUSALS = `${AUDIT}/refusals`
const PAGE_SIZE = 100
const MINUTE = 60_000

export function createRefusals({
  auditReading,
  integrations,
}: Pick<AdminDeps, 'auditReading' | 'integrations'>): Handler {
  return async ({ request, response, show }) => {
    const asked = askedOf(request)
    const typed = { integration: asked('integration'), from: asked('from'), to: asked('to') }
    const { range, faults } = readTimes(asked)
    const isWrong = Object.keys(faults).length > 0
    const cursor = asked('cursor')
    const filter = { ...range, integrationId: typed.integration || undefined }
    const [all, found] = await Promise.all([
      integrations.list(),
      isWrong
        ? { rows: [], next: null }
        : auditReading.refusalPage({ ...filter, cursor: cursor || undefined, limit: PAGE_SIZE }),
    ])
    const names = integrationNames(all)
    if (isWrong) response.status(400)
    show('admin/audit/refusals', {
      title: 'Refused requests',
      ...{ typed, faults, isWrong },
      isFiltered: Object.values(typed).some(Boolean),
      integrations: integrationChoices(all, typed.integration),
      rows: found.rows.map(({ minute, code, reason, integrationId, address, count }) => ({
        ...{ code, reason, count },
        // Beyond a thousand a minute, whose they were is not kept.
        address: address === '*' ? 'Many addresses' : address,
        at: moment(minute * MINUTE),
        integration: integrationId === null ? null : names(integrationId),
      })),
      isLive: !cursor && !isWrong,
      paging: {
        first: cursor ? addressOf(REFUSALS, typed) : null,
        next: found.next && addressOf(REFUSALS, { ...typed, cursor: found.next }),
        firstWords: 'Newest',
        nextWords: 'Older',
      },
    })
  }
}
