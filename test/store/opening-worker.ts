// Opens new stores at the very moment at which its siblings do, writes to each, and tells what went wrong.
import { parentPort, workerData } from 'node:worker_threads'
import { systemClock } from '../../src/base/clock.ts'
import { randomId, systemRandom } from '../../src/base/random.ts'
import { openEngine } from '../../src/store/sqlite/engine.ts'

export type Opening = { file: string; rounds: number; workers: number; arrived: Int32Array<SharedArrayBuffer> }
const { file, rounds, workers, arrived } = workerData as Opening

const faults: string[] = []
for (let round = 0; round < rounds; round++) {
  Atomics.add(arrived, 0, 1)
  while (Atomics.load(arrived, 0) < workers * (round + 1));
  try {
    const engine = openEngine({ file: `${file}-${round}`, clock: systemClock, random: systemRandom })
    await engine.write((transaction) =>
      transaction.run('INSERT INTO used_proof VALUES (?, ?, ?)', randomId(systemRandom), 'digest', 0),
    )
    await engine.close()
  } catch (error) {
    faults.push(String(error))
  }
}
parentPort?.postMessage(faults)
