// Rounds of all cases in turn, so that a slow moment of the machine meets all of them; what counts is the median of the rounds.
import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { createChance } from '../test/fuzz/chance.ts'
import { residentMiB } from '../test/support/process.ts'
import type { Case } from './cases.ts'
import { closedLoop, openLoop } from './load.ts'
import { median, quantile } from './numbers.ts'
import { cpuSeconds, onFirstCore } from './process.ts'
import type { Figures, Latency } from './report.ts'

export type Method = {
  /** Who sign in: more than do so at the same time, as nobody has more open than they may. */
  people: number
  /** A second, before anything was measured. */
  likely: number
  rounds: number
  seconds: number
  concurrency: number
  calm: number
  warmUp: number
}
export type Say = (line: string) => void
type Round = { flows: number; wall: number; cpu: number }

const perCpu = ({ flows, cpu }: Round): number => flows / cpu
const perSecond = ({ flows, wall }: Round): number => flows / wall
/** A round may be faster than the one before it. */
const MARGIN = 2

async function round(
  { pids, flow, prepare }: Case,
  concurrency: number,
  seconds: number,
  rate: number,
): Promise<Round> {
  await prepare(Math.ceil(rate * seconds * MARGIN))
  const taken = () => pids.reduce((sum, pid) => sum + cpuSeconds(pid), 0)
  const before = taken()
  const { flows, seconds: wall } = await closedLoop(flow, concurrency, seconds)
  return { flows, wall, cpu: taken() - before }
}

/** What a core could do if it did nothing but the cryptography, measured in its turn. */
function boundRound(seconds: number): Round {
  const [program = process.execPath, ...before] = [...onFirstCore, process.execPath]
  const file = fileURLToPath(new URL('bound.ts', import.meta.url))
  const { stdout } = spawnSync(program, [...before, file, String(seconds)], { encoding: 'utf8' })
  const { flows, cpu, seconds: wall } = JSON.parse(stdout)
  return { flows, cpu, wall }
}

/** The rounds of each case. `beforeAll` is called at the beginning of every turn. */
async function inTurn(
  cases: readonly Case[],
  { rounds, seconds, concurrency, warmUp, likely }: Method,
  say: Say,
  beforeAll: () => unknown = () => undefined,
): Promise<Round[][]> {
  const done = cases.map((): Round[] => [])
  // Compiled code is as fast as it will be only after some thousand flows: a service runs for days.
  for (const each of cases) await round(each, concurrency, warmUp, likely)
  for (let i = 0; i < rounds; i++) {
    beforeAll()
    for (const [k, each] of cases.entries()) {
      const last = done[k]?.at(-1)
      const one = await round(each, concurrency, seconds, last ? perSecond(last) : likely)
      done[k]?.push(one)
      say(
        `round ${i + 1} of ${rounds}: ${each.name}: ${Math.round(perSecond(one))} a second, ${Math.round(perCpu(one))} per CPU-second`,
      )
    }
  }
  return done
}

export type Measured = { bound: number; figures: Figures[] }

/** Measures the cases, which are closed afterwards. The first of them is the peer that the others are compared with. */
export async function measure(cases: readonly Case[], method: Method, say: Say): Promise<Measured> {
  const bounds: Round[] = []
  const done = await inTurn(cases, method, say, () => bounds.push(boundRound(method.seconds)))
  const [ofPeers = []] = done
  const figures: Figures[] = []
  for (const [k, each] of cases.entries()) {
    const own = done[k] ?? []
    const [loaded] = each.pids.map(residentMiB)
    const rate = median(own.map(perSecond))
    const waits = await latencies(each, rate, method.calm, say)
    figures.push({
      ...{ name: each.name, perSecond: rate, perCpuSecond: median(own.map(perCpu)) },
      ofBound: median(own.map((one, i) => perCpu(one) / perCpu(bounds[i] as Round))),
      ofPeer: median(own.map((one, i) => perCpu(one) / perCpu(ofPeers[i] as Round))),
      ...waits,
      memory: { atRest: each.atRest, loaded: loaded ?? 0 },
      start: each.start,
    })
    await each.close()
  }
  return { bound: median(bounds.map(perCpu)), figures }
}

/** What a person waits for, at half of the rate that the case can do, and alone. */
async function latencies(
  { name, flow, prepare }: Case,
  rate: number,
  calm: number,
  say: Say,
): Promise<{ half: Latency; alone: Latency }> {
  const chance = createChance(1)
  const of = (waits: number[]): Latency => ({ p50: median(waits), p99: quantile(waits, 0.99) })
  await prepare(Math.ceil(rate * calm))
  const half = of((await openLoop(flow, rate / 2, calm, () => chance.below(1_000_000) / 1_000_000)).waits)
  await prepare(Math.ceil(rate * calm))
  const alone = of((await closedLoop(flow, 1, calm)).waits)
  say(
    `${name}: at half load ${half.p50.toFixed(1)} / ${half.p99.toFixed(1)} ms, alone ${alone.p50.toFixed(1)} / ${alone.p99.toFixed(1)} ms`,
  )
  return { half, alone }
}

/** How many flows a second each case does, in rounds that take turns. Closes them. */
export async function rates(cases: readonly Case[], method: Method, say: Say): Promise<number[]> {
  const done = await inTurn(cases, method, say)
  for (const each of cases) await each.close()
  return done.map((own) => median(own.map(perSecond)))
}
