// `npm run fuzz -- [--requests N] [--seed N]`: bent requests at a service of its own, for as long as you like.
import { parseArgs } from 'node:util'
import { fuzz } from '../test/fuzz/fuzz.ts'
import { errorLines, startProcess } from '../test/support/process.ts'
import { claimsSigned } from '../test/support/stories.ts'

const { values } = parseArgs({ options: { requests: { type: 'string' }, seed: { type: 'string' } } })
const requests = Number(values.requests ?? 1_000_000)
const seed = Number(values.seed ?? 1)
const PHONES = 4

const countersign = await startProcess({ COUNTERSIGN_TRUST_PROXY: '1', COUNTERSIGN_LOG_LEVEL: 'info' })
const say = (line: string): void => void process.stdout.write(`${line}\n`)
say(`${requests} requests, seed ${seed}`)
const report = await fuzz(countersign, {
  requests,
  seed,
  slowest: 1000,
  patience: 5000,
  pid: countersign.pid(),
  tell: say,
})
const { signed } = await claimsSigned(countersign)
const { errors, output } = await countersign.end('SIGTERM')
const bugs = errorLines(output)
await countersign.close()

for (const [arm, statuses] of Object.entries(report.byArm)) {
  const counts = Object.entries(statuses).map(([status, count]) => `${status} × ${count}`)
  say(`${arm}: ${counts.join(', ')}`)
}
say(
  `${report.requests} requests in ${Math.round(report.seconds)} s; the slowest answer took ${Math.round(report.slowestMilliseconds)} ms`,
)
say(`memory of the service, at each tenth: ${report.memory.join(', ')} MiB`)
for (const { arm, fault, shot } of report.faults) say(`FAULT ${fault}: ${arm}: ${JSON.stringify(shot).slice(0, 400)}`)
for (const bug of bugs.slice(0, 20)) say(`BUG ${bug}`)
if (signed !== PHONES) say(`FAULT ${signed} claims were signed, and not ${PHONES}`)
if (errors) say(errors)
process.exitCode = report.faults.length === 0 && bugs.length === 0 && signed === PHONES && errors === '' ? 0 : 1
