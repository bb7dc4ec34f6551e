// Browsers that wait, many at one process: what each takes, and how soon one and all of them are told something.
import { performance } from 'node:perf_hooks'
import { residentMiB } from '../test/support/process.ts'
import { startOwn } from './cases.ts'
import { median, quantile } from './numbers.ts'
import type { Waiting } from './report.ts'

const AT_ONCE = 50
const WOKEN = 200

export async function measureWaiting(count: number): Promise<Waiting> {
  const own = await startOwn('waiting browsers', { people: 0 })
  const pid = own.pids[0] ?? 0
  const waits: Awaited<ReturnType<typeof own.wait>>[] = []
  const openUpTo = async (many: number): Promise<void> => {
    while (waits.length < many) {
      const next = Array.from({ length: Math.min(AT_ONCE, many - waits.length) }, (_, i) => own.wait(waits.length + i))
      waits.push(...(await Promise.all(next)))
    }
  }
  // What a process takes once, for the first of them, is no part of what each takes.
  const first = Math.ceil(count / 10)
  await openUpTo(first)
  const before = residentMiB(pid)
  await openUpTo(count)
  const after = residentMiB(pid)

  const wakes: number[] = []
  for (let i = 0; i < Math.min(WOKEN, count / 2); i++) {
    const one = waits[Math.floor((i * count) / WOKEN) % count]
    if (!one) continue
    const began = performance.now()
    const told = one.until(2).then(() => performance.now() - began)
    await one.giveUp()
    wakes.push(await told)
  }
  // A stop tells all of them to come back.
  const ends: number[] = []
  const over = Promise.all(waits.map((one) => one.over.then(() => ends.push(performance.now()))))
  await own.stop()
  await over
  await own.close()
  const kibEach = ((after - before) * 1024) / (count - first)
  return {
    ...{ count, kibEach, perGiB: (1024 * 1024) / kibEach },
    wakeOne: { p50: median(wakes), p99: quantile(wakes, 0.99) },
    wakeAll: Math.max(...ends) - Math.min(...ends),
  }
}
