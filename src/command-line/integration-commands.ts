import { describeIntegration, type IntegrationSettings, settingsOf } from '../integrations/described.ts'
import type { Integration } from '../integrations/integration.ts'
import type { IntegrationChange } from '../integrations/integrations.ts'
import { differenceFrom } from '../integrations/read-integration.ts'
import { type Command, CommandRefused, type Context, type Given, type Output, table } from './command.ts'
import { CHANGE_OPTIONS, changesOf, NEW_OPTIONS, newIntegrationOf } from './integration-changes.ts'
import { checkPublicUrl } from './public-url.ts'

type Settings = IntegrationSettings

const enrolmentWords = ({ enrolment, firstUseUntil, firstUseDomains }: Settings): string =>
  [
    enrolment,
    firstUseUntil && ` until ${firstUseUntil}`,
    firstUseDomains.length > 0 && ` for ${firstUseDomains.join(', ')}`,
  ]
    .filter(Boolean)
    .join('')

const digitsWords = ({ digits }: Settings): string =>
  `${digits}${digits < 6 ? ' (below what NIST SP 800-63B-4 and ASVS 5.0 ask for)' : ''}`

function told(integration: Integration, publicUrl: string): Output {
  const json = describeIntegration(integration, publicUrl)
  const { settings } = json
  const text = [
    `Integration ${json.id} (${settings.name}), ${settings.enabled ? 'enabled' : 'DISABLED'}`,
    `  tenant     ${settings.tenantId} (${settings.cloud})`,
    `  app id     ${settings.appId}`,
    `  asked by   ${settings.askedBy}`,
    `  enrolment  ${enrolmentWords(settings)}`,
    `  digits     ${digitsWords(settings)}`,
    '',
    `Reply URL of the app registration: ${json.authorizationEndpoint}`,
    '',
    'External MFA (Entra admin center > Authentication methods > Add external method), or the Graph body below:',
    `  Client ID           ${json.clientId}`,
    `  Discovery endpoint  ${json.discoveryUrl}`,
    `  App ID              ${settings.appId}`,
    '',
    JSON.stringify(json.externalMfa, null, 2),
    '',
    'Custom control (Conditional Access > Custom controls), for tenants that may still add one. Paste unchanged:',
    '',
    JSON.stringify(json.customControl, null, 2),
  ].join('\n')
  return { text, json }
}

async function existing({ capabilities }: Context, given: Given): Promise<Integration> {
  const integration = await capabilities.integrations.find(given.argument)
  if (!integration) throw new CommandRefused(`There is no integration ${given.argument}.`)
  return integration
}

async function changed(
  context: Context,
  given: Given,
  changeOf: (current: Integration) => IntegrationChange,
): Promise<Output> {
  const current = await existing(context, given)
  const change = differenceFrom(current, changeOf(current))
  // What is so already needs no change, and is none in the audit.
  const isSo = Object.keys(change).length === 0
  const { integrations } = context.capabilities
  const next = isSo ? current : await integrations.change(current.id, change, 'command-line', current.version)
  if (next === 'unknown') throw new CommandRefused(`There is no integration ${given.argument}.`)
  if (next === 'outdated')
    throw new CommandRefused('Somebody changed this integration at the same moment. Look at it, and try again.')
  const { id, clientId } = next
  const settings = settingsOf(next)
  const { name, enabled, hintAudience } = settings
  const text = [
    `${name} (${id}) is ${enabled ? 'enabled' : 'DISABLED'}.`,
    `Enrolment: ${enrolmentWords(settings)}. Digits: ${digitsWords(settings)}.`,
    `A push ${settings.namePersonInPush ? 'names the account' : 'names the organisation only'}.`,
    `Asked by: ${settings.askedBy}.`,
    `Audience of hints: ${hintAudience['external-mfa']} (External MFA), ${hintAudience['custom-control']} (custom control).`,
  ].join('\n')
  return { text, json: { id, clientId, ...settings } }
}

export const integrationCommands: Record<string, Command> = {
  'integration create': {
    makesStore: true,
    usage:
      'integration create --name N --tenant-id GUID --app-id GUID [--cloud global|usgov|china|local] [--enrolment first-use|invitation|closed] [--first-use-until DAY|never]',
    summary: 'Connects an Entra tenant, and prints what to set up there.',
    options: NEW_OPTIONS,
    async run(context, given) {
      const { config, capabilities } = context
      const wanted = newIntegrationOf(context, given)
      await checkPublicUrl(context)
      const created = await capabilities.integrations.create(wanted, 'command-line')
      if (created === 'tenant-taken')
        throw new CommandRefused(`Tenant ${wanted.tenantId} is connected already. See: integration list`)
      return told(created, config.publicUrl)
    },
  },
  'integration list': {
    usage: 'integration list',
    summary: 'Lists the connected tenants.',
    options: [],
    async run({ capabilities }) {
      const all = await capabilities.integrations.list()
      const rows = all.map((each) => [
        each.id,
        each.name,
        each.tenantId,
        each.cloud,
        each.enrolment,
        each.enabled ? 'enabled' : 'DISABLED',
      ])
      const text = table(['ID', 'NAME', 'TENANT', 'CLOUD', 'ENROLMENT', 'STATE'], rows, 'No tenant is connected.')
      const json = all.map(({ id, name, tenantId, cloud, appId, clientId, enabled, enrolment }) => ({
        ...{ id, name, tenantId, cloud, appId, clientId, enabled, enrolment },
      }))
      return { text, json }
    },
  },
  'integration show': {
    usage: 'integration show ID',
    summary: 'Shows one, with what to set up at Entra.',
    options: [],
    argument: 'ID',
    async run(context, given) {
      const integration = await existing(context, given)
      await checkPublicUrl(context)
      return told(integration, context.config.publicUrl)
    },
  },
  'integration set': {
    usage:
      'integration set ID [--name N] [--app-id GUID] [--asked-by both|external-mfa|custom-control] [--enrolment E] [--first-use-until DAY|never] ' +
      '[--first-use-domains D,D|any] [--digits 6|3|2] [--name-person-in-push yes|no] ' +
      '[--external-mfa-audience app-id|client-id|either] [--custom-control-audience ...]',
    summary: 'Changes the rules of one.',
    options: CHANGE_OPTIONS,
    argument: 'ID',
    run: (context, given) => changed(context, given, (current) => changesOf(context, given, current)),
  },
  'integration enable': {
    usage: 'integration enable ID',
    summary: 'Serves its sign-ins again.',
    options: [],
    argument: 'ID',
    run: (context, given) => changed(context, given, () => ({ enabled: true })),
  },
  'integration disable': {
    usage: 'integration disable ID',
    summary: 'Refuses its sign-ins (access_denied) until it is enabled.',
    options: [],
    argument: 'ID',
    run: (context, given) => changed(context, given, () => ({ enabled: false })),
  },
  'integration remove': {
    usage: 'integration remove ID',
    summary: 'Disconnects the tenant and revokes its devices. There is no way back.',
    options: [],
    argument: 'ID',
    async run(context, given) {
      const integration = await existing(context, given)
      await context.capabilities.integrations.remove(integration.id, 'command-line')
      return { text: `Removed ${integration.name}. Its devices are revoked.`, json: { removed: integration.id } }
    },
  },
}
