// A whole Countersign on loopback, beside an Entra simulator that knows its integration.
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { silentLog } from '../../src/base/log.ts'
import { type Capabilities, theWorld, type World } from '../../src/capabilities.ts'
import { readConfig } from '../../src/config.ts'
import type { Enrolment, Integration } from '../../src/integrations/integration.ts'
import { fillTemplate, templateValues } from '../../src/integrations/policy-templates.ts'
import { createService, type Service } from '../../src/service.ts'
import type { Person, Registration } from '../entra-simulator/registration.ts'
import { type EntraSimulator, startEntraSimulator } from '../entra-simulator/start-entra-simulator.ts'
import { createTestClock, type TestClock } from './clock.ts'

export const TENANT = '7a3c1f60-5b1e-4d5f-9a57-2f0f7c6f1a01'
export const APP = '0f9d6a44-93a6-4c55-8f2f-6a1f43f0b002'

export const ADA: Person = {
  objectId: 'a0000000-0000-4000-8000-000000000001',
  name: 'Ada Lovelace',
  username: 'ada@contoso.example',
}
export const GRACE: Person = {
  objectId: 'a0000000-0000-4000-8000-000000000002',
  name: 'Grace Hopper',
  username: 'grace@contoso.example',
}
export const GUEST: Person = {
  objectId: 'a0000000-0000-4000-8000-000000000003',
  name: 'Guest',
  username: 'guest@hotmail.example',
  guest: true,
}

export type Countersign = {
  url: string
  entra: EntraSimulator
  service: Service
  integration: Integration
  clock: TestClock
  dataDir: string
  /** Stops the service as SIGTERM does, and starts it again on the same store. */
  restart(): Promise<void>
  close(): Promise<void>
}

type Options = { enrolment?: Enrolment; environment?: Record<string, string>; world?: Partial<World> }

/** No test asks the machine's name servers. */
const nowhere = async (): Promise<never[]> => []

/** No test asks Microsoft. */
const loopback: World['fetch'] = async (url, init) => {
  if (!['localhost', '127.0.0.1'].includes(new URL(url).hostname)) throw new Error(`a test fetches ${url}`)
  return fetch(url, init)
}

/** Starts both. What a test is about, it says; the rest has sane values. */
export async function startCountersign({
  enrolment = 'first-use',
  environment = {},
  world = {},
}: Options = {}): Promise<Countersign> {
  const clock = createTestClock()
  const entra = await startEntraSimulator({ registrations: [], people: [ADA, GRACE, GUEST], now: clock.now })
  const dataDir = mkdtempSync(join(tmpdir(), 'countersign-'))
  let current: Service | undefined
  const server = createServer((request, response) => current?.app(request, response))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const url = `http://localhost:${(server.address() as AddressInfo).port}`
  const config = readConfig({
    COUNTERSIGN_PUBLIC_URL: url,
    COUNTERSIGN_DATA_DIR: dataDir,
    COUNTERSIGN_ENTRA_AUTHORITY: entra.authority,
    ...environment,
  })
  const start = (): Promise<Service> =>
    createService(config, {
      ...{ ...theWorld(config), clock, lookup: nowhere, resolve: world.lookup ?? nowhere },
      ...{ fetch: loopback, log: silentLog, ...world },
    })
  const service = await start()
  current = service
  const integration = await connectContoso(service.capabilities, entra, url, enrolment)

  const countersign: Countersign = {
    url,
    entra,
    service,
    integration,
    clock,
    dataDir,
    async restart() {
      countersign.service.beginStop()
      await countersign.service.close()
      countersign.service = await start()
      current = countersign.service
    },
    async close() {
      countersign.service.beginStop()
      await stop(server)
      await countersign.service.close()
      await entra.close()
      rmSync(dataDir, { recursive: true, force: true })
    },
  }
  return countersign
}

/** Connects the tenant that every test is about, here and at the simulator. The store must be new. */
export async function connectContoso(
  { integrations }: Pick<Capabilities, 'integrations'>,
  entra: EntraSimulator,
  url: string,
  enrolment: Enrolment = 'first-use',
): Promise<Integration> {
  const wanted = { name: 'Contoso', tenantId: TENANT, cloud: 'local' as const, appId: APP, enrolment }
  const integration = await integrations.create(wanted, 'command-line')
  if (integration === 'tenant-taken') throw new Error('the store was not new')
  entra.register(registrationOf(url, integration))
  return integration
}

/** What an administrator would have set up at Entra for this integration. */
export function registrationOf(url: string, integration: Integration): Registration {
  const discoveryUrl = `${url}/entra/${integration.id}/.well-known/openid-configuration`
  const values = templateValues(integration, discoveryUrl)
  return {
    tenantId: integration.tenantId,
    appId: integration.appId,
    clientId: integration.clientId,
    discoveryUrl,
    replyUrls: [`${url}/entra/authorize`],
    customControl: fillTemplate('custom-control', values),
    externalMfa: fillTemplate('external-mfa', values),
  }
}

function stop(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve())
    server.closeAllConnections()
  })
}
