// Shoots bent requests at a running service, and looks at what comes back: no answer of 500 and above, none that is late,
// no claim, no connection that breaks, and no memory that only grows.
import { performance } from 'node:perf_hooks'
import { residentMiB } from '../support/process.ts'
import type { Place } from '../support/stories.ts'
import { createArms } from './arms.ts'
import { createChance } from './chance.ts'
import { faultOf, GONE } from './faults.ts'
import { createPeople } from './people.ts'
import { type Arm, createGun, ENDED, type Hit, type Raw, type Shot, UNSENT } from './send.ts'

export type Fault = { arm: string; fault: string; shot?: Shot | Raw }
export type Report = {
  requests: number
  seconds: number
  byArm: Record<string, Record<string, number>>
  /** Faults in all, and the first of each kind. */
  faulty: number
  faults: Fault[]
  slowestMilliseconds: number
  /** The claims that honest people have of it: more were not to be signed. */
  claims: number
  /** Resident memory of the service, in MiB, at each tenth of the run. */
  memory: number[]
}

const CONCURRENCY = 32
/** More faults of one kind are counted, not kept: on a busy machine late answers would leave no place for a claim. */
const KEPT_OF_A_KIND = 20
const kindOf = ({ fault }: Fault): string => fault.replace(/\d+/g, 'N')
const LABELS: Record<number, string> = { [ENDED]: 'ended', [UNSENT]: 'unsent' }

export async function fuzz(
  place: Place,
  options: {
    requests: number
    seed: number
    slowest: number
    patience: number
    pid: number | undefined
    tell?: (line: string) => void
  },
): Promise<Report> {
  const { requests, seed, slowest, patience, pid, tell } = options
  const chance = createChance(seed)
  const people = await createPeople(place, chance)
  const rack = createArms(people, new URL(place.url).host, chance).flatMap((arm) => Array<Arm>(arm.share).fill(arm))
  const gun = createGun({ url: place.url, sockets: CONCURRENCY, patience })
  const report: Report = {
    ...{ requests: 0, seconds: 0, byArm: {}, faulty: 0, faults: [], slowestMilliseconds: 0 },
    ...{ claims: 0, memory: [] },
  }
  const began = performance.now()
  let next = 0

  function note(fault: Fault): void {
    report.faulty++
    if (report.faults.filter((kept) => kindOf(kept) === kindOf(fault)).length >= KEPT_OF_A_KIND) return
    report.faults.push(fault)
    tell?.(`at request ${next}: ${fault.fault}: ${fault.arm}`)
  }

  function count(arm: Arm, { status, milliseconds }: Hit): void {
    report.byArm[arm.name] ??= {}
    const seen = report.byArm[arm.name] as Record<string, number>
    const label = LABELS[status] ?? String(status)
    seen[label] = (seen[label] ?? 0) + 1
    report.requests++
    report.slowestMilliseconds = Math.max(report.slowestMilliseconds, milliseconds)
  }

  async function shootWith(arm: Arm): Promise<void> {
    const shot = await arm.load()
    const hit = 'raw' in shot ? await gun.sendRaw(shot.raw) : await gun.send(shot)
    count(arm, hit)
    const fault = faultOf(hit, { shot, arm, slowest })
    if (fault) note({ arm: arm.name, fault, shot })
    if (fault === GONE) next = requests
  }

  async function shoot(): Promise<void> {
    while (next < requests) {
      if (++next % Math.ceil(requests / 10) === 0 && pid !== undefined) {
        report.memory.push(residentOf(pid))
        tell?.(`${next} of ${requests}: ${report.memory.at(-1)} MiB, ${report.faulty} faults`)
      }
      const arm = chance.pick(rack)
      // What an arm asks for honestly, to have something to bend, is answered too.
      await shootWith(arm).catch((error: unknown) => note({ arm: arm.name, fault: `not loaded: ${error}` }))
    }
  }
  await Promise.all(Array.from({ length: CONCURRENCY }, shoot))
  gun.close()
  report.seconds = (performance.now() - began) / 1000
  const { claims, troubles } = await people.end()
  report.claims = claims
  for (const fault of troubles) note({ arm: 'honest people', fault })
  return report
}

/** How many times the second tenth's memory the service had at the end; 1 where the system does not tell. */
export function growthOf({ memory }: Pick<Report, 'memory'>): number {
  const [, warm = 0] = memory
  return warm === 0 ? 1 : (memory.at(-1) ?? 0) / warm
}

/** Resident memory of a process, in MiB; 0 where the system does not tell. */
export function residentOf(pid: number): number {
  try {
    return residentMiB(pid) || 0
  } catch {
    return 0
  }
}
