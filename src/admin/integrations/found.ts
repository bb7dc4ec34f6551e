import { mayRole } from '../../administrators/permissions.ts'
import { isRefusal, type Refusal, refuse } from '../../base/refusal.ts'
import type { Integration } from '../../integrations/integration.ts'
import type { Integrations } from '../../integrations/integrations.ts'
import type { Describe, Handler, Signed } from '../frame.ts'

export const LIST = '/admin/integrations'
export const pageOf = ({ id }: Pick<Integration, 'id'>): string => `${LIST}/${id}`

/** What is offered only to those who may. */
export const mayChange = ({ administrator }: Signed): boolean => mayRole(administrator.role, 'integrations')

/** For handlers about the integration that the path names: without one, they refuse. */
export function createFinder({ integrations }: { integrations: Pick<Integrations, 'find'> }) {
  const target = async ({ request }: Signed): Promise<Integration | Refusal> =>
    (await integrations.find(String(request.params.id))) ?? refuse('admin.unknown', 'no such integration')

  return {
    withIntegration:
      (act: (signed: Signed, integration: Integration) => Promise<unknown> | unknown): Handler =>
      async (signed) => {
        const integration = await target(signed)
        return isRefusal(integration) ? signed.refused(integration) : act(signed, integration)
      },
    describing:
      (words: (signed: Signed, integration: Integration) => Promise<string | null> | string | null): Describe =>
      async (signed) => {
        const integration = await target(signed)
        return isRefusal(integration) ? integration : words(signed, integration)
      },
  }
}

export type Finder = ReturnType<typeof createFinder>
