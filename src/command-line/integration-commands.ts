import { instant, millisecondsOf } from '../base/clock.ts'
import { cloudNames, enrolments, hintAudiences, type Integration } from '../integrations/integration.ts'
import type { IntegrationChange } from '../integrations/integrations.ts'
import { issuerOf } from '../integrations/issuer.ts'
import { fillTemplate, templateValues } from '../integrations/policy-templates.ts'
import {
  type Command,
  CommandRefused,
  type Context,
  type Given,
  guid,
  type Output,
  oneOf,
  table,
  UsageError,
} from './command.ts'

const LONGEST_NAME = 100
/** Where personal accounts live (Microsoft Learn: ID token claims reference, "iss"). */
const CONSUMERS = '9188040d-6c67-4c5b-b112-36a304b66dad'

function nameOf(value: string): string {
  if (value.length > LONGEST_NAME) throw new UsageError(`--name must have at most ${LONGEST_NAME} characters`)
  return value
}

/** Everything an administrator needs to connect the tenant. */
function described(integration: Integration, publicUrl: string) {
  const issuer = issuerOf(publicUrl, integration.id)
  const discoveryUrl = `${issuer}/.well-known/openid-configuration`
  const values = templateValues(integration, discoveryUrl)
  return {
    id: integration.id,
    clientId: integration.clientId,
    issuer,
    discoveryUrl,
    authorizationEndpoint: `${publicUrl}/entra/authorize`,
    customControl: fillTemplate('custom-control', values),
    externalMfa: fillTemplate('external-mfa', values),
    conditionalAccess: {
      customControl: fillTemplate('conditional-access-custom-control', values),
      externalMfa: fillTemplate('conditional-access-external-mfa', values),
    },
    externalMfaUser: fillTemplate('external-mfa-user', values),
    settings: settingsOf(integration),
  }
}

/** What an administrator chose, and may change. */
function settingsOf({ firstUseUntil, ...integration }: Integration) {
  const { name, tenantId, cloud, appId, enabled, enrolment, digits, hintAudience } = integration
  const until = firstUseUntil === null ? null : instant(firstUseUntil)
  return { name, tenantId, cloud, appId, enabled, enrolment, digits, hintAudience, firstUseUntil: until }
}

type Settings = ReturnType<typeof settingsOf>

const enrolmentWords = ({ enrolment, firstUseUntil }: Settings): string =>
  `${enrolment}${firstUseUntil ? ` until ${firstUseUntil}` : ''}`

const digitsWords = ({ digits }: Settings): string =>
  `${digits}${digits < 6 ? ' (below what NIST SP 800-63B-4 and ASVS 5.0 ask for)' : ''}`

