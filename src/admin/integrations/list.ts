// The connected tenants.
import { z } from 'zod'
import { fold } from '../../base/fold.ts'
import { readCursor, pageOf as rowsPage } from '../../base/page.ts'
import type { Integration } from '../../integrations/integration.ts'
import type { Handler } from '../frame.ts'
import type { AdminDeps } from '../wiring.ts'
import { cloudWords } from './cloud-words.ts'
import { LIST, mayChange, pageOf } from './found.ts'
import { hintsOf } from './hint-words.ts'

const AT_ONCE = 25
const Place = z.tuple([z.string().max(2048), z.string().max(128)])

/** There are few, and the store gives them all: the order of names is made here. */
const byName = (a: readonly [string, string], b: readonly [string, string]): number =>
  a[0] === b[0] ? Number(a[1] > b[1]) - Number(a[1] < b[1]) : a[0] < b[0] ? -1 : 1
const placeOf = ({ name, id }: Integration): [string, string] => [fold(name), id]

export function createList({ integrations, lastHints }: Pick<AdminDeps, 'integrations' | 'lastHints'>): Handler {
  return async (signed) => {
    const { after } = signed.request.query
    const place = readCursor(typeof after === 'string' ? after : undefined, Place)
    const all = (await integrations.list()).sort((a, b) => byName(placeOf(a), placeOf(b)))
    const from = all.filter((each) => !place || byName(placeOf(each), place) > 0)
    const { rows, next } = rowsPage(from, AT_ONCE, placeOf)
    const shown = await Promise.all(
      rows.map(async (integration) => ({
        page: pageOf(integration),
        name: integration.name,
        tenantId: integration.tenantId,
        cloud: cloudWords[integration.cloud].name,
        enabled: integration.enabled,
        hints: await hintsOf(lastHints, integration),
      })),
    )
    signed.show('admin/integrations/list', {
      title: 'Integrations',
      integrations: shown,
      mayChange: mayChange(signed),
      next: next && `${LIST}?after=${next}`,
      isFirst: !place,
      list: LIST,
    })
  }
}
