// The Entra door as a stranger meets it, in every cloud: one bent request, and what became of it, on record and on screen.
// One service serves a tenant of each cloud. The public ones are played in this process (entra-simulator/public-clouds.ts):
// the service fetches their keys from the table's own addresses, and a fetch of anything else fails the tests of the file.
import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, expect } from '@jest/globals'
import { type RefusalCode, sentences } from '../../../src/base/refusal.ts'
import type { World } from '../../../src/capabilities.ts'
import type { Integration } from '../../../src/integrations/integration.ts'
import type { BeginOptions, EntraAttempt } from '../../entra-simulator/make-attempt.ts'
import { type PlayedEntra, type PublicEntra, playPublicCloud } from '../../entra-simulator/public-clouds.ts'
import type { Person, Registration } from '../../entra-simulator/registration.ts'
import { createBrowser, formOf, type Page, stageOf, type TestBrowser } from '../../support/browser.ts'
import { type Countersign, registrationOf, startCountersign } from '../../support/countersign.ts'

export const contracts = ['external-mfa', 'custom-control'] as const
export type Contract = (typeof contracts)[number]
export const cloudNames = ['local', 'global', 'usgov', 'china'] as const
export type CloudName = (typeof cloudNames)[number]

/** Each cloud with each contract: what `describe.each` takes. */
export const everyDoor = cloudNames.flatMap((cloud) => contracts.map((contract) => [cloud, contract] as const))

/** What a test bends; as a function, when it depends on the time of the request. */
export type Bend = Partial<BeginOptions> | (() => Partial<BeginOptions>)
/** Where a refusal was told: on a page of ours, or to Entra by this error. */
export type Told = 'page' | 'invalid_request' | 'access_denied' | 'temporarily_unavailable'

/** What is on record: a counted refusal, one of a verified hint, or that a sign-in was opened. */
type OnRecord = { key: string; type: string; code: string; reason: string; of: Record<string, unknown> }

export type Fate = {
  /** The code on record; `opened` when a sign-in was opened; undefined when nothing was recorded. */
  code: string | undefined
  onRecord: OnRecord | undefined
  told: Told | undefined
  page: Page
  browser: TestBrowser
}

/** The door of one cloud. What it says of integration and Entra may be read once the tests run. */
export type Door = {
  cloud: CloudName
  readonly entra: PlayedEntra
  readonly integration: Integration
  readonly countersign: Countersign
  readonly fetched: string[]
  /** A request of Entra, of a person of its own unless it says whose. */
  begin(contract: Contract, bend?: Bend): Promise<EntraAttempt>
  /** Sends a body, and says what became of it. */
  send(body: string, init?: RequestInit, browser?: TestBrowser): Promise<Fate>
  knock(contract: Contract, bend?: Bend): Promise<Fate>
  /** A second tenant in the same cloud, as Entra knows it. */
  connectAnother(): Promise<{ integration: Integration; registration: Registration }>
}

export const stranger = (): Person => ({
  objectId: randomUUID(),
  name: 'Somebody',
  username: 'somebody@contoso.example',
})

/** The doors of a test file: opened before its tests, closed after them, and by then no fetch has left the table. */
export function openDoors(): { at(cloud: CloudName): Door; others(than: Door): Door[] } {
  let opened: Awaited<ReturnType<typeof open>>
  beforeAll(async () => {
    opened = await open()
  })
  afterAll(async () => {
    await opened.countersign.close()
    expect(opened.strayed).toEqual([])
  })
  const doors = cloudNames.map((cloud) => createDoor(cloud, () => opened))
  return {
    at: (cloud) => doors.find((door) => door.cloud === cloud) as Door,
    others: (than) => doors.filter((door) => door !== than),
  }
}

