// The rules of an integration. Of two administrators who change them at once the second is told, and keeps what they typed.
import type { Administrators } from '../../administrators/administrators.ts'
import type { Integration } from '../../integrations/integration.ts'
import type { IntegrationChange } from '../../integrations/integrations.ts'
import { differenceFrom, type Mistake, readIntegrationChange } from '../../integrations/read-integration.ts'
import type { Signed } from '../frame.ts'
import type { AdminDeps } from '../wiring.ts'
import { moment } from '../words.ts'
import { type Finder, pageOf } from './found.ts'
import { nowWords } from './setting-words.ts'
import {
  fieldsOf,
  SETTINGS_FIELDS,
  saysTheSame,
  settingsTyped,
  summaryOf,
  type Typed,
  typedIn,
  typedOf,
} from './typed.ts'

type Deps = Pick<AdminDeps, 'integrations' | 'auditReading' | 'clock'> & {
  administrators: Pick<Administrators, 'find'>
}

export function createSettings(deps: Deps, { withIntegration, describing }: Finder) {
  const { integrations, auditReading, administrators, clock } = deps

  /** Who changed an integration last, and when. */
  async function lastChangeOf({ id }: Integration) {
    const { rows } = await auditReading.list({ integrationId: id, type: 'integration.changed', limit: 1 })
    const record = rows[0]?.record
    const by = record && 'by' in record.event ? record.event.by : ''
    const [kind, who = ''] = by.split(':')
    const name = kind === 'administrator' ? (await administrators.find(who))?.name : undefined
    const others: Record<string, string> = { 'command-line': 'Somebody at the command line', token: 'A program' }
    return { who: name ?? others[kind ?? ''] ?? 'Another administrator', when: record ? moment(record.at) : null }
  }

  /** The form. `typed` over an integration that is another by now stands beside what that is. */
  async function page(
    signed: Signed,
    integration: Integration,
    { typed, mistakes = [], isOutdated = false }: { typed: Typed; mistakes?: Mistake[]; isOutdated?: boolean },
  ) {
    const current = typedOf(integration)
    const differing = SETTINGS_FIELDS.filter((field) => !saysTheSame(field, typed, current))
    const words = nowWords(integration)
    signed.show('admin/integrations/settings', {
      title: `Settings of ${integration.name}`,
      name: integration.name,
      page: pageOf(integration),
      version: integration.version,
      fields: fieldsOf(SETTINGS_FIELDS, typed, {
        mistakes,
        now: isOutdated ? Object.fromEntries(differing.map((field) => [field, words[field]])) : {},
      }),
      mistakes: summaryOf(mistakes),
      conflict: isOutdated && (await lastChangeOf(integration)),
    })
  }

  /** What the form changes; undefined when it says something wrong, and the page has told. */
  async function changeIn(signed: Signed, integration: Integration): Promise<IntegrationChange | undefined> {
    const typed = typedIn(signed.fields, SETTINGS_FIELDS)
    const change = readIntegrationChange(settingsTyped(typed, integration), integration, clock.now())
    if (!Array.isArray(change)) return differenceFrom(integration, change)
    signed.response.status(400)
    await page(signed, integration, { typed, mistakes: change, isOutdated: isOutdated(signed, integration) })
    return undefined
  }

  /** The form once more, over what the integration is at this moment. */
  const again = withIntegration((signed, integration) => {
    signed.response.status(409)
    return page(signed, integration, { typed: typedIn(signed.fields, SETTINGS_FIELDS), isOutdated: true })
  })

  return {
    show: withIntegration((signed, integration) => page(signed, integration, { typed: typedOf(integration) })),

    // What is wrong is told before a proof is asked for.
    describe: describing(async (signed, integration) => {
      const change = await changeIn(signed, integration)
      if (!change) return null
      if (!isOutdated(signed, integration)) return `Change the settings of ${integration.name}`
      await again(signed)
      return null
    }),
    save: withIntegration(async (signed, integration) => {
      const change = await changeIn(signed, integration)
      if (!change) return
      if (Object.keys(change).length === 0) return signed.done(pageOf(integration), 'integration-unchanged')
      if (isOutdated(signed, integration)) return again(signed)
      const changed = await integrations.change(integration.id, change, signed.by, integration.version)
      // Another was faster by a moment, or removed it.
      return typeof changed === 'string' ? again(signed) : signed.done(pageOf(integration), 'integration-changed')
    }),
  }
}

/** Whether somebody changed the integration after this form was given. */
const isOutdated = ({ fields }: Signed, { version }: Integration): boolean => fields.get('version') !== String(version)
