import type { PersonKey } from '../../base/person.ts'
import type { Integration } from '../../integrations/integration.ts'

export type InviteFaults = { integration?: string; objectId?: string }
export type InviteForm = { typed: { integration: string; objectId: string }; faults: InviteFaults }

const GUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/

/** Whom an invitation is for, or the form with what is wrong in it. */
export async function readInvite(
  fields: URLSearchParams,
  find: (id: string) => Promise<Integration | undefined>,
): Promise<{ integration: Integration; person: PersonKey } | InviteForm> {
  const typed = {
    integration: fields.get('integration') ?? '',
    objectId: (fields.get('objectId') ?? '').trim().slice(0, 256),
  }
  const faults: InviteFaults = {}
  const integration = await find(typed.integration)
  const objectId = typed.objectId.toLowerCase()
  if (!integration) faults.integration = 'Choose the integration of their organisation.'
  else if (integration.enrolment === 'closed')
    faults.integration = `Enrolment of ${integration.name} is closed: no phone can be bound there.`
  if (!GUID.test(objectId))
    faults.objectId = 'An object id looks like 7a3c1f60-5b1e-4d5f-9a57-2f0f7c6f1a01. Entra shows it on the user’s page.'
  if (!integration || faults.integration || faults.objectId) return { typed, faults }
  return { integration, person: { tenantId: integration.tenantId, objectId } }
}