async function open() {
  const fetched: string[] = []
  /** Fetches of what is in no row of the table. */
  const strayed: string[] = []
  const publicOnes = new Map<CloudName, PublicEntra>()
  const fetchKeys: World['fetch'] = async (url, init) => {
    fetched.push(url)
    for (const entra of publicOnes.values()) {
      const answer = entra.answer(url, init)
      if (answer) return answer
    }
    if (url.startsWith(`${countersign.entra.authority}/common/discovery/`)) return fetch(url, init)
    strayed.push(url)
    throw new Error(`${url} is in no row of the table`)
  }
  const countersign = await startCountersign({ world: { fetch: fetchKeys } })
  const { integrations } = countersign.service.capabilities
  const served: Partial<Record<CloudName, { entra: PlayedEntra; integration: Integration }>> = {
    local: { entra: countersign.entra, integration: countersign.integration },
  }
  for (const cloud of ['global', 'usgov', 'china'] as const) {
    const entra = await playPublicCloud(cloud, countersign.clock.now)
    const wanted = { name: `Contoso in ${cloud}`, tenantId: randomUUID(), appId: randomUUID(), cloud }
    const integration = await integrations.create({ ...wanted, enrolment: 'first-use' }, 'command-line')
    if (integration === 'tenant-taken') throw new Error('two tenants have one id')
    entra.register(registrationOf(countersign.url, integration))
    publicOnes.set(cloud, entra)
    served[cloud] = { entra, integration }
  }
  return { countersign, served, fetched, strayed, position: 0 }
}

function createDoor(cloud: CloudName, opened: () => Awaited<ReturnType<typeof open>>): Door {
  const served = () => {
    const found = opened().served[cloud]
    if (!found) throw new Error(`the door of ${cloud} is not open`)
    return found
  }

  const thisMinute = () => Math.floor(opened().countersign.clock.now() / 60_000)

  /** What was counted from a minute on, and what was recorded since this was asked last. */
  async function recorded(from: number): Promise<OnRecord[]> {
    const now = opened()
    const { audit } = now.countersign.service.capabilities.stores
    const counts = await audit.counts()
    // Read at every request: what is over is forgotten now and then, so that this stays short.
    if (counts.length > 20) await audit.forgetCounts(from)
    const counted = counts
      .filter(({ minute }) => minute >= from)
      .map(({ minute, type, code, reason, count, ...of }) => ({
        key: `${minute} ${type} ${code} ${of.integrationId} ${count}`,
        ...{ type, code, reason, of },
      }))
    const records = await audit.read(now.position, 10_000)
    now.position = records.at(-1)?.position ?? now.position
    const kept = records.flatMap(({ position, record: { event } }): OnRecord[] => {
      const { type } = event
      const about = { key: String(position), type, of: event }
      if (type === 'signin.refused') return [{ ...about, code: event.code, reason: event.reason }]
      return type === 'signin.opened' ? [{ ...about, code: 'opened', reason: '' }] : []
    })
    return [...counted, ...kept]
  }

  const begin: Door['begin'] = (contract, bend = {}) => {
    // A minute of its own for each, so that each refusal is counted, with its reason, in a row of its own.
    opened().countersign.clock.leap(61_000)
    return served().entra.begin({ person: stranger(), contract, ...(typeof bend === 'function' ? bend() : bend) })
  }

  const send: Door['send'] = async (body, init = {}, browser = createBrowser()) => {
    const from = thisMinute()
    const before = new Set((await recorded(from)).map(({ key }) => key))
    const page = await browser.request(`${opened().countersign.url}/entra/authorize`, {
      method: 'POST',
      body,
      ...init,
      headers: { 'content-type': 'application/x-www-form-urlencoded', ...init.headers },
    })
    const now = (await recorded(from)).filter(({ key }) => !before.has(key))
    expect(now.length).toBeLessThan(2)
    const [onRecord] = now
    return { code: onRecord?.code, onRecord, told: whereTold(page, new URLSearchParams(body)), page, browser }
  }

  return {
    cloud,
    get entra() {
      return served().entra
    },
    get integration() {
      return served().integration
    },
    get countersign() {
      return opened().countersign
    },
    get fetched() {
      return opened().fetched
    },
    begin,
    send,
    knock: async (contract, bend = {}) => send(bodyOf(await begin(contract, bend))),
    async connectAnother() {
      const { countersign } = opened()
      const wanted = { name: 'Fabrikam', tenantId: randomUUID(), appId: randomUUID(), cloud }
      const { integrations } = countersign.service.capabilities
      const made = await integrations.create({ ...wanted, enrolment: 'first-use' }, 'command-line')
      if (made === 'tenant-taken') throw new Error('two tenants have one id')
      const registration = registrationOf(countersign.url, made)
      served().entra.register(registration)
      return { integration: made, registration }
    },
  }
}

