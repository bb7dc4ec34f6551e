// The page where an owner connects Entra: what to register there, what to type here, and a proof before it counts.
import type { Administrators } from '../../administrators/administrators.ts'
import { type EntraConnection, suggestedAppRoles } from '../../administrators/entra-connection.ts'
import type { TypedConnection } from '../../administrators/entra-settings.ts'
import { roles } from '../../administrators/permissions.ts'
import { isRefusal, type Refusal, refuse } from '../../base/refusal.ts'
import type { Describe, Handler, Signed } from '../frame.ts'
import { moment, roleWords } from '../words.ts'
import { CALLBACK } from './callback.ts'
import { type Faults, fieldsOf, readConnection, type TypedFields, typedFields } from './connection-form.ts'
import { CONNECT_PAGE } from './flow.ts'

const cloudNames: Record<string, string> = {
  global: 'Microsoft’s public cloud',
  usgov: 'US Government',
  china: 'China (21Vianet)',
  local: 'A simulator on this machine',
}

/** What is typed to remove it. */
export const REMOVE_NAME = 'Entra sign-in'

export type ConnectDeps = { administrators: Administrators; clouds: readonly string[]; publicUrl: string }

export function createConnectPage({ administrators, clouds, publicUrl }: ConnectDeps) {
  const { settings } = administrators.entra
  const redirectUri = `${publicUrl}${CALLBACK}`

  const about = (connection: EntraConnection | null) =>
    connection && {
      ...{ tenantId: connection.tenantId, clientId: connection.clientId },
      cloud: cloudNames[connection.cloud] ?? connection.cloud,
      saved: moment(connection.savedAt),
      proven: connection.provenAt === null ? null : moment(connection.provenAt),
      roles: roles.toReversed().map((role) => ({
        ...{ name: roleWords[role].name, appRole: connection.appRoles[role], count: connection.objectIds[role].length },
      })),
    }

  async function render(
    { show, response }: Signed,
    { typed, faults = {}, removeFault }: { typed?: TypedFields; faults?: Faults; removeFault?: string } = {},
  ): Promise<void> {
    const { version, active, draft, on } = await settings.read()
    const all = await administrators.list()
    const withPasskey = all.filter(({ role, via, disabledAt }) => role === 'owner' && via !== 'entra' && !disabledAt)
    const form = typed ?? fieldsOf(draft ?? active, clouds[0] ?? '')
    if (Object.keys(faults).length > 0 || removeFault) response.status(422)
    show('admin/entra-sign-in/connect', {
      title: 'Sign in with Entra',
      ...{ version, on, form, faults, removeFault, redirectUri, removeName: REMOVE_NAME },
      active: about(active),
      draft: about(draft),
      wrong: Object.keys(faults).length,
      isOpen: typed !== undefined || (!active && !draft),
      ownersWithPasskey: withPasskey.length,
      clouds: clouds.map((cloud) => ({ cloud, name: cloudNames[cloud] ?? cloud, chosen: cloud === form.cloud })),
      roles: roles.toReversed().map((role) => ({ role, ...roleWords[role], ...form.roles[role] })),
      suggested: roles.toReversed().map((role) => suggestedAppRoles[role]),
    })
  }

  /** The connection that was typed; null when something in it is wrong: then the form is shown again, with its faults. */
  async function readTyped(signed: Signed): Promise<TypedConnection | null> {
    const { fields } = signed
    const typed = typedFields(fields)
    const { connection, faults } = readConnection(typed, fields.get('secret') ?? '', clouds)
    if (!connection.secret && !faults.secret && !(await settings.hasSecretFor(connection)))
      faults.secret = 'Type the client secret of this application.'
    if (Object.keys(faults).length === 0) return connection
    // A secret is never shown again: where something else is wrong, it is typed once more.
    await render(signed, { typed, faults })
    return null
  }

  const versionOf = ({ fields }: Signed): number => Number(fields.get('version') ?? Number.NaN)
  const change =
    (key: string, act: (version: number, signed: Signed) => Promise<true | Refusal>): Handler =>
    async (signed) => {
      const changed = await act(versionOf(signed), signed)
      return isRefusal(changed) ? signed.refused(changed) : signed.done(CONNECT_PAGE, key)
    }

  return {
    show: ((signed) => render(signed)) as Handler,

    describeSave: (async (signed) =>
      (await readTyped(signed)) ? 'Save how administrators sign in with Entra' : null) as Describe,
    save: (async (signed) => {
      const connection = await readTyped(signed)
      if (!connection) return
      const saved = await settings.draft(connection, versionOf(signed), signed.by)
      return isRefusal(saved) ? signed.refused(saved) : signed.done(CONNECT_PAGE, 'entra-saved')
    }) as Handler,

    discard: change('entra-discarded', (version, { by }) => settings.discard(version, by)),
    describeOff: (() =>
      'Switch off the sign-in with Entra, sign out who came in by it, and refuse their API tokens meanwhile') as () => string,
    switchOff: change('entra-off', (version, { by }) => settings.switchOff(version, by)),
    describeRemove: (() =>
      'Remove the sign-in with Entra, and its client secret. API tokens of who came in by it are refused from then on') as () => string,
    remove: (async (signed) => {
      const { fields, by } = signed
      if ((fields.get('name') ?? '').trim() !== REMOVE_NAME)
        return render(signed, { removeFault: `Type “${REMOVE_NAME}” to remove it.` })
      const { active, draft } = await settings.read()
      if (!active && !draft) return signed.refused(refuse('admin.unknown', 'nothing is connected'))
      const removed = await settings.remove(versionOf(signed), by)
      return isRefusal(removed) ? signed.refused(removed) : signed.done(CONNECT_PAGE, 'entra-removed')
    }) as Handler,
  }
}
