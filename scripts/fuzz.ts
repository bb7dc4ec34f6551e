// `npm run fuzz -- [--requests N] [--seed N]`: bent requests at a service of its own, for as long as you like. Exit 1 when it
// met what it looks for: an error of ours, a late answer, a claim, memory that grows, a service that did not end in order.
import { parseArgs } from 'node:util'
import { fuzz, growthOf } from '../test/fuzz/fuzz.ts'
import { type CountersignProcess, errorLines, startProcess } from '../test/support/process.ts'
import { claimsSigned } from '../test/support/stories.ts'

const { values } = parseArgs({ options: { requests: { type: 'string' }, seed: { type: 'string' } } })
const requests = Number(values.requests ?? 1_000_000)
const seed = Number(values.seed ?? 1)
/**
 * How many times the second tenth's memory the end may have. A million requests were seen to go from 370 MiB to 420, 1.14 times,
 * as garbage comes and goes. What keeps 200 bytes of each request adds 150 MiB by then, and is seen.
 */
const MOST_GROWTH = 1.3
/** Of fewer requests the second tenth is still a service that warms up: their memory is told, and not judged. */
const ENOUGH = 500_000

const say = (line: string): void => void process.stdout.write(`${line}\n`)

/** Gives what it met that should not be. */
async function run(countersign: CountersignProcess): Promise<string[]> {
  say(`${requests} requests, seed ${seed}`)
  const report = await fuzz(countersign, {
    ...{ requests, seed, slowest: 1000, patience: 5000, pid: countersign.pid(), tell: say },
  })
  const { signing, signed } = await claimsSigned(countersign)
  const { code, signal, errors, output } = await countersign.end('SIGTERM')

  for (const [arm, statuses] of Object.entries(report.byArm)) {
    const counts = Object.entries(statuses).map(([status, count]) => `${status} × ${count}`)
    say(`${arm}: ${counts.join(', ')}`)
  }
  say(
    `${report.requests} requests in ${Math.round(report.seconds)} s; the slowest answer took ${Math.round(report.slowestMilliseconds)} ms`,
  )
  say(`${signed} claims were signed, ${report.claims} for honest people`)
  say(`memory of the service, at each tenth: ${report.memory.join(', ')} MiB`)

  const met = report.faults.map(
    ({ arm, fault, shot }) => `FAULT ${fault}: ${arm}: ${JSON.stringify(shot ?? '').slice(0, 400)}`,
  )
  met.push(...errorLines(output).map((bug) => `BUG ${bug}`))
  if (signing !== report.claims || signed !== report.claims)
    met.push(`FAULT ${signing} claims were begun and ${signed} signed, and not ${report.claims}`)
  const growth = growthOf(report)
  say(`at the end it is ${growth.toFixed(2)} times that of the second tenth`)
  if (requests >= ENOUGH && growth > MOST_GROWTH) met.push(`FAULT memory grew ${growth.toFixed(2)} times`)
  if (code !== 0 || signal !== null) met.push(`FAULT it did not end in order: code ${code}, signal ${signal}`)
  if (errors) met.push(errors)
  return met
}

const countersign = await startProcess({ COUNTERSIGN_TRUST_PROXY: '1', COUNTERSIGN_LOG_LEVEL: 'info' })
try {
  const met = await run(countersign)
  for (const line of met.slice(0, 100)) say(line)
  process.exitCode = met.length === 0 ? 0 : 1
} finally {
  await countersign.close()
}