function told(integration: Integration, publicUrl: string): Output {
  const json = described(integration, publicUrl)
  const { settings } = json
  const text = [
    `Integration ${json.id} (${settings.name}), ${settings.enabled ? 'enabled' : 'DISABLED'}`,
    `  tenant     ${settings.tenantId} (${settings.cloud})`,
    `  app id     ${settings.appId}`,
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

/** Refuses to print addresses that are not the running service's: they would be pasted into Entra. */
async function checkPublicUrl({ config, capabilities }: Context): Promise<void> {
  const served = await capabilities.stores.publicUrl.last()
  if (served === undefined || served === config.publicUrl) return
  throw new CommandRefused(
    `The service was last started for ${served}, and this command for ${config.publicUrl}. Set COUNTERSIGN_PUBLIC_URL to the same.`,
  )
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
  const next = await context.capabilities.integrations.change(current.id, changeOf(current), 'command-line')
  if (!next) throw new CommandRefused(`There is no integration ${given.argument}.`)
  const { id, clientId } = next
  const settings = settingsOf(next)
  const { name, enabled, hintAudience } = settings
  const text = [
    `${name} (${id}) is ${enabled ? 'enabled' : 'DISABLED'}.`,
    `Enrolment: ${enrolmentWords(settings)}. Digits: ${digitsWords(settings)}.`,
    `Audience of hints: ${hintAudience['external-mfa']} (External MFA), ${hintAudience['custom-control']} (custom control).`,
  ].join('\n')
  return { text, json: { id, clientId, ...settings } }
}

/** `never`, or an instant such as 2027-01-31 or 2027-01-31T18:00:00Z. */
function lastDay(text: string, now: number): number | null {
  if (text === 'never') return null
  const time = /^\d{4}-\d\d-\d\d$/.test(text) ? millisecondsOf(`${text}T23:59:59Z`) : millisecondsOf(text)
  if (Number.isNaN(time)) throw new UsageError('--first-use-until must be a day such as 2027-01-31, or never')
  if (time <= now)
    throw new UsageError('--first-use-until must be in the future: to end first use now, set --enrolment invitation')
  return time
}

function digitsOf(text: string): Integration['digits'] {
  return Number(oneOf('digits', text, ['2', '3', '6'])) as Integration['digits']
}

function changesOf({ now }: Context, given: Given, current: Integration): IntegrationChange {
  const change: IntegrationChange = {}
  const set = <T>(name: string, use: (text: string) => T, take: (value: T) => void): void => {
    const text = given.option(name)
    if (text) take(use(text))
  }
  set('name', nameOf, (name) => Object.assign(change, { name }))
  if (given.option('app-id')) change.appId = guid(given, 'app-id')
  set(
    'enrolment',
    (text) => oneOf('enrolment', text, enrolments),
    (enrolment) => Object.assign(change, { enrolment }),
  )
  set(
    'first-use-until',
    (text) => lastDay(text, now),
    (firstUseUntil) => Object.assign(change, { firstUseUntil }),
  )
  set('digits', digitsOf, (digits) => Object.assign(change, { digits }))
  const hintAudience = { ...current.hintAudience }
  set(
    'external-mfa-audience',
    (text) => oneOf('external-mfa-audience', text, hintAudiences),
    (audience) => {
      hintAudience['external-mfa'] = audience
      change.hintAudience = hintAudience
    },
  )
  set(
    'custom-control-audience',
    (text) => oneOf('custom-control-audience', text, hintAudiences),
    (audience) => {
      hintAudience['custom-control'] = audience
      change.hintAudience = hintAudience
    },
  )
  if (Object.keys(change).length === 0) throw new UsageError('nothing to set')
  return change
}

export const integrationCommands: Record<string, Command> = {
  'integration create': {
    makesStore: true,
    usage:
      'integration create --name N --tenant-id GUID --app-id GUID [--cloud global|usgov|china|local] [--enrolment first-use|invitation|closed]',
    summary: 'Connects an Entra tenant, and prints what to set up there.',
    options: ['name', 'tenant-id', 'app-id', 'cloud', 'enrolment'],
    async run(context, given) {
      const { config, capabilities } = context
      const wanted = {
        name: nameOf(given.required('name')),
        tenantId: guid(given, 'tenant-id'),
        appId: guid(given, 'app-id'),
        cloud: oneOf('cloud', given.option('cloud') ?? 'global', cloudNames),
        enrolment: oneOf('enrolment', given.option('enrolment') ?? 'first-use', enrolments),
      }
      if (wanted.cloud === 'local' && !config.localAuthority) {
        throw new CommandRefused('The cloud local is a simulator: set COUNTERSIGN_ENTRA_AUTHORITY to use it.')
      }
      if (wanted.tenantId === CONSUMERS) {
        throw new CommandRefused('This is the tenant of personal Microsoft accounts. Countersign serves organisations.')
      }
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
      'integration set ID [--name N] [--app-id GUID] [--enrolment E] [--first-use-until DAY|never] [--digits 6|3|2] ' +
      '[--external-mfa-audience app-id|client-id|either] [--custom-control-audience ...]',
    summary: 'Changes the rules of one.',
    options: [
      'name',
      'app-id',
      'enrolment',
      'first-use-until',
      'digits',
      'external-mfa-audience',
      'custom-control-audience',
    ],
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
