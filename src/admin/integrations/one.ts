// The page of one integration: what to paste where in Entra, what came of it, and the rules.
import { describeIntegration } from '../../integrations/described.ts'
import type { Integration } from '../../integrations/integration.ts'
import type { Handler } from '../frame.ts'
import type { AdminDeps } from '../wiring.ts'
import { moment } from '../words.ts'
import { cloudWords } from './cloud-words.ts'
import { type Finder, mayChange, pageOf } from './found.ts'
import { hintsOf } from './hint-words.ts'
import { rulesOf } from './setting-words.ts'

type Described = ReturnType<typeof describeIntegration>

/** What can be downloaded, by the name of its file. */
const files: Record<string, (described: Described) => unknown> = {
  'custom-control.json': ({ customControl }) => customControl,
  'external-mfa.json': ({ externalMfa }) => externalMfa,
  'external-mfa-user.json': ({ externalMfaUser }) => externalMfaUser,
  'conditional-access-custom-control.json': ({ conditionalAccess }) => conditionalAccess.customControl,
  'conditional-access-external-mfa.json': ({ conditionalAccess }) => conditionalAccess.externalMfa,
}
export const fileNames = Object.keys(files)

/** As it is shown, copied and downloaded: the same to the character. */
const inJson = (value: unknown): string => JSON.stringify(value, null, 2)

/** A name that every file system takes. */
const fileNameFor = ({ name }: Integration, file: string): string =>
  [
    name
      .toLowerCase()
      .replace(/[^a-z0-9]+/g, '-')
      .replace(/^-|-$/g, ''),
    file,
  ]
    .filter(Boolean)
    .join('-')

type Deps = Pick<AdminDeps, 'lastHints' | 'clock' | 'publicUrl'>

export function createOne({ lastHints, clock, publicUrl }: Deps, { withIntegration }: Finder) {
  return {
    show: withIntegration(async (signed, integration) => {
      const described = describeIntegration(integration, publicUrl)
      const { name, tenantId, cloud, appId, clientId, enabled, createdAt, control } = integration
      const page = pageOf(integration)
      const bodies = Object.entries(files).map(([file, pick]) => [
        file,
        { id: file.replace('.', '-'), text: inJson(pick(described)), download: `${page}/${file}` },
      ])
      signed.show('admin/integrations/one', {
        title: name,
        integration: { name, tenantId, appId, clientId, enabled, control, created: moment(createdAt) },
        page,
        cloud: cloudWords[cloud],
        isLocal: cloud === 'local',
        isPublic: publicUrl.startsWith('https:'),
        replyUrl: described.authorizationEndpoint,
        discoveryUrl: described.discoveryUrl,
        issuer: described.issuer,
        bodies: Object.fromEntries(bodies),
        hints: await hintsOf(lastHints, integration),
        rules: rulesOf(integration, clock.now()),
        mayChange: mayChange(signed),
      })
    }),

    /** One of the bodies, to be kept as a file. */
    download: (file: string): Handler =>
      withIntegration(({ response }, integration) => {
        const value = files[file]?.(describeIntegration(integration, publicUrl))
        response
          .attachment(fileNameFor(integration, file))
          .type('application/json')
          .send(`${inJson(value)}\n`)
      }),
  }
}
