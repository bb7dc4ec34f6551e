// Hints of the public clouds, which the simulator cannot play, and what verifying them finds.

import type { Clock } from '../../src/base/clock.ts'
import { silentLog } from '../../src/base/log.ts'
import { isRefusal } from '../../src/base/refusal.ts'
import { type Cloud, createClouds } from '../../src/entra/clouds.ts'
import { createEntraKeys } from '../../src/entra/entra-keys.ts'
import { verifyHint } from '../../src/entra/verify-hint.ts'
import type { Contract, Integration } from '../../src/integrations/integration.ts'
import { type HintOptions, makeHint } from '../entra-simulator/make-hint.ts'
import type { Person } from '../entra-simulator/registration.ts'
import { anIntegration } from '../integrations/an-integration.ts'
import { createTestClock } from '../support/clock.ts'
import { createFakeFetch, publish, rsaKey } from './fake-fetch.ts'

/** Not that of support/countersign.ts: these tests start no service, and load none. */
export const ADA: Person = {
  objectId: 'a0000000-0000-4000-8000-000000000001',
  name: 'Ada Lovelace',
  username: 'ada@contoso.example',
}

const passing = createTestClock()
/** The key that Entra signs with. */
export const signing = rsaKey('entra')
export const clouds = createClouds(null)
export const cloudNamed = (name: string): Cloud => clouds.find((cloud) => cloud.name === name) as Cloud

type Case = {
  cloud?: string
  contract?: Contract
  integration?: Partial<Integration>
  version?: 1 | 2
  hint?: HintOptions
  maxAge?: number
  clock?: Clock
}

/** A hint as Entra would make it now for this integration, unless a test bends it. */
export async function hintOf(ours: Integration, row: Cloud, version: 1 | 2, now: number, hint: HintOptions = {}) {
  const iss = (version === 1 ? row.v1 : row.v2).issuer(ours.tenantId)
  const { tenantId, appId, clientId } = ours
  const given = { authority: row.authority, tenantId, appId, clientId, person: ADA, now, signing }
  const { token } = await makeHint(given, { ...hint, payload: { iss, ...hint.payload } }, version)
  return token
}

/** The keys that Entra publishes, and what was fetched of them. */
export function publishedKeys(clock: Clock) {
  const { fetch, requests } = createFakeFetch(() => Response.json(publish(signing)))
  const keys = createEntraKeys({ fetch, clock, log: silentLog, foreignKeys: 'refuse' })
  return { keys, fetched: () => requests.map(({ url }) => url) }
}

/** Verifies a hint made for this case; all of it is right unless a test bends it. */
export async function verify({
  cloud = 'global',
  contract = 'external-mfa',
  integration,
  version = 2,
  hint,
  maxAge = 600_000,
  clock = passing,
}: Case) {
  const ours = anIntegration({ cloud: cloud as Integration['cloud'], ...integration })
  const row = cloudNamed(cloud)
  const { keys, fetched } = publishedKeys(clock)
  const issued: number[] = []
  const hintIssued = (at: number) => void issued.push(at)
  const found = await verifyHint(await hintOf(ours, row, version, clock.now(), hint), {
    ...{ integration: ours, contract, cloud: row, keys, clock, maxAge, hintIssued },
  })
  const [code, reason] = isRefusal(found) ? [found.code, found.reason] : ['verified', '']
  return { found, code, reason, issued, fetched: fetched() }
}