/** What Entra's page posts for this attempt, bent further when a test says so. */
export const bodyOf = ({ parameters }: EntraAttempt, more: Record<string, string> = {}): string =>
  String(new URLSearchParams({ ...parameters, ...more }))

/** A form for Entra must go where it was asked for, with its state, alone; a page leads nowhere. */
function whereTold(page: Page, sent: URLSearchParams): Told | undefined {
  if (stageOf(page)) return undefined
  if (!page.text.includes('to-entra')) {
    expect(page.text).not.toMatch(/<form|http-equiv|<script/i)
    expect(page.headers.get('location')).toBeNull()
    return 'page'
  }
  const { action, fields } = formOf(page)
  expect(action).toBe(sent.get('redirect_uri'))
  expect(fields).toEqual({ error: expect.any(String), state: sent.get('state') })
  return fields.error as Told
}

/** What a person reads on a page: its text, without what is markup or hidden. */
const readingOf = ({ text }: Page): string =>
  text
    .replace(/^[\s\S]*<main[^>]*>|<\/main>[\s\S]*$/g, '')
    .replace(/<[^>]+>/g, ' ')
    .replace(/\s+/g, ' ')

const PROTOCOL_WORDS =
  /\b(acr|amr|jw[tsek]|jwks|kid|id_token|hint|nonce|state|claims?|redirect|uri|url|oidc|openid|oauth|rs256|issuer|audience|tenant|client id)\b/i

/** The person reads the plain sentence of the code, and no word of the protocol. */
function expectPlainSentence(page: Page, code: RefusalCode): void {
  const reading = readingOf(page)
  expect(reading).toContain(sentences[code])
  expect(reading).not.toMatch(PROTOCOL_WORDS)
}

/** Refusals of a hint that was verified are recorded with the person; those before are counted, with whom they name. */
function typeOf(code: RefusalCode, told: Told): string {
  if (told === 'page' && /^(request|http)\./.test(code)) return 'request.refused'
  return /^(asked|integration|sign-in)\./.test(code) ? 'signin.refused' : 'hint.refused'
}

/** Asserts a refusal: its code and reason on record, where it was told, and what the person reads. */
export function expectRefused(fate: Fate, code: RefusalCode, told: Told): void {
  const { onRecord } = fate
  expect({ code: fate.code, told: fate.told, type: onRecord?.type }).toEqual({ code, told, type: typeOf(code, told) })
  expect(onRecord?.reason).toMatch(/\S/)
  if (onRecord?.type !== 'request.refused') expect(onRecord?.of.integrationId).toEqual(expect.any(String))
  if (onRecord?.type === 'signin.refused')
    expect(onRecord.of).toMatchObject({ tenantId: expect.any(String), objectId: expect.any(String) })
  expectPlainSentence(fate.page, code)
}

/** Asserts that a request did not even reach the protocol: a status, the plain sentence, and that it is on record. */
export function expectTurnedAway(fate: Fate, status: number, code: RefusalCode): void {
  expect(fate.page.status).toBe(status)
  expectRefused(fate, code, 'page')
}

/** Asserts that a sign-in was opened and its page shown. */
export function expectOpened(fate: Fate): void {
  expect({ code: fate.code, stage: stageOf(fate.page) }).toEqual({ code: 'opened', stage: 'ticket' })
}
