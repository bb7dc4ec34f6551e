import { type Clock, instant } from '../../base/clock.ts'
import { type Refusal, refuse } from '../../base/refusal.ts'
import { describeIntegration } from '../../integrations/described.ts'
import type { Integration } from '../../integrations/integration.ts'
import type { Integrations } from '../../integrations/integrations.ts'
import type { LastHint, LastHints } from '../../integrations/last-hints.ts'
import {
  differenceFrom,
  type Mistake,
  readIntegrationChange,
  readNewIntegration,
  whyNotConnectable,
} from '../../integrations/read-integration.ts'
import type { IntegrationDetails } from './contract.ts'
import { someOf } from './paging.ts'
import { WrongRequest } from './problems.ts'
import type { Acts } from './routes.ts'
import { integrationTold, pageTold } from './told.ts'

const wrong = ({ setting, problem }: Mistake): WrongRequest => new WrongRequest(setting || 'body', problem)
const firstOf = (mistakes: Mistake[]): WrongRequest => wrong(mistakes[0] ?? { setting: 'body', problem: 'is wrong' })

export function createIntegrationActs(deps: {
  integrations: Integrations
  lastHints: LastHints
  clock: Clock
  publicUrl: string
  hasLocalCloud: boolean
}) {
  const { integrations, lastHints, clock, publicUrl, hasLocalCloud } = deps
  const unknown = (): Refusal => refuse('api.unknown', 'no such integration')

  const detailsOf = (integration: Integration): IntegrationDetails => {
    const { settings: _told, ...setUp } = describeIntegration(integration, publicUrl)
    return { ...integrationTold(integration), ...setUp }
  }
  const hintTold = ({ acceptedAt, refused }: LastHint) => ({
    acceptedAt: acceptedAt === null ? null : instant(acceptedAt),
    refused: refused && { ...refused, at: instant(refused.at) },
  })

  return {
    async listIntegrations({ query }) {
      return pageTold(
        someOf('integrations', await integrations.list(), query, (integration) => integration),
        integrationTold,
      )
    },

    async createIntegration({ body, by }) {
      const wanted = readNewIntegration(body, clock.now())
      if (Array.isArray(wanted)) return firstOf(wanted)
      const mistake = whyNotConnectable(wanted, { hasLocalCloud })
      if (mistake) return wrong(mistake)
      const created = await integrations.create(wanted, by)
      return created === 'tenant-taken'
        ? refuse('integration.taken', 'another one has this tenant')
        : detailsOf(created)
    },

    async getIntegration({ parameters }) {
      const found = await integrations.find(parameters.id)
      return found ? detailsOf(found) : unknown()
    },

    async changeIntegration({ parameters, body, by }) {
      const current = await integrations.find(parameters.id)
      if (!current) return unknown()
      const { version, ...given } = body
      if (Object.keys(given).length === 0) return new WrongRequest('body', 'nothing to change')
      const change = readIntegrationChange(given, current, clock.now())
      if (Array.isArray(change)) return firstOf(change)
      const difference = differenceFrom(current, change)
      // What is so already needs no change, and is none in the audit.
      if (version === current.version && Object.keys(difference).length === 0) return integrationTold(current)
      const changed = await integrations.change(current.id, difference, by, version)
      if (changed === 'unknown') return unknown()
      return changed === 'outdated'
        ? refuse('integration.outdated', `not at version ${version}`)
        : integrationTold(changed)
    },

    async removeIntegration({ parameters, query, by }) {
      const current = await integrations.find(parameters.id)
      if (!current) return unknown()
      if (query.name !== current.name) return new WrongRequest('name', 'is not the name of this integration')
      return (await integrations.remove(current.id, by)) ? { removed: current.id } : unknown()
    },

    async getLastHints({ parameters }) {
      if (!(await integrations.find(parameters.id))) return unknown()
      const last = await lastHints.of(parameters.id)
      return { 'custom-control': hintTold(last['custom-control']), 'external-mfa': hintTold(last['external-mfa']) }
    },
  } satisfies Partial<Acts>
}
