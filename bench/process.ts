// Processes under measurement: where they run, what they took.
import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { cpus } from 'node:os'

const PINNED = 'COUNTERSIGN_BENCH_PINNED'

/** Two cores and util-linux: then a server has the first core for itself, and who loads it the others. */
const canPin = cpus().length > 1 && spawnSync('taskset', ['--version']).status === 0

/** Runs this very program again on every core but the first; undefined where it runs there, or nothing can be pinned. */
export function againOnOtherCores(): number | undefined {
  if (!canPin || process.env[PINNED]) return undefined
  const words = ['--cpu-list', `1-${cpus().length - 1}`, process.execPath, ...process.argv.slice(1)]
  return spawnSync('taskset', words, { stdio: 'inherit', env: { ...process.env, [PINNED]: 'yes' } }).status ?? 1
}

/** What a server is started through. */
export const onFirstCore: readonly string[] = canPin ? ['taskset', '--cpu-list', '0'] : []

const TICKS_A_SECOND = 100

/** User and system time of a process, all its threads, in seconds (proc(5), stat: fields 14 and 15). */
export function cpuSeconds(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  return (Number(fields[11]) + Number(fields[12])) / TICKS_A_SECOND
}
