// `npm run bench [-- --quick] [-- --out FOLDER]`: what a sign-in costs, as ratios of one run, on one core of this machine. About a
// quarter of an hour; --quick shows in a minute that it works, and its figures mean nothing.
import { mkdirSync, writeFileSync } from 'node:fs'
import { cpus } from 'node:os'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { givenUri, mongodPath } from '../test/store/mongo/replica-set.ts'
import { startOwn, startOwnOnMongo, startPeer } from './cases.ts'
import { plotOf } from './plot.ts'
import { againOnOtherCores, onFirstCore } from './process.ts'
import { type Report, tableOf } from './report.ts'
import { type Method, measure, rates } from './rounds.ts'
import { measureWaiting } from './waiting.ts'

const elsewhere = againOnOtherCores()
if (elsewhere !== undefined) process.exit(elsewhere)

const { values } = parseArgs({ options: { quick: { type: 'boolean' }, out: { type: 'string' } } })
const quick = values.quick ?? false
const method: Method = quick
  ? { people: 20, likely: 100, rounds: 1, seconds: 1, concurrency: 4, calm: 1, warmUp: 1 }
  : { people: 200, likely: 400, rounds: 5, seconds: 4, concurrency: 32, calm: 10, warmUp: 15 }
const { people } = method
const past = quick ? { people: 100, signIns: 1000 } : { people: 100_000, signIns: 1_000_000 }
const browsers = quick ? 100 : 10_000
// A replica set takes its time to start.
const mongoIsHere = !quick && (givenUri() ?? mongodPath()) !== undefined
const say = (line: string): void => void process.stderr.write(`${line}\n`)

say('starting, and filling a store with the past...')
const cases = [
  await startPeer('oidc-provider'),
  await startPeer('oidc-provider, with our two checks', 'verify'),
  await startOwn('Countersign on SQLite', { people }),
  await startOwn(`Countersign on SQLite, after ${past.signIns.toLocaleString('en')} sign-ins`, { people, past }),
]
if (mongoIsHere) cases.push(await startOwnOnMongo('Countersign on MongoDB', { people, nodes: 1 }))
const { bound, figures } = await measure(cases, method, say)

say(`${browsers.toLocaleString('en')} browsers that wait...`)
const waiting = await measureWaiting(browsers)

const nodes = mongoIsHere
  ? await rates(
      [
        await startOwnOnMongo('one node', { people, nodes: 1 }),
        await startOwnOnMongo('two nodes', { people, nodes: 2 }),
      ],
      method,
      say,
    )
  : null

const report: Report = {
  at: new Date().toISOString(),
  machine: {
    processor: cpus()[0]?.model ?? '',
    cores: cpus().length,
    node: process.version,
    pinned: onFirstCore.length > 0,
  },
  ...{ method, past, bound: { perCpuSecond: bound }, cases: figures, waiting, nodes },
}
process.stdout.write(`${tableOf(report)}\n`)
const out = values.out ?? (quick ? undefined : fileURLToPath(new URL('../docs/bench', import.meta.url)))
if (out) {
  mkdirSync(out, { recursive: true })
  writeFileSync(`${out}/bench.json`, `${JSON.stringify(report, null, 2)}\n`)
  writeFileSync(`${out}/bench.md`, `${tableOf(report)}\n`)
  writeFileSync(`${out}/bench.svg`, plotOf(report))
}
