// A short run of what `npm run fuzz` does for long (docs/security.md has its figures).
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { type CountersignProcess, errorLines, startProcess } from '../support/process.ts'
import { claimsSigned } from '../support/stories.ts'
import { fuzz, growthOf } from './fuzz.ts'

const SHORT = 5000
/**
 * How long nothing may come back. How fast it is, no test says: on a machine that runs every suite at once all is late. That
 * nothing takes longer than a second is for the long run.
 */
const PATIENCE = 20_000
/**
 * How many times the second tenth's memory the end may have. A service that was just started grows with its code and caches, 1.3
 * to 1.5 times in so short a run; one that keeps 50 KB of each request, as much as a request and what was read of it, would
 * double. What is less is for the long run.
 */
const MOST_GROWTH = 2

let countersign: CountersignProcess
beforeAll(async () => {
  countersign = await startProcess({ COUNTERSIGN_TRUST_PROXY: '1' })
})
afterAll(() => countersign.close())

test('bent requests of every door bring no error of ours, no claim, and no silence', async () => {
  const report = await fuzz(countersign, {
    ...{ requests: SHORT, seed: 20261123, slowest: PATIENCE, patience: PATIENCE, pid: countersign.pid() },
  })
  expect(report.faults).toEqual([])
  expect(report.requests).toBe(SHORT)
  // The claims of those who bound their phones before it began and of those who fetched theirs after it, and not one more.
  const { claims } = report
  expect(claims).toBe(6 + 8)
  expect(await claimsSigned(countersign)).toEqual({ signing: claims, signed: claims })
  // Each arm comes past the parser, so that there is something behind it to hit.
  expect(Object.keys(report.byArm)).toHaveLength(13)
  expect(report.byArm['a form']).toHaveProperty('303')
  expect(report.byArm['a decision']).toHaveProperty('200')
  expect(growthOf(report)).toBeLessThan(MOST_GROWTH)
  const { code, signal, errors, output } = await countersign.end('SIGTERM')
  expect({ code, signal, errors }).toEqual({ code: 0, signal: null, errors: '' })
  expect(errorLines(output)).toEqual([])
}, 120_000)
