// Shoots bent requests at a running service, and looks at what comes back: no answer of 500 and above, none that is late,
// no claim, and no memory that only grows.
import { readFileSync } from 'node:fs'
import { performance } from 'node:perf_hooks'
import type { Place } from '../support/stories.ts'
import { type Arm, createArms, faultOf } from './arms.ts'
import { createChance } from './chance.ts'
import { createGun, type Shot } from './send.ts'

export type Fault = { arm: string; fault: string; shot: Shot | { raw: string } }
export type Report = {
  requests: number
  seconds: number
  byArm: Record<string, Record<string, number>>
  /** Faults in all, and the first of them. */
  faulty: number
  faults: Fault[]
  slowestMilliseconds: number
  /** Resident memory of the service, in MiB, at each tenth of the run. */
  memory: number[]
}

const CONCURRENCY = 32
/** More of them are counted, not kept. */
const FAULTS_KEPT = 50

export async function fuzz(
  place: Place,
  options: {
    requests: number
    seed: number
    slowest: number
    patience: number
    pid?: number | undefined
    tell?: (line: string) => void
  },
): Promise<Report> {
  const { requests, seed, slowest, patience, pid, tell } = options
  const chance = createChance(seed)
  const arms = await createArms(place, chance)
  const rack = arms.flatMap((arm) => Array<Arm>(arm.share).fill(arm))
  const gun = createGun({ url: place.url, sockets: CONCURRENCY, patience })
  const report: Report = {
    requests: 0,
    seconds: 0,
    byArm: {},
    faulty: 0,
    faults: [],
    slowestMilliseconds: 0,
    memory: [],
  }
  const began = performance.now()
  let next = 0

  async function shoot(): Promise<void> {
    while (next < requests) {
      const count = ++next
      if (pid !== undefined && count % Math.ceil(requests / 10) === 0) {
        report.memory.push(residentOf(pid))
        tell?.(`${count} of ${requests}: ${report.memory.at(-1)} MiB, ${report.faulty} faults`)
      }
      const arm = chance.pick(rack)
      const shot = await arm.load()
      const hit = 'raw' in shot ? await gun.sendRaw(shot.raw) : await gun.send(shot)
      report.byArm[arm.name] ??= {}
      const seen = report.byArm[arm.name] as Record<string, number>
      const status = hit.status < 0 ? 'none' : String(hit.status)
      seen[status] = (seen[status] ?? 0) + 1
      report.requests++
      report.slowestMilliseconds = Math.max(report.slowestMilliseconds, hit.milliseconds)
      const fault = faultOf(hit, slowest)
      if (!fault) continue
      report.faulty++
      if (report.faults.length < FAULTS_KEPT) {
        report.faults.push({ arm: arm.name, fault, shot })
        tell?.(`request ${count}: ${fault}: ${arm.name}`)
      }
    }
  }
  await Promise.all(Array.from({ length: CONCURRENCY }, shoot))
  gun.close()
  report.seconds = (performance.now() - began) / 1000
  return report
}

/** Resident memory of a process, in MiB; 0 where the system does not tell. */
export function residentOf(pid: number): number {
  try {
    return Math.round(Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0) / 1024)
  } catch {
    return 0
  }
}
