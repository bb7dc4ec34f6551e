// The Entra door as a stranger meets it: one bent request, and what became of it, on record and on screen.
import { randomUUID } from 'node:crypto'
import { expect } from '@jest/globals'
import type { World } from '../../src/capabilities.ts'
import type { BeginOptions, EntraAttempt } from '../entra-simulator/make-attempt.ts'
import { createBrowser, formOf, type Page, stageOf, type TestBrowser } from '../support/browser.ts'
import { type Countersign, startCountersign } from '../support/countersign.ts'

export const contracts = ['external-mfa', 'custom-control'] as const
export type Contract = (typeof contracts)[number]

/** What a test bends; as a function, when it depends on the time of the request. */
export type Bend = Partial<BeginOptions> | (() => Partial<BeginOptions>)
/** Where a refusal was told: on a page of ours, or to Entra by this error. */
export type Told = 'page' | 'invalid_request' | 'access_denied' | 'temporarily_unavailable'

export type Fate = {
  /** The code on record; `opened` when a sign-in was opened; undefined when nothing was recorded. */
  code: string | undefined
  told: Told | undefined
  reason: string
  page: Page
  browser: TestBrowser
}

export type Door = Awaited<ReturnType<typeof openDoor>>

export const stranger = () => ({ objectId: randomUUID(), name: 'Somebody', username: 'somebody@contoso.example' })

/** A running Countersign whose every fetch is written down. */
export async function openDoor(options: Parameters<typeof startCountersign>[0] = {}) {
  const fetched: string[] = []
  const recordingFetch: World['fetch'] = (url, init) => {
    fetched.push(url)
    return fetch(url, init)
  }
  const countersign: Countersign = await startCountersign({
    ...options,
    world: { fetch: recordingFetch, ...options.world },
  })
  const { audit } = countersign.service.capabilities.stores

  /** What is on record of refusals: the counted ones, and those of a verified hint. */
  async function recorded() {
    const counted = (await audit.counts()).map(({ minute, type, code, reason, count }) => ({
      key: `${minute} ${type} ${code} ${count}`,
      code,
      reason,
    }))
    const kept = (await audit.read(0, 100_000)).flatMap(({ position, record: { event } }) => {
      const key = String(position)
      if (event.type === 'signin.refused') return [{ key, code: event.code, reason: event.reason }]
      return event.type === 'signin.opened' ? [{ key, code: 'opened', reason: '' }] : []
    })
    return [...counted, ...kept]
  }

  /** A request of Entra, of a person of its own unless it says whose. */
  const begin = (contract: Contract, bend: Bend = {}): Promise<EntraAttempt> => {
    // A minute of its own for each, so that each refusal is counted, with its reason, in a row of its own.
    countersign.clock.leap(61_000)
    return countersign.entra.begin({ person: stranger(), contract, ...(typeof bend === 'function' ? bend() : bend) })
  }

  /** Sends a body, and says what became of it. A form for Entra must go where it was asked for, with its state, alone. */
  async function send(body: string, init: RequestInit = {}, browser = createBrowser()): Promise<Fate> {
    const before = new Set((await recorded()).map(({ key }) => key))
    const page = await browser.request(`${countersign.url}/entra/authorize`, {
      method: 'POST',
      body,
      ...init,
      headers: { 'content-type': 'application/x-www-form-urlencoded', ...init.headers },
    })
    const now = (await recorded()).filter(({ key }) => !before.has(key))
    expect(now.length).toBeLessThan(2)
    const [found] = now
    return {
      code: found?.code,
      reason: found?.reason ?? '',
      told: whereTold(page, new URLSearchParams(body)),
      page,
      browser,
    }
  }

  return {
    countersign,
    fetched,
    begin,
    send,
    knock: async (contract: Contract, bend: Bend = {}): Promise<Fate> =>
      send(new URLSearchParams((await begin(contract, bend)).parameters).toString()),
    close: countersign.close,
  }
}

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

/** Asserts a refusal: what is on record, and where it was told. */
export function expectRefused(fate: Fate, code: string, told: Told): void {
  expect({ code: fate.code, told: fate.told }).toEqual({ code, told })
}

/** Asserts that a sign-in was opened and its page shown. */
export function expectOpened(fate: Fate): void {
  expect({ code: fate.code, stage: stageOf(fate.page) }).toEqual({ code: 'opened', stage: 'ticket' })
}
