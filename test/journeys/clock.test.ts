// A machine whose clock is wrong says so, before people wonder why sign-ins fail.
import { afterEach, beforeEach, expect, test } from '@jest/globals'
import { createBrowser } from '../support/browser.ts'
import { ADA, type Countersign, startCountersign } from '../support/countersign.ts'

/** How far Entra's clock is ahead of ours. */
let ahead = 0
let countersign: Countersign
beforeEach(async () => {
  ahead = 0
  countersign = await startCountersign({
    world: {
      fetch: async (url, init) => {
        const response = await fetch(url, init)
        const date = new Date(countersign.clock.now() + ahead).toUTCString()
        return new Response(await response.text(), { headers: { date } })
      },
    },
  })
  countersign.clock.hold()
})
afterEach(() => countersign.close())

async function ready() {
  const { status, text } = await createBrowser().get(`${countersign.url}/readyz`)
  return { status, ...JSON.parse(text) }
}

/** Entra sends somebody, so that its keys are asked for; those that are an hour old are asked for anew. */
async function arrive() {
  const attempt = await countersign.entra.begin({ person: ADA, contract: 'external-mfa' })
  await createBrowser().arrive(attempt)
}

test('a clock that agrees is no trouble', async () => {
  await arrive()
  expect(await ready()).toEqual({ status: 200, ready: true, troubles: [], warnings: [] })
})

test('from 30 seconds it is a warning, and the service stays ready', async () => {
  ahead = 40_000
  await arrive()
  const { status, troubles, warnings } = await ready()
  expect([status, troubles]).toEqual([200, []])
  expect(warnings).toEqual(['the clock of this machine is at least 40 seconds behind Microsoft’s'])
})

test('beyond 60 seconds the service is not ready, and says why', async () => {
  ahead = -75_000
  await arrive()
  const { status, troubles, warnings } = await ready()
  expect([status, warnings]).toEqual([503, []])
  expect(troubles).toEqual(['the clock of this machine is at least 74 seconds ahead of Microsoft’s'])
})

test('a hint that was issued in our future shows it, refused as it is', async () => {
  await arrive()
  const { entra, clock } = countersign
  const iat = Math.floor(clock.now() / 1000) + 90
  const attempt = await entra.begin({ person: ADA, contract: 'external-mfa', hint: { payload: { iat, nbf: iat } } })
  await createBrowser().arrive(attempt)
  expect((await ready()).troubles).toEqual(['the clock of this machine is at least 90 seconds behind Microsoft’s'])
})
