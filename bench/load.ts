import { performance } from 'node:perf_hooks'

/** One whole flow; gives the milliseconds of the part that a person waits for. */
export type Flow = () => Promise<number>
export type Loaded = { flows: number; seconds: number; waits: number[] }

/** So many at a time, each beginning anew when it has ended, for so long. */
export async function closedLoop(flow: Flow, concurrency: number, seconds: number): Promise<Loaded> {
  const waits: number[] = []
  const began = performance.now()
  const end = began + seconds * 1000
  const one = async (): Promise<void> => {
    while (performance.now() < end) waits.push(await flow())
  }
  await Promise.all(Array.from({ length: concurrency }, one))
  return { flows: waits.length, seconds: (performance.now() - began) / 1000, waits }
}

/** So many a second, however long they take: as people come (a Poisson process). */
export async function openLoop(flow: Flow, rate: number, seconds: number, chance: () => number): Promise<Loaded> {
  const waits: number[] = []
  const under: Promise<unknown>[] = []
  const began = performance.now()
  let next = began
  while (next < began + seconds * 1000) {
    const left = next - performance.now()
    if (left > 0) await new Promise((resolve) => setTimeout(resolve, left))
    under.push(flow().then((wait) => waits.push(wait)))
    next += (-Math.log(1 - chance()) / rate) * 1000
  }
  await Promise.all(under)
  return { flows: waits.length, seconds: (performance.now() - began) / 1000, waits }
}
