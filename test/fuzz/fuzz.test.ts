// A short run of what `npm run fuzz` does for long (docs/security.md has its figures).
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { type CountersignProcess, errorLines, startProcess } from '../support/process.ts'
import { claimsSigned } from '../support/stories.ts'
import { fuzz } from './fuzz.ts'

const SHORT = 5000
/** How long nothing may come back. How fast it is, no test says. */
const PATIENCE = 20_000

let countersign: CountersignProcess
beforeAll(async () => {
  countersign = await startProcess({ COUNTERSIGN_TRUST_PROXY: '1' })
})
afterAll(() => countersign.close())

test('bent requests of every door bring no error of ours, no claim, and no silence', async () => {
  const report = await fuzz(countersign, { requests: SHORT, seed: 20261123, slowest: PATIENCE, patience: PATIENCE })
  expect(report.faults).toEqual([])
  expect(report.requests).toBe(SHORT)
  // The claims of those who bound their phones before it began, and not one more.
  expect(await claimsSigned(countersign)).toEqual({ signing: 4, signed: 4 })
  // Each arm comes past the parser, so that there is something behind it to hit.
  expect(Object.keys(report.byArm)).toHaveLength(12)
  expect(report.byArm['a form']).toHaveProperty('303')
  expect(report.byArm['a decision']).toHaveProperty('200')
  const { errors, output } = await countersign.end('SIGTERM')
  expect(errors).toBe('')
  expect(errorLines(output)).toEqual([])
}, 120_000)
