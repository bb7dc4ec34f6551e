// Switching an integration off and on, and removing it: each says first what will stop working.
import { refuse } from '../../base/refusal.ts'
import type { Integration } from '../../integrations/integration.ts'
import type { Describe, Handler, Signed } from '../frame.ts'
import type { AdminDeps } from '../wiring.ts'
import { type Finder, LIST, pageOf } from './found.ts'
import { hintsOf } from './hint-words.ts'

type Deps = Pick<AdminDeps, 'integrations' | 'lastHints'>
type Ending = 'disable' | 'remove'

const titles: Record<Ending, (name: string) => string> = {
  disable: (name) => `Disable ${name}`,
  remove: (name) => `Remove ${name} for good`,
}

export function createEndings({ integrations, lastHints }: Deps, { withIntegration, describing }: Finder) {
  const show = async (signed: Signed, integration: Integration, ending: Ending, mistake: string | null = null) =>
    signed.show(`admin/integrations/${ending}`, {
      title: titles[ending](integration.name),
      name: integration.name,
      page: pageOf(integration),
      hints: await hintsOf(lastHints, integration),
      ...{ typed: signed.fields.get('name') ?? '', mistake },
    })

  /** Whether the name was typed, so that it is this one that is meant; else the page has said that it was not. */
  async function isMeant(signed: Signed, integration: Integration, ending: Ending): Promise<boolean> {
    const typed = (signed.fields.get('name') ?? '').trim()
    if (typed === integration.name) return true
    signed.response.status(400)
    const mistake = typed === '' ? 'Type the name.' : 'This is not its name. Look whether it is the right one.'
    await show(signed, integration, ending, mistake)
    return false
  }
  const describe = (ending: Ending): Describe =>
    describing(async (signed, integration) =>
      (await isMeant(signed, integration, ending)) ? titles[ending](integration.name) : null,
    )
  const confirmed = (ending: Ending, act: (signed: Signed, integration: Integration) => Promise<unknown>): Handler =>
    withIntegration(async (signed, integration) => {
      if (await isMeant(signed, integration, ending)) await act(signed, integration)
    })

  const setEnabled = async ({ by, done, refused }: Signed, integration: Integration, enabled: boolean) => {
    if (integration.enabled !== enabled) {
      const changed = await integrations.change(integration.id, { enabled }, by)
      if (changed === 'unknown') return refused(refuse('admin.unknown', 'removed meanwhile'))
    }
    done(pageOf(integration), enabled ? 'integration-enabled' : 'integration-disabled')
  }

  return {
    enable: withIntegration((signed, integration) => setEnabled(signed, integration, true)),

    showDisable: withIntegration((signed, integration) => show(signed, integration, 'disable')),
    describeDisable: describe('disable'),
    disable: confirmed('disable', (signed, integration) => setEnabled(signed, integration, false)),

    showRemove: withIntegration((signed, integration) => show(signed, integration, 'remove')),
    describeRemove: describe('remove'),
    remove: confirmed('remove', async ({ by, done, refused }, integration) => {
      const removed = await integrations.remove(integration.id, by)
      return removed ? done(LIST, 'integration-removed') : refused(refuse('admin.unknown', 'removed meanwhile'))
    }),
  }
}
